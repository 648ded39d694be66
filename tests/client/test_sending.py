"""What a client sends, when it tries again, what it makes of a bad answer; and that no note gets into an error, a log or a URL."""

import asyncio
import inspect
import logging
import pickle
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from coach import errors
from coach.client import AsyncClient, Client, calls
from coach.client.core import pause, retry_after
from coach.client.reading import made
from coach.client.values import Flag, NoteRow
from coach.values import Card, Report
from tests.client.conftest import Hand
from tests.conftest import ROOT

SECRET = "Wren sleeps in the car behind the library"
HIT = {"id": "a", "title": "A", "excerpt": "", "source": "", "score": 1}
FOUND = {"results": [HIT], "refused": False}
GOOD = httpx.Response(200, json=FOUND)


def problem(status: int, code: str, detail: str = "Do this.", **headers: str) -> httpx.Response:
    given = {"type": f"urn:coach:problem:{code}", "title": "t", "status": status, "code": code, "detail": detail}
    return httpx.Response(status, json=given, headers={"Content-Type": "application/problem+json", **headers})


class Script:
    """A service that answers by a script, the last line over and over; what came is kept."""

    def __init__(self, *lines: httpx.Response | Exception) -> None:
        self.lines, self.came = list(lines), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.came.append(request)
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if isinstance(line, Exception):
            raise line
        return httpx.Response(line.status_code, headers=line.headers, content=line.content)

    def hand(self, kind: str, **more: Any) -> Hand:
        return Hand(kind, "https://coach.example", "ck_secret", transport=httpx.MockTransport(self), **more)


both = pytest.mark.parametrize("kind", ["sync", "async"])
SEARCH: Callable[[Hand], Any] = lambda hand: hand.search(SECRET)  # noqa: E731
ADD: Callable[[Hand], Any] = lambda hand: hand.add_pair(SECRET, "m")  # noqa: E731
TRIES = [
    # what the service does, what is asked, how often it is sent, what comes of it (None: a value)
    ([GOOD], SEARCH, 1, None),
    ([httpx.ConnectError("no"), httpx.ReadTimeout("no"), GOOD], SEARCH, 3, None),
    (
        [problem(429, "too_many"), problem(503, "busy"), httpx.Response(502), httpx.Response(504), GOOD],
        SEARCH,
        4,
        errors.ServiceError,
    ),
    ([problem(429, "too_many"), problem(503, "busy"), httpx.Response(502), GOOD], SEARCH, 4, None),
    ([httpx.ConnectError("no")], SEARCH, 4, errors.Unreachable),
    ([problem(503, "busy")], SEARCH, 4, errors.Busy),
    ([problem(503, "busy", **{"Retry-After": "3600"}), GOOD], SEARCH, 1, errors.Busy),
    ([httpx.Response(500), GOOD], SEARCH, 1, errors.ServiceError),
    ([problem(422, "invalid"), GOOD], SEARCH, 1, errors.Refused),
    ([problem(408, "too_slow"), GOOD], SEARCH, 1, errors.Refused),
    ([httpx.Response(302, headers={"Location": "https://elsewhere.example"}), GOOD], SEARCH, 1, errors.ServiceError),
    ([httpx.ConnectError("no")], ADD, 1, errors.Unreachable),
    ([problem(503, "busy")], ADD, 1, errors.Busy),
    ([httpx.Response(200, content=b"<html>hello</html>")], SEARCH, 1, errors.BadAnswer),
    ([httpx.Response(200, json={"results": [{"id": "a"}]})], SEARCH, 1, errors.BadAnswer),
    ([httpx.Response(200, json=[])], SEARCH, 1, errors.BadAnswer),
]


@both
@pytest.mark.parametrize(("lines", "act", "sent", "fault"), TRIES)
def test_tries(kind: str, lines: list[Any], act: Any, sent: int, fault: Any, quick: list[float]) -> None:
    script = Script(*lines)
    if fault is None:
        assert act(script.hand(kind))
    else:
        with pytest.raises(errors.ServiceError) as found:
            act(script.hand(kind))
        assert type(found.value) is fault
    assert len(script.came) == sent
    assert len(quick) == sent - 1
    assert len({request.content for request in script.came}) == 1


@both
@pytest.mark.parametrize(("retries", "sent"), [(0, 1), (1, 2), (5, 6)])
def test_how_often_is_the_callers(kind: str, retries: int, sent: int, quick: list[float]) -> None:
    script = Script(httpx.ConnectError("no"))
    with pytest.raises(errors.Unreachable):
        SEARCH(script.hand(kind, retries=retries))
    assert len(script.came) == sent


