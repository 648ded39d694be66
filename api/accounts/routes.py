"""/v1: sign-in, the program, its people, keys and contacts."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select

from api.accounts import oidc, service
from api.accounts.schemas import (
    ContactIn,
    ContactOut,
    Credentials,
    KeyIn,
    KeyOut,
    Me,
    MemberIn,
    MemberOut,
    OidcIn,
    PasswordIn,
    ProgramIn,
    ProgramOut,
    ProgramRole,
    SessionOut,
    Setup,
)
from api.db.models import ApiKey, Contact, Membership, Person, Program, SignIn
from api.db.session import ALL
from api.deps import (
    COOKIE,
    Principal,
    Service,
    Version,
    allow,
    cookie_of,
    forget_cookie,
    give_cookie,
    keep_signed_in,
    limited,
    person_of,
    serves,
    session_token,
)
from api.errors import Forbidden, Unauthorised

router = APIRouter(prefix="/v1", tags=["accounts"])
Admin = Annotated[Principal, Depends(allow("admin"))]
Member = Annotated[Principal, Depends(allow("mentor", "staff", "admin", "auditor"))]
often = Depends(limited("sign_in", lambda at: at.settings.sign_ins_per_minute))


def _opened(at: Service, request: Request, response: Response, opened: service.Opened) -> SessionOut:
    service.end_former(at, session_token(request, at))
    keep_signed_in(at, response, opened.token)
    return SessionOut(person=opened.person, csrf=opened.csrf, expires_at=opened.expires_at)


@router.post("/session", status_code=201, dependencies=[often])
def sign_in(given: Credentials, request: Request, response: Response, at: Service) -> SessionOut:
    """Sign in: sets the session's cookie, gives the CSRF token to send with every change."""
    opened = service.throttled_sign_in(at, request.app.state.rates, given)
    return _opened(at, request, response, opened)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, at: Service) -> None:
    """Ends the session, here and for every copy of its cookie."""
    opened = person_of(request, at)
    with at.database.write(ALL) as session:
        service.sign_out(session, opened.token)
    forget_cookie(at, response, COOKIE)


@router.post("/setup", status_code=201, dependencies=[often])
def set_up(given: Setup, request: Request, response: Response, at: Service) -> SessionOut:
    """Use a one-time link: the first admin's, or an invitation."""
    return _opened(at, request, response, service.set_up(at, given))


@router.post("/me/password", status_code=201, dependencies=[often])
def change_password(
    given: PasswordIn, request: Request, response: Response, at: Service, who: Annotated[SignIn, Depends(person_of)]
) -> SessionOut:
    """A new password, with the old one. Every session of yours ends, and this browser gets a new one."""
    opened = service.change_password(at, request.app.state.rates, who, given)
    return _opened(at, request, response, opened)


@router.get("/me")
def me(request: Request, at: Service) -> Me:
    """Who is signed in, and which programs they serve."""
    opened = person_of(request, at)
    with at.database.read(ALL) as session:
        person = session.execute(select(Person).where(Person.id == opened.person_id)).scalar_one()
        rows = session.execute(
            select(Program, Membership.role)
            .join(Membership, Membership.program_id == Program.id)
            .where(serves(opened))
            .order_by(Program.name)
        ).all()
        programs: dict[str, ProgramRole] = {}
        for program, role in rows:
            one = ProgramRole(program=program.id, name=program.name, roles=[], demo=program.demo, drill=program.drill)
            programs.setdefault(program.id, one).roles.append(role)
        return Me(id=person.id, email=person.email, name=person.name, programs=list(programs.values()), csrf=opened.csrf)


def _program(program: Program, response: Response) -> ProgramOut:
    response.headers["ETag"] = f'"{program.version}"'
    return ProgramOut(
        id=program.id,
        name=program.name,
        region=program.region,
        timezone=program.timezone,
        retention_days=program.retention_days,
        live=program.live,
        drill=program.drill,
        demo=program.demo,
        rules=service.rules_of(program),
        version=program.version,
    )


@router.get("/program")
def program(who: Member, at: Service, response: Response) -> ProgramOut:
    with at.database.read(who.program) as session:
        return _program(service.program_of(session, who.program), response)


@router.put("/program")
def change_program(given: ProgramIn, who: Admin, at: Service, version: Version, response: Response) -> ProgramOut:
    """Region, time zone, retention, deadlines; `drill` marks all that is made from now on as a drill.

    What another place of the alarm dial would do to the last notes stands in GET /v1/insights/dial: look before it is set. The audit
    trail keeps both places and that effect (`dial_set`).
    """
    with at.database.write(who.program) as session:
        return _program(service.change_program(at, session, who, given, version), response)


@router.post("/program/live")
def go_live(who: Admin, at: Service, response: Response) -> ProgramOut:
    """Alerts leave from now on. Needs a contact who has acknowledged a test alert."""
    with at.database.write(who.program) as session:
        return _program(service.go_live(at, session, who), response)


@router.post("/programs", status_code=201)
def new_program(given: ProgramIn, who: Admin, request: Request, at: Service, response: Response) -> ProgramOut:
    """A further program, of which the asker becomes admin."""
    if person_of(request, at).program_id:
        raise Forbidden("You signed in by your program's own service, for that program alone. Sign in with a password.")
    with at.database.write(ALL) as session:
        made = service.new_program(at, session, given)
        session.add(Membership(program_id=made.id, person_id=who.person or "", role="admin"))
        return _program(made, response)


