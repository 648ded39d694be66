"""What can be done with accounts.

Every function but `throttled_sign_in`, `set_up` and `change_password` runs inside the caller's transaction and records what it did.
Those hash a password, which takes long: they do so between transactions of their own, for a write holds up every other one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.accounts.passwords import check
from api.accounts.schemas import ContactIn, Credentials, KeyIn, MemberIn, PasswordIn, ProgramIn, Setup
from api.clock import new_id
from api.db.models import (
    ApiKey,
    Contact,
    Flag,
    FlagEvent,
    Membership,
    OidcIdentity,
    OneTimeLink,
    Person,
    Program,
    SignIn,
    SlackDoor,
    SlackLink,
)
from api.db.session import ALL
from api.deadlines import climbs
from api.deps import Principal, same
from api.errors import Conflict, Forbidden, NotFound, Unauthorised, Unreadable
from api.limits import Rates
from api.rules import Rules
from api.security import hash_password, new_token, password_fits, token_hash
from api.services import Services


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just made; `token` goes into the cookie and is kept nowhere else."""

    token: str
    person: str
    csrf: str
    expires_at: datetime


def throttled_sign_in(at: Services, rates: Rates, given: Credentials) -> Opened:
    """Raises Unauthorised, in the same words and after the same time whether or not there is such an account; TooMany."""
    email = given.email.lower()
    rates.hit("account", email, at.settings.sign_ins_per_minute)
    query = select(Person).where(Person.email == email)
    with at.database.read(ALL) as session:
        found = session.execute(query).scalar_one_or_none()
    fits = password_fits(found.password if found else None, given.password)
    if found is None or not fits or found.disabled:
        raise wrong()
    with at.database.write(ALL) as session:
        person = session.execute(query).scalar_one_or_none()
        if person is None or person.disabled or person.password != found.password:  # changed while it was being checked
            raise wrong()
        return open_session(at, session, person.id)


def wrong() -> Unauthorised:
    return Unauthorised("E-mail address or password is wrong.", code="wrong_credentials")


def open_session(at: Services, session: Session, person: str, program: str | None = None) -> Opened:
    """A session of a person; with `program` one that serves that program alone."""
    now, token, csrf = at.clock(), new_token(), new_token()
    session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    ends = now + timedelta(hours=at.settings.session_hours)
    row = SignIn(token=token_hash(token), person_id=person, program_id=program, csrf=csrf, expires_at=ends, seen_at=now)
    session.add(row)
    at.trail.record(session, f"person:{person}", "sign_in", f"person:{person}", None)
    return Opened(token, person, csrf, ends)


def sign_out(session: Session, hashed: str) -> None:
    session.execute(delete(SignIn).where(SignIn.token == hashed))


def end_former(at: Services, token: str | None) -> None:
    """After a sign-in the session that the browser came with ends: its cookie is gone there, and a copy of it opens nothing."""
    if token:
        with at.database.write(ALL) as session:
            sign_out(session, token_hash(token))


def one_time_link(at: Services, session: Session, purpose: str, subject: str | None) -> str:
    """A token that works once."""
    token = new_token("cs_")
    ends = at.clock() + timedelta(hours=at.settings.setup_hours)
    session.add(OneTimeLink(token=token_hash(token), purpose=purpose, subject=subject, expires_at=ends))
    return token


def use_link(at: Services, session: Session, token: str, purpose: str) -> OneTimeLink:
    """Raises Unauthorised for a link that is unknown, used or too old."""
    link = _valid(at, session.get(OneTimeLink, token_hash(token), with_for_update=True), purpose)
    link.used_at = at.clock()
    return link


def _valid(at: Services, link: OneTimeLink | None, purpose: str) -> OneTimeLink:
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= at.clock():
        raise Unauthorised("This link is not valid any more. Ask for a new one.", code="wrong_credentials")
    return link


def set_up(at: Services, given: Setup) -> Opened:
    """The bearer of a one-time link becomes the first admin, or whom the link invites."""
    with at.database.read(ALL) as session:  # nobody's password is hashed for a link that is none
        link = _valid(at, session.get(OneTimeLink, token_hash(given.token)), _link_kind(session))
        programs = _program_names(session, link.subject)
    check(given.password, given.email, given.name, programs)
    hashed = hash_password(given.password)
    with at.database.write(ALL) as session:
        kind = _link_kind(session)
        link = use_link(at, session, given.token, kind)
        person = _first(at, session, given) if kind == "admin" else _invited(at, session, link, given)
        person.password = hashed
        session.flush()
        at.trail.record(session, f"person:{person.id}", "set_up", f"person:{person.id}", None)
        return open_session(at, session, person.id)


