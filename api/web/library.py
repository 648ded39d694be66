"""Guidance and help lines, for everybody. A question travels in the body of a form, never in an address."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response

from api.deps import Service
from api.library.service import card_of, found, in_use
from api.services import Services
from api.web import words
from api.web.pages import choices, page
from api.web.viewer import Form, Looking, field

router = APIRouter(include_in_schema=False)
LONGEST = 2000


@router.get("/guidance")
def guidance(request: Request, looking: Looking, at: Service) -> Response:
    """All cards by title."""
    return page(request, looking, "guidance.html", query="", hits=None, cards=sorted(at.guidance.cards, key=lambda c: c.title))


@router.post("/guidance")
def search(request: Request, looking: Looking, at: Service, given: Form) -> Response:
    query = (field(given, "query") or "")[:LONGEST]
    hits = found(at, looking.principal, query) if query else ()
    return page(request, looking, "guidance.html", query=query, hits=hits, cards=[])


@router.get("/guidance/{ident}")
def card(ident: str, request: Request, looking: Looking, at: Service) -> Response:
    return page(request, looking, "card.html", card=card_of(at, ident))


@router.get("/help")
def resources(request: Request, looking: Looking, at: Service, region: str = "") -> Response:
    """Help lines of a region; those of its country and of every place too."""
    chosen = region if region in words.REGIONS else ""
    return page(
        request, looking, "help.html", regions=choices(words.REGIONS, chosen), chosen=chosen, resources=_resources(at, chosen)
    )


def _resources(at: Services, region: str) -> list[dict[str, Any]]:
    if not region:
        return []
    rows = [asdict(r) for r in in_use(at, region)]
    return sorted(
        rows, key=lambda r: ("emergency" not in r["concerns"], region not in r["regions"], "INTERNATIONAL" in r["regions"])
    )
