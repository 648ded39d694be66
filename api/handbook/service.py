"""A program's own handbook in the database: each document cut, embedded and sealed; searched before the cards."""

import json
import logging
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import new_id
from api.db.models import HandbookDocument
from api.deps import Principal
from api.errors import NotFound
from api.handbook.schemas import DocumentOut
from api.services import Services
from coach import Handbook, read_sections

LONGEST_NAME = 200
log = logging.getLogger("coach.api")


def packed(at: Services, name: str, data: bytes) -> dict[str, Any]:
    """A file made ready to keep: seconds of work for a long one, so done before a transaction is opened.

    Raises coach.errors.InputError for a file that cannot be read.
    """
    name = name[-LONGEST_NAME:]
    return Handbook.packed(name, data, read_sections(data, name, at.limits), at.guidance.encoder)


def add(at: Services, session: Session, who: Principal, row: dict[str, Any]) -> HandbookDocument:
    """Keep a packed document, in place of one of the same name."""
    old = session.execute(select(HandbookDocument).where(HandbookDocument.name == row["name"])).scalar_one_or_none()
    if old is not None:
        remove(at, session, who, old.id)
    key, seal = at.vault.create(session, who.program)
    ident = new_id()
    document = HandbookDocument(
        id=ident,
        program_id=who.program,
        name=row["name"],
        passages=len(row["passages"]),
        added_at=at.clock(),
        body=seal.seal(json.dumps(row, ensure_ascii=False), f"handbook:{ident}"),
        key_id=key,
    )
    session.add(document)
    session.flush()
    at.trail.record(session, who.actor, "handbook_added", f"handbook:{ident}", who.program)
    return document


def remove(at: Services, session: Session, who: Principal, ident: str) -> None:
    """Raises NotFound."""
    document = session.execute(select(HandbookDocument).where(HandbookDocument.id == ident)).scalar_one_or_none()
    if document is None:
        raise NotFound("There is no such document.")
    key = document.key_id
    session.delete(document)
    session.flush()
    at.vault.destroy(session, key, at.clock())
    at.handbooks.drop(who.program)
    at.trail.record(session, who.actor, "handbook_removed", f"handbook:{ident}", who.program)


def listing(session: Session) -> list[DocumentOut]:
    """By name."""
    rows = session.execute(select(HandbookDocument).order_by(HandbookDocument.name)).scalars()
    return [shown(row) for row in rows]


def shown(row: HandbookDocument) -> DocumentOut:
    return DocumentOut(id=row.id, name=row.name, passages=row.passages, added_at=row.added_at)


def handbook(at: Services, session: Session, program: str) -> Handbook | None:
    """The program's passages; None where it has no document. Opened once and held until a document changes; one that another
    encoder embedded is then embedded anew."""
    known = session.execute(select(HandbookDocument.id).order_by(HandbookDocument.name)).scalars().all()
    if not known:
        return None
    return at.handbooks.get(program, (at.guidance.encoder.name, *known), lambda: _opened(at, session))


def _opened(at: Services, session: Session) -> Handbook:
    rows = session.execute(select(HandbookDocument).order_by(HandbookDocument.name)).scalars()
    bodies = [json.loads(at.vault.seal(session, r.key_id).open(r.body, f"handbook:{r.id}")) for r in rows]
    encoder = at.guidance.encoder
    return Handbook.of([b if b["encoder"] == encoder.name else Handbook.renewed(b, encoder) for b in bodies])


def for_notes(at: Services, program: str) -> Handbook | None:
    """What the reports of a program's notes cite. A handbook that cannot be opened costs no note its report: then none is cited."""
    try:
        with at.database.read(program) as session:
            return handbook(at, session, program)
    except Exception as fault:  # whatever the seal, the encoder or a damaged row raises: only its kind is told
        log.warning("a handbook could not be opened (%s); reports of its program are made without it", type(fault).__name__)
        return None
