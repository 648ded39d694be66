"""Both clients against the live service: every method, pages, a lost connection, faults; and the README's examples, run."""

import contextlib
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from coach import errors
from coach.client import AsyncClient, Client, NewNote, calls
from coach.report import to_dict
from tests.api.conftest import CALM, GRAVE, HEAVY
from tests.client.conftest import Hand, Live

README = Path(calls.__file__).with_name("README.md")


def blocks() -> list[str]:
    return re.findall(r"```python\n(.+?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", [0, 1], ids=["sync", "async"])
def test_the_readme_runs(number: int, live: Live) -> None:
    code = blocks()[number]
    assert len(blocks()) == 2
    assert len([line for line in code.splitlines() if line]) <= 10
    assert "http://127.0.0.1:8000" in code
    assert "ck_..." in code
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code.replace("http://127.0.0.1:8000", live.url).replace("ck_...", live.key), str(README), "exec"), {})
    level, *rest = printed.getvalue().splitlines()
    assert level.split()[0] in ("watch", "concern", "urgent")
    assert rest


def test_both_have_the_same_methods() -> None:
    waits, awaits = ({name for name in vars(kind) if not name.startswith("_")} for kind in (Client, AsyncClient))
    assert waits - {"close"} == awaits - {"aclose"}
    made = {name for name, it in vars(calls).items() if getattr(it, "__module__", "") == calls.__name__ and name[0] != "_"}
    assert made == waits - {"close"}


def test_a_report_is_whole(hand: Hand, live: Live) -> None:
    report = hand.analyze(GRAVE, region="CA-ON", minor=False)
    given = {"text": GRAVE, "region": "CA-ON", "minor": False}
    bare = httpx.post(f"{live.url}/v1/analyze", json=given, headers={"Authorization": f"Bearer {live.key}"})
    assert to_dict(report) == bare.json()["report"]
    assert report.triage.level in ("urgent", "emergency")
    assert any(r.resource.call for r in report.resources)  # the help lines come along


def test_a_pair_from_first_note_to_brief(hand: Hand, live: Live) -> None:
    pair = hand.add_pair("Robin", live.house.ids["mentor"], region="CA-ON", consent={"notes": True})
    pair = hand.change_pair(replace(pair, mentee="Wren", age_group="adult"))
    assert (hand.pair(pair.id).mentee, pair.version) == ("Wren", 2)
    assert pair.id in {p.id for p in hand.pairs()}
    when = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    stored = hand.store(GRAVE, pair=pair.id, occurred_at=when)
    assert (stored.note.pair, stored.note.occurred_at, stored.note.level) == (pair.id, when, stored.report.triage.level)
    assert stored.told.remind
    full = hand.note(stored.note.id)
    assert (full.text, full.report, full.flag.state) == (GRAVE, stored.report, "open")
    assert [n.id for n in hand.notes(pair=pair.id)] == [stored.note.id]
    assert hand.read_again(stored.note.id).note.report_version == 2
    assert hand.feedback(stored.note.id, "right", report_version=1, signal=0)
    (flag,) = hand.flags(pair=[pair.id], state=["open"])
    assert (flag.note, flag.level) == (stored.note.id, stored.note.level)
    brief = hand.brief(pair.id)
    assert brief.sessions == 1
    assert brief.agenda
    hand.close_pair(pair.id)
    assert hand.pair(pair.id).closed_at


def test_states_change_on_the_version_that_was_read(hand: Hand, live: Live) -> None:
    pair = hand.add_pair("Robin", live.house.ids["mentor"])
    stored = hand.store(HEAVY, pair=pair.id)
    entry = hand.add_entry(pair.id, "pace", "mentee", "One application a week.", ask="Is that still right?")
    assert entry in hand.ledger(pair.id)
    changed = hand.change_entry(pair.id, entry, "broken", statement="Two a week.")
    assert (changed.state, changed.statement, changed.version) == ("broken", "Two a week.", 2)
    first, *rest = hand.follow_ups(pair.id)
    assert [f.text for f in (first, *rest)] == [f.text for f in stored.report.follow_ups]  # what comes first stays first
    done = hand.change_follow_up(first, "done")
    assert hand.follow_ups(pair.id, state="done") == (done,)
    for late in (lambda: hand.change_entry(pair.id, entry, "closed"), lambda: hand.change_follow_up(first, "open")):
        with pytest.raises(errors.Stale, match="Read it again"):
            late()


def test_a_batch_stores_what_it_can_and_once(hand: Hand, live: Live) -> None:
    pair = hand.add_pair("Robin", live.house.ids["mentor"]).id
    notes = [NewNote(CALM, pair=pair), NewNote("   ", pair=pair), NewNote(HEAVY, pair=pair)]
    first, again = (hand.store_many(notes, key=f"batch-{pair}") for _ in range(2))
    assert [type(item.error) for item in first] == [type(None), errors.EmptyNote, type(None)]
    assert [item.stored for item in first] == [item.stored for item in again]
    assert len(hand.notes(pair=pair)) == 2


