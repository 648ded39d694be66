"""Everything kept about a pair: given out, erased, and told to the mentee in plain words."""

from collections.abc import Iterator
from html import escape
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.clock import new_id
from api.db.models import Flag, FlagEvent, FollowUp, LedgerEntry, Note, Pair, Release, StoredReport
from api.deps import Principal
from api.errors import Conflict, Forbidden, NotFound
from api.pairs import service
from api.pairs.schemas import Export, MentorExport, Shared
from api.sealed import event_words, note_text, report_body
from api.services import Services
from api.vault import Erased

SAID = {
    "raised": "A note from this mentoring worried the program's reader. Staff were shown the sentences that gave rise to it.",
    "opened": "A member of the program's staff opened the whole note. Reason given: {words}",
    "decided": "A member of staff looked at it and decided: {decision}.",
}


def export(at: Services, session: Session, who: Principal, ident: str) -> Export:
    """All that is kept about a pair and can still be read, for the mentor or, for the mentee's request, an admin."""
    pair = service.of(session, who, ident)
    at.trail.record(session, who.actor, "pair_exported", f"pair:{ident}", who.program)
    notes = session.execute(select(Note).where(Note.pair_id == ident).order_by(Note.id)).scalars().all()
    ledger = session.execute(select(LedgerEntry).where(LedgerEntry.pair_id == ident).order_by(LedgerEntry.id)).scalars()
    follow_ups = session.execute(select(FollowUp).where(FollowUp.pair_id == ident).order_by(FollowUp.id)).scalars()
    return Export(
        pair=service.shown(at, session, who, pair),
        notes=[_note(at, session, n) for n in notes],
        ledger=[service.entry_out(at, session, e) for e in ledger],
        follow_ups=[service.follow_up_out(at, session, f) for f in follow_ups],
        flags=list(_flags(session, who, ident)),
        shared=list(_shared(at, session, ident)),
    )


def _note(at: Services, session: Session, note: Note) -> dict[str, Any]:
    out: dict[str, Any] = {"id": note.id, "received_at": note.received_at.isoformat(), "text": None, "reports": []}
    try:
        seal = at.vault.seal(session, note.key_id)
    except Erased:
        return out
    out["text"] = note_text(seal, note)
    rows = session.execute(select(StoredReport).where(StoredReport.note_id == note.id).order_by(StoredReport.version)).scalars()
    out["reports"] = [body for r in rows if (body := report_body(seal, r)) is not None]
    return out


def _flags(session: Session, who: Principal, ident: str) -> Iterator[dict[str, Any]]:
    """The record of each flag, without staff's comments; none that is about the asker."""
    for flag in session.execute(select(Flag).where(Flag.pair_id == ident).order_by(Flag.id)).scalars():
        if flag.about_id is None or flag.about_id != who.person:
            yield {"id": flag.id, "level": flag.level, "state": flag.state, "decision": flag.decision, "kinds": flag.kinds}


def shared(at: Services, session: Session, who: Principal, ident: str) -> list[Shared]:
    """What was shared about the mentee, when and why: to be shown to the mentee."""
    service.own(session, who, ident)
    return list(_shared(at, session, ident))


def _shared(at: Services, session: Session, ident: str) -> Iterator[Shared]:
    query = (
        select(FlagEvent, Flag, Note.key_id)
        .join(Flag, Flag.id == FlagEvent.flag_id)
        .join(Note, Note.id == Flag.note_id)
        .where(Flag.pair_id == ident, Flag.about_id.is_(None), FlagEvent.kind.in_(SAID))
        .order_by(FlagEvent.id)
    )
    for event, _, key in session.execute(query):
        words = "(erased)"
        if event.words is not None:
            try:
                words = event_words(at.vault.seal(session, key), event) or ""
            except Erased:
                continue
        decision = str(event.detail.get("decision", "")).replace("_", " ")
        yield Shared(at=event.at, words=SAID[event.kind].format(words=words, decision=decision))


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>What was shared about you</title></head>
<body><main><h1>What was shared about you</h1>
<p>Your mentor keeps notes of your meetings. This page says when anything in them was shown to somebody else, and why.</p>
{rows}
<p>You may ask your mentor or the program to see these notes, to correct them, or to have them erased.</p></main></body></html>
"""


def page(rows: list[Shared]) -> str:
    """Plain words on a plain page; every word of a person is escaped."""
    if not rows:
        return PAGE.format(rows="<p>Nothing was shared with anybody.</p>")
    items = "".join(f"<li><time>{row.at:%d %B %Y}</time>: {escape(row.words)}</li>" for row in rows)
    return PAGE.format(rows=f"<ul>{items}</ul>")


def export_mentor(at: Services, session: Session, who: Principal, person: str) -> MentorExport:
    """Raises NotFound where nothing of this person is kept here."""
    pairs = session.execute(select(Pair.id).where(Pair.mentor_id == person).order_by(Pair.id)).scalars().all()
    alone = select(Note).where(Note.author_id == person, Note.pair_id.is_(None)).order_by(Note.id)
    notes = session.execute(alone).scalars().all()
    if not pairs and not notes:
        raise NotFound("There is nothing of this person here.")
    at.trail.record(session, who.actor, "mentor_exported", f"person:{person}", who.program)
    return MentorExport(pairs=[export(at, session, who, p) for p in pairs], notes=[_note(at, session, n) for n in notes])


def release(at: Services, session: Session, who: Principal, ident: str, reason: str) -> None:
    """A second person's leave to erase what an open flag or a hold protects."""
    pair = service.of(session, who, ident)
    _release(at, session, who, reason, pair.key_id, f"pair:{pair.id}", pair_id=pair.id)


