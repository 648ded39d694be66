"""Every call of the service that a client makes. These signatures are the methods of `Client` and `AsyncClient`."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from coach.client.core import Call, Page, Pages, problem
from coach.client.reading import made, many, one, report
from coach.client.values import (
    AgeGroup,
    BatchItem,
    Entry,
    EntryState,
    Flag,
    FlagStage,
    FollowUp,
    FollowUpState,
    Full,
    Health,
    NewNote,
    NoteRow,
    Pair,
    Stored,
    Verdict,
    Version,
)
from coach.errors import UnknownValue
from coach.taxonomy import About, Level
from coach.values import Brief, Card, GuidanceHit, Report, Resource

PAGE = 100
"""Rows asked for at once where a list comes in pages."""


def analyze(text: str, *, region: str | None = None, minor: bool | None = None) -> Call[Report]:
    """The report of a note; nothing is stored and nobody is told."""
    return Call(
        "POST", "/v1/analyze", lambda given: report(given["report"]), _given(text=text, region=region, minor=minor), again=True
    )


def store(
    text: str,
    *,
    pair: str | None = None,
    region: str | None = None,
    minor: bool | None = None,
    occurred_at: datetime | None = None,
    historical: bool = False,
    key: str | None = None,
) -> Call[Stored]:
    """Keep a note and read it; where it calls for it, staff are told before this returns.

    It is stored once however often it is sent: an Idempotency-Key is made here. Give a `key` of your own to send the same note
    again after a restart.
    """
    body = _note(NewNote(text, pair, region, minor, occurred_at, historical))
    return Call("POST", "/v1/notes", one(Stored), body, headers=_once(key), again=True)


def store_many(notes: Iterable[NewNote], *, key: str | None = None) -> Call[tuple[BatchItem, ...]]:
    """Up to 500 notes; each is stored or has an error of its own. `key` as in `store`."""
    body = {"notes": [_note(note) for note in notes]}
    return Call("POST", "/v1/notes/batch", lambda rows: tuple(map(_item, rows)), body, headers=_once(key), again=True)


def note(ident: str) -> Call[Full]:
    """A stored note with its words, its newest report, what became of its flag and who opened it."""
    return _get(f"/v1/notes/{_id(ident)}", one(Full))


def notes(*, pair: str | None = None) -> Pages[NoteRow]:
    """Stored notes, newest first."""

    def page(rows: Any) -> Page[NoteRow]:
        found = many(NoteRow)(rows)
        return Page(found, found[-1].id if len(found) == PAGE else None)

    return Pages(lambda cursor: _get("/v1/notes", page, pair=pair, before=cursor, limit=PAGE))


def read_again(note: str) -> Call[Stored]:
    """Read a stored note with the model of today; the earlier report stays."""
    return Call("POST", f"/v1/notes/{_id(note)}/analyze", one(Stored))


def feedback(
    note: str,
    verdict: Verdict,
    *,
    report_version: int,
    signal: int | None = None,
    label: str | None = None,
    quote: str | None = None,
) -> Call[str]:
    """A verdict on signal number `signal` of a report; for what was missed its `label` and `quote`. Gives the verdict's id."""
    body = _given(report_version=report_version, verdict=verdict, signal=signal, label=label, quote=quote)
    return Call("POST", f"/v1/notes/{_id(note)}/feedback", lambda given: str(given["id"]), body)


def pairs() -> Call[tuple[Pair, ...]]:
    """All pairs of the program."""
    return _get("/v1/pairs", many(Pair))


def pair(ident: str) -> Call[Pair]:
    return _get(f"/v1/pairs/{_id(ident)}", one(Pair))


def add_pair(
    mentee: str,
    mentor: str,
    *,
    age_group: AgeGroup = "unknown",
    region: str | None = None,
    timezone: str | None = None,
    consent: Mapping[str, bool] | None = None,
) -> Call[Pair]:
    """`mentee` is a pseudonym, `mentor` the id of a mentor in the program."""
    body = _given(
        mentee=mentee, mentor=mentor, age_group=age_group, region=region, timezone=timezone, consent=dict(consent or {})
    )
    return Call("POST", "/v1/pairs", one(Pair), body)


def change_pair(changed: Pair) -> Call[Pair]:
    """Use `dataclasses.replace` on the pair that you read. Raises Stale where it has changed since."""
    fields = ("mentee", "mentor", "age_group", "region", "timezone")
    body = _given(consent=dict(changed.consent), **{name: getattr(changed, name) for name in fields})
    return Call("PUT", f"/v1/pairs/{_id(changed.id)}", one(Pair), body, headers=_match(changed.version))


def close_pair(ident: str) -> Call[None]:
    return Call("POST", f"/v1/pairs/{_id(ident)}/close", lambda _: None)


def ledger(pair: str) -> Call[tuple[Entry, ...]]:
    """Expectations of a pair: guessed from notes, asked, agreed, broken, closed."""
    return _get(f"/v1/pairs/{_id(pair)}/ledger", many(Entry))


def add_entry(
    pair: str, topic: str, holder: About, statement: str, *, ask: str | None = None, state: EntryState = "agreed"
) -> Call[Entry]:
    """An expectation that the pair itself notes down."""
    body = _given(topic=topic, holder=holder, statement=statement, ask=ask, state=state)
    return Call("POST", f"/v1/pairs/{_id(pair)}/ledger", one(Entry), body)


