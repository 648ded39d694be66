"""The outbox: what must be told, written in the transaction that raised it. An alert holds level, deadline and a link, no more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.accounts.service import contact_of, contacts, one_time_link, rules_of, use_link
from api.db.models import Alert, Contact, Flag, FlagEvent, Program
from api.deadlines import on_duty
from api.deps import Principal
from api.errors import Conflict, NotFound
from api.rules import rank_of
from api.services import Services


def raise_alerts(at: Services, session: Session, flag: Flag, program: Program) -> int:
    """Tell the contacts of the flag's step; how many alerts that wrote. None in a program that is not live, nor for old notes.

    A step of which nobody could be told is still to come: the flag stands before it then. A flag that was raised again, graver, or
    opened again is a new round: what was sent before does not stand for it.
    """
    told = _enqueued(at, session, flag, program) if (program.live or program.drill) and not flag.historical else 0
    if not told:
        flag.step -= 1
    return told


def _enqueued(at: Services, session: Session, flag: Flag, program: Program) -> int:
    rounds = select(func.count()).where(FlagEvent.flag_id == flag.id, FlagEvent.kind.in_(("raised", "reopened")))
    begun = session.execute(rounds).scalar_one()
    whom = _whom(session, flag, program, at.clock())
    return sum(
        _enqueue(at, session, f"{flag.id}:{begun}:{flag.step}:{c.id}", c, flag.program_id, flag.id, payload(at, flag))
        for c in whom
    )


def payload(at: Services, flag: Flag) -> dict[str, str | bool | None]:
    """What leaves: neither a name nor a word of the note."""
    return {
        "kind": "flag",
        "level": flag.level,
        "due_at": flag.due_at.isoformat() if flag.due_at else None,
        "link": f"{at.settings.public_url}/flags/{flag.id}",
        "drill": flag.drill,
    }


def _whom(session: Session, flag: Flag, program: Program, now: datetime) -> Sequence[Contact]:
    """Contacts of the present step, the last one again where there are no more; out of hours an emergency goes to those on call.

    Never the person whom the concern is about.
    """
    everyone = [c for c in contacts(session) if c.person_id is None or c.person_id != flag.about_id]
    if "slack" not in rules_of(program).doors:  # nobody is told through a door that is shut
        everyone = [c for c in everyone if c.channel != "slack"]
    if flag.level == "emergency" and not on_duty(now, rules_of(program).hours, program.timezone):
        return [c for c in everyone if c.on_call]
    steps = sorted({c.step for c in everyone})
    if not steps:
        return []
    step = steps[min(flag.step, len(steps) - 1)]
    return [c for c in everyone if c.step == step]


def _enqueue(
    at: Services,
    session: Session,
    key: str,
    contact: Contact,
    program: str,
    flag: str | None,
    content: dict[str, str | bool | None],
) -> bool:
    """Whether it was written: not where one of the same key is there."""
    if session.execute(select(Alert.id).where(Alert.key == key)).first():
        return False
    now = at.clock()
    session.add(
        Alert(
            key=key,
            program_id=program,
            flag_id=flag,
            contact_id=contact.id,
            payload=content,
            next_at=now,
            created_at=now,
            attempts=0,
        )
    )
    session.flush()
    return True


def send_test(at: Services, session: Session, who: Principal, ident: str) -> None:
    """A test alert to one contact, with a link that a person opens to say it came."""
    contact = contact_of(session, ident)
    token = one_time_link(at, session, "acknowledge", contact.id)
    link = f"{at.settings.public_url}/acknowledge#{token}"
    content: dict[str, str | bool | None] = {"kind": "test", "level": "test", "due_at": None, "link": link, "drill": False}
    _enqueue(at, session, f"test:{contact.id}:{at.clock().isoformat()}", contact, who.program, None, content)
    at.trail.record(session, who.actor, "contact_tested", f"contact:{contact.id}", who.program)


def acknowledge(at: Services, session: Session, token: str) -> None:
    """The test alert came. Raises Unauthorised for a link that does not hold."""
    link = use_link(at, session, token, "acknowledge")
    contact = session.execute(select(Contact).where(Contact.id == link.subject)).scalar_one()
    contact.acknowledged_at = at.clock()
    at.trail.record(session, "service", "contact_acknowledged", f"contact:{contact.id}", contact.program_id)


def dead(session: Session, who: Principal) -> list[Alert]:
    """Alerts that were given up, without those about the asker."""
    query = select(Alert).outerjoin(Flag, Flag.id == Alert.flag_id).where(Alert.state == "dead")
    return list(session.execute(query.where(Flag.not_about(who.person)).order_by(Alert.id)).scalars())


def resend(at: Services, session: Session, who: Principal, ident: str) -> Alert:
    """Try a dead alert again, under the same key."""
    alert = session.execute(select(Alert).where(Alert.id == ident).with_for_update()).scalar_one_or_none()
    if alert is None:
        raise NotFound("There is no such alert.")
    if alert.state != "dead":
        raise Conflict("This alert has not been given up; it is sent by itself.")
    alert.state, alert.attempts, alert.next_at, alert.fault = "pending", 0, at.clock(), None
    at.trail.record(session, who.actor, "alert_resent", f"alert:{ident}", who.program)
    return alert


def told(flag: Flag | None, program: Program, alerts: int, *, fully: bool = True) -> str:
    """One line: who has been told of a stored note, and what to do about it. `alerts` counts those sent or on their way."""
    if flag is None and not fully:
        return "Nobody has been told: this note could not be fully read. If something in it worries you, tell your program."
    if flag is None:
        sampled = " Staff look again at a few such notes each week." if program.live and rules_of(program).weekly_sample else ""
        return f"Nobody has been told: nothing in this note called for it. It is kept for you.{sampled}"
    if flag.about_id is not None and flag.about_id == flag.author_id:
        now = " Do not wait for anybody: use the help shown here." if rank_of(flag.level) >= rank_of("urgent") else ""
        return f"This note is kept. Program staff may look at notes; if something worries you, speak to them.{now}"
    if flag.historical:
        return "This is about a session some time ago: it stands on the staff's review list, and nobody has been alerted."
    if flag.state == "decided":
        return "Program staff have looked at this and decided. If something worries you still, tell them."
    if flag.drill:
        return "This is a drill: it is marked as one wherever it shows."
    if flag.state == "claimed":
        now = " Do not wait for them: call the number shown here yourself." if flag.level == "emergency" else ""
        return f"A member of program staff is looking at this.{now}"
    if not program.live:
        return "Staff can see this note's flag, but nobody has been alerted: this program is not live yet. Call them yourself."
    if flag.level == "emergency" and alerts == 0:
        return (
            "Nobody is on duty now and nobody could be alerted. Do not wait for the program: call the number shown here yourself."
        )
    if alerts == 0:
        return "Staff can see this note's flag, but no contact could be alerted. Tell them yourself."
    if flag.level == "emergency":
        return f"{alerts} on duty or on call are being alerted now. Do not wait for them: call the number shown here yourself."
    return "Program staff are being alerted and see the lines that gave rise to it, not the whole note."


def rules_allow(program: Program, level: str) -> bool:
    """Whether this level raises a flag in the program."""
    return rank_of(level) >= rank_of(rules_of(program).flag_from)
