"""What can be done with pairs. A mentor has own pairs alone; staff and admins see that a pair exists, not its notes."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from api.accounts.service import check_zone, roles
from api.clock import new_id
from api.db.models import Feedback, Flag, FlagEvent, FollowUp, LedgerEntry, Note, Pair, StoredReport, WebhookDelivery
from api.deps import Principal, same
from api.errors import Conflict, Forbidden, NotFound
from api.pairs.schemas import EntryChange, EntryIn, EntryOut, FollowUpOut, PairIn, PairOut
from api.security import Seal
from api.services import Services
from api.vault import Erased

NOT_YOURS = "There is no such pair, or it is not yours."


def add(at: Services, session: Session, who: Principal, given: PairIn) -> Pair:
    """Raises Forbidden for another mentor's pair, NotFound for somebody who is no mentor here."""
    mentor = given.mentor or who.person
    if mentor != who.person and not _any(who):
        raise Forbidden("A mentor makes own pairs alone; an admin can make others.")
    if mentor is None or "mentor" not in roles(session, mentor):
        raise NotFound("There is no such mentor in this program. Name one in `mentor`.")
    if given.timezone:
        check_zone(given.timezone)
    ident = new_id()
    key, seal = at.vault.create(session, who.program)
    pair = Pair(
        id=ident,
        mentor_id=mentor,
        mentee=seal.seal(given.mentee, f"pair:{ident}"),
        age_group=given.age_group,
        region=given.region,
        timezone=given.timezone,
        consent=dict(given.consent),
        key_id=key,
        created_at=at.clock(),
        version=1,
    )
    session.add(pair)
    session.flush()
    at.trail.record(session, who.actor, "pair_made", f"pair:{ident}", who.program)
    return pair


def of(session: Session, who: Principal, ident: str, lock: bool = False) -> Pair:
    """A pair that the principal may see. Raises NotFound, for another mentor's pair too."""
    query = select(Pair).where(Pair.id == ident)
    if who.only_own:
        query = query.where(Pair.mentor_id == who.person)
    if lock:
        query = query.with_for_update(key_share=True)  # who only refers to the pair, as a flag does, need not wait
    pair = session.execute(query).scalar_one_or_none()
    if pair is None:
        raise NotFound(NOT_YOURS)
    return pair


def own(session: Session, who: Principal, ident: str, lock: bool = False) -> Pair:
    """A pair whose words the principal may read: the mentor's own, or any for a key of another platform."""
    pair = of(session, who, ident, lock)
    if who.key is None and pair.mentor_id != who.person:
        raise NotFound(NOT_YOURS)
    return pair


def at_hand(session: Session, who: Principal, ident: str, lock: bool = False) -> Pair:
    """A pair that the principal may change: the mentor's own, or any for an admin or a key. Raises NotFound, for staff too."""
    pair = of(session, who, ident, lock)
    if pair.mentor_id != who.person and not _any(who):
        raise NotFound(NOT_YOURS)
    return pair


def _any(who: Principal) -> bool:
    """Whether somebody may act on pairs of others; the role staff alone does not."""
    return who.key is not None or who.has("admin")


def open_for(session: Session, who: Principal, ident: str, lock: bool = True) -> Pair:
    """The pair that a new note may be stored in; locked, it is neither closed, erased nor held before the transaction ends.

    Raises NotFound as `own` does, and Conflict where the pair is closed or erased.
    """
    pair = own(session, who, ident, lock)
    if pair.closed_at is not None:
        raise Conflict("This pair is closed: no more notes go into it. Keep the note without a pair.", code="pair_closed")
    return pair


def is_held(session: Session, pair: Pair) -> bool:
    """Whether a new note of the pair comes under its hold."""
    return session.execute(select(Note.id).where(Note.pair_id == pair.id, Note.hold.is_(True)).limit(1)).first() is not None


