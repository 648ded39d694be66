"""Past so many requests at once the answer is 503 with Retry-After, at once; people keep a quarter of the places."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.crowd import ALWAYS, Crowd
from tests.api.conftest import house_on

KEY = [(b"authorization", b"Bearer x")]
PERSON: list[tuple[bytes, bytes]] = [(b"cookie", b"session=x")]


class Slow:
    """An app that answers when it is let; with `kind` as content type it begins its answer at once."""

    def __init__(self, kind: bytes = b"") -> None:
        self.go, self.kind, self.reached = asyncio.Event(), kind, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        if self.kind:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", self.kind)]})
        await self.go.wait()
        if not self.kind:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def asked(crowd: Crowd, headers: Sequence[tuple[bytes, bytes]], path: str = "/v1/notes") -> dict[str, Any]:
    """The start of the answer."""
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    await crowd({"type": "http", "path": path, "headers": list(headers)}, receive, send)
    return dict(said[0])


async def waiting(crowd: Crowd, headers: Sequence[tuple[bytes, bytes]], many: int) -> list[asyncio.Task[dict[str, Any]]]:
    tasks = [asyncio.create_task(asked(crowd, headers)) for _ in range(many)]
    await asyncio.sleep(0)
    return tasks


def test_keys_leave_a_quarter_to_people_and_places_come_back() -> None:
    async def story() -> None:
        app = Slow()
        crowd = Crowd(app, 8)
        under_way = await waiting(crowd, KEY, 6)
        refused = await asked(crowd, KEY)
        assert refused["status"] == 503 and (b"retry-after", b"2") in refused["headers"]
        under_way += await waiting(crowd, PERSON, 2)
        assert app.reached == 8
        assert (await asked(crowd, PERSON))["status"] == 503
        app.go.set()
        assert {answer["status"] for answer in await asyncio.gather(*under_way)} == {200}
        assert (await asked(crowd, KEY))["status"] == 200

    asyncio.run(story())


def test_what_fails_and_what_is_given_up_gives_its_place_back() -> None:
    async def story() -> None:
        app = Slow()
        crowd = Crowd(app, 1)
        (given_up,) = await waiting(crowd, PERSON, 1)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)

        async def fails(*_: object) -> None:
            raise ValueError

        crowd._app = fails
        for _ in range(2):
            with pytest.raises(ValueError):
                await asked(crowd, PERSON)

    asyncio.run(story())


def test_a_stream_of_events_and_the_looks_at_health_take_no_place() -> None:
    async def story() -> None:
        app = Slow(b"text/event-stream; charset=utf-8")
        crowd = Crowd(app, 1)
        streams = [await waiting(crowd, PERSON, 1) for _ in range(3)]
        assert app.reached == 3
        crowd._app = busy = Slow()
        work = await waiting(crowd, PERSON, 1)
        looks = [asyncio.create_task(asked(crowd, PERSON, path)) for path in ALWAYS]
        await asyncio.sleep(0)
        assert busy.reached == 1 + len(ALWAYS)
        app.go.set(), busy.go.set()
        await asyncio.gather(*(t for s in streams for t in s), *work, *looks)

    asyncio.run(story())


def test_the_refusal_of_the_service_is_a_problem_with_the_common_headers(tmp_path: Path) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path, requests_at_once=1)
    crowd = next(m for m in house.app.user_middleware if m.cls is Crowd)
    assert crowd.kwargs == {"places": 1}
    stack: Any = house.app.middleware_stack
    while not isinstance(stack, Crowd):
        stack = getattr(stack, "app", None) or stack._app
    stack._taken.add("somebody")
    answer = house.client().get("/v1/version")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "busy", "2")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert house.client().get("/healthz").status_code == 200
    stack._taken.clear()
    assert house.client().get("/v1/version").status_code == 200
    house.at.database.engine.dispose()
