"""The page where a signed-in person enters the code that Slack showed them."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from api.deps import Principal, Service, limited
from api.errors import NotFound, Problem
from api.plugins.slack import links
from api.services import Services
from api.web.pages import page, to
from api.web.viewer import Form, Looking, Viewer, field, member

router = APIRouter(include_in_schema=False)
often = Depends(limited("slack_code", lambda at: at.settings.sign_ins_per_minute))
ROLES = ("mentor", "staff", "admin")


@router.get("/slack")
def form(request: Request, looking: Looking, at: Service) -> Response:
    return _page(request, looking, at, member(looking, *ROLES))


def _page(request: Request, looking: Viewer, at: Services, who: Principal, status: int = 200, **given: Any) -> Response:
    with at.database.read(who.program) as session:
        try:
            linked = links.of(session, who).slack_user
        except NotFound:
            linked = None
    return page(request, looking, "slack.html", status, **{"linked": linked, "asker": None, "code": "", "fault": "", **given})


@router.post("/slack", dependencies=[often])
def look(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """Whose code it is, before it is used."""
    who, code = member(looking, *ROLES), field(given, "code") or ""
    try:
        with at.database.write(who.program) as session:
            row = links.asker(at, session, code)
    except Problem as fault:
        return _page(request, looking, at, who, fault.status, fault=fault.detail)
    return _page(request, looking, at, who, asker=row, code=code)


@router.post("/slack/link", dependencies=[often])
def link(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    who = member(looking, *ROLES)
    try:
        with at.database.write(who.program) as session:
            links.link(at, session, who, field(given, "code") or "")
    except Problem as fault:
        return _page(request, looking, at, who, fault.status, fault=fault.detail)
    return to("/slack")


@router.post("/slack/unlink")
def unlink(looking: Looking, at: Service, given: Form) -> Response:
    who = member(looking, *ROLES)
    with at.database.write(who.program) as session:
        links.unlink(at, session, who)
    return to("/slack")
