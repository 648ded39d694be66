"""What did we miss: unflagged notes that were drawn for a second look, opened and answered one by one."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.accounts.service import program_of, rules_of
from api.deps import Service
from api.errors import Problem
from api.notes import service as notes
from api.rules import rank_of
from api.samples import service
from api.samples.schemas import WORRYING, Missed
from api.services import Services
from api.web import words
from api.web.desk import STAFF, names_of
from api.web.pages import page, to
from api.web.view import view
from api.web.viewer import Form, Looking, Viewer, field, member

router = APIRouter(include_in_schema=False)


@router.get("/flags/sample")
def sample(request: Request, looking: Looking, at: Service, done: str = "") -> Response:
    """What waits; `done` says what the last answer did."""
    return _sample(request, looking, at, done=done)


def _sample(request: Request, looking: Viewer, at: Services, done: str = "", fault: str = "", status: int = 200) -> Response:
    who = member(looking, *STAFF)
    with at.database.read(who.program) as session:
        return page(
            request,
            looking,
            "sample.html",
            status,
            waiting=service.waiting(at, session, who),
            me=who.person,
            names=names_of(session),
            size=rules_of(program_of(session, who.program)).weekly_sample,
            done=done,
            fault=fault,
        )


@router.post("/flags/sample/{ident}/open")
def opened(ident: str, request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """The whole note with the form for the answer; that it was opened is recorded and shown to the mentor."""
    try:
        return _opened(ident, request, looking, at, {})
    except Problem as problem:
        return _sample(request, looking, at, fault=problem.detail, status=problem.status)


def _opened(
    ident: str, request: Request, looking: Viewer, at: Services, given: Mapping[str, Any], fault: str = "", status: int = 200
) -> Response:
    who = member(looking, *STAFF)
    with at.database.write(who.program) as session:
        note = notes.open_sampled(at, session, who, ident)
        lowest = rank_of(rules_of(program_of(session, who.program)).flag_from)
    return page(
        request,
        looking,
        "second_look.html",
        status,
        view=view(note.text, note.report),
        ident=ident,
        levels=[level for level in words.LEVEL_NAMES if rank_of(level) >= lowest],
        kinds=WORRYING,
        given={name: field(given, name) or "" for name in ("answer", "level", "kind", "about", "words")},
        fault=fault,
    )


@router.post("/flags/sample/{ident}/answer")
def answer(ident: str, request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """Nothing missed, or what was; that raises a flag. A fault gives the note and what was filled in again."""
    who = member(looking, *STAFF)
    try:
        missed = _missed(given)
        with at.database.write(who.program) as session:
            flag = service.answer(at, session, who, ident, missed)
    except ValidationError:
        return _opened(
            ident, request, looking, at, given, "Say whether anything was missed; if so, how grave it is and what.", 422
        )
    except Problem as problem:
        return _sample(request, looking, at, fault=problem.detail, status=problem.status)
    return to(f"/flags/sample?done={'missed' if flag else 'nothing'}")


def _missed(given: Mapping[str, Any]) -> Missed | None:
    """Raises ValidationError where the form does not say enough."""
    if field(given, "answer") == "nothing":
        return None
    level: Any = field(given, "level") if field(given, "answer") == "missed" else None
    about: Any = field(given, "about") or "mentee"
    return Missed(level=level, kind=field(given, "kind") or "", about=about, words=field(given, "words"))
