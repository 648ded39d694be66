"""/v1/handbook: the program's own documents, which a search of the guidance prefers."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, UploadFile

from api.deps import Principal, Service, allow
from api.handbook import service
from api.handbook.schemas import DocumentOut

router = APIRouter(prefix="/v1/handbook", tags=["library"])
Admin = Annotated[Principal, Depends(allow("admin"))]
Member = Annotated[Principal, Depends(allow("mentor", "staff", "admin", "auditor"))]


@router.post("", status_code=201)
def add(who: Admin, at: Service, file: Annotated[UploadFile, File()]) -> DocumentOut:
    """A Markdown, text, Word, PDF or HTML file, in place of one of the same name; cut by heading and page for citing."""
    row = service.packed(at, file.filename or "handbook", file.file.read())
    with at.database.write(who.program) as session:
        return service.shown(service.add(at, session, who, row))


@router.get("")
def documents(who: Member, at: Service) -> list[DocumentOut]:
    with at.database.read(who.program) as session:
        return service.listing(session)


@router.delete("/{ident}", status_code=204)
def remove(ident: str, who: Admin, at: Service) -> None:
    with at.database.write(who.program) as session:
        service.remove(at, session, who, ident)