def change_password(at: Services, rates: Rates, opened: SignIn, given: PasswordIn) -> Opened:
    """A new password for whoever knows the old one; every session of theirs ends, and a new one is opened.

    Raises Forbidden for a wrong old one, Conflict for an account without a password, Unreadable for a weak new one; TooMany.
    """
    query = select(Person).where(Person.id == opened.person_id)
    with at.database.read(ALL) as session:
        person = session.execute(query).scalar_one()
        programs = _program_names(session, person.id)
    rates.hit("account", person.email, at.settings.sign_ins_per_minute)
    if person.password is None:
        raise Conflict("You sign in by your program's own service; its password is changed there.", code="no_password")
    wrong_one = Forbidden("The password as it is now is not right.", code="wrong_credentials")
    if not password_fits(person.password, given.old):
        raise wrong_one
    check(given.new, person.email, person.name, programs)
    hashed = hash_password(given.new)
    with at.database.write(ALL) as session:
        found = session.execute(query.with_for_update()).scalar_one()
        if found.password != person.password:  # changed while it was being checked
            raise wrong_one
        found.password = hashed
        session.execute(delete(SignIn).where(SignIn.person_id == found.id))
        at.trail.record(session, f"person:{found.id}", "password_changed", f"person:{found.id}", None)
        return open_session(at, session, found.id, opened.program_id)


def _program_names(session: Session, person: str | None) -> list[str]:
    """Of the programs that somebody serves; none for None."""
    query = select(Program.name).join(Membership, Membership.program_id == Program.id).where(Membership.person_id == person)
    return list(session.execute(query).scalars())


def _link_kind(session: Session) -> str:
    return "admin" if is_first(session) else "invite"


def _first(at: Services, session: Session, given: Setup) -> Person:
    person = new_person(at, session, given.email, given.name)
    program = new_program(at, session, ProgramIn(name="My program"))
    session.add(Membership(program_id=program.id, person_id=person.id, role="admin"))
    return person


def _invited(at: Services, session: Session, link: OneTimeLink, given: Setup) -> Person:
    """Whom a link invites; the person's other invitations end. Raises Unauthorised for an account that is in use already."""
    person = session.execute(select(Person).where(Person.id == link.subject).with_for_update()).scalar_one()
    if person.email != given.email.lower():
        raise Unauthorised("This invitation is for another e-mail address.", code="wrong_credentials")
    if person.password is not None:
        raise Unauthorised("This account has been set up already. Sign in.", code="wrong_credentials")
    person.name = given.name
    _end_invitations(at, session, person.id)
    return person


def _end_invitations(at: Services, session: Session, person: str) -> None:
    mine = (OneTimeLink.purpose == "invite", OneTimeLink.subject == person, OneTimeLink.used_at.is_(None))
    session.execute(update(OneTimeLink).where(*mine).values(used_at=at.clock()))


def is_first(session: Session) -> bool:
    """There is no admin yet (the demo program has none)."""
    return session.execute(select(Membership.id).where(Membership.role == "admin").limit(1)).first() is None


def new_person(at: Services, session: Session, email: str, name: str) -> Person:
    person = Person(id=new_id(), email=email.lower(), name=name, created_at=at.clock())
    session.add(person)
    session.flush()
    return person


def new_program(at: Services, session: Session, given: ProgramIn, demo: bool = False) -> Program:
    check_zone(given.timezone)
    program = Program(
        id=new_id(),
        name=given.name,
        region=given.region,
        timezone=given.timezone,
        retention_days=given.retention_days,
        drill=given.drill,
        demo=demo,
        rules=given.rules.model_dump(mode="json"),
        created_at=at.clock(),
        version=1,
        live=False,
    )
    session.add(program)
    session.flush()
    at.trail.record(session, "service", "program_made", f"program:{program.id}", program.id)
    return program


def check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Unreadable(f"{name!r} is not a time zone; one looks like America/Toronto.") from None


def program_of(session: Session, ident: str, lock: bool = False) -> Program:
    query = select(Program).where(Program.id == ident)
    return session.execute(query.with_for_update() if lock else query).scalar_one()


def rules_of(program: Program) -> Rules:
    """A program's rules; hours, climbing times and a place of the alarm dial that an earlier version let in and this one refuses are
    those by default, since no note may be lost over them.
    """
    try:
        return Rules.model_validate(program.rules)
    except ValidationError:
        return Rules.model_validate(
            {k: v for k, v in program.rules.items() if k not in ("hours", "climb_minutes", "urgent_alarms")}
        )


