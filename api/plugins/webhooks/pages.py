"""The page of a program's webhooks, for admins: what there is, what is wrong with it, and a new one."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.deps import Principal, Service
from api.errors import NotFound, Problem
from api.plugins.webhooks import log, service
from api.plugins.webhooks.events import EVENTS
from api.plugins.webhooks.schemas import WebhookChange, WebhookIn
from api.services import Services
from api.web.pages import page, to
from api.web.viewer import Form, Looking, Viewer, field, many, member

router = APIRouter(include_in_schema=False)


@router.get("/webhooks")
def webhooks(request: Request, looking: Looking, at: Service) -> Response:
    return _page(request, looking, at, member(looking, "admin"))


def _page(request: Request, looking: Viewer, at: Services, who: Principal, status: int = 200, **given: Any) -> Response:
    with at.database.read(who.program) as session:
        rows = [service.shown(session, row, at.clock()) for row in service.every(session, who)]
    return page(request, looking, "webhooks.html", status, rows=rows, kinds=EVENTS, **{"fault": "", "secret": "", **given})


@router.post("/webhooks/{what}")
def change(what: str, request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """One form of the page. A new secret is shown once, on the page that answers."""
    who, ident, secret = member(looking, "admin"), field(given, "id") or "", None
    try:
        with at.database.write(who.program) as session:
            match what:
                case "add":
                    wanted = WebhookIn(
                        name=field(given, "name") or "",
                        address=field(given, "address") or "",
                        events=many(given, "events"),
                        report=field(given, "report") == "on",
                    )
                    _, secret = service.add(at, session, who, wanted)
                case "test":
                    log.test(at, session, who, ident)
                case "enable":
                    version = service.of(session, who, ident).version
                    service.change(at, session, who, ident, WebhookChange(enabled=True, adopt=True), version)
                case "remove":
                    service.remove(at, session, who, ident)
                case _:
                    raise NotFound("There is no such form.")
    except ValidationError:
        fault = "Something in this form does not fit; nothing was changed. Please check it."
        return _page(request, looking, at, who, 422, fault=fault)
    except Problem as problem:
        return _page(request, looking, at, who, problem.status, fault=problem.detail)
    return _page(request, looking, at, who, secret=secret) if secret else to("/webhooks")
