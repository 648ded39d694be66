"""/v1/analyze and /v1/notes: notes read, kept, read again, opened, judged."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Header, Query, Response, UploadFile

from api import errors
from api.db.models import Note
from api.deps import Principal, Service, allow
from api.notes import schemas, service
from coach import BadItem, CoachError, read_bytes

router = APIRouter(prefix="/v1", tags=["notes"])
Asks = Annotated[Principal, Depends(allow("mentor", "staff", "admin", scope="analyze"))]
Writer = Annotated[Principal, Depends(allow("mentor", scope="notes:write"))]
Reader = Annotated[Principal, Depends(allow("mentor", scope="notes:read"))]
Staff = Annotated[Principal, Depends(allow("staff", "admin"))]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=120)]


@router.post("/analyze")
def analyze(given: schemas.AnalyzeIn, who: Asks, at: Service) -> schemas.Analyzed:
    """A report; nothing is stored and nobody is told."""
    return service.analyze(at, who, given)


@router.post("/notes", status_code=201)
def store(given: schemas.NoteIn, who: Writer, at: Service, response: Response, key: IdempotencyKey = None) -> schemas.StoredOut:
    """Keep a note and read it. The same Idempotency-Key with the same note gives the same answer, and is stored once."""
    kept = service.store(at, who, given, key)
    if kept.replayed:
        response.status_code = 200
        response.headers["Idempotency-Replayed"] = "true"
    return kept.out


@router.post("/notes/batch", status_code=207)
def store_many(given: schemas.BatchIn, who: Writer, at: Service, key: IdempotencyKey = None) -> list[schemas.BatchItem]:
    """Up to 500 notes; each is stored or has an error of its own. A batch sent again under its key stores nothing twice."""
    return [_one(at, who, n, note, f"{key}:{n}" if key else None) for n, note in enumerate(given.notes)]


def _one(at: Service, who: Principal, index: int, note: schemas.NoteIn, key: str | None) -> schemas.BatchItem:
    try:
        return schemas.BatchItem(index=index, stored=service.store(at, who, note, key).out)
    except errors.Problem as fault:
        return schemas.BatchItem(index=index, error=errors.body(fault.status, fault.code, fault.title, fault.detail))
    except CoachError as fault:
        return schemas.BatchItem(index=index, error=_unreadable(fault.code, fault.message))


def _unreadable(code: str, message: str) -> dict[str, Any]:
    return errors.body(422, code, errors.Unreadable.title, message)


@router.post("/notes/upload", status_code=207)
def upload(
    who: Writer,
    at: Service,
    file: Annotated[UploadFile, File()],
    pair: Annotated[str | None, Form(max_length=40)] = None,
    key: IdempotencyKey = None,
) -> list[schemas.BatchItem]:
    """A file of any kind that the library reads (text, Word, PDF, subtitles, JSON lines ...): one item for each note in it."""
    out = []
    for index, item in enumerate(read_bytes(file.file.read(), file.filename or "upload", at.limits)):
        if isinstance(item, BadItem):
            out.append(schemas.BatchItem(index=index, error=_unreadable(item.code, item.message)))
        else:
            note = schemas.NoteIn(text=item.text, pair=pair, minor=item.minor)
            out.append(_one(at, who, index, note, f"{key}:{index}" if key else None))
    return out


@router.get("/notes")
def notes(
    who: Reader,
    at: Service,
    pair: str | None = None,
    before: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[schemas.NoteOut]:
    """Own notes, newest first; go on with the last id as `before`."""
    with at.database.read(who.program) as session:
        return service.listing(session, who, pair, before, limit)


@router.get("/notes/{ident}")
def note(ident: str, who: Reader, at: Service) -> schemas.NoteFull:
    """One's own note, its newest report, what became of its flag and who opened it."""
    with at.database.read(who.program) as session:
        return service.full(at, session, who, ident)


@router.post("/notes/{ident}/open")
def open_note(ident: str, given: schemas.OpenIn, who: Staff, at: Service) -> schemas.NoteFull:
    """The whole of a flagged note for staff. The reason is recorded and shown to the mentor."""
    with at.database.write(who.program) as session:
        return service.open_note(at, session, who, ident, given.reason)


@router.post("/notes/{ident}/analyze")
def read_again(ident: str, who: Writer, at: Service) -> schemas.StoredOut:
    """Read a stored note again, with the model of today; the earlier report stays."""
    with at.database.read(who.program) as session:
        found: Note = service.readable(session, who, ident)
    return service.read_again(at, who.program, found.id, who.actor)


@router.post("/notes/{ident}/feedback", status_code=201)
def feedback(ident: str, given: schemas.FeedbackIn, who: Writer, at: Service) -> dict[str, str]:
    """Right, wrong or missed."""
    with at.database.write(who.program) as session:
        return {"id": service.add_feedback(at, session, who, ident, given)}
