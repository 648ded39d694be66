"""Signing in and out, one-time links, the language, and a program's settings."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_args

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from api.accounts import oidc, service
from api.accounts.schemas import ContactIn, Credentials, KeyIn, MemberIn, ProgramIn, ScopeName, Setup
from api.alerts import service as alerts
from api.alerts.worker import PURGED
from api.clock import new_id
from api.db.models import ApiKey, Program
from api.db.session import ALL
from api.deps import COOKIE, Principal, Service, forget_cookie, give_cookie, keep_signed_in, limited, session_token
from api.errors import Problem, Unreadable
from api.handbook import service as handbooks
from api.pairs.service import purge_effect
from api.rules import OwnService
from api.services import Services
from api.web import words
from api.web.language import COOKIE as LANGUAGE
from api.web.language import LANGUAGES
from api.web.pages import choices, page, to
from api.web.viewer import PROGRAM, Form, Looking, Viewer, field, many, member
from coach import CoachError

router = APIRouter(include_in_schema=False)
often = Depends(limited("sign_in", lambda at: at.settings.sign_ins_per_minute))
YEAR = 365 * 24 * 3600


@router.get("/sign-in")
def sign_in_page(request: Request, looking: Looking, at: Service, next: str = "/", program: str | None = None) -> Response:
    """`program` is whose identity provider to offer; without it that of the only program that has one."""
    return _sign_in_page(request, looking, at, program=program, next=_local(next), email="", fault="")


def _sign_in_page(request: Request, looking: Viewer, at: Services, status: int = 200, **given: Any) -> Response:
    with at.database.read(ALL) as session:
        given["program"] = given.get("program") or oidc.only_program(session)
    answer = page(request, looking, "sign_in.html", status, **given)
    if given["program"]:
        give_cookie(at, answer, oidc.ASKED, "1", oidc.OFFERED)
    return answer


@router.post("/sign-in", dependencies=[often])
def sign_in(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """A wrong password gives the page again; the address it was for is kept."""
    after, email = _local(field(given, "next") or "/"), field(given, "email") or ""
    try:
        who = Credentials(email=email, password=str(given.get("password", "")))
        opened = service.throttled_sign_in(at, request.app.state.rates, who)
    except ValidationError:
        fault = "Give your e-mail address and password."
        return _sign_in_page(request, looking, at, 422, next=after, email=email, fault=fault)
    except Problem as problem:
        return _sign_in_page(request, looking, at, problem.status, next=after, email=email, fault=problem.detail)
    return _in(at, request, to(after), opened.token)


def _in(at: Services, request: Request, answer: Response, token: str) -> Response:
    service.end_former(at, session_token(request, at))
    keep_signed_in(at, answer, token)
    return answer


def _local(address: str) -> str:
    """An address on this service alone: never one that leads elsewhere."""
    local = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if local and address.isprintable() else "/"  # browsers drop a tab or a line break: "/\t/host" is "//host"


@router.post("/sign-out")
def sign_out(looking: Looking, at: Service, given: Form) -> Response:
    if looking.hashed:
        with at.database.write(ALL) as session:
            service.sign_out(session, looking.hashed)
    answer = to("/sign-in?out=1")
    forget_cookie(at, answer, COOKIE)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@router.get("/setup")
def setup_page(request: Request, looking: Looking) -> Response:
    """For the bearer of a one-time link; its token stands behind the # and is put into the form by the page."""
    return page(request, looking, "setup.html", fault="", email="", name="", token="")