def test_the_library_needs_no_key(hand: Hand, live: Live) -> None:
    bare = Hand(hand.kind, live.url)
    best, *_ = bare.search("she has gone quiet since March", limit=3)
    assert bare.card(best.id).title == best.title
    lines = bare.resources(region="CA-QC")
    assert bare.resource(lines[0].id) == lines[0]
    assert 0 < len(bare.resources(region="CA-QC", concern="domestic_violence")) < len(lines)
    assert bare.health().ready
    assert bare.version().index


def test_pages_join_without_gap_or_double(hand: Hand, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = hand.add_pair("Robin", live.house.ids["mentor"]).id
    kept = [item.stored.note.id for item in hand.store_many([NewNote(f"{HEAVY} {n}", pair=pair) for n in range(5)])]
    monkeypatch.setattr(calls, "PAGE", 2)
    assert [n.id for n in hand.notes(pair=pair)] == kept[::-1]
    assert sorted(f.note for f in hand.flags(pair=[pair])) == sorted(kept)


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "9" * 5000])
def test_what_is_no_version_is_told(version: str, live: Live) -> None:
    pair = Hand("sync", live.url, live.key).add_pair("Robin", live.house.ids["mentor"]).id
    headers = {"Authorization": f"Bearer {live.key}", "If-Match": f'"{version}"'.encode("latin-1")}
    answer = httpx.put(f"{live.url}/v1/pairs/{pair}", json={"mentee": "Robin"}, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (428, "version_needed")


class Cut:
    """The way to the service, which breaks after the service has done its work, the first `times` times."""

    def __init__(self, times: int) -> None:
        self.left, self.sent, self._waits, self._awaits = times, 0, httpx.HTTPTransport(), httpx.AsyncHTTPTransport()

    def _break(self, answer: httpx.Response) -> httpx.Response:
        self.sent += 1
        if self.left:
            self.left -= 1
            raise httpx.ReadError("cut")
        return answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._waits.handle_request(request)
        answer.read()
        return self._break(answer)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._awaits.handle_async_request(request)
        await answer.aread()
        return self._break(answer)

    def __enter__(self) -> "Cut":
        return self

    def __exit__(self, *_: object) -> None:
        self._waits.close()

    def close(self) -> None:
        self._waits.close()

    async def __aenter__(self) -> "Cut":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._awaits.aclose()

    async def aclose(self) -> None:
        await self._awaits.aclose()


def test_a_note_whose_answer_was_lost_is_stored_once(hand: Hand, live: Live, quick: list[float]) -> None:
    pair = hand.add_pair("Robin", live.house.ids["mentor"]).id
    cut = Cut(2)
    stored = Hand(hand.kind, live.url, live.key, transport=cut).store(CALM, pair=pair)
    assert [n.id for n in hand.notes(pair=pair)] == [stored.note.id]
    assert (cut.sent, len(quick)) == (3, 2)


def test_what_is_not_safe_to_send_twice_is_sent_once(hand: Hand, live: Live, quick: list[float]) -> None:
    before, cut = len(hand.pairs()), Cut(1)
    with pytest.raises(errors.Unreachable):
        Hand(hand.kind, live.url, live.key, transport=cut).add_pair("Robin", live.house.ids["mentor"])
    assert (len(hand.pairs()), cut.sent, quick) == (before + 1, 1, [])


FAULTS: list[tuple[str, Any, type[errors.CoachError], str]] = [
    ("no key", lambda live, by: by(None).pairs(), errors.NotSignedIn, "not_signed_in"),
    ("wrong key", lambda live, by: by("ck_wrong").pairs(), errors.NotSignedIn, "wrong_credentials"),
    ("no scope", lambda live, by: by(live.key_for("analyze")).pairs(), errors.NotAllowed, "not_allowed"),
    ("no note", lambda live, by: by(live.key).note("none"), errors.NotThere, "not_found"),
    ("no card", lambda live, by: by(live.key).card("none"), errors.NotThere, "not_found"),
    ("blank note", lambda live, by: by(live.key).analyze(" \n "), errors.EmptyNote, "empty_note"),
    ("half a pair", lambda live, by: by(live.key).analyze("x\ud800y"), errors.Refused, "invalid"),
    ("region", lambda live, by: by(live.key).analyze(CALM, region="quebec"), errors.Refused, "invalid"),
    ("limit", lambda live, by: by(live.key).search("x", limit=99), errors.Refused, "invalid"),
    ("cursor", lambda live, by: by(live.key).resources(region="a b"), errors.UnknownValue, "unknown_value"),
    (
        "nobody listens",
        lambda live, by: Hand(by(None).kind, "http://127.0.0.1:1", retries=0).pairs(),
        errors.Unreachable,
        "unreachable",
    ),
]


@pytest.mark.parametrize(("act", "kind", "code"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_faults_are_of_our_tree(act: Any, kind: type[errors.CoachError], code: str, hand: Hand, live: Live) -> None:
    with pytest.raises(kind) as found:
        act(live, lambda key: Hand(hand.kind, live.url, key))
    assert (type(found.value), found.value.code) == (kind, code)
    assert found.value.message


def test_a_key_used_for_another_note_is_told(hand: Hand) -> None:
    hand.store(CALM, key=f"same-{hand.kind}")
    with pytest.raises(errors.Conflict) as found:
        hand.store(HEAVY, key=f"same-{hand.kind}")
    assert (found.value.code, found.value.status) == ("idempotency_mismatch", 409)
