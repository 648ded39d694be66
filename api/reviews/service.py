"""Flags: raised with the note, claimed and decided by staff, each change on the version that was read.

Nobody judges themself: a flag about a person is not there for that person, and nobody decides a flag on an own note or pair.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from api.accounts.service import program_of, roles, rules_of
from api.alerts.service import raise_alerts, rules_allow
from api.clock import new_id
from api.db.models import Alert, Flag, FlagEvent, Note, Program, StoredReport
from api.deadlines import climbs, due
from api.deps import Principal, same
from api.errors import Conflict, Forbidden, NotFound
from api.pairs.service import key_of_note, mentor_of
from api.plugins.webhooks import outbox as webhooks
from api.reviews.schemas import DecideIn, FlagOut
from api.rules import rank_of
from api.sealed import event_words
from api.services import Services
from api.vault import Erased

FAR = "9999"


def consider(
    at: Services, session: Session, note: Note, row: StoredReport, report: Mapping[str, Any], failed: bool
) -> tuple[Flag | None, int]:
    """Raise a flag where the level calls for it, or make the note's flag graver; (flag, alerts just written).

    A flag is never lowered or taken back by a later reading.
    """
    flag = flag_of_note(session, note.id, lock=True)
    program = program_of(session, note.program_id)
    if flag is not None and rank_of(row.level) <= rank_of(flag.level):
        if rank_of(row.level) == rank_of(flag.level) and flag.not_fully_read and not failed:
            _rest_on(session, flag, note, row, report)
        flag.not_fully_read = flag.not_fully_read and failed
        return flag, 0
    if not rules_allow(program, row.level):
        return flag, 0
    if flag is None:
        flag = _new(note, row, row.level)
        _rest_on(session, flag, note, row, report)
        session.add(flag)
        at.metrics.flags.labels(row.level).inc()
    else:
        # graver than what anybody looked at: whatever was done stands in its record, and it waits again
        flag.level, flag.step, flag.state, flag.version = row.level, 0, "open", flag.version + 1
        flag.holder_id = flag.decision = flag.decided_at = flag.decided_by = None
        _rest_on(session, flag, note, row, report)
    flag.not_fully_read = failed
    return flag, _raise(at, session, flag, note, program, detail={"level": row.level})


def _raise(
    at: Services,
    session: Session,
    flag: Flag,
    note: Note,
    program: Program,
    detail: Mapping[str, Any],
    who: Principal | None = None,
    words: str | None = None,
) -> int:
    """Set the clocks of a flag that is new, or graver than it was, and tell the contacts; how many alerts that wrote."""
    now, rules = at.clock(), rules_of(program)
    flag.raised_at = flag.raised_at or now
    if not note.historical:
        flag.due_at = due(flag.level, now, rules, program.timezone)
        flag.escalate_at = climbs(flag.level, now, rules, program.timezone)
    session.flush()
    log_event(at, session, flag, who, "raised", words=words, detail=detail)
    return raise_alerts(at, session, flag, program)


def raise_found(
    at: Services,
    session: Session,
    who: Principal,
    note: Note,
    row: StoredReport,
    *,
    level: str,
    kind: str,
    about_mentor: bool,
    words: str | None,
) -> Flag:
    """A flag by a person who read the whole note and saw what no reading had. Raises Conflict where the note has one by now."""
    if flag_of_note(session, note.id, lock=True) is not None:
        raise Conflict("This note has a flag by now; look at it on the desk.", code="is_flagged")
    program, flag = program_of(session, note.program_id), _new(note, row, level)
    flag.kinds, flag.sources = [kind], ["person"]
    if about_mentor:
        flag.about_id = mentor_of(session, note.pair_id) or note.author_id
    session.add(flag)
    at.metrics.flags.labels(level).inc()
    _raise(at, session, flag, note, program, {"level": level, "by": "person"}, who, words)
    return flag


def _rest_on(session: Session, flag: Flag, note: Note, row: StoredReport, report: Mapping[str, Any]) -> None:
    """The flag rests on this report from now on: its kinds and sources are added, and whom it is about."""
    grave = [report["signals"][i] for i in report["triage"]["signals"]]
    flag.report_id = row.id
    flag.kinds = sorted({*(flag.kinds or ()), *(s["label"] for s in grave)})
    flag.sources = sorted({*(flag.sources or ()), *(source for s in grave for source in s["sources"])})
    if any(s["about"] == "mentor" for s in grave):
        flag.about_id = mentor_of(session, note.pair_id) or note.author_id


def _new(note: Note, row: StoredReport, level: str) -> Flag:
    """Its kinds, sources and whom it is about are still to be said."""
    return Flag(
        id=new_id(),
        report_id=row.id,
        program_id=note.program_id,
        note_id=note.id,
        pair_id=note.pair_id,
        author_id=note.author_id,
        level=level,
        state="open",
        historical=note.historical,
        drill=note.drill,
        step=0,
        version=1,
        not_fully_read=False,
    )


def flag_of_note(session: Session, note: str, lock: bool = False) -> Flag | None:
    query = select(Flag).where(Flag.note_id == note)
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def is_erased(session: Session, flag: Flag) -> bool:
    return session.execute(select(Note.erased_at).where(Note.id == flag.note_id)).scalar_one() is not None


def alerted(session: Session, flag: Flag) -> int:
    """Contacts with an alert that was sent or is on its way."""
    query = select(func.count(Alert.contact_id.distinct())).where(Alert.flag_id == flag.id, Alert.state != "dead")
    return session.execute(query).scalar_one()


def log_event(
    at: Services,
    session: Session,
    flag: Flag,
    who: Principal | None,
    kind: str,
    *,
    words: str | None = None,
    detail: Mapping[str, Any] | None = None,
    for_mentor: bool = False,
) -> str:
    """The event's id. Words are sealed with the note's key and erased with it; of an erased note none are kept."""
    ident = new_id()
    sealed = None
    if words is not None:
        with contextlib.suppress(Erased):
            sealed = at.vault.seal(session, key_of_note(session, flag.note_id)).seal(words, f"event:{ident}")
    session.add(
        FlagEvent(
            id=ident,
            program_id=flag.program_id,
            flag_id=flag.id,
            at=at.clock(),
            person_id=who.person if who else None,
            kind=kind,
            detail=dict(detail or {}),
            words=sealed,
            for_mentor=for_mentor,
        )
    )
    session.flush()
    webhooks.flag_changed(at, session, flag, kind, detail or {})
    return ident


def of(session: Session, who: Principal, ident: str, lock: bool = False) -> Flag:
    """A flag that the principal may see. Raises NotFound, for one about the asker too."""
    query = select(Flag).where(Flag.id == ident, not_about(who))
    flag = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if flag is None:
        raise NotFound("There is no such flag.")
    return flag


def not_about(who: Principal) -> Any:
    """For queries: flags that are not about the asker."""
    return Flag.not_about(who.person)


def shown(flag: Flag, now: datetime) -> FlagOut:
    return FlagOut(
        id=flag.id,
        note=flag.note_id,
        pair=flag.pair_id,
        level=flag.level,
        kinds=flag.kinds,
        state=flag.state,
        decision=flag.decision,
        holder=flag.holder_id,
        not_fully_read=flag.not_fully_read,
        historical=flag.historical,
        drill=flag.drill,
        group=flag.group_id,
        raised_at=flag.raised_at,
        due_at=flag.due_at,
        overdue=flag.state != "decided" and flag.due_at is not None and flag.due_at < now,
        decided_at=flag.decided_at,
        version=flag.version,
    )


def page(
    session: Session, who: Principal, filters: Mapping[str, Sequence[str]], cursor: str | None, limit: int
) -> tuple[list[Flag], str | None]:
    """Flags by what is due first, those without a clock last; `cursor` is what the page before gave. Raises NotFound for a bad one."""
    query = select(Flag).where(not_about(who))
    for name, wanted in filters.items():
        column = {"level": Flag.level, "state": Flag.state, "holder": Flag.holder_id, "pair": Flag.pair_id}[name]
        if wanted:
            query = query.where(column.in_(wanted))
    if cursor:
        moment, _, ident = cursor.partition("~")
        if moment == FAR:
            query = query.where(Flag.due_at.is_(None), Flag.id > ident)
        else:
            when = _moment(moment)
            later = or_(Flag.due_at > when, and_(Flag.due_at == when, Flag.id > ident), Flag.due_at.is_(None))
            query = query.where(later)
    rows = session.execute(query.order_by(Flag.due_at.asc().nulls_last(), Flag.id).limit(limit + 1)).scalars().all()
    found = list(rows[:limit])
    more = f"{found[-1].due_at.isoformat() if found[-1].due_at else FAR}~{found[-1].id}" if len(rows) > limit else None
    return found, more


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotFound("This cursor is not one that a list gave.") from None
    if moment.tzinfo is None:
        raise NotFound("This cursor is not one that a list gave.")
    return moment


def next_up(session: Session, who: Principal, after: str) -> str | None:
    """The flag that one would take next: the first by what is due that is not decided and nobody else's."""
    found, _ = page(session, who, {"state": ["open", "claimed"]}, None, 50)
    return next((f.id for f in found if f.id != after and f.holder_id in (None, who.person)), None)


