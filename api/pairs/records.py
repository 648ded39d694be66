"""Everything kept about a pair: given out, erased, and told to the mentee in plain words."""

import base64
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.clock import new_id
from api.db.models import AuditRow, Flag, FlagEvent, FollowUp, LedgerEntry, Note, Pair, Release, StoredReport
from api.deps import Principal
from api.errors import Conflict, Forbidden, NotFound
from api.pairs import service
from api.pairs.schemas import Export, MentorExport, Shared
from api.reviews import service as reviews
from api.samples import service as samples
from api.sealed import event_words, note_text, report_body
from api.services import Services
from api.vault import Erased

SAID = {
    "raised": "A note from this mentoring worried the program's reader. Staff were shown the sentences that gave rise to it.",
    "opened": "A member of the program's staff opened the whole note. Reason given: {words}",
    "decided": "A member of staff looked at it and decided: {decision}.",
}
BY_PERSON = "A member of the program's staff who had read a whole note from this mentoring was worried and told the others."
SAMPLED = "A member of the program's staff opened the whole note. Reason given: weekly sample"
OF_BOTH = {"raised": SAID["raised"], "opened": "A member of the program's staff opened the whole note."}
"""Of a flag that is about the mentor too: neither the reasons nor the decision are the mentor's to read or to show."""
NOT_KNOWN = "Staff were shown sentences of a note from this mentoring that has been erased since."
EXPORTED = "An admin of the program was given a copy of everything that is kept here. Reason given: {words}"
REASON_NEEDED = "This is another mentor's. Ask for it by POST, with a reason: the mentor is shown it."


def export(at: Services, session: Session, who: Principal, ident: str, reason: str | None = None) -> Export:
    """All that is kept about a pair and can still be read: for its mentor, or for an admin who says why.

    Raises Forbidden for an admin without a reason, NotFound for anybody else.
    """
    pair = service.at_hand(session, who, ident)
    notes = session.execute(select(Note).where(Note.pair_id == ident).order_by(Note.id)).scalars().all()
    if pair.mentor_id == who.person:
        at.trail.record(session, who.actor, "pair_exported", f"pair:{ident}", who.program)
    elif reason is None:
        raise Forbidden(REASON_NEEDED, code="reason_needed")
    else:
        _given_out(at, session, who, f"pair:{ident}", pair.key_id, reason)
        for note in notes:
            _opened(at, session, who, note, reason)
    ledger = session.execute(select(LedgerEntry).where(LedgerEntry.pair_id == ident).order_by(LedgerEntry.id)).scalars()
    follow_ups = session.execute(select(FollowUp).where(FollowUp.pair_id == ident).order_by(FollowUp.id)).scalars()
    return Export(
        pair=service.shown(at, session, who, pair),
        notes=[_note(at, session, n) for n in notes],
        ledger=[service.entry_out(at, session, e) for e in ledger],
        follow_ups=[service.follow_up_out(at, session, f) for f in follow_ups],
        flags=list(_flags(session, who, ident)),
        shared=_shared(at, session, pair),
    )


def _given_out(at: Services, session: Session, who: Principal, subject: str, key: str, reason: str) -> None:
    """A row of the trail. The reason in it is sealed with the key of what was given out, so it is erased with that."""
    detail = {}
    with contextlib.suppress(Erased):
        sealed = at.vault.seal(session, key).seal(reason, f"export:{subject}")
        detail["reason"] = base64.b64encode(sealed).decode()
    at.trail.record(session, who.actor, _act(subject), subject, who.program, detail)


def _act(subject: str) -> str:
    return f"{subject.partition(':')[0]}_exported"


def _opened(at: Services, session: Session, who: Principal, note: Note, reason: str) -> bool:
    """A flagged note counts as opened by whoever exports it, and its mentor sees that; whether this is such a note."""
    flag = reviews.flag_of_note(session, note.id)
    # an opening would tell the mentor of a flag about themself
    if flag is None or flag.about_id is not None or note.erased_at is not None:
        return False
    reviews.log_event(at, session, flag, who, "opened", words=reason, detail={"exported": True}, for_mentor=True)
    return True


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
    return _shared(at, session, service.own(session, who, ident))


def _shared(at: Services, session: Session, pair: Pair) -> list[Shared]:
    exports = _exports(at, session, pair.program_id, pair.mentor_id, f"pair:{pair.id}", pair.key_id)
    sampled = [Shared(at=at_, words=SAMPLED) for at_ in samples.opened_of_pair(session, pair.id)]
    return sorted([*_looks(at, session, pair.id), *sampled, *exports], key=lambda row: row.at)


