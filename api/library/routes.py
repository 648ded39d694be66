"""/v1/guidance and /v1/resources: for everybody, within the limit for their address. A query travels in the body, never in a URL."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, StringConstraints

from api.deps import Principal, Service, limited, maybe
from api.errors import NotFound
from api.library import service
from api.types import Label, Region, Strict
from coach import CoachError

router = APIRouter(
    prefix="/v1", tags=["library"], dependencies=[Depends(limited("library", lambda at: at.settings.requests_per_minute))]
)


class SearchIn(Strict):
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    stage: Literal["trust", "application", "growth"] | None = None
    audience: Literal["adult", "youth"] | None = None
    label: Annotated[Label | None, Field(description="Only cards that serve this label.")] = None
    limit: Annotated[int, Field(ge=1, le=50)] = 10


class WhyOut(BaseModel):
    """The line of a card that is likest to the query, and words that both share."""

    like: str
    words: list[str]


class Hit(BaseModel):
    id: str
    title: str
    excerpt: str
    source: str
    score: float
    why: WhyOut


class SearchOut(BaseModel):
    """`refused`: nothing in the index fits."""

    results: list[Hit]
    refused: bool


@router.post("/guidance/search")
def search(given: SearchIn, at: Service, who: Annotated[Principal | None, Depends(maybe)]) -> SearchOut:
    """Cards for everybody; for who is signed in, or has a key, the program's own handbook first."""
    hits = service.found(at, who, given.query, given.limit, given.stage, given.audience, given.label)
    return SearchOut(results=[Hit(**asdict(h)) for h in hits], refused=not hits)


@router.get("/guidance/{ident}")
def card(ident: str, at: Service) -> dict[str, Any]:
    return asdict(service.card_of(at, ident))


@router.get("/resources")
def resources(at: Service, region: Annotated[Region | None, Query()] = None, concern: str | None = None) -> list[dict[str, Any]]:
    """Help services that are in use, of a region (and of its country) or of every place, for a concern."""
    return [asdict(r) for r in service.in_use(at, region) if concern is None or concern in r.concerns]


@router.get("/resources/{ident}")
def resource(ident: str, at: Service) -> dict[str, Any]:
    try:
        return asdict(at.resources.by_id(ident))
    except CoachError as fault:
        raise NotFound(fault.message) from None