def looked_at(at: Services, session: Session, flag: Flag) -> None:
    """The time to the first look ends when staff open the flag."""
    flag.first_look_at = flag.first_look_at or at.clock()


def claim(at: Services, session: Session, who: Principal, ident: str, version: int) -> Flag:
    flag, before = _change(session, who, ident, version, "open", "claimed")
    _judge(session, who, flag)
    if flag.holder_id not in (None, who.person):
        raise Conflict("Somebody else has this flag. They can hand it over.", code="claimed")
    flag.state, flag.holder_id, flag.escalate_at = "claimed", who.person, None
    looked_at(at, session, flag)
    return changed(at, session, who, flag, "claimed", detail=before)


def release(at: Services, session: Session, who: Principal, ident: str, version: int) -> Flag:
    """Back into the queue; it climbs again."""
    flag, before = _change(session, who, ident, version, "claimed")
    program = program_of(session, who.program)
    flag.state, flag.holder_id = "open", None
    if not flag.historical:
        flag.escalate_at = climbs(flag.level, at.clock(), rules_of(program), program.timezone)
    return changed(at, session, who, flag, "released", detail=before)


def hand_over(at: Services, session: Session, who: Principal, ident: str, version: int, to: str, words: str | None) -> Flag:
    """Raises NotFound for somebody who is no staff here, Forbidden for the person whom the flag concerns."""
    flag, before = _change(session, who, ident, version, "open", "claimed")
    _judge(session, who, flag)
    if not roles(session, to) & {"staff", "admin"}:
        raise NotFound("There is no such member of staff in this program.")
    _judge(session, Principal(who.program, to, None, frozenset(), frozenset()), flag)
    flag.state, flag.holder_id, flag.escalate_at = "claimed", to, None
    return changed(at, session, who, flag, "handed_over", words=words, detail={"to": to, **before})