def seal_of(at: Services, session: Session, key: str) -> Seal:
    """The seal to write with. Raises NotFound where the key was destroyed."""
    try:
        return at.vault.seal(session, key)
    except Erased:
        raise NotFound("This has been erased.", code="erased") from None


def every(session: Session, who: Principal) -> Sequence[Pair]:
    query = select(Pair).order_by(Pair.id)
    return session.execute(query.where(Pair.mentor_id == who.person) if who.only_own else query).scalars().all()


def change(at: Services, session: Session, who: Principal, ident: str, given: PairIn, version: int) -> Pair:
    pair = at_hand(session, who, ident, lock=True)
    same(version, pair.version)
    if given.mentor and given.mentor != pair.mentor_id:
        raise Conflict("A pair keeps its mentor; close it and make a new one.")
    if given.timezone:
        check_zone(given.timezone)
    pair.mentee = seal_of(at, session, pair.key_id).seal(given.mentee, f"pair:{pair.id}")
    pair.age_group, pair.region, pair.timezone = given.age_group, given.region, given.timezone
    pair.consent, pair.version = dict(given.consent), pair.version + 1
    at.trail.record(session, who.actor, "pair_changed", f"pair:{pair.id}", who.program, {"version": pair.version})
    return pair


def close(at: Services, session: Session, who: Principal, ident: str) -> None:
    pair = at_hand(session, who, ident, lock=True)
    pair.closed_at, pair.version = pair.closed_at or at.clock(), pair.version + 1
    at.trail.record(session, who.actor, "pair_closed", f"pair:{pair.id}", who.program)


def shown(at: Services, session: Session, who: Principal, pair: Pair) -> PairOut:
    """The mentee's pseudonym is for the mentor and for keys; others see the pair's id."""
    try:
        name = at.vault.seal(session, pair.key_id).open(pair.mentee, f"pair:{pair.id}")
    except Erased:
        name = "(erased)"
    mine = who.key is not None or pair.mentor_id == who.person
    return PairOut(
        id=pair.id,
        mentor=pair.mentor_id,
        mentee=name if mine else f"pair {pair.id[-6:]}",
        age_group=pair.age_group,
        region=pair.region,
        timezone=pair.timezone,
        consent=pair.consent,
        created_at=pair.created_at,
        closed_at=pair.closed_at,
        version=pair.version,
    )


def keep_advice(at: Services, session: Session, note: Note, report: Mapping[str, Any]) -> None:
    """The guessed expectations and the follow-ups of a note just stored, under the note's own key."""
    seal, now = at.vault.seal(session, note.key_id), at.clock()
    if note.pair_id is not None:
        for given in report["expectations"]:
            entry = _entry(
                seal, given["statement"], given["ask"], now, topic=given["topic"], holder=given["holder"], state="guessed"
            )
            entry.program_id, entry.pair_id, entry.note_id = note.program_id, note.pair_id, note.id
            session.add(entry)
    for given in report["follow_ups"]:
        ident = new_id()
        session.add(
            FollowUp(
                id=ident,
                program_id=note.program_id,
                note_id=note.id,
                pair_id=note.pair_id,
                kind=given["kind"],
                cards=given["guidance"],
                words=_sealed(seal, {"text": given["text"], "why": given["why"]}, f"follow_up:{ident}"),
                state="open",
                created_at=now,
                changed_at=now,
                version=1,
            )
        )


def add_entry(at: Services, session: Session, who: Principal, ident: str, given: EntryIn) -> LedgerEntry:
    pair = own(session, who, ident)
    seal = seal_of(at, session, pair.key_id)
    entry = _entry(seal, given.statement, given.ask, at.clock(), topic=given.topic, holder=given.holder, state=given.state)
    entry.pair_id = pair.id
    session.add(entry)
    session.flush()
    at.trail.record(session, who.actor, "ledger_added", f"ledger:{entry.id}", who.program, {"state": given.state})
    return entry