def _looks(at: Services, session: Session, ident: str) -> Iterator[Shared]:
    """What staff saw and did by way of flags."""
    query = (
        select(FlagEvent, Flag, Note)
        .join(Flag, Flag.id == FlagEvent.flag_id)
        .join(Note, Note.id == Flag.note_id)
        .where(Flag.pair_id == ident, FlagEvent.kind.in_((*SAID, "undone")))
        .order_by(FlagEvent.id)
    )
    rows = [(event, flag, note) for event, flag, note in session.execute(query)]
    undone = _taken_back(event for event, _, _ in rows)
    for event, flag, note in rows:
        if event.kind == "undone" or event.id in undone or event.detail.get("exported"):
            continue
        by_person = BY_PERSON if event.detail.get("by") == "person" else SAID[event.kind]
        said = by_person if flag.about_id is None else _of_both(at, session, event, note)
        if said is None:
            continue
        words = "(erased)"
        if event.words is not None:
            try:
                words = event_words(at.vault.seal(session, note.key_id), event) or ""
            except Erased:
                continue
        decision = str(event.detail.get("decision", "")).replace("_", " ")
        yield Shared(at=event.at, words=said.format(words=words, decision=decision))


def _taken_back(events: Iterable[FlagEvent]) -> set[str]:
    """Decisions that were undone: of each flag the last one before the undoing."""
    last: dict[str, str] = {}
    out = set()
    for event in events:
        if event.kind == "decided":
            last[event.flag_id] = event.id
        elif event.kind == "undone" and event.detail.get("act") == "decided" and event.flag_id in last:
            out.add(last.pop(event.flag_id))
    return out


def _of_both(at: Services, session: Session, event: FlagEvent, note: Note) -> str | None:
    """What the mentee is told of a flag that is about the mentor; None of sentences that are about the mentor alone."""
    if event.kind == "raised":
        alone = _mentor_alone(at, session, note)
        if alone is None:
            return NOT_KNOWN
        if alone:
            return None
    return OF_BOTH.get(event.kind)


def _mentor_alone(at: Services, session: Session, note: Note) -> bool | None:
    """Whether all that ever led to a note's level is about the mentor; None where that was erased."""
    query = select(StoredReport).where(StoredReport.note_id == note.id)
    try:
        seal = at.vault.seal(session, note.key_id)
        bodies = [report_body(seal, row) for row in session.execute(query).scalars()]
    except Erased:
        return None
    if None in bodies:
        return None
    return all(body["signals"][i]["about"] == "mentor" for body in bodies if body for i in body["triage"]["signals"])


def _exports(at: Services, session: Session, program: str, mentor: str, subject: str, key: str) -> Iterator[Shared]:
    """When and why somebody else than the mentor was given all of it."""
    query = (
        select(AuditRow)
        .where(AuditRow.program_id == program, AuditRow.subject == subject, AuditRow.act == _act(subject))
        .where(AuditRow.actor != f"person:{mentor}")
        .order_by(AuditRow.number)
    )
    for row in session.execute(query).scalars():
        words = "(not recorded)"
        if "reason" in row.detail:
            try:
                words = at.vault.seal(session, key).open(base64.b64decode(row.detail["reason"]), f"export:{subject}")
            except Erased:
                words = "(erased)"
        yield Shared(at=row.at, words=EXPORTED.format(words=words))


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


def export_mentor(at: Services, session: Session, who: Principal, person: str, reason: str | None = None) -> MentorExport:
    """All of oneself, or, for an admin who says why, of another. Raises NotFound where nothing of this person is kept here."""
    if who.person != person and not who.has("admin"):
        raise Forbidden("This needs the role admin.")
    if who.person != person and reason is None:
        raise Forbidden(REASON_NEEDED, code="reason_needed")
    pairs = session.execute(select(Pair.id).where(Pair.mentor_id == person).order_by(Pair.id)).scalars().all()
    alone = select(Note).where(Note.author_id == person, Note.pair_id.is_(None)).order_by(Note.id)
    notes = session.execute(alone).scalars().all()
    if not pairs and not notes:
        raise NotFound("There is nothing of this person here.")
    at.trail.record(session, who.actor, "mentor_exported", f"person:{person}", who.program)
    for note in notes if who.person != person else ():
        if reason is not None and note.erased_at is None and not _opened(at, session, who, note, reason):
            _given_out(at, session, who, f"note:{note.id}", note.key_id, reason)
    return MentorExport(
        pairs=[export(at, session, who, p, reason) for p in pairs],
        notes=[_note(at, session, n) for n in notes],
        shared=[s for n in notes for s in _exports(at, session, n.program_id, person, f"note:{n.id}", n.key_id)],
    )


def release(at: Services, session: Session, who: Principal, ident: str, reason: str) -> None:
    """A second person's leave to erase what an open flag or a hold protects. Raises Forbidden for whom it concerns."""
    pair = service.of(session, who, ident)
    _apart(session, who, _notes_of(session, ident))
    _release(at, session, who, reason, pair.key_id, f"pair:{pair.id}", pair_id=pair.id)


