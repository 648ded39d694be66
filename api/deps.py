"""Who is asking, and for which program: what routes depend on.

A person signs in and has a cookie; another platform has an API key. `Principal.program` is what every query is bound to.
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Depends, Header, Request, Response
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.db.models import ApiKey, Membership, Person, SignIn
from api.db.session import ALL
from api.errors import Forbidden, Forged, NeedsVersion, NotFound, Stale, Unauthorised
from api.limits import Rates, client_address
from api.security import token_hash
from api.services import Services

COOKIE = "coach_session"
SAFE = ("GET", "HEAD", "OPTIONS")
LOOKS_AGAIN = timedelta(minutes=1)
"""How exactly it is kept when a session was last used: a write for each request would hold up the notes."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody known: a person with roles in a program, or an API key with scopes."""

    program: str
    person: str | None
    key: str | None
    roles: frozenset[str]
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        return f"person:{self.person}" if self.person else f"key:{self.key}"

    def has(self, *roles: str) -> bool:
        return bool(self.roles & set(roles))

    @property
    def only_own(self) -> bool:
        """A mentor and no more than that sees own pairs and notes alone."""
        return self.key is None and not self.has("staff", "admin")


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Service = Annotated[Services, Depends(services)]


def signed_in(at: Services, session: Session, hashed: str) -> tuple[SignIn, Person] | None:
    """The session that a token's hash stands for, with its person; None where it has ended or the person may not sign in."""
    row = session.get(SignIn, hashed)
    person = session.get(Person, row.person_id) if row else None
    if row is None or person is None or person.disabled or row.expires_at <= at.clock() or _is_idle(at, session, row):
        return None
    return row, person


def _is_idle(at: Services, session: Session, row: SignIn) -> bool:
    """Whether nobody asked for anything by this session for too long: what an open desk fetches by itself does not count."""
    idle, settings = at.clock() - row.seen_at, at.settings
    if settings.idle_minutes and idle >= timedelta(minutes=settings.idle_minutes):
        return True
    if not settings.staff_idle_minutes or idle < timedelta(minutes=settings.staff_idle_minutes):
        return False
    query = select(Membership.id).where(Membership.person_id == row.person_id, Membership.role != "mentor").limit(1)
    return session.execute(query).first() is not None


def in_use(at: Services, row: SignIn) -> None:
    """Notes that its person is there, at most once a minute. Where the database is busy the next request does it."""
    now = at.clock()
    if now - row.seen_at < LOOKS_AGAIN:
        return
    with contextlib.suppress(OperationalError), at.database.write(ALL) as session:
        session.execute(update(SignIn).where(SignIn.token == row.token, SignIn.seen_at < now).values(seen_at=now))


def own_name(at: Services, name: str) -> str:
    """A cookie's name; by https with the prefix that lets no sibling host and no plain http set it (RFC 6265bis)."""
    return f"__Host-{name}" if at.settings.secure_cookies else name


def session_token(request: Request, at: Services) -> str | None:
    return cookie_of(request, at, COOKIE)


def cookie_of(request: Request, at: Services, name: str) -> str | None:
    """What the browser brings under a name of ours; by https what lacks the prefix is not looked at."""
    return request.cookies.get(own_name(at, name))


def give_cookie(
    at: Services, response: Response, name: str, value: str, seconds: int, samesite: Literal["strict", "lax"] = "strict"
) -> None:
    """The one place that sets a cookie: no script reads it, and by https it has the prefix and travels by https alone."""
    secure = at.settings.secure_cookies
    response.set_cookie(own_name(at, name), value, max_age=seconds, httponly=True, secure=secure, samesite=samesite, path="/")


def forget_cookie(at: Services, response: Response, name: str) -> None:
    """Browsers drop a cookie with the prefix only where the order is as strict as the one that set it."""
    response.delete_cookie(own_name(at, name), path="/", secure=at.settings.secure_cookies, httponly=True, samesite="strict")


def keep_signed_in(at: Services, response: Response, token: str) -> None:
    """Sets the session's cookie."""
    give_cookie(at, response, COOKIE, token, at.settings.session_hours * 3600)


def serves(opened: SignIn) -> ColumnElement[bool]:
    """The memberships that a session may use: the person's, or those in the one program that it is bound to."""
    mine = Membership.person_id == opened.person_id
    return mine if opened.program_id is None else and_(mine, Membership.program_id == opened.program_id)


