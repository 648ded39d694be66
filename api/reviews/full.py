"""A flag with what staff may see of its note."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.models import Flag, Note, StoredReport
from api.reviews import service
from api.reviews.evidence import evidence
from api.reviews.schemas import EventOut, FlagFull
from api.sealed import note_text, report_body
from api.services import Services


def full(at: Services, session: Session, found: Flag) -> FlagFull:
    """Evidence, reasons, help and what was done; no words where the note has been erased."""
    note = session.execute(select(Note).where(Note.id == found.note_id)).scalar_one()
    row = session.execute(select(StoredReport).where(StoredReport.id == found.report_id)).scalar_one()
    passages, reasons, resources = [], [], []
    if note.erased_at is None:
        seal = at.vault.seal(session, note.key_id)
        text, report = note_text(seal, note), report_body(seal, row)
        if text is not None and report is not None:
            passages = evidence(text, report)
            reasons, resources = report["triage"]["reasons"], report["resources"]
    told = [
        EventOut(at=e.at, person=e.person_id, kind=e.kind, words=words, for_mentor=e.for_mentor)
        for e, words in service.words_of(at, session, found)
    ]
    return FlagFull(
        **dict(service.shown(found, at.clock())),
        reasons=reasons,
        sources=found.sources,
        evidence=passages,
        resources=resources,
        events=told,
    )