def release_note(at: Services, session: Session, who: Principal, ident: str, reason: str) -> None:
    """The same for a note that belongs to no pair. Raises NotFound for any other."""
    note = session.execute(select(Note).where(Note.id == ident, Note.pair_id.is_(None))).scalar_one_or_none()
    if note is None or note.erased_at is not None:
        raise NotFound("There is no such note without a pair; the notes of a pair are released with it.")
    _apart(session, who, [note])
    _release(at, session, who, reason, note.key_id, f"note:{note.id}", note_id=note.id)


def _release(at: Services, session: Session, who: Principal, reason: str, key: str, subject: str, **of: str) -> None:
    row = new_id()
    words = service.seal_of(at, session, key).seal(reason, f"release:{row}")
    session.add(Release(id=row, person_id=who.person or "", words=words, at=at.clock(), **of))
    session.flush()
    at.trail.record(session, who.actor, f"{subject.partition(':')[0]}_released", subject, who.program)


def hold(at: Services, session: Session, who: Principal, ident: str, on: bool) -> None:
    """Keep a pair's notes from erasure and purge until the hold ends. Raises Conflict where there is none to keep."""
    service.of(session, who, ident, lock=True)
    notes = [n for n in _notes_of(session, ident) if n.erased_at is None]
    if on and not notes:  # the notes carry the hold, and a new one takes it from those before it
        raise Conflict("This pair has no note to keep.", code="nothing_to_hold")
    for note in notes:
        note.hold = on
    at.trail.record(session, who.actor, "pair_held" if on else "hold_ended", f"pair:{ident}", who.program)


def erase(at: Services, session: Session, who: Principal, ident: str) -> int:
    """Destroy the keys of a pair and of its notes; how many notes that were.

    Raises Conflict while a flag is open or a hold stands, unless another person has released it.
    """
    pair = service.of(session, who, ident, lock=True)
    notes = _notes_of(session, ident)
    guarded = [n for n in notes if service.is_guarded(session, n)]
    if guarded and not _released(session, who, Release.pair_id == ident, guarded):
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


def _notes_of(session: Session, pair: str) -> Sequence[Note]:
    return session.execute(select(Note).where(Note.pair_id == pair).order_by(Note.id)).scalars().all()


def _released(session: Session, who: Principal, of: ColumnElement[bool], guarded: Sequence[Note]) -> bool:
    """Whether a second person, whom it does not concern, has released this since the newest open flag or hold."""
    not_by = {who.person or "", *_concerned(session, guarded)}
    query = select(Release.id).where(of, Release.at >= _since(session, guarded), Release.person_id.not_in(not_by)).limit(1)
    return session.execute(query).first() is not None


def _apart(session: Session, who: Principal, notes: Sequence[Note]) -> None:
    if who.person in _concerned(session, notes):
        raise Forbidden("This concerns you or comes from your own notes; somebody else releases it.", code="self_review")


def _concerned(session: Session, notes: Sequence[Note]) -> set[str]:
    """Who is no second person: the mentor, who wrote the notes, whom a flag is about."""
    about = select(Flag.about_id).where(Flag.note_id.in_([n.id for n in notes]))
    mentors = {service.mentor_of(session, pair) for pair in {n.pair_id for n in notes}}
    found = {*mentors, *(n.author_id for n in notes), *session.execute(about).scalars()}
    return {person for person in found if person is not None}


def _since(session: Session, guarded: Sequence[Note]) -> datetime:
    """When the newest of what protects these notes came: a flag raised or opened again, a hold, a note under it."""
    flags = (
        select(func.max(FlagEvent.at))
        .join(Flag, Flag.id == FlagEvent.flag_id)
        .where(Flag.note_id.in_([n.id for n in guarded]), Flag.state != "decided")
        .where(FlagEvent.kind.in_(("raised", "reopened")))
    )
    pairs = {f"pair:{n.pair_id}" for n in guarded if n.hold}
    holds = select(func.max(AuditRow.at)).where(
        AuditRow.program_id == guarded[0].program_id, AuditRow.act == "pair_held", AuditRow.subject.in_(pairs)
    )
    times = [session.execute(flags).scalar_one(), session.execute(holds).scalar_one()]
    return max([t for t in times if t is not None] + [n.received_at for n in guarded])


def erase_mentor(at: Services, session: Session, who: Principal, person: str) -> int:
    """All pairs and notes of a mentor in this program; how many notes that were. Raises as `erase` does."""
    if not who.has("admin"):
        raise Forbidden("This needs the role admin.")
    pairs = session.execute(select(Pair).where(Pair.mentor_id == person)).scalars().all()
    alone = session.execute(select(Note).where(Note.author_id == person, Note.pair_id.is_(None))).scalars().all()
    if not pairs and not alone:
        raise NotFound("There is nothing of this person here.")
    guarded = [n for n in alone if service.is_guarded(session, n)]
    kept = [n.id for n in guarded if not _released(session, who, Release.note_id == n.id, [n])]
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