def person_of(request: Request, at: Service) -> SignIn:
    """The session of who is signed in. Raises Unauthorised, and Forged for a change without its CSRF token."""
    token = session_token(request, at)
    if not token:
        raise Unauthorised("Sign in, or send an API key: Authorization: Bearer ck_...")
    with at.database.read(ALL) as session:
        found = signed_in(at, session, token_hash(token))
    if found is None:
        raise Unauthorised("Your session has ended. Sign in again; a note you were writing is still on your page.")
    row, _ = found
    if request.method not in SAFE and request.headers.get("X-CSRF-Token") != row.csrf:
        raise Forged(
            "Send the session's X-CSRF-Token with every change: it is `csrf` in the answers of POST /v1/session and GET /v1/me."
        )
    in_use(at, row)
    return row


def current(request: Request, at: Service) -> Principal:
    """The principal of a request. Raises Unauthorised; NotFound for a program that the person does not serve."""
    rates: Rates = request.app.state.rates
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        principal = _by_key(at, header.removeprefix("Bearer ").strip())
        rates.hit("key", principal.key or "", at.settings.requests_per_minute)
        return principal
    opened = person_of(request, at)
    rates.hit("person", opened.person_id, at.settings.requests_per_minute)
    return _by_person(at, opened, request.headers.get("Coach-Program"))


def maybe(request: Request, at: Service) -> Principal | None:
    """The principal of a route that is for everybody too; None for whoever is not, or not fully, known."""
    try:
        return current(request, at)
    except (Unauthorised, Forbidden, NotFound):
        return None


def _by_key(at: Services, token: str) -> Principal:
    with at.database.read(ALL) as session:
        key = session.execute(select(ApiKey).where(ApiKey.token == token_hash(token))).scalar_one_or_none()
    if key is None or key.revoked_at is not None:
        raise Unauthorised("This API key is not known. An admin of the program can make one.", code="wrong_credentials")
    if key.expires_at <= at.clock():
        raise Unauthorised("This API key has expired. An admin of the program can make a new one.", code="key_expired")
    return Principal(key.program_id, None, key.id, frozenset(), frozenset(key.scopes))


def _by_person(at: Services, opened: SignIn, wanted: str | None) -> Principal:
    with at.database.read(ALL) as session:
        rows = session.execute(select(Membership).where(serves(opened))).scalars().all()
    programs = sorted({r.program_id for r in rows})
    if wanted is None and len(programs) != 1:
        raise NotFound("You serve several programs, or none: name one in the header Coach-Program.", code="name_program")
    program = wanted or programs[0]
    if program not in programs:
        raise NotFound("There is no such program, or you do not serve it.")
    return Principal(program, opened.person_id, None, frozenset(r.role for r in rows if r.program_id == program), frozenset())


def allow(*roles: str, scope: str | None = None) -> Callable[[Principal], Principal]:
    """A dependency: people with one of `roles`, and API keys with `scope`."""

    def check(principal: Annotated[Principal, Depends(current)]) -> Principal:
        if principal.key is not None:
            if scope is None or scope not in principal.scopes:
                raise Forbidden(f"This key lacks the scope {scope!r}." if scope else "This is for people, not for API keys.")
        elif not principal.has(*roles):
            raise Forbidden(f"This needs one of the roles: {', '.join(roles)}.")
        return principal

    return check


def version_of(if_match: Annotated[str, Header(alias="If-Match", description='The ETag that you were given: "3"')] = "") -> int:
    """The version that a change was made on, from If-Match: "3"."""
    value = if_match.strip().removeprefix("W/").strip('"')
    if not re.fullmatch("[0-9]{1,9}", value):  # not isdigit(): "²" is one to Python; int() refuses thousands of them
        raise NeedsVersion('Send the ETag you were given, as If-Match: "3".')
    return int(value)


Version = Annotated[int, Depends(version_of)]


def same(version: int, found: int) -> None:
    """Raises Stale where a thing has changed since."""
    if version != found:
        raise Stale(f"You read version {version}; it is at {found} now. Read it again, then decide.")


def limited(what: str, per_minute: Callable[[Services], int]) -> Callable[[Request, Services], None]:
    """A dependency that counts requests by address."""

    def check(request: Request, at: Service) -> None:
        rates: Rates = request.app.state.rates
        rates.hit(what, client_address(request.scope, at.settings.trusted_proxies), per_minute(at))

    return check
