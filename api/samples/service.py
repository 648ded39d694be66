"""The weekly sample: drawn by the worker, opened one by one for a stated reason, answered; what was missed raises a flag.

Only one person opens each note, and never one's own. Every function runs inside the caller's transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from api.accounts.service import program_of, rules_of
from api.clock import new_id
from api.db.models import Flag, Note, Pair, SampledNote, StoredReport, WeeklySample
from api.deps import Principal
from api.errors import Conflict, NotFound
from api.reviews import service as reviews
from api.samples.drawing import LEVELS, drawn, week_before
from api.samples.schemas import Missed, SampledOut
from api.services import Services

REASON = "weekly sample"
HELD = timedelta(days=1)
"""So long a note that somebody opened waits for that person's answer; then another may open it."""


def draw(at: Services, session: Session, owner: str) -> int:
    """The sample of the week that has ended; how many notes that were. None where it was drawn already or is switched off."""
    program = program_of(session, owner, lock=True)
    size = rules_of(program).weekly_sample
    week, starts, ends = week_before(at.clock(), program.timezone)
    done = select(WeeklySample.id).where(WeeklySample.week == week)
    if not (program.live and size) or session.execute(done).first():
        return 0
    groups = _unflagged(session, starts, ends)
    chosen = drawn(f"{owner}:{week}", size, groups)
    sample, pool = new_id(), {level: [len(chosen[level]), len(groups[level])] for level in LEVELS}
    session.add(WeeklySample(id=sample, program_id=owner, week=week, drawn_at=at.clock(), pool=pool))
    session.flush()
    for level, idents in chosen.items():
        session.add_all(SampledNote(program_id=owner, sample_id=sample, note_id=i, level=level, opened=[]) for i in idents)
    at.trail.record(session, "service", "sample_drawn", f"sample:{sample}", owner, {"week": week, **pool})
    return sum(len(idents) for idents in chosen.values())


def _unflagged(session: Session, starts: datetime, ends: datetime) -> dict[str, list[str]]:
    """Notes received in a time by the level of their newest report: not erased, no drill, no flag, not about to be read again."""
    flagged = exists().where(Flag.note_id == Note.id)
    taken = exists().where(SampledNote.note_id == Note.id)
    latest = select(func.max(StoredReport.version)).where(StoredReport.note_id == Note.id).correlate(Note).scalar_subquery()
    query = (
        select(Note.id, StoredReport.level)
        .join(StoredReport, and_(StoredReport.note_id == Note.id, StoredReport.version == latest))
        .where(Note.received_at >= starts, Note.received_at < ends, Note.text.is_not(None), Note.drill.is_(False))
        .where(Note.reread_at.is_(None), ~flagged, ~taken)
    )
    groups: dict[str, list[str]] = {level: [] for level in LEVELS}
    for ident, level in session.execute(query):
        groups.get(level, []).append(ident)
    return groups


def _visible(who: Principal) -> ColumnElement[bool]:
    """For queries that join note and pair: what still can be looked at, and is neither one's own note nor of one's own pair."""
    person = who.person or ""
    not_mine = and_(
        or_(Note.author_id.is_(None), Note.author_id != person), or_(Pair.mentor_id.is_(None), Pair.mentor_id != person)
    )
    unflagged = ~exists().where(Flag.note_id == Note.id)
    return and_(Note.text.is_not(None), SampledNote.answer.is_(None), unflagged, not_mine)


def waiting(at: Services, session: Session, who: Principal) -> list[SampledOut]:
    """What waits for a second look and the asker may see, the oldest week first."""
    query = select(SampledNote, Note.received_at, WeeklySample.week).join(Note, Note.id == SampledNote.note_id)
    query = query.join(WeeklySample, WeeklySample.id == SampledNote.sample_id).outerjoin(Pair, Pair.id == Note.pair_id)
    rows = session.execute(query.where(_visible(who)).order_by(WeeklySample.week, SampledNote.id))
    return [_shown(row, week, received, _held(at, row)) for row, received, week in rows]