@both
def test_one_idempotency_key_over_all_tries_and_a_new_one_for_each_note(kind: str, quick: list[float]) -> None:
    script = Script(problem(503, "busy"))
    for act in (lambda h: h.store("x"), lambda h: h.store("x"), lambda h: h.store("x", key="mine"), lambda h: h.store_many([])):
        with pytest.raises(errors.Busy):
            act(script.hand(kind))
    keys = [request.headers["Idempotency-Key"] for request in script.came]
    assert len(keys) == 16
    assert [len(set(keys[n : n + 4])) for n in (0, 4, 8, 12)] == [1, 1, 1, 1]
    assert len(set(keys)) == 4
    assert keys[8] == "mine"


@pytest.mark.parametrize(
    ("given", "least", "most"),
    [
        ("7", 7, 7),
        ("0", 0, 0),
        ("soon", None, None),
        ("", None, None),
        ("-3", None, None),
        ("²", None, None),
        ("date", 50, 60),
        ("past", 0, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(given: str, least: float | None, most: float | None) -> None:
    dates = {"date": timedelta(seconds=60), "past": timedelta(days=-1)}
    value = format_datetime(datetime.now(UTC) + dates[given]) if given in dates else given
    found = retry_after(httpx.Response(503, headers={"Retry-After": value.encode("latin-1")}))  # type: ignore[dict-item]
    assert found is None if least is None else found is not None and least <= found <= (most or 0)


@pytest.mark.parametrize(
    ("attempt", "answer", "least", "most"),
    [
        (0, httpx.Response(503), 0.25, 0.5),
        (3, httpx.Response(503), 2, 4),
        (50, httpx.Response(503), 8, 16),
        (0, problem(429, "too_many", **{"Retry-After": "9"}), 9, 9),
    ],
)
def test_waits_grow_differ_and_are_bounded(attempt: int, answer: httpx.Response, least: float, most: float) -> None:
    waits = [pause(attempt, answer) or 0.0 for _ in range(200)]
    assert least <= min(waits) <= max(waits) <= most
    assert len(set(waits)) > 100 or least == most


ECHO = {"detail": [{"input": SECRET}], "code": SECRET, "type": "about:blank"}
HOSTILE = [
    httpx.ConnectError(SECRET),
    httpx.DecodingError(SECRET),
    httpx.Response(422, json=ECHO, headers={"Content-Type": "application/problem+json"}),
    httpx.Response(422, json={**ECHO, "detail": SECRET}, headers={"Content-Type": "application/problem+json"}),
    httpx.Response(500, text=SECRET),
    httpx.Response(502, json=[SECRET], headers={"Content-Type": "application/problem+json"}),
    httpx.Response(503, text=SECRET, headers={"Content-Type": "application/problem+json"}),
    httpx.Response(200, text=SECRET),
    httpx.Response(200, json={"report": {"id": SECRET}, "results": [{"id": SECRET, "score": SECRET}]}),
]
WITH_WORDS: list[Callable[[Hand], Any]] = [
    lambda hand: hand.analyze(SECRET),
    lambda hand: hand.store(SECRET),
    lambda hand: hand.search(SECRET),
    lambda hand: hand.analyze(f"{SECRET} \ud800"),
    lambda hand: hand.feedback("n1", "missed", report_version=1, label="x", quote=SECRET),
]


def told(error: BaseException) -> str:
    """All that an error carries, with what stands behind it."""
    behind = [e for e in (error.__cause__, error.__context__) if e is not None]
    return " ".join([str(error), repr(error), repr(vars(error)), *map(told, behind)])


@both
@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: getattr(line, "status_code", type(line).__name__))
@pytest.mark.parametrize("act", WITH_WORDS)
def test_no_error_log_or_url_holds_a_note(
    kind: str, act: Any, line: Any, quick: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script = Script(line)
    with pytest.raises(errors.CoachError) as found:
        act(script.hand(kind))
    assert not isinstance(found.value, errors.InputError)
    assert "Wren" not in told(found.value)
    assert "ck_secret" not in told(found.value)
    assert "Wren" not in caplog.text
    assert all("Wren" not in str(request.url) + repr(request.headers) for request in script.came)
    assert script.came[0].content.count(b"Wren") == 1


MISTAKEN: list[Callable[[Hand], Any]] = [
    lambda hand: hand.note(SECRET),
    lambda hand: hand.note(".."),
    lambda hand: hand.note(""),
    lambda hand: hand.brief("a/../b"),
    lambda hand: hand.card("a?b=c"),
    lambda hand: hand.notes(pair=SECRET),
    lambda hand: hand.notes(pair=""),
    lambda hand: hand.flags(holder=["x", SECRET]),
    lambda hand: hand.resources(concern=SECRET),
    lambda hand: hand.store("x", key=SECRET),
]


@both
@pytest.mark.parametrize("act", MISTAKEN)
def test_what_is_no_id_is_not_sent(kind: str, act: Any) -> None:
    script = Script(GOOD)
    with pytest.raises(errors.UnknownValue) as found:
        act(script.hand(kind))
    assert script.came == []
    assert "Wren" not in told(found.value)


@both
@pytest.mark.parametrize(
    ("address", "key"),
    [("coach.example", "k"), ("ftp://coach.example", "k"), ("https://", "k"), ("https://c.example", "ck_s3cret b")],
)
def test_a_bad_address_or_key_is_told_without_it(kind: str, address: str, key: str) -> None:
    with pytest.raises(errors.UnknownValue) as found:
        Hand(kind, address, key).pairs()
    assert "s3cret" not in told(found.value)


def test_values_hide_a_notes_words_and_errors_travel() -> None:
    assert SECRET not in repr(calls.store(SECRET)) + repr(calls.analyze(SECRET)) + repr(calls.NewNote(SECRET))
    busy = pickle.loads(pickle.dumps(errors.Busy("m", code="too_many", status=429, retry_after=2.0)))
    assert (busy.message, busy.code, busy.status, busy.retry_after) == ("m", "too_many", 429, 2.0)


ROW = {
    "id": "n", "pair": None, "author": None, "occurred_at": None, "received_at": "2026-11-20T09:30:00Z", "historical": False,
    "drill": False, "level": "watch", "coverage": "full", "report_version": 1, "read_again": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"new": 1}, True),
        ({"id": None}, False),
        ({"id": 3}, False),
        ({"received_at": "soon"}, False),
        ({"received_at": None}, False),
        ({"drill": "no"}, False),
        ({"level": None}, False),
    ],
)
def test_values_are_read_as_described(change: dict[str, Any], fits: bool) -> None:
    if fits:
        assert made(NoteRow, {**ROW, **change}).received_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    else:
        with pytest.raises((TypeError, ValueError)):
            made(NoteRow, {**ROW, **change})


