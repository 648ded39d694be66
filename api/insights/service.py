"""Counts and times of a period. Drills are left out; a group of fewer than `LEAST` is not shown, since it could name somebody."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.models import Flag, Note, StoredReport

LEAST = 5


class Times(BaseModel):
    """Hours; None where fewer than five flags are behind it."""

    count: int
    median: float | None
    p90: float | None


class Share(BaseModel):
    """How many decided flags of a kind or a detector there are, and the share that was confirmed or escalated."""

    decided: int
    confirmed: float


class Insights(BaseModel):
    """`notes` counts all that were stored; the rest leaves small groups out."""

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


def figures(session: Session, start: datetime, end: datetime) -> Insights:
    """Figures of the notes received from `start` to before `end`, each by its newest report."""
    period = (Note.received_at >= start, Note.received_at < end, Note.drill.is_(False))
    rows = session.execute(select(StoredReport).join(Note, Note.id == StoredReport.note_id).where(*period)).scalars()
    newest: dict[str, StoredReport] = {}
    for row in rows:
        if row.note_id not in newest or newest[row.note_id].version < row.version:
            newest[row.note_id] = row
    flags = session.execute(select(Flag).join(Note, Note.id == Flag.note_id).where(*period)).scalars().all()
    reports, decided = list(newest.values()), [f for f in flags if f.state == "decided"]
    wrong = [f for f in decided if f.decision == "not_a_concern"]
    return Insights(
        start=start,
        end=end,
        notes=len(reports),
        not_fully_read=sum(r.coverage != "full" for r in reports),
        by_level=_large(Counter(r.level for r in reports)),
        by_kind=_large(Counter(k for r in reports for k in r.kinds)),
        topics=_large(Counter(t for r in reports for t in r.topics)),
        first_look=_times(f.first_look_at - f.raised_at for f in flags if f.first_look_at),
        decision=_times(f.decided_at - f.raised_at for f in decided if f.decided_at),
        confirmed_by_kind=_confirmed(decided, "kinds"),
        confirmed_by_detector=_confirmed(decided, "sources"),
        false_alarms_per_100_notes=round(100 * len(wrong) / len(reports), 2) if len(reports) >= LEAST else None,
        load=_large(Counter(f.holder_id for f in flags if f.holder_id)),
    )


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