def _shown(row: SampledNote, week: str, received: datetime, held: bool) -> SampledOut:
    return SampledOut(id=row.id, week=week, level=row.level, received_at=received, holder=row.opened_by if held else None)


def _held(at: Services, row: SampledNote) -> bool:
    return bool(row.opened) and datetime.fromisoformat(row.opened[-1]) > at.clock() - HELD


def _of(session: Session, who: Principal, ident: str) -> tuple[SampledNote, Note]:
    """Locked. Raises NotFound for what is answered, erased, flagged by now, or the asker's own."""
    query = select(SampledNote, Note).join(Note, Note.id == SampledNote.note_id).outerjoin(Pair, Pair.id == Note.pair_id)
    query = query.where(SampledNote.id == ident, _visible(who)).with_for_update(of=SampledNote)
    found = session.execute(query).first()
    if found is None:
        raise NotFound("There is no such note in the sample, or it has been looked at by now.")
    return found[0], found[1]


def open_it(at: Services, session: Session, who: Principal, ident: str) -> Note:
    """The note, for whoever opens it: that is recorded, and its mentor and mentee are told the reason.

    Raises Conflict while somebody else has it.
    """
    row, note = _of(session, who, ident)
    if row.opened_by != who.person and _held(at, row):
        raise Conflict("Somebody else has opened this note and will answer.", code="claimed")
    row.opened, row.opened_by = [*row.opened, at.clock().isoformat()], who.person
    at.trail.record(session, who.actor, "note_opened", f"note:{note.id}", who.program, {"sample": row.id})
    return note


def answer(at: Services, session: Session, who: Principal, ident: str, missed: Missed | None) -> str | None:
    """What the second look found, None for nothing; the id of the flag that it raised.

    Raises Conflict for whoever has not opened the note.
    """
    row, note = _of(session, who, ident)
    if row.opened_by != who.person:
        raise Conflict("Open the note first.", code="not_opened")
    flag = _raised(at, session, who, note, missed) if missed else None
    row.answer, row.answered_at, row.answered_by = "missed" if missed else "nothing", at.clock(), who.person
    row.flag_id = flag.id if flag else None
    # a flag about the mentor must not be read off the trail by that mentor, who may be an admin too
    hidden = flag is not None and flag.about_id is not None
    detail: dict[str, Any] = {} if hidden else {"answer": row.answer, "flag": row.flag_id}
    at.trail.record(session, who.actor, "sample_answered", f"note:{note.id}", who.program, detail)
    return row.flag_id


def _raised(at: Services, session: Session, who: Principal, note: Note, missed: Missed) -> Flag:
    query = select(StoredReport).where(StoredReport.note_id == note.id).order_by(StoredReport.version.desc()).limit(1)
    row = session.execute(query).scalar_one()
    return reviews.raise_found(
        at,
        session,
        who,
        note,
        row,
        level=missed.level,
        kind=missed.kind,
        about_mentor=missed.about == "mentor",
        words=missed.words,
    )


def _times(rows: Sequence[list[str]]) -> Iterator[datetime]:
    for opened in rows:
        yield from (datetime.fromisoformat(moment) for moment in opened)


def openings(session: Session, note: str) -> list[str]:
    """When and why staff opened the whole note for the sample; each day once."""
    rows = session.execute(select(SampledNote.opened).where(SampledNote.note_id == note)).scalars().all()
    return [f"{day}: {REASON}" for day in dict.fromkeys(f"{moment:%Y-%m-%d}" for moment in _times(rows))]


def opened_of_pair(session: Session, pair: str) -> list[datetime]:
    """When notes of a pair were opened for the sample; not of those erased since."""
    query = select(SampledNote.opened).join(Note, Note.id == SampledNote.note_id)
    rows = session.execute(query.where(Note.pair_id == pair, Note.erased_at.is_(None))).scalars().all()
    return sorted(_times(rows))
