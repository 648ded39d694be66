"""/v1/pairs: pairs, their ledger of expectations, their follow-ups."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse

from api.deps import Principal, Service, Version, allow
from api.pairs import brief as briefs
from api.pairs import records, service
from api.pairs.schemas import (
    BriefOut,
    EntryChange,
    EntryIn,
    EntryOut,
    Export,
    FollowUpChange,
    FollowUpOut,
    MentorExport,
    PairIn,
    PairOut,
    ReasonIn,
    Shared,
)

router = APIRouter(prefix="/v1", tags=["pairs"])
Reader = Annotated[Principal, Depends(allow("mentor", "staff", "admin", scope="notes:read"))]
Writer = Annotated[Principal, Depends(allow("mentor", "admin", scope="notes:write"))]
Mentor = Annotated[Principal, Depends(allow("mentor", scope="notes:read"))]
MentorOrAdmin = Annotated[Principal, Depends(allow("mentor", "admin"))]
Staff = Annotated[Principal, Depends(allow("staff", "admin"))]
Admin = Annotated[Principal, Depends(allow("admin"))]
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


@router.get("/pairs/{ident}/brief")
def brief(ident: str, who: Mentor, at: Service) -> BriefOut:
    """The plan of the next session, from the reports so far, the ledger and what became of the follow-ups."""
    with at.database.read(who.program) as session:
        return BriefOut.model_validate(briefs.brief(at, session, who, ident, service.ledger(at, session, who, ident)))


@router.patch("/follow-ups/{ident}")
def change_follow_up(ident: str, given: FollowUpChange, who: MentorWrites, at: Service, version: Version) -> FollowUpOut:
    with at.database.write(who.program) as session:
        row = service.change_follow_up(at, session, who, ident, given.state, version)
        return service.follow_up_out(at, session, row)


@router.get("/pairs/{ident}/shared")
def shared(ident: str, who: Mentor, at: Service) -> list[Shared]:
    """What was shared about the mentee, with whom and why, in plain words: for the mentee to read."""
    with at.database.read(who.program) as session:
        return records.shared(at, session, who, ident)


@router.get("/pairs/{ident}/export")
def export(ident: str, who: MentorOrAdmin, at: Service) -> Export:
    """Everything that is kept about one's own pair; an admin asks for another's by POST, with a reason."""
    with at.database.write(who.program) as session:
        return records.export(at, session, who, ident)


@router.post("/pairs/{ident}/export")
def export_of_another(ident: str, given: ReasonIn, who: Admin, at: Service) -> Export:
    """Everything that is kept about a pair. The reason is recorded and shown to the mentor, and to the mentee by `shared`."""
    with at.database.write(who.program) as session:
        return records.export(at, session, who, ident, given.reason)


@router.get("/pairs/{ident}/shared.html", response_class=HTMLResponse)
def shared_page(ident: str, who: Mentor, at: Service) -> HTMLResponse:
    """The same as a page of plain words, to print or to show to the mentee."""
    with at.database.read(who.program) as session:
        return HTMLResponse(records.page(records.shared(at, session, who, ident)))


@router.get("/members/{person}/export")
def export_mentor(person: str, who: MentorOrAdmin, at: Service) -> MentorExport:
    """Everything that is kept about oneself as a mentor; an admin asks for another's by POST, with a reason."""
    with at.database.write(who.program) as session:
        return records.export_mentor(at, session, who, person)


@router.post("/members/{person}/export")
def export_another_mentor(person: str, given: ReasonIn, who: Admin, at: Service) -> MentorExport:
    """Everything that is kept about a mentor in this program. The reason is recorded and shown to the mentor."""
    with at.database.write(who.program) as session:
        return records.export_mentor(at, session, who, person, given.reason)


@router.post("/pairs/{ident}/hold", status_code=204)
def hold(ident: str, given: ReasonIn, who: Staff, at: Service) -> None:
    """Keep the pair's notes, and those that come later, until the hold ends."""
    with at.database.write(who.program) as session:
        records.hold(at, session, who, ident, True)


@router.post("/pairs/{ident}/release", status_code=204)
def release(ident: str, given: ReasonIn, who: Staff, at: Service) -> None:
    """Leave for another person to erase what an open flag or a hold protects."""
    with at.database.write(who.program) as session:
        records.release(at, session, who, ident, given.reason)


@router.post("/notes/{ident}/release", status_code=204)
def release_note(ident: str, given: ReasonIn, who: Staff, at: Service) -> None:
    """Leave for another person to erase a note that belongs to no pair, though an open flag protects it."""
    with at.database.write(who.program) as session:
        records.release_note(at, session, who, ident, given.reason)


@router.post("/pairs/{ident}/erase")
def erase(ident: str, given: ReasonIn, who: Admin, at: Service) -> dict[str, int]:
    """Erase everything about a pair: its words are gone, the record of who did what stays."""
    with at.database.write(who.program) as session:
        return {"notes": records.erase(at, session, who, ident)}


@router.post("/members/{person}/erase")
def erase_mentor(person: str, given: ReasonIn, who: Admin, at: Service) -> dict[str, int]:
    """Erase all pairs and notes of a mentor in this program."""
    with at.database.write(who.program) as session:
        return {"notes": records.erase_mentor(at, session, who, person)}
