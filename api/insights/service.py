"""Counts and times of a period. Drills are left out; a group of fewer than `LEAST` is not shown, since it could name somebody."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.db.models import Flag, Note, SampledNote, StoredReport
from api.insights.dial import predicted as predicted  # for other slices
from api.insights.intervals import LEAST, Missed, missed_rate
from api.insights.periods import Counted, Period, by_period


class Times(BaseModel):
    """Hours; None where fewer than five flags are behind it."""

    count: int
    median: float | None
    p90: float | None


class Share(BaseModel):
    """How many decided flags of a kind or a detector there are, and the share that was confirmed or escalated."""

    decided: int
    confirmed: float


class LevelTimes(BaseModel):
    """How long flags of a level waited."""

    first_look: Times
    decision: Times


class Insights(BaseModel):
    """`notes` counts all that were stored; the rest leaves small groups out.

    `periods` are weeks, or months where the time is longer than a year. `missed`: what second looks at unflagged notes found, by
    the level that the reader gave them, and for `all`.
    """

    start: datetime
    end: datetime
    notes: int
    not_fully_read: int
    by_level: dict[str, int]
    by_kind: dict[str, int]
    topics: dict[str, int]
    first_look: Times
    decision: Times
    confirmed_by_kind: dict[str, Share]
    confirmed_by_detector: dict[str, Share]
    false_alarms_per_100_notes: float | None
    load: dict[str, int]
    periods: list[Period] = []
    times: dict[str, LevelTimes] = {}
    missed: dict[str, Missed] = {}


def figures(session: Session, start: datetime, end: datetime, zone: str = "UTC") -> Insights:
    """Figures of the notes received from `start` to before `end`, each by its newest report; weeks are those of the time zone."""
    period = (Note.received_at >= start, Note.received_at < end, Note.drill.is_(False))
    reports = _newest(session, period)
    flags = session.execute(select(Flag).join(Note, Note.id == Flag.note_id).where(*period)).scalars().all()
    decided = [f for f in flags if f.state == "decided"]
    wrong = [f for f in decided if f.decision == "not_a_concern"]
    counted = [*(Counted("notes", r.received_at, r.level) for r in reports), *_flagged(flags, reports)]
    return Insights(
        start=start,
        end=end,
        notes=len(reports),
        not_fully_read=sum(r.coverage != "full" for r in reports),
        by_level=_large(Counter(r.level for r in reports)),
        by_kind=_large(Counter(k for r in reports for k in r.kinds)),
        topics=_large(Counter(t for r in reports for t in r.topics)),
        first_look=_first_look(flags),
        decision=_decision(decided),
        confirmed_by_kind=_confirmed(decided, "kinds"),
        confirmed_by_detector=_confirmed(decided, "sources"),
        false_alarms_per_100_notes=round(100 * len(wrong) / len(reports), 2) if len(reports) >= LEAST else None,
        load=_large(Counter(f.holder_id for f in flags if f.holder_id)),
        periods=by_period(counted, start, end, zone),
        times=_by_level(flags),
        missed=missed_rate(_looked_at(session, period)),
    )


class _Report(NamedTuple):
    """What figures need of a stored report; its words stay sealed where they are."""

    note: str
    version: int
    level: str
    coverage: str
    kinds: list[str]
    topics: list[str]
    received_at: datetime


def _newest(session: Session, period: Sequence[ColumnElement[bool]]) -> list[_Report]:
    row = StoredReport
    query = select(row.note_id, row.version, row.level, row.coverage, row.kinds, row.topics, Note.received_at)
    newest: dict[str, _Report] = {}
    for found in session.execute(query.join(Note, Note.id == row.note_id).where(*period)):
        report = _Report(*found)
        if report.note not in newest or newest[report.note].version < report.version:
            newest[report.note] = report
    return list(newest.values())


def _flagged(flags: Sequence[Flag], reports: Sequence[_Report]) -> Iterator[Counted]:
    """A flag counts in the week of its note, so that the two can be compared."""
    received = {r.note: r.received_at for r in reports}
    return (Counted("flags", received[f.note_id], f.level) for f in flags if f.note_id in received)


def _looked_at(session: Session, period: Sequence[ColumnElement[bool]]) -> list[tuple[str, bool]]:
    """(level, missed) of each second look; what was missed counts unless its flag was found to be no concern."""
    query = select(SampledNote.level, SampledNote.answer, Flag.decision).join(Note, Note.id == SampledNote.note_id)
    query = query.outerjoin(Flag, Flag.id == SampledNote.flag_id).where(*period, SampledNote.answer.is_not(None))
    return [(level, answer == "missed" and decision != "not_a_concern") for level, answer, decision in session.execute(query)]


def _first_look(flags: Iterable[Flag]) -> Times:
    return _times(f.first_look_at - f.raised_at for f in flags if f.first_look_at)


def _decision(flags: Iterable[Flag]) -> Times:
    return _times(f.decided_at - f.raised_at for f in flags if f.state == "decided" and f.decided_at)


def _by_level(flags: Sequence[Flag]) -> dict[str, LevelTimes]:
    """Levels of which at least one of the times can be shown."""
    found = {}
    for level in sorted({f.level for f in flags}):
        mine = [f for f in flags if f.level == level]
        times = LevelTimes(first_look=_first_look(mine), decision=_decision(mine))
        if times.first_look.median is not None or times.decision.median is not None:
            found[level] = times
    return found


def _large(counts: Counter[str]) -> dict[str, int]:
    return {k: n for k, n in sorted(counts.items()) if n >= LEAST}


def _times(spans: Iterable[timedelta]) -> Times:
    hours = [span.total_seconds() / 3600 for span in spans]
    if len(hours) < LEAST:
        return Times(count=len(hours), median=None, p90=None)
    return Times(count=len(hours), median=round(float(np.median(hours)), 2), p90=round(float(np.quantile(hours, 0.9)), 2))


def _confirmed(decided: Sequence[Flag], field: str) -> dict[str, Share]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for flag in decided:
        for name in getattr(flag, field):
            groups[name].append(flag.decision in ("confirmed", "escalated"))
    return {k: Share(decided=len(v), confirmed=round(sum(v) / len(v), 3)) for k, v in sorted(groups.items()) if len(v) >= LEAST}