def _entry(seal: Seal, statement: str, ask: str | None, now: datetime, **fields: str) -> LedgerEntry:
    """A new ledger entry; whose it is, the caller says."""
    ident = new_id()
    words = _sealed(seal, {"statement": statement, "ask": ask}, f"ledger:{ident}")
    return LedgerEntry(id=ident, words=words, created_at=now, changed_at=now, version=1, **fields)


def _sealed(seal: Seal, words: Mapping[str, Any], what: str) -> bytes:
    return seal.seal(json.dumps(words, ensure_ascii=False), what)


def change_entry(
    at: Services, session: Session, who: Principal, ident: str, entry_id: str, given: EntryChange, version: int
) -> LedgerEntry:
    own(session, who, ident)
    query = select(LedgerEntry).where(LedgerEntry.id == entry_id, LedgerEntry.pair_id == ident).with_for_update()
    entry = session.execute(query).scalar_one_or_none()
    if entry is None:
        raise NotFound("There is no such expectation in this pair's ledger.")
    same(version, entry.version)
    if given.statement is not None:
        key, what = _key_of(session, entry), f"ledger:{entry.id}"
        words = {**_words(at, session, entry.words, key, what), "statement": given.statement}
        entry.words = _sealed(seal_of(at, session, key), words, what)
    entry.state, entry.changed_at, entry.version = given.state, at.clock(), entry.version + 1
    at.trail.record(session, who.actor, "ledger_changed", f"ledger:{entry.id}", who.program, {"state": given.state})
    return entry


def _key_of(session: Session, entry: LedgerEntry) -> str:
    """What came from a note is sealed with the note's key and is erased with it; the rest with the pair's."""
    if entry.note_id:
        return key_of_note(session, entry.note_id)
    return session.execute(select(Pair.key_id).where(Pair.id == entry.pair_id)).scalar_one()


def _words(at: Services, session: Session, sealed: bytes | None, key: str, what: str) -> dict[str, Any]:
    if sealed is None:
        return {}
    try:
        found: dict[str, Any] = json.loads(at.vault.seal(session, key).open(sealed, what))
    except Erased:
        return {}
    return found


def ledger(at: Services, session: Session, who: Principal, ident: str) -> list[EntryOut]:
    pair = own(session, who, ident)
    rows = session.execute(select(LedgerEntry).where(LedgerEntry.pair_id == pair.id).order_by(LedgerEntry.id)).scalars()
    return [entry_out(at, session, row) for row in rows]


def entry_out(at: Services, session: Session, row: LedgerEntry) -> EntryOut:
    words = _words(at, session, row.words, _key_of(session, row), f"ledger:{row.id}")
    return EntryOut(
        id=row.id,
        topic=row.topic,
        holder=row.holder,
        state=row.state,
        statement=words.get("statement", "(erased)"),
        ask=words.get("ask"),
        note=row.note_id,
        changed_at=row.changed_at,
        version=row.version,
    )


def follow_ups(at: Services, session: Session, who: Principal, ident: str, state: str | None) -> list[FollowUpOut]:
    pair = own(session, who, ident)
    query = select(FollowUp).where(FollowUp.pair_id == pair.id).order_by(FollowUp.id)
    rows = session.execute(query.where(FollowUp.state == state) if state else query).scalars()
    return [follow_up_out(at, session, row) for row in rows]


def open_follow_ups(at: Services, session: Session, who: Principal, limit: int) -> list[FollowUpOut]:
    """A person's own, of every note they wrote or pair they mentor; the newest first."""
    own_pairs = select(Pair.id).where(Pair.mentor_id == who.person)
    mine = or_(Note.author_id == who.person, FollowUp.pair_id.in_(own_pairs))
    query = select(FollowUp).join(Note, Note.id == FollowUp.note_id).where(mine, FollowUp.state == "open")
    rows = session.execute(query.where(FollowUp.words.is_not(None)).order_by(FollowUp.id.desc()).limit(limit)).scalars()
    return [follow_up_out(at, session, row) for row in rows]


