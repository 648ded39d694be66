"""A pair over time: each session with its level, kinds of distress, expectations open and settled, and the days since the last.

The figure is drawn from the same rows as the table under it.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.models import StoredReport
from api.deps import Principal, Service
from api.errors import NotFound
from api.notes import service as notes
from api.notes.schemas import NoteOut
from api.pairs import service as pairs
from api.pairs.schemas import EntryOut
from api.web import charts, words
from api.web.language import Words, moment
from api.web.pages import plotted
from api.web.viewer import Looking, Viewer, member

router = APIRouter(include_in_schema=False)
SESSIONS = 100
SETTLED = ("agreed", "closed")
LONG = 2.0
"""A gap this many times the usual one, and of a fortnight at least, is a long one: as the brief counts (coach/advise/brief.py)."""
FORTNIGHT = 14


@dataclass(frozen=True, slots=True)
class Point:
    """A session. `gap` counts the days since the one before, None for the first; `long` says whether that is longer than usual.

    `open` and `settled` count the pair's expectations as they stood that day, each topic of each of the two once.
    """

    note: NoteOut
    on: date
    kinds: tuple[str, ...]
    open: int
    settled: int
    gap: int | None
    long: bool


def course(session: Session, who: Principal, ident: str, ledger: Sequence[EntryOut], zone: str) -> list[Point]:
    """The earliest first. Raises NotFound for a pair whose words the principal may not read."""
    found = sorted(notes.listing(session, who, ident, None, SESSIONS), key=_when)
    days = [_day(_when(n), zone) for n in found]
    kinds, stand = _kinds(session, found), _Standing(ledger, found, zone)
    gaps = [(day - days[n - 1]).days if n else None for n, day in enumerate(days)]
    return [
        Point(n, day, kinds.get(n.id, ()), *stand.on(day), gap, gap is not None and gap >= _long(gaps))
        for n, day, gap in zip(found, days, gaps, strict=True)
    ]


def _when(note: NoteOut) -> datetime:
    return note.occurred_at or note.received_at


def _day(when: datetime, zone: str) -> date:
    return when.astimezone(ZoneInfo(zone)).date()


def _long(gaps: Sequence[int | None]) -> float:
    known = sorted(g for g in gaps if g is not None)
    return max(FORTNIGHT, LONG * known[len(known) // 2]) if len(known) > 1 else float("inf")


def _kinds(session: Session, found: Sequence[NoteOut]) -> dict[str, tuple[str, ...]]:
    """Note -> the kinds of distress in its newest report."""
    which = select(StoredReport).where(StoredReport.note_id.in_([n.id for n in found])).order_by(StoredReport.version)
    rows = session.execute(which).scalars()
    return {row.note_id: tuple(k for k in row.kinds if k.startswith("distress.")) for row in rows}


class _Noted(NamedTuple):
    """An expectation: from which day it stands, and from which it is settled, None where it is not."""

    since: date
    key: tuple[str, str]
    settled: date | None


class _Standing:
    """How many expectations were open and how many settled on a day."""

    def __init__(self, entries: Sequence[EntryOut], found: Sequence[NoteOut], zone: str) -> None:
        days = {n.id: _day(_when(n), zone) for n in found}
        self._noted = sorted((_noted(e, days, zone) for e in entries), key=lambda n: (n.since, n.key, n.settled or date.max))

    def on(self, day: date) -> tuple[int, int]:
        """(open, settled): of one topic of one of the two the latest counts."""
        latest = {noted.key: noted for noted in self._noted if noted.since <= day}
        settled = sum(noted.settled is not None and noted.settled <= day for noted in latest.values())
        return len(latest) - settled, settled


def _noted(entry: EntryOut, days: dict[str, date], zone: str) -> _Noted:
    changed = _day(entry.changed_at, zone)
    since = days.get(entry.note or "", changed)
    return _Noted(since, (entry.topic, entry.holder), max(since, changed) if entry.state in SETTLED else None)


@router.get("/pairs/{ident}/line.svg")
def line(ident: str, looking: Looking, at: Service, narrow: bool = False) -> Response:
    """The pair's sessions by day: levels, expectations, kinds of distress, long gaps shaded."""
    who = member(looking, "mentor")
    with at.database.read(who.program) as session:
        points = course(session, who, ident, pairs.ledger(at, session, who, ident), looking.zone)
    if not points:
        raise NotFound("There is too little to draw.")
    drawn = charts.course(_figure(points, looking), narrow)
    return plotted(drawn, "line")


def _figure(points: Sequence[Point], looking: Viewer) -> charts.Course:
    say = Words(looking.language).gettext
    order, rows = list(words.LEVEL_NAMES), frequent(points)
    return charts.Course(
        days=[p.on.toordinal() for p in points],
        names=[moment(datetime(p.on.year, p.on.month, p.on.day), looking.language, "UTC", "d MMM") for p in points],
        levels=[order.index(p.note.level) for p in points],
        scale=[say(name) for name in order],
        counts={say("open"): [p.open for p in points], say("settled"): [p.settled for p in points]},
        rows={say(words.label(kind)): [kind in p.kinds for p in points] for kind in rows},
        gaps=list(_spans(points)),
    )


def frequent(points: Sequence[Point]) -> list[str]:
    """Kinds of distress, the most frequent first."""
    every = [kind for p in points for kind in p.kinds]
    return sorted(set(every), key=lambda kind: (-every.count(kind), kind))


def _spans(points: Sequence[Point]) -> Iterator[tuple[int, int]]:
    yield from ((a.on.toordinal(), b.on.toordinal()) for a, b in itertools.pairwise(points) if b.long)