def decide(at: Services, session: Session, who: Principal, ident: str, version: int, given: DecideIn) -> Flag:
    """`needs_more` keeps the flag with its holder; the other decisions close it."""
    flag, before = _change(session, who, ident, version, "open", "claimed")
    _judge(session, who, flag)
    if flag.holder_id not in (None, who.person):
        raise Conflict("Somebody else has this flag. They can hand it over.", code="claimed")
    flag.decision, flag.holder_id, flag.escalate_at = given.decision, who.person, None
    flag.state = "claimed" if given.decision == "needs_more" else "decided"
    looked_at(at, session, flag)
    if flag.state == "decided":
        flag.decided_at, flag.decided_by = at.clock(), who.person
    answer = log_event(at, session, flag, who, "answer", words=given.answer, for_mentor=True) if given.answer else None
    detail = {"decision": given.decision, "answer": answer, **before}
    return changed(at, session, who, flag, "decided", words=given.reason, detail=detail)


def reopen(at: Services, session: Session, who: Principal, ident: str, version: int, reason: str) -> Flag:
    flag, before = _change(session, who, ident, version, "decided")
    if is_erased(session, flag):
        raise Conflict("This note has been erased; there is nothing left to look at.", code="erased")
    program = program_of(session, who.program)
    now, rules = at.clock(), rules_of(program)
    flag.state, flag.decision, flag.decided_at, flag.decided_by, flag.holder_id = "open", None, None, None, None
    if not flag.historical:
        flag.due_at = due(flag.level, now, rules, program.timezone)
        flag.escalate_at = climbs(flag.level, now, rules, program.timezone)
    changed(at, session, who, flag, "reopened", words=reason, detail=before)
    flag.step = 0
    raise_alerts(at, session, flag, program)
    return flag


