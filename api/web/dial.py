"""The alarm dial: its places in words, what one would have done to the program's own notes, and then, if wished, so it is set."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.accounts import service
from api.accounts.schemas import ProgramIn
from api.db.models import Program
from api.deps import Service
from api.errors import Problem
from api.insights.dial import DialOut, Place, dial
from api.rules import Rules
from api.services import Services
from api.web.language import number, percent
from api.web.pages import page, to
from api.web.viewer import Form, Looking, Viewer, field, member

router = APIRouter(include_in_schema=False)
KEPT = ("name", "region", "timezone", "retention_days", "drill")


@router.get("/settings/dial")
def dial_page(request: Request, looking: Looking, at: Service, place: str = "", done: str = "") -> Response:
    """`place` is the one whose effect is to be seen; nothing is changed by looking."""
    return _page(request, looking, at, place, done=bool(done))


def _page(
    request: Request, looking: Viewer, at: Services, place: str, fault: str = "", done: bool = False, status: int = 200
) -> Response:
    who = member(looking, "admin")
    with at.database.read(who.program) as session:
        found = dial(at, session, who)
        version = service.program_of(session, who.program).version
    rows = [_row(p, looking.language) for p in found.places]
    return page(
        request,
        looking,
        "dial.html",
        status,
        places=rows,
        now=_now(found),
        seen=next((row for row in rows if row["value"] == place), None),
        left_out=found.left_out,
        version=version,
        fault=fault,
        done=done,
    )


def _now(found: DialOut) -> str:
    """The place that the program has; one that is no other than the next counts as that."""
    above = [p.urgent_alarms for p in found.places if p.urgent_alarms >= found.urgent_alarms]
    return f"{min(above, default=found.urgent_alarms):g}"


def _row(place: Place, language: str) -> dict[str, Any]:
    """A place with its figures as the page's language writes them."""
    outlook = [
        {
            "prevalence": number(100 * o.prevalence, language),
            "alarms": [number(round(n), language) for n in o.alarms],
            "right": [percent(share, language) for share in reversed(o.right)],
        }
        for o in place.outlook
    ]
    upper = {name: percent(getattr(place, name).upper, language, 1) for name in ("missed", "raised", "raised_concerns")}
    value = f"{place.urgent_alarms:g}"
    return {"value": value, "said": number(place.urgent_alarms, language), "of": place, "upper": upper, "outlook": outlook}


@router.post("/settings/dial/set")
def set_dial(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    """The button for it stands under the effect alone."""
    who, place = member(looking, "admin"), field(given, "place") or ""
    try:
        with at.database.write(who.program) as session:
            old = service.program_of(session, who.program)
            service.change_program(at, session, who, _dialled(old, float(place)), int(field(given, "version") or "0"))
    except (ValidationError, ValueError):
        fault = "Something in this form does not fit; nothing was changed. Please check it."
        return _page(request, looking, at, place, fault, status=422)
    except Problem as problem:
        return _page(request, looking, at, place, problem.detail, status=problem.status)
    return to("/settings/dial?done=1")


def _dialled(old: Program, alarms: float) -> ProgramIn:
    """The program as it stands, with another place of the dial."""
    kept: dict[str, Any] = {name: getattr(old, name) for name in KEPT}
    return ProgramIn(**kept, rules=Rules.model_validate({**old.rules, "urgent_alarms": alarms}))