def change_program(at: Services, session: Session, who: Principal, given: ProgramIn, version: int) -> Program:
    """The trail has each change by itself that makes the coach more or less careful, or lets words leave the service.

    Of the alarm dial it has both places and what the new one would have done to the last notes, whether or not somebody looked first.
    """
    check_zone(given.timezone)
    program = program_of(session, who.program, lock=True)
    same(version, program.version)
    program.name, program.region, program.timezone = given.name, given.region, given.timezone
    program.retention_days, program.drill = given.retention_days, given.drill
    before, after = rules_of(program).urgent_alarms, given.rules.urgent_alarms
    old = rules_of(program)
    program.rules = given.rules.model_dump(mode="json")
    program.version += 1
    if before != after:
        from api.insights.service import predicted  # which knows this slice

        told = {"from": before, "to": after, "expected": predicted(at, session, who, after)}
        at.trail.record(session, who.actor, "dial_set", f"program:{program.id}", program.id, told)
    for name in ("remote_model", "share_feedback"):  # whether words may leave the service is recorded by itself
        if (now := getattr(given.rules, name)) != getattr(old, name):
            at.trail.record(session, who.actor, f"{name}_{'on' if now else 'off'}", f"program:{program.id}", program.id)
    at.trail.record(session, who.actor, "program_changed", f"program:{program.id}", program.id, {"version": program.version})
    return program


def go_live(at: Services, session: Session, who: Principal) -> Program:
    """Raises Conflict until a person has acknowledged a test alert."""
    program = program_of(session, who.program, lock=True)
    if not any(c.acknowledged_at for c in contacts(session)):
        raise Conflict(
            "Nobody has acknowledged a test alert yet. Send one to a contact and open the link in it.", code="no_contact"
        )
    program.live, program.version = True, program.version + 1
    at.trail.record(session, who.actor, "program_live", f"program:{program.id}", program.id)
    return program


def add_member(at: Services, session: Session, who: Principal, given: MemberIn) -> tuple[Person, str | None]:
    """The person, and an invitation for somebody new. Raises Conflict where the role is held already.

    Whoever serves another program too gets none: its bearer, whom an admin here chooses, would be let in there.
    """
    query = select(Person).where(Person.email == given.email.lower()).with_for_update()
    person = session.execute(query).scalar_one_or_none()
    person = person or new_person(at, session, given.email, given.name)
    if given.role in roles(session, person.id):
        raise Conflict("This person has the role already.")
    session.add(Membership(program_id=who.program, person_id=person.id, role=given.role))
    session.flush()
    at.trail.record(session, who.actor, "member_added", f"person:{person.id}", who.program, {"role": given.role})
    known = person.password is not None or _serves_elsewhere(session, person.id, who.program)
    return person, None if known else one_time_link(at, session, "invite", person.id)


def _serves_elsewhere(session: Session, person: str, program: str) -> bool:
    """Asked of the connection: the session sees its own program alone."""
    query = select(Membership.id).where(Membership.person_id == person, Membership.program_id != program).limit(1)
    return session.connection().execute(query).first() is not None


def drop_member(at: Services, session: Session, who: Principal, person: str, role: str) -> None:
    """Raises Conflict for the last admin, whose loss would lock everybody out. Flags that nobody holds any more climb again."""
    row = session.execute(select(Membership).where(Membership.person_id == person, Membership.role == role)).scalar_one_or_none()
    if row is None:
        raise NotFound("This person does not have this role here.")
    admins = session.execute(select(func.count()).select_from(Membership).where(Membership.role == "admin")).scalar_one()
    if role == "admin" and admins == 1:
        raise Conflict("This is the only admin. Make somebody else admin first.")
    session.delete(row)
    session.flush()
    at.trail.record(session, who.actor, "member_dropped", f"person:{person}", who.program, {"role": role})
    left = roles(session, person)
    if not left & {"staff", "admin"}:
        _release_flags(at, session, who.program, person)
    if not left:
        session.execute(delete(SlackLink).where(SlackLink.person_id == person))
        session.execute(delete(OidcIdentity).where(OidcIdentity.person_id == person))
    if not left and not _serves_elsewhere(session, person, who.program):
        _end_invitations(at, session, person)