def comment(at: Services, session: Session, who: Principal, ident: str, version: int, words: str, for_mentor: bool) -> Flag:
    flag = of(session, who, ident, lock=True)
    same(version, flag.version)
    flag.version += 1
    log_event(at, session, flag, who, "comment", words=words, for_mentor=for_mentor)
    at.trail.record(session, who.actor, "flag_comment", f"flag:{flag.id}", who.program)
    return flag


def link(at: Services, session: Session, who: Principal, ident: str, version: int, others: Sequence[str]) -> list[Flag]:
    """Make several flags one matter; groups that were there are joined."""
    same(version, of(session, who, ident, lock=True).version)
    flags = [of(session, who, one, lock=True) for one in dict.fromkeys([ident, *others])]
    groups = {f.group_id for f in flags if f.group_id}
    group = min(groups) if groups else new_id()
    joined = session.execute(select(Flag).where(Flag.group_id.in_(groups))).scalars().all() if groups else []
    for flag in {f.id: f for f in [*flags, *joined]}.values():
        flag.group_id, flag.version = group, flag.version + 1
    at.trail.record(session, who.actor, "flags_linked", f"flag:{ident}", who.program, {"flags": [f.id for f in flags]})
    return flags


def _change(session: Session, who: Principal, ident: str, version: int, *states: str) -> tuple[Flag, dict[str, Any]]:
    """The flag, and for its record how it stood `before`."""
    flag = of(session, who, ident, lock=True)
    same(version, flag.version)
    if flag.state not in states:
        raise Conflict(f"This flag is {flag.state}.", code=f"is_{flag.state}")
    return flag, {"before": {"state": flag.state, "holder": flag.holder_id, "decision": flag.decision}}


def _judge(session: Session, who: Principal, flag: Flag) -> None:
    """Raises Forbidden for one's own note or pair."""
    if who.person in (flag.author_id, mentor_of(session, flag.pair_id), flag.about_id):
        raise Forbidden("This flag comes from this person's own note or pair; somebody else decides it.", code="self_review")


def changed(
    at: Services,
    session: Session,
    who: Principal,
    flag: Flag,
    kind: str,
    words: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Flag:
    """A new version, an event for the flag and a row in the trail."""
    flag.version += 1
    log_event(at, session, flag, who, kind, words=words, detail=detail)
    at.trail.record(
        session, who.actor, f"flag_{kind}", f"flag:{flag.id}", who.program, {"version": flag.version, **(detail or {})}
    )
    return flag


def events(session: Session, flag: Flag) -> Sequence[FlagEvent]:
    return session.execute(select(FlagEvent).where(FlagEvent.flag_id == flag.id).order_by(FlagEvent.id)).scalars().all()


def words_of(at: Services, session: Session, flag: Flag) -> Iterator[tuple[FlagEvent, str | None]]:
    """Each event with its words, opened."""
    rows = events(session, flag)
    seal = at.vault.seal(session, key_of_note(session, flag.note_id)) if any(r.words for r in rows) else None
    for row in rows:
        yield row, event_words(seal, row) if seal else None


def state_for_mentor(at: Services, session: Session, flag: Flag) -> dict[str, Any]:
    """A flag's state and the staff's answers, for the mentor of the note."""
    answers = [words for row, words in words_of(at, session, flag) if row.for_mentor and words and row.kind != "opened"]
    return {"level": flag.level, "state": flag.state, "decision": flag.decision, "answers": answers}


def openings(at: Services, session: Session, flag: Flag) -> list[str]:
    """When and why staff opened the whole note."""
    return [f"{row.at:%Y-%m-%d}: {words}" for row, words in words_of(at, session, flag) if row.kind == "opened" and words]