@router.get("/members")
def members(who: Annotated[Principal, Depends(allow("staff", "admin", "auditor"))], at: Service) -> list[MemberOut]:
    with at.database.read(who.program) as session:
        return [MemberOut(person=p.id, email=p.email, name=p.name, roles=r) for p, r in service.members(session)]


@router.post("/members", status_code=201)
def add_member(given: MemberIn, who: Admin, at: Service) -> MemberOut:
    """Give a person a role here; somebody new gets an invitation, which is shown once."""
    with at.database.write(who.program) as session:
        person, invitation = service.add_member(at, session, who, given)
        held = sorted(service.roles(session, person.id))
    return MemberOut(person=person.id, email=person.email, name=person.name, roles=held, invitation=invitation)


@router.delete("/members/{person}/{role}", status_code=204)
def drop_member(person: str, role: str, who: Admin, at: Service) -> None:
    with at.database.write(who.program) as session:
        service.drop_member(at, session, who, person, role)


def _key(key: ApiKey, token: str | None = None) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        scopes=key.scopes,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked=key.revoked_at is not None,
        token=token,
    )


@router.get("/keys")
def keys(who: Admin, at: Service) -> list[KeyOut]:
    with at.database.read(who.program) as session:
        return [_key(k) for k in session.execute(select(ApiKey).order_by(ApiKey.id)).scalars()]


@router.post("/keys", status_code=201)
def make_key(given: KeyIn, who: Admin, at: Service) -> KeyOut:
    """An API key for another platform; its token is shown once."""
    with at.database.write(who.program) as session:
        key, token = service.make_key(at, session, who, given)
        return _key(key, token)


@router.delete("/keys/{ident}", status_code=204)
def revoke_key(ident: str, who: Admin, at: Service) -> None:
    with at.database.write(who.program) as session:
        service.revoke_key(at, session, who, ident)


def _contact(c: Contact) -> ContactOut:
    return ContactOut(
        id=c.id,
        name=c.name,
        channel=c.channel,
        address=c.address,
        step=c.step,
        on_call=c.on_call,
        acknowledged_at=c.acknowledged_at,
    )


@router.get("/contacts")
def contacts(who: Annotated[Principal, Depends(allow("staff", "admin"))], at: Service) -> list[ContactOut]:
    with at.database.read(who.program) as session:
        return [_contact(c) for c in service.contacts(session)]


@router.post("/contacts", status_code=201)
def add_contact(given: ContactIn, who: Admin, at: Service) -> ContactOut:
    """Where alerts go. Test it before the program goes live: POST /v1/contacts/{id}/test."""
    with at.database.write(who.program) as session:
        return _contact(service.add_contact(at, session, who, given))


@router.delete("/contacts/{ident}", status_code=204)
def drop_contact(ident: str, who: Admin, at: Service) -> None:
    with at.database.write(who.program) as session:
        service.drop_contact(at, session, who, ident)


BEGUN = "coach_oidc"


@router.put("/program/oidc", status_code=204)
def set_provider(given: OidcIn, who: Admin, at: Service) -> None:
    """Sign-in by the program's own identity provider. Its redirect address is {public_url}/v1/oidc/callback."""
    oidc.configure(at, who, given)


@router.delete("/program/oidc", status_code=204)
def remove_provider(who: Admin, at: Service) -> None:
    with at.database.write(who.program) as session:
        oidc.remove(at, session, who)


@router.get("/oidc/{program}/start", dependencies=[often], status_code=303, response_class=RedirectResponse)
def begin(program: str, request: Request, at: Service) -> Response:
    """Sends the browser to the program's identity provider; to the sign-in page, for its button, where it does not come from there."""
    if not _asked(request, at):
        return RedirectResponse(f"/sign-in?program={quote(program, safe='')}", 303)
    address, state = oidc.start(at, program)
    response = RedirectResponse(address, 303)
    give_cookie(at, response, BEGUN, state, int(oidc.LASTS.total_seconds()), "lax")
    return response


def _asked(request: Request, at: Service) -> bool:
    """Whether the person pressed the button of our own page. Another page's link brings no strict cookie (OWASP ASVS 5.0, 7.6.2).

    A host beside ours would bring it; browsers tell of that in Sec-Fetch-Site, where they speak of it at all.
    """
    here = request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return here and cookie_of(request, at, oidc.ASKED) is not None


GO_ON = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed in</title>
<meta http-equiv="refresh" content="0; url=/"><p>You are signed in. <a href="/">Go on</a></p></html>"""
"""To the first page. A page rather than a redirect: after one from another site, browsers hold the strict session cookie back."""


@router.get("/oidc/callback", dependencies=[often], response_model=None)
def come_back(
    request: Request,
    at: Service,
    code: Annotated[str, Query(max_length=2000)],
    state: Annotated[str, Query(max_length=200)],
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Where the identity provider sends the browser back to; signs in, then goes on to the first page.

    `iss` is who answers (RFC 9207); a provider that says that it names itself must.
    """
    if cookie_of(request, at, BEGUN) != state:
        raise Unauthorised("This sign-in was not begun in this browser. Begin again.", code="wrong_credentials")
    response = HTMLResponse(GO_ON)
    _opened(at, request, response, oidc.finish(at, state, code, iss))
    forget_cookie(at, response, BEGUN)
    return response
