"""A live service for the client: the real app on a real port, an API key for everything, both clients under one hand."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")

from coach.client import AsyncClient, Client
from tests.api.conftest import House, house_on, listening

SCOPES = ["analyze", "notes:write", "notes:read", "flags:read", "guidance", "insights"]


@dataclass
class Live:
    """A running service: `url`, a key with all scopes, and the house behind it."""

    house: House
    url: str
    key: str

    def key_for(self, *scopes: str) -> str:
        answer = self.house.people["admin"].post("/v1/keys", json={"name": "t", "scopes": list(scopes), "days": 700})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


class Hand:
    """One of the two clients, used alike: `hand.analyze(...)` gives the value, a list in pages comes as a tuple."""

    def __init__(self, kind: str, *given: Any, **more: Any) -> None:
        self.kind, self._given, self._more = kind, given, more

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self._waits(name) if self.kind == "sync" else lambda *args, **more: asyncio.run(self._awaits(name, *args, **more))

    def _waits(self, name: str) -> Callable[..., Any]:
        def method(*args: Any, **more: Any) -> Any:
            with Client(*self._given, **self._more) as client:
                found = getattr(client, name)(*args, **more)
                return tuple(found) if isinstance(found, Iterator) else found

        return method

    async def _awaits(self, name: str, *args: Any, **more: Any) -> Any:
        async with AsyncClient(*self._given, **self._more) as client:
            found = getattr(client, name)(*args, **more)
            return tuple([item async for item in found]) if hasattr(found, "__aiter__") else await found


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], None]) -> Iterator[Live]:
    require("serve")
    folder = tmp_path_factory.mktemp("live")
    house = house_on(f"sqlite:///{folder / 'data' / 'coach.db'}", folder)
    with listening(house.app) as url:
        found = Live(house, url, "")
        found.key = found.key_for(*SCOPES)
        yield found


@pytest.fixture(params=["sync", "async"])
def hand(request: pytest.FixtureRequest, live: Live) -> Hand:
    """Each client in turn, on the live service."""
    return Hand(request.param, live.url, live.key)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting takes no time; the seconds that a client would have waited."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("coach.client.clients.pause_sync", waited.append)
    monkeypatch.setattr("coach.client.clients.pause_async", sleep)
    return waited