def change_follow_up(at: Services, session: Session, who: Principal, ident: str, state: str, version: int) -> FollowUp:
    row = session.execute(select(FollowUp).where(FollowUp.id == ident).with_for_update()).scalar_one_or_none()
    if row is None or not _may(session, who, row):
        raise NotFound("There is no such follow-up, or it is not yours.")
    same(version, row.version)
    row.state, row.changed_at, row.version = state, at.clock(), row.version + 1
    at.trail.record(session, who.actor, "follow_up_changed", f"follow_up:{row.id}", who.program, {"state": state})
    return row


def _may(session: Session, who: Principal, row: FollowUp) -> bool:
    if who.key is not None:
        return True
    return is_theirs(session, who.person, session.execute(select(Note).where(Note.id == row.note_id)).scalar_one())


def mentor_of(session: Session, pair: str | None) -> str | None:
    return session.execute(select(Pair.mentor_id).where(Pair.id == pair)).scalar_one_or_none()


def is_theirs(session: Session, person: str | None, note: Note) -> bool:
    """Whether a person wrote the note or mentors its pair."""
    return person is not None and person in (note.author_id, mentor_of(session, note.pair_id))


def key_of_note(session: Session, ident: str) -> str:
    return session.execute(select(Note.key_id).where(Note.id == ident)).scalar_one()


def follow_up_out(at: Services, session: Session, row: FollowUp) -> FollowUpOut:
    words = _words(at, session, row.words, key_of_note(session, row.note_id), f"follow_up:{row.id}")
    return FollowUpOut(
        id=row.id,
        note=row.note_id,
        kind=row.kind,
        text=words.get("text", "(erased)"),
        why=words.get("why", ""),
        cards=row.cards,
        state=row.state,
        changed_at=row.changed_at,
        version=row.version,
    )


def is_guarded(session: Session, note: Note) -> bool:
    open_flag = session.execute(select(Flag.id).where(Flag.note_id == note.id, Flag.state != "decided")).first()
    return note.hold or open_flag is not None


def unguarded() -> ColumnElement[bool]:
    """For queries: notes under no hold and no open flag."""
    return and_(Note.hold.is_(False), ~exists().where(Flag.note_id == Note.id, Flag.state != "decided"))


def outlived(program: str, before: datetime) -> ColumnElement[bool]:
    """For queries: notes of a program that came before a time and have not been erased."""
    return and_(Note.program_id == program, Note.received_at < before, Note.text.is_not(None))


def purgeable(program: str, before: datetime, most: int) -> Select[Note]:
    """Notes that the purge erases next."""
    return select(Note).where(outlived(program, before), unguarded()).order_by(Note.received_at, Note.id).limit(most)


def purge_effect(session: Session, program: str, before: datetime) -> tuple[int, int]:
    """How many notes a purge of those older than a time would erase, and how many as old it would keep: under a flag or a hold."""
    old, count = outlived(program, before), select(func.count()).select_from(Note)
    gone = session.execute(count.where(old, unguarded())).scalar_one()
    return gone, session.execute(count.where(old)).scalar_one() - gone


def erase_note(at: Services, session: Session, note: Note) -> None:
    """Take the words out and destroy the note's key; levels and kinds stay for the figures."""
    if note.erased_at is not None:
        return
    note.text, note.erased_at, note.reread_at, note.hold = None, at.clock(), None, False
    for model, column in ((StoredReport, "body"), (FollowUp, "words"), (LedgerEntry, "words"), (Feedback, "quote")):
        for row in session.execute(select(model).where(model.note_id == note.id)).scalars():
            setattr(row, column, None)
    flags = select(Flag.id).where(Flag.note_id == note.id)
    for event in session.execute(select(FlagEvent).where(FlagEvent.flag_id.in_(flags))).scalars():
        event.words = None
    unsent = case((WebhookDelivery.state == "pending", "erased"), else_=WebhookDelivery.state)
    session.execute(update(WebhookDelivery).where(WebhookDelivery.note_id == note.id).values(data=None, state=unsent))
    at.vault.destroy(session, note.key_id, at.clock())