def _release_flags(at: Services, session: Session, program_id: str, holder: str) -> None:
    """What somebody claimed who is staff no more goes back into the queue."""
    program = program_of(session, program_id)
    query = select(Flag).where(Flag.state == "claimed", Flag.holder_id == holder).order_by(Flag.id).with_for_update()
    for flag in session.execute(query).scalars().all():
        before = {"state": flag.state, "holder": flag.holder_id, "decision": flag.decision}
        flag.state, flag.holder_id, flag.version = "open", None, flag.version + 1
        if not flag.historical:
            flag.escalate_at = climbs(flag.level, at.clock(), rules_of(program), program.timezone)
        session.add(FlagEvent(id=new_id(), flag_id=flag.id, at=at.clock(), kind="released", detail={"before": before}))
        detail = {"version": flag.version, "before": before}
        at.trail.record(session, "service", "flag_released", f"flag:{flag.id}", program_id, detail)


def roles(session: Session, person: str) -> set[str]:
    return set(session.execute(select(Membership.role).where(Membership.person_id == person)).scalars())


def members(session: Session) -> list[tuple[Person, list[str]]]:
    """People of the program with their roles here."""
    found: dict[str, list[str]] = {}
    for row in session.execute(select(Membership).order_by(Membership.id)).scalars():
        found.setdefault(row.person_id, []).append(row.role)
    people = session.execute(select(Person).where(Person.id.in_(found))).scalars()
    return [(p, sorted(found[p.id])) for p in sorted(people, key=lambda p: p.name)]


def make_key(at: Services, session: Session, who: Principal, given: KeyIn, ident: str | None = None) -> tuple[ApiKey, str]:
    """The key and its token, which is shown once. Under an `ident` no second one is made: a form sent twice raises Conflict."""
    assert who.person is not None
    if ident and session.execute(select(ApiKey.id).where(ApiKey.id == ident)).scalar_one_or_none():
        raise Conflict(
            "This form was sent before, and its key was made then; a key is shown once. "
            "If nobody noted it, revoke it below and make another."
        )
    token, now = new_token("ck_"), at.clock()
    key = ApiKey(
        id=ident or new_id(),
        name=given.name,
        token=token_hash(token),
        scopes=sorted(set(given.scopes)),
        created_by=who.person,
        created_at=now,
        expires_at=now + timedelta(days=given.days),
    )
    session.add(key)
    session.flush()
    at.trail.record(session, who.actor, "key_made", f"key:{key.id}", who.program, {"scopes": key.scopes})
    return key, token


def revoke_key(at: Services, session: Session, who: Principal, ident: str) -> None:
    key = session.execute(select(ApiKey).where(ApiKey.id == ident)).scalar_one_or_none()
    if key is None:
        raise NotFound("There is no such key.")
    key.revoked_at = key.revoked_at or at.clock()
    at.trail.record(session, who.actor, "key_revoked", f"key:{key.id}", who.program)


def add_contact(at: Services, session: Session, who: Principal, given: ContactIn) -> Contact:
    """Raises Unreadable for an address that does not fit its channel."""
    fits = given.address.startswith("https://") or (given.address.startswith("http://") and at.settings.allow_private_webhooks)
    if given.channel == "webhook" and not fits:
        raise Unreadable("A webhook's address begins with https://.")
    if given.channel == "email" and ("@" not in given.address or any(c.isspace() or c in ",;<>" for c in given.address)):
        raise Unreadable("This is not one e-mail address.")
    if given.channel == "slack" and session.execute(select(SlackDoor.channel)).scalar_one_or_none() != given.address:
        raise Unreadable("In Slack alerts go to the private channel that PUT /v1/program/slack named, and nowhere else.")
    if given.person and not roles(session, given.person):
        raise NotFound("There is no such person in this program.")
    contact = Contact(
        id=new_id(),
        name=given.name,
        channel=given.channel,
        address=given.address,
        person_id=given.person,
        step=given.step,
        on_call=given.on_call,
    )
    session.add(contact)
    session.flush()
    at.trail.record(session, who.actor, "contact_added", f"contact:{contact.id}", who.program, {"step": given.step})
    return contact


def drop_contact(at: Services, session: Session, who: Principal, ident: str) -> None:
    contact = contact_of(session, ident)
    contact.removed_at = at.clock()
    at.trail.record(session, who.actor, "contact_removed", f"contact:{ident}", who.program)


def contact_of(session: Session, ident: str) -> Contact:
    contact = session.execute(select(Contact).where(Contact.id == ident, Contact.removed_at.is_(None))).scalar_one_or_none()
    if contact is None:
        raise NotFound("There is no such contact.")
    return contact


def contacts(session: Session) -> list[Contact]:
    query = select(Contact).where(Contact.removed_at.is_(None)).order_by(Contact.step, Contact.id)
    return list(session.execute(query).scalars())