@router.post("/setup", dependencies=[often])
def set_up(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    fields = {name: field(given, name) or "" for name in ("token", "email", "name")}
    try:
        who = Setup(**fields, password=str(given.get("password", "")))
        opened = service.set_up(at, who)
    except ValidationError:
        fault = "Give an e-mail address, a name and a password of at least fifteen characters."
        return page(request, looking, "setup.html", 422, **fields, fault=fault)
    except Problem as problem:
        return page(request, looking, "setup.html", problem.status, **fields, fault=problem.detail)
    return _in(at, request, to("/"), opened.token)


@router.get("/acknowledge")
def acknowledge_page(request: Request, looking: Looking) -> Response:
    """Where the link of a test alert leads."""
    return page(request, looking, "acknowledge.html", done=False, fault="")


@router.post("/acknowledge", dependencies=[often])
def acknowledge(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    try:
        with at.database.write(ALL) as session:
            alerts.acknowledge(at, session, field(given, "token") or "")
    except Problem as problem:
        return page(request, looking, "acknowledge.html", problem.status, done=False, fault=problem.detail)
    return page(request, looking, "acknowledge.html", done=True, fault="")


@router.post("/language")
def choose_language(at: Service, given: Form) -> Response:
    chosen = field(given, "language") or "en"
    answer = to(_local(field(given, "here") or "/"))
    give_cookie(at, answer, LANGUAGE, chosen if chosen in LANGUAGES else "en", YEAR, "lax")
    return answer


@router.post("/program")
def choose_program(looking: Looking, at: Service, given: Form) -> Response:
    chosen = field(given, "program") or ""
    answer = to("/")
    if chosen in dict(looking.programs):
        give_cookie(at, answer, PROGRAM, chosen, YEAR)
    return answer


@router.get("/settings")
def settings(request: Request, looking: Looking, at: Service) -> Response:
    return _settings(request, looking, at)


def _settings(
    request: Request,
    looking: Viewer,
    at: Services,
    fault: str = "",
    invitation: str | None = None,
    token: str | None = None,
    days: int | None = None,
    effect: tuple[int, int] | None = None,
    status: int = 200,
) -> Response:
    """`effect` is what keeping notes for `days` would do, shown before it is saved."""
    who = member(looking, "admin")
    with at.database.read(who.program) as session:
        program = service.program_of(session, who.program)
        return page(
            request,
            looking,
            "settings.html",
            status,
            program=program,
            rules=service.rules_of(program),
            contacts=service.contacts(session),
            members=service.members(session),
            regions=choices(words.REGIONS, program.region or ""),
            dead=alerts.dead(session, who),
            documents=handbooks.listing(session),
            fault=fault,
            keys=session.execute(select(ApiKey).order_by(ApiKey.id)).scalars().all(),
            scopes=get_args(ScopeName),
            now=at.clock(),
            invitation=invitation,
            token=token,
            public_url=at.settings.public_url,
            once=new_id(),
            days=days,
            effect=effect,
            most=PURGED,
            session_hours=at.settings.session_hours,
            largest=at.settings.max_body_bytes // 1_000_000,
            added=[d for d in request.query_params.getlist("added") if d],
        )


@router.post("/settings/document")
def add_document(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """A document of the program's handbook. One that cannot be read is told, with what to do."""
    who, file = member(looking, "admin"), given.get("file")
    if not isinstance(file, UploadFile):
        return _settings(request, looking, at, "Choose a file first.", status=422)
    try:
        row = handbooks.packed(at, file.filename or "handbook", file.file.read())
    except CoachError as fault:
        return _settings(request, looking, at, fault.message, status=422)
    with at.database.write(who.program) as session:
        ident = handbooks.add(at, session, who, row).id
    return to(f"/settings?added={ident}#handbook")


@router.post("/settings/retention")
def keep_for(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """How long notes are kept: first what that would do, and, once that was shown, so it is."""
    who = member(looking, "admin")
    try:
        days = _retention(field(given, "retention_days"))
        with at.database.write(who.program) as session:
            if field(given, "sure"):
                old = service.program_of(session, who.program)
                service.change_program(at, session, who, _as_is(old, retention_days=days), int(field(given, "version") or "0"))
                return to("/settings#retention")
            effect = purge_effect(session, who.program, at.clock() - timedelta(days=days)) if days else (0, 0)
    except ValueError:
        fault = "Give a number of days from 1 to 36500, or leave it empty."
        return _settings(request, looking, at, fault, status=422)
    except Problem as problem:
        return _settings(request, looking, at, problem.detail, status=problem.status)
    return _settings(request, looking, at, days=days, effect=effect)


def _retention(text: str | None) -> int | None:
    """Raises ValueError."""
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= 36500):
        raise ValueError(text)
    return int(text)


@router.post("/settings/{what}")
def change_settings(what: str, request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """One form of the settings page. A fault gives the page again, with what is wrong."""
    who = member(looking, "admin")
    invitation = token = None
    try:
        with at.database.write(who.program) as session:
            old = service.program_of(session, who.program)
            match what:
                case "program":
                    service.change_program(at, session, who, _program(given, old), int(field(given, "version") or "0"))
                case "contact":
                    service.add_contact(at, session, who, _contact(given))
                case "drop-contact":
                    service.drop_contact(at, session, who, field(given, "id") or "")
                case "test":
                    alerts.send_test(at, session, who, field(given, "id") or "")
                case "resend":
                    alerts.resend(at, session, who, field(given, "id") or "")
                case "live":
                    service.go_live(at, session, who)
                case "member":
                    _, invitation = service.add_member(at, session, who, _member(given))
                case "drop-member":
                    service.drop_member(at, session, who, field(given, "id") or "", field(given, "role") or "")
                case "service":
                    _change_rules(at, session, who, old, services=[*old.rules.get("services", []), _own(given)])
                case "drop-service":
                    kept = [s for s in old.rules.get("services", []) if s["name"] != field(given, "id")]
                    _change_rules(at, session, who, old, services=kept)
                case "handbook":
                    title, url = field(given, "title"), field(given, "url")
                    _change_rules(at, session, who, old, handbook={"title": title, "url": url} if title else None)
                case "doors":
                    _change_rules(at, session, who, old, doors=many(given, "doors"))
                case "leaving":
                    asked = {name: field(given, name) == "on" for name in ("remote_model", "share_feedback")}
                    _change_rules(at, session, who, old, **asked)
                case "drop-document":
                    handbooks.remove(at, session, who, field(given, "id") or "")
                case "key":
                    _, token = service.make_key(at, session, who, _key(given), _once(given))
                case "revoke-key":
                    service.revoke_key(at, session, who, field(given, "id") or "")
                case _:
                    raise Unreadable("There is no such setting.")
    except (ValidationError, ValueError):
        return _settings(
            request, looking, at, "Something in this form does not fit; nothing was changed. Please check it.", status=422
        )
    except Problem as problem:
        return _settings(request, looking, at, problem.detail, status=problem.status)
    if invitation or token:
        return _settings(request, looking, at, invitation=invitation, token=token)
    return to(f"/settings#{what}")


def _program(given: Mapping[str, Any], old: Program) -> ProgramIn:
    """The form's fields over what the program has; what its form does not show stays."""
    rules = {**old.rules}
    for name in ("flag_from", "emergency_minutes", "concern_days", "weekly_sample"):
        if value := field(given, name):
            rules[name] = int(value) if value.isdecimal() and len(value) < 10 else value
    return _as_is(
        old,
        name=field(given, "name") or "",
        region=field(given, "region"),
        timezone=field(given, "timezone") or "UTC",
        drill=field(given, "drill") == "on",
        rules=rules,
    )


def _as_is(old: Program, **changed: Any) -> ProgramIn:
    """The program as it stands, with some of it changed."""
    names = ("name", "region", "timezone", "retention_days", "drill", "rules")
    return ProgramIn(**{**{name: getattr(old, name) for name in names}, **changed})


def _change_rules(at: Services, session: Session, who: Principal, old: Program, **changed: Any) -> None:
    """The program with some of its rules changed, on the version just read."""
    service.change_program(at, session, who, _as_is(old, rules={**old.rules, **changed}), old.version)


def _key(given: Mapping[str, Any]) -> KeyIn:
    return KeyIn(
        name=field(given, "name") or "",
        scopes=many(given, "scopes"),  # type: ignore[arg-type]
        days=int(field(given, "days") or "90"),
    )


def _once(given: Mapping[str, Any]) -> str | None:
    """The id that the form was shown with, so that a page loaded again makes nothing a second time. Raises ValueError."""
    ident = field(given, "once")
    if ident and not re.fullmatch("[0-9a-f]{32}", ident):
        raise ValueError("once")
    return ident


def _own(given: Mapping[str, Any]) -> dict[str, Any]:
    """A help service of the program itself, as its form gives it."""
    names = ("name", "call", "url", "hours", "note")
    return OwnService(**{name: field(given, name) for name in names}).model_dump()  # type: ignore[arg-type]


def _contact(given: Mapping[str, Any]) -> ContactIn:
    return ContactIn(
        name=field(given, "name") or "",
        channel=field(given, "channel") or "email",  # type: ignore[arg-type]
        address=field(given, "address") or "",
        step=int(field(given, "step") or "1"),
        on_call=field(given, "on_call") == "on",
    )


def _member(given: Mapping[str, Any]) -> MemberIn:
    return MemberIn(email=field(given, "email") or "", name=field(given, "name") or "", role=field(given, "role") or "")  # type: ignore[arg-type]
