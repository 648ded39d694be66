"""Who looks at a page: signed out, or a person in one of their programs. Forms carry the session's CSRF token as a field."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy import select
from starlette.datastructures import FormData

from api.db.models import Membership, Program, SignIn
from api.db.session import ALL
from api.deps import Principal, Service, cookie_of, in_use, serves, session_token, signed_in
from api.errors import Forged, NotFound, Unauthorised
from api.limits import Rates, client_address
from api.security import token_hash
from api.services import Services
from api.web.language import language_of

PROGRAM = "coach_program"
ELSEWHERE = "This form came from another site. Open the page here, and send it from there."


@dataclass(frozen=True, slots=True)
class Viewer:
    """`principal` is None where nobody is signed in, or where the person serves no program."""

    language: str
    principal: Principal | None = None
    name: str = ""
    csrf: str = ""
    hashed: str = ""
    program: str = ""
    programs: tuple[tuple[str, str], ...] = ()
    zone: str = "UTC"
    drill: bool = False
    row: SignIn | None = None

    @property
    def signed_in(self) -> bool:
        return bool(self.hashed)

    def has(self, *roles: str) -> bool:
        return self.principal is not None and self.principal.has(*roles)


def viewer(request: Request, at: Service) -> Viewer:
    """Counts the request; never refuses: a page decides for itself whom it is for."""
    rates: Rates = request.app.state.rates
    found = known(request, at)
    if found.row is not None:
        if request.headers.get("accept") != "text/event-stream":  # an open desk asks by itself; nobody need be there
            in_use(at, found.row)
        rates.hit("person", found.hashed, at.settings.requests_per_minute)
    else:
        rates.hit("address", client_address(request.scope, at.settings.trusted_proxies), at.settings.requests_per_minute)
    return found


def known(request: Request, at: Services) -> Viewer:
    """Who the request's cookie belongs to."""
    language, token = language_of(request, at), session_token(request, at)
    found = _known(at, language, token_hash(token), cookie_of(request, at, PROGRAM)) if token else None
    return found or Viewer(language)


def _known(at: Services, language: str, hashed: str, wanted: str | None) -> Viewer | None:
    with at.database.read(ALL) as session:
        found = signed_in(at, session, hashed)
        if found is None:
            return None
        row, person = found
        members = session.execute(
            select(Program, Membership.role)
            .join(Membership, Membership.program_id == Program.id)
            .where(serves(row))
            .order_by(Program.name)
        ).all()
    programs = {p.id: p for p, _ in members}
    if not programs:
        return Viewer(language, None, person.name, row.csrf, hashed, row=row)
    chosen = programs[wanted] if wanted in programs else next(iter(programs.values()))
    roles = frozenset(role for p, role in members if p.id == chosen.id)
    return Viewer(
        language=language,
        principal=Principal(chosen.id, person.id, None, roles, frozenset()),
        name=person.name,
        csrf=row.csrf,
        hashed=hashed,
        program=chosen.name,
        programs=tuple((p.id, p.name) for p in programs.values()),
        zone=chosen.timezone,
        drill=chosen.drill,
        row=row,
    )


Looking = Annotated[Viewer, Depends(viewer)]


def member(looking: Viewer, *roles: str) -> Principal:
    """The principal of a page that is for `roles`. Raises Unauthorised where nobody is signed in, NotFound for anybody else."""
    if not looking.signed_in:
        raise Unauthorised("Sign in to see this page.")
    if looking.principal is None or not looking.principal.has(*roles):
        raise NotFound("There is no such page, or it is not for you.")
    return looking.principal


async def form(request: Request, looking: Looking) -> AsyncIterator[FormData]:
    """The fields of a form; its files are closed after the request.

    Raises Forged where it came from another site, or without the session's token.
    """
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forged(ELSEWHERE)
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Forged(ELSEWHERE)
    async with request.form() as fields:
        given = str(fields.get("csrf", ""))
        if looking.signed_in and not secrets.compare_digest(given.encode(), looking.csrf.encode()):
            raise Forged("This page is from an earlier session. Go back, copy what you wrote, load the page again.")
        yield fields


Form = Annotated[FormData, Depends(form)]


def field(given: Mapping[str, Any], name: str) -> str | None:
    """A form's field, None where it is missing or blank."""
    value = given.get(name)
    return value.strip() or None if isinstance(value, str) else None


def many(given: FormData, name: str) -> Any:
    """All values of a field that may stand several times."""
    return [v for v in given.getlist(name) if isinstance(v, str)]
