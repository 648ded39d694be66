"""The plan of a pair's next session: the library's brief, from the stored reports, the ledger and what became of follow-ups."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session as Rows

from api.accounts.service import program_of
from api.db.models import FollowUp, Note, Pair, StoredReport
from api.deps import Principal
from api.pairs import service
from api.pairs.schemas import EntryOut
from api.sealed import report_body
from api.services import Services
from api.vault import Erased
from coach import Session, Standing, from_dict

SESSIONS = 30
"""A brief looks at this many of a pair's latest notes."""


def brief(at: Services, rows: Rows, who: Principal, ident: str, ledger: Sequence[EntryOut]) -> dict[str, Any]:
    """`ledger` is what `service.ledger` gives of the pair. Erased notes are left out, and drills unless the program drills now.

    Raises NotFound for a pair whose words the principal may not read.
    """
    pair = service.own(rows, who, ident)
    program = program_of(rows, pair.program_id)
    zone = ZoneInfo(pair.timezone or program.timezone)
    sessions = list(_sessions(at, rows, pair, zone, program.drill))
    made = at.briefs.brief(sessions, at.clock().astimezone(zone).date(), _standing(ledger), _settled(at, rows, ident))
    return asdict(made)


def _sessions(at: Services, rows: Rows, pair: Pair, zone: ZoneInfo, drills: bool) -> Iterator[Session]:
    """The newest report of each note, the earliest first."""
    query = (
        select(StoredReport, Note)
        .join(Note, Note.id == StoredReport.note_id)
        .where(Note.pair_id == pair.id, Note.erased_at.is_(None), or_(Note.drill.is_(False), literal(drills)))
        .order_by(StoredReport.version)
    )
    newest = {note.id: (row, note) for row, note in rows.execute(query)}
    latest = sorted(newest.values(), key=lambda found: _when(found[1]))[-SESSIONS:]
    for row, note in latest:
        try:
            body = report_body(at.vault.seal(rows, note.key_id), row)
        except Erased:
            continue
        if body is not None:
            yield Session(from_dict(body), _when(note).astimezone(zone).date())


def _when(note: Note) -> datetime:
    return note.occurred_at or note.received_at


def _standing(entries: Sequence[EntryOut]) -> dict[tuple[str, Any], Standing]:
    """What the pair itself noted, in the order it was noted; a new guess after an agreement means that it does not hold."""
    standing: dict[tuple[str, Any], Standing] = {}
    for entry in sorted(entries, key=_noted):
        key: tuple[str, Any] = (entry.topic, entry.holder)
        old = standing.get(key)
        state: Any = entry.state
        if state != "guessed":
            standing[key] = Standing(entry.topic, key[1], entry.statement, entry.ask, state)
        elif old is not None and old.state in ("agreed", "broken", "closed"):
            state = "unspoken" if old.state == "closed" else "broken"
            standing[key] = Standing(entry.topic, old.holder, old.statement, entry.ask or old.ask, state)
    return standing


def _noted(entry: EntryOut) -> tuple[datetime, str]:
    return entry.changed_at, entry.id


def _settled(at: Services, rows: Rows, ident: str) -> frozenset[str]:
    query = select(FollowUp).where(FollowUp.pair_id == ident, FollowUp.state != "open")
    return frozenset(service.follow_up_out(at, rows, row).text for row in rows.execute(query).scalars())
