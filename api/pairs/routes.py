"""/v1/pairs: pairs, their ledger of expectations, their follow-ups."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response

from api.deps import Principal, Service, Version, allow
from api.pairs import service
from api.pairs.schemas import EntryChange, EntryIn, EntryOut, FollowUpChange, FollowUpOut, PairIn, PairOut

router = APIRouter(prefix="/v1", tags=["pairs"])
Reader = Annotated[Principal, Depends(allow("mentor", "staff", "admin", scope="notes:read"))]
Writer = Annotated[Principal, Depends(allow("mentor", "admin", scope="notes:write"))]
Mentor = Annotated[Principal, Depends(allow("mentor", scope="notes:read"))]
MentorWrites = Annotated[Principal, Depends(allow("mentor", scope="notes:write"))]


@router.get("/pairs")
def pairs(who: Reader, at: Service) -> list[PairOut]:
    """A mentor's own pairs; all of the program for staff, admins and keys."""
    with at.database.read(who.program) as session:
        return [service.shown(at, session, who, p) for p in service.every(session, who)]


@router.post("/pairs", status_code=201)
def add_pair(given: PairIn, who: Writer, at: Service, response: Response) -> PairOut:
    with at.database.write(who.program) as session:
        pair = service.add(at, session, who, given)
        response.headers["ETag"] = f'"{pair.version}"'
        return service.shown(at, session, who, pair)


@router.get("/pairs/{ident}")
def pair(ident: str, who: Reader, at: Service, response: Response) -> PairOut:
    with at.database.read(who.program) as session:
        found = service.of(session, who, ident)
        response.headers["ETag"] = f'"{found.version}"'
        return service.shown(at, session, who, found)


@router.put("/pairs/{ident}")
def change_pair(ident: str, given: PairIn, who: Writer, at: Service, version: Version) -> PairOut:
    with at.database.write(who.program) as session:
        return service.shown(at, session, who, service.change(at, session, who, ident, given, version))


@router.post("/pairs/{ident}/close", status_code=204)
def close_pair(ident: str, who: Writer, at: Service) -> None:
    with at.database.write(who.program) as session:
        service.close(at, session, who, ident)


@router.get("/pairs/{ident}/ledger")
def ledger(ident: str, who: Mentor, at: Service) -> list[EntryOut]:
    """Expectations of the pair: guessed from notes, asked, agreed, broken, closed."""
    with at.database.read(who.program) as session:
        return service.ledger(at, session, who, ident)


@router.post("/pairs/{ident}/ledger", status_code=201)
def add_entry(ident: str, given: EntryIn, who: MentorWrites, at: Service) -> EntryOut:
    with at.database.write(who.program) as session:
        return service.entry_out(at, session, service.add_entry(at, session, who, ident, given))


@router.patch("/pairs/{ident}/ledger/{entry}")
def change_entry(ident: str, entry: str, given: EntryChange, who: MentorWrites, at: Service, version: Version) -> EntryOut:
    with at.database.write(who.program) as session:
        return service.entry_out(at, session, service.change_entry(at, session, who, ident, entry, given, version))


@router.get("/pairs/{ident}/follow-ups")
def follow_ups(
    ident: str, who: Mentor, at: Service, state: Literal["open", "done", "dropped"] | None = None
) -> list[FollowUpOut]:
    with at.database.read(who.program) as session:
        return service.follow_ups(at, session, who, ident, state)


@router.patch("/follow-ups/{ident}")
def change_follow_up(ident: str, given: FollowUpChange, who: MentorWrites, at: Service, version: Version) -> FollowUpOut:
    with at.database.write(who.program) as session:
        row = service.change_follow_up(at, session, who, ident, given.state, version)
        return service.follow_up_out(at, session, row)