def test_a_missing_field_is_a_fault_unless_it_has_a_standard_value() -> None:
    with pytest.raises(KeyError):
        made(NoteRow, {k: v for k, v in ROW.items() if k != "level"})
    texts = dict.fromkeys(("id", "title", "source", "grounded_on", "involve", "situation", "practice"), "x")
    lists: dict[str, list[str]] = {n: [] for n in ("labels", "stages", "audience", "sources", "ask", "do", "avoid")}
    assert made(Card, {**texts, **lists}).about == "any"


@both
def test_an_unready_service_is_an_answer(kind: str, quick: list[float]) -> None:
    script = Script(httpx.Response(503, json={"status": "not ready", "faults": ["the coach does not load"]}))
    health = script.hand(kind).health()
    assert (health.ready, health.faults, len(script.came)) == (False, ("the coach does not load",), 1)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_methods_tell_what_they_take_and_give(kind: Any) -> None:
    for name, method in inspect.getmembers(kind, lambda it: hasattr(it, "__signature__")):
        first, *rest = inspect.signature(method).parameters
        assert (first, rest) == ("self", list(inspect.signature(getattr(calls, name)).parameters))
    assert inspect.signature(kind("http://x").analyze).return_annotation is Report
    walks = Iterator if kind is Client else AsyncIterator
    assert inspect.signature(kind.flags).return_annotation == walks[Flag]


def test_without_httpx_the_remedy_is_named() -> None:
    code = "import sys; sys.modules['httpx'] = None\ntry: import coach.client\nexcept Exception as e: print(type(e).__name__, e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
    assert "MissingDependency" in done.stdout
    assert "conversation-coach[client]" in done.stdout


def test_an_async_client_runs_calls_side_by_side() -> None:
    inside, most = 0, 0

    async def slow(_: httpx.Request) -> httpx.Response:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.01)
        inside -= 1
        return httpx.Response(200, json=FOUND)

    async def five() -> int:
        async with AsyncClient("https://coach.example", transport=httpx.MockTransport(slow)) as client:
            return len(await asyncio.gather(*(client.search("x") for _ in range(5))))

    assert asyncio.run(five()) == 5
    assert most == 5
