"""/v1/flags: what staff look at and decide."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.db.models import Flag
from api.deps import Principal, Service, Version, allow
from api.reviews import batch, service
from api.reviews import undo as taking_back
from api.reviews.full import full
from api.reviews.schemas import (
    CommentIn,
    Decided,
    DecideIn,
    FlagFull,
    FlagOut,
    FlagPage,
    HandOverIn,
    LinkIn,
    ReopenIn,
    SeveralIn,
)

router = APIRouter(prefix="/v1/flags", tags=["flags"])
Reader = Annotated[Principal, Depends(allow("staff", "admin", scope="flags:read"))]
Staff = Annotated[Principal, Depends(allow("staff", "admin"))]


def _tagged(response: Response, at: Service, flag: Flag) -> FlagOut:
    response.headers["ETag"] = f'"{flag.version}"'
    return service.shown(flag, at.clock())


@router.get("")
def flags(
    who: Reader,
    at: Service,
    level: Annotated[list[Literal["watch", "concern", "urgent", "emergency"]] | None, Query()] = None,
    state: Annotated[list[Literal["open", "claimed", "decided"]] | None, Query()] = None,
    holder: Annotated[list[str] | None, Query()] = None,
    pair: Annotated[list[str] | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> FlagPage:
    """By what is due first. `next` goes on where the page ended."""
    filters: dict[str, Sequence[str]] = {"level": level or [], "state": state or [], "holder": holder or [], "pair": pair or []}
    with at.database.read(who.program) as session:
        found, more = service.page(session, who, filters, cursor, limit)
        return FlagPage(flags=[service.shown(f, at.clock()) for f in found], next=more)


@router.post("/decide")
def decide_several(given: SeveralIn, who: Staff, at: Service) -> list[Decided]:
    """Several flags at once, each by itself; never one at urgent or emergency."""
    one = DecideIn(decision=given.decision, reason=given.reason, answer=given.answer)
    return batch.decide_several(at, who, given.flags, one)


@router.get("/{ident}")
def flag(ident: str, who: Staff, at: Service, response: Response) -> FlagFull:
    """A flag with its evidence and two sentences around it; the whole note takes POST /v1/notes/{id}/open and a reason."""
    with at.database.write(who.program) as session:
        found = service.of(session, who, ident, lock=True)
        service.looked_at(at, session, found)
        at.trail.record(session, who.actor, "flag_seen", f"flag:{ident}", who.program)
        response.headers["ETag"] = f'"{found.version}"'
        return full(at, session, found)


@router.post("/{ident}/claim")
def claim(ident: str, who: Staff, at: Service, version: Version, response: Response) -> FlagOut:
    with at.database.write(who.program) as session:
        return _tagged(response, at, service.claim(at, session, who, ident, version))


@router.post("/{ident}/release")
def release(ident: str, who: Staff, at: Service, version: Version, response: Response) -> FlagOut:
    """Back into the queue."""
    with at.database.write(who.program) as session:
        return _tagged(response, at, service.release(at, session, who, ident, version))


@router.post("/{ident}/hand-over")
def hand_over(ident: str, given: HandOverIn, who: Staff, at: Service, version: Version, response: Response) -> FlagOut:
    with at.database.write(who.program) as session:
        flag = service.hand_over(at, session, who, ident, version, given.person, given.words)
        return _tagged(response, at, flag)


@router.post("/{ident}/decide")
def decide(ident: str, given: DecideIn, who: Staff, at: Service, version: Version, response: Response) -> FlagOut:
    """Confirmed, not a concern, needs more, escalated; with a reason, and, if wished, an answer to the mentor."""
    with at.database.write(who.program) as session:
        return _tagged(response, at, service.decide(at, session, who, ident, version, given))


@router.post("/{ident}/reopen")
def reopen(ident: str, given: ReopenIn, who: Staff, at: Service, version: Version, response: Response) -> FlagOut:
    with at.database.write(who.program) as session:
        return _tagged(response, at, service.reopen(at, session, who, ident, version, given.reason))


@router.post("/{ident}/undo")
def undo(ident: str, who: Staff, at: Service, version: Version, response: Response) -> FlagOut:
    """Takes back one's own last act, within a quarter of an hour and while nobody has done anything since."""
    with at.database.write(who.program) as session:
        return _tagged(response, at, taking_back.undo(at, session, who, ident, version))


@router.post("/{ident}/comments", status_code=201)
def comment(ident: str, given: CommentIn, who: Staff, at: Service, version: Version, response: Response) -> FlagOut:
    with at.database.write(who.program) as session:
        return _tagged(response, at, service.comment(at, session, who, ident, version, given.words, given.for_mentor))


@router.post("/{ident}/link")
def link(ident: str, given: LinkIn, who: Staff, at: Service, version: Version) -> list[FlagOut]:
    """Several flags that are one matter."""
    with at.database.write(who.program) as session:
        return [service.shown(f, at.clock()) for f in service.link(at, session, who, ident, version, given.flags)]