def change_entry(pair: str, entry: Entry, state: EntryState, *, statement: str | None = None) -> Call[Entry]:
    """A new state of an expectation that you read. Raises Stale where it has changed since."""
    path, body = f"/v1/pairs/{_id(pair)}/ledger/{_id(entry.id)}", _given(state=state, statement=statement)
    return Call("PATCH", path, one(Entry), body, headers=_match(entry.version))


def follow_ups(pair: str, *, state: FollowUpState | None = None) -> Call[tuple[FollowUp, ...]]:
    return _get(f"/v1/pairs/{_id(pair)}/follow-ups", many(FollowUp), state=state)


def change_follow_up(follow_up: FollowUp, state: FollowUpState) -> Call[FollowUp]:
    """A new state of a follow-up that you read. Raises Stale where it has changed since."""
    path = f"/v1/follow-ups/{_id(follow_up.id)}"
    return Call("PATCH", path, one(FollowUp), {"state": state}, headers=_match(follow_up.version))


def brief(pair: str) -> Call[Brief]:
    """The plan of a pair's next session."""
    return _get(f"/v1/pairs/{_id(pair)}/brief", one(Brief))


def search(
    query: str,
    *,
    stage: Literal["trust", "application", "growth"] | None = None,
    audience: Literal["adult", "youth"] | None = None,
    label: str | None = None,
    limit: int = 10,
) -> Call[tuple[GuidanceHit, ...]]:
    """Guidance that fits, best first; empty where nothing does. Needs no key; with one, the program's own handbook comes first."""
    body = _given(query=query, stage=stage, audience=audience, label=label, limit=limit)
    return Call("POST", "/v1/guidance/search", lambda given: many(GuidanceHit)(given["results"]), body, again=True)


def card(ident: str) -> Call[Card]:
    """The whole of a guidance card. Needs no key."""
    return _get(f"/v1/guidance/{_id(ident)}", one(Card))


def resources(*, region: str | None = None, concern: str | None = None) -> Call[tuple[Resource, ...]]:
    """Help services of a region, for a concern. Needs no key."""
    return _get("/v1/resources", many(Resource), region=region, concern=concern)


def resource(ident: str) -> Call[Resource]:
    """One help service. Needs no key."""
    return _get(f"/v1/resources/{_id(ident)}", one(Resource))


def flags(
    *, level: Iterable[Level] = (), state: Iterable[FlagStage] = (), holder: Iterable[str] = (), pair: Iterable[str] = ()
) -> Pages[Flag]:
    """Flags by what is due first; several values of a filter mean any of them. To decide a flag takes a person."""
    wanted: dict[str, Any] = {"level": list(level), "state": list(state), "holder": list(holder), "pair": list(pair)}

    def page(given: Any) -> Page[Flag]:
        return Page(many(Flag)(given["flags"]), given["next"])

    return Pages(lambda cursor: _get("/v1/flags", page, **wanted, cursor=cursor, limit=PAGE))


def health() -> Call[Health]:
    """Whether the service can read and keep notes. Needs no key."""
    return Call(
        "GET",
        "/readyz",
        lambda given: Health(given["status"] == "ready", tuple(map(str, given["faults"]))),
        again=True,
        also=frozenset({503}),
    )


def version() -> Call[Version]:
    """Of the service, of the model that reads notes, and of the guidance. Needs no key."""
    return _get("/v1/version", one(Version))


def _get(path: str, read: Any, **query: str | int | list[str] | None) -> Call[Any]:
    asked = {name: value if isinstance(value, int) else _words(value) for name, value in query.items() if value not in (None, [])}
    return Call("GET", path, read, query=asked, again=True)


def _id(value: str) -> str:
    """A part of a path. What does not look like an id never comes into an address: it may be a note, given by mistake."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", value):
        raise UnknownValue("This is no id: one holds letters, digits, - and _ alone, 100 at most.")
    return value


def _words(value: str | list[str]) -> str | list[str]:
    """One or several values of a query, under the same rule as ids."""
    for word in [value] if isinstance(value, str) else value:
        if not re.fullmatch(r"[A-Za-z0-9_.:~+-]{1,100}", word):
            raise UnknownValue("This is no value for a filter: one holds letters, digits and _ . : ~ + - alone, 100 at most.")
    return value


def _once(key: str | None) -> Mapping[str, str]:
    if key is not None and not re.fullmatch(r"[!-~]{1,120}", key):
        raise UnknownValue("This is no Idempotency-Key: one holds printable ASCII without blanks, 120 at most.")
    return {"Idempotency-Key": key or uuid.uuid4().hex}


def _match(version: int) -> Mapping[str, str]:
    return {"If-Match": f'"{version}"'}


def _given(**fields: Any) -> Mapping[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _note(note: NewNote) -> Mapping[str, Any]:
    when = note.occurred_at
    return _given(**{**asdict(note), "occurred_at": when.isoformat() if when else None})


def _item(row: Any) -> BatchItem:
    wrong = row["error"]
    stored = made(Stored, row["stored"]) if row["stored"] else None
    return BatchItem(row["index"], stored, problem(wrong, wrong["status"]) if wrong else None)