def release_note(at: Services, session: Session, who: Principal, ident: str, reason: str) -> None:
    """The same for a note that belongs to no pair. Raises NotFound for any other."""
    note = session.execute(select(Note).where(Note.id == ident, Note.pair_id.is_(None))).scalar_one_or_none()
    if note is None or note.erased_at is not None or note.author_id == who.person:
        raise NotFound("There is no such note without a pair; the notes of a pair are released with it.")
    _release(at, session, who, reason, note.key_id, f"note:{note.id}", note_id=note.id)


def _release(at: Services, session: Session, who: Principal, reason: str, key: str, subject: str, **of: str) -> None:
    row = new_id()
    words = at.vault.seal(session, key).seal(reason, f"release:{row}")
    session.add(Release(id=row, person_id=who.person or "", words=words, at=at.clock(), **of))
    session.flush()
    at.trail.record(session, who.actor, f"{subject.partition(':')[0]}_released", subject, who.program)


def hold(at: Services, session: Session, who: Principal, ident: str, on: bool) -> None:
    """Keep a pair's notes from erasure and purge until the hold ends."""
    service.of(session, who, ident)
    for note in session.execute(select(Note).where(Note.pair_id == ident)).scalars():
        note.hold = on
    at.trail.record(session, who.actor, "pair_held" if on else "hold_ended", f"pair:{ident}", who.program)


def erase(at: Services, session: Session, who: Principal, ident: str) -> int:
    """Destroy the keys of a pair and of its notes; how many notes that were.

    Raises Conflict while a flag is open or a hold stands, unless another person has released it.
    """
    pair = service.of(session, who, ident, lock=True)
    notes = session.execute(select(Note).where(Note.pair_id == ident)).scalars().all()
    guarded = [n for n in notes if service.is_guarded(session, n)]
    if guarded and not _released(session, who, Release.pair_id == ident):
        raise Conflict(
            f"{len(guarded)} notes are under an open flag or a hold. Another member of staff must release them with a reason first.",
            code="on_hold",
        )
    for note in notes:
        service.erase_note(at, session, note)
    at.vault.destroy(session, pair.key_id, at.clock())
    pair.closed_at = pair.closed_at or at.clock()
    pair.consent, pair.version = {}, pair.version + 1
    at.trail.record(session, who.actor, "pair_erased", f"pair:{ident}", who.program, {"notes": len(notes)})
    return len(notes)


def _released(session: Session, who: Principal, of: ColumnElement[bool]) -> bool:
    query = select(Release.id).where(of, Release.person_id != (who.person or "")).limit(1)
    return session.execute(query).first() is not None


def erase_mentor(at: Services, session: Session, who: Principal, person: str) -> int:
    """All pairs and notes of a mentor in this program; how many notes that were. Raises as `erase` does."""
    if not who.has("admin"):
        raise Forbidden("This needs the role admin.")
    pairs = session.execute(select(Pair).where(Pair.mentor_id == person)).scalars().all()
    alone = session.execute(select(Note).where(Note.author_id == person, Note.pair_id.is_(None))).scalars().all()
    if not pairs and not alone:
        raise NotFound("There is nothing of this person here.")
    guarded = [n.id for n in alone if service.is_guarded(session, n)]
    kept = [n for n in guarded if not _released(session, who, Release.note_id == n)]
    if kept:
        raise Conflict(
            f"{len(kept)} notes of this person are under an open flag or a hold. Decide the flags, or let another member of "
            f"staff release the notes with a reason: {', '.join(kept[:5])}",
            code="on_hold",
        )
    count = sum(erase(at, session, who, p.id) for p in pairs)
    for note in alone:
        service.erase_note(at, session, note)
    at.trail.record(session, who.actor, "mentor_erased", f"person:{person}", who.program, {"notes": count + len(alone)})
    return count + len(alone)
