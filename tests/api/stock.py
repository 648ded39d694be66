"""Weeks of notes and flags put straight into a database, for figures: what would take minutes to read. All are erased by now."""

import random
from datetime import datetime, timedelta

from api.clock import new_id
from api.db.models import DataKey, Flag, Note, SampledNote, StoredReport, WeeklySample
from api.db.session import Database
from tests.api.conftest import House

KINDS = ("distress.money", "distress.sleep_body", "distress.overwhelm")


def stocked(house: House, weeks: int = 9, each: int = 60) -> None:
    """Notes of the last weeks: of each ten six calm, two to watch, one concern, one urgent, most of them decided."""
    database: Database = house.at.database
    chance, now = random.Random(7), house.clock()
    with database.write(house.program) as session:
        session.add(DataKey(id="k", program_id=house.program))
        session.add(WeeklySample(id="s", program_id=house.program, week="2026-01-05", drawn_at=now, pool={}))
        session.flush()
        for n in range(weeks * each):
            came = now - timedelta(days=7 * (n % weeks), hours=chance.uniform(1, 160))
            level = ("none",) * 6 + ("watch",) * 2 + ("concern", "urgent")
            _put(session, house, chance, came, level[n // weeks % 10])


def _put(session: object, house: House, chance: random.Random, came: datetime, level: str) -> None:
    add, ident, kind = session.add, new_id(), chance.choice(KINDS)  # type: ignore[attr-defined]
    flush = session.flush  # type: ignore[attr-defined]
    of = {"program_id": house.program}
    add(
        Note(
            id=ident,
            key_id="k",
            text=None,
            erased_at=came,
            received_at=came,
            fingerprint=ident,
            author_id=house.ids["mentor"],
            **of,
        )
    )
    flush()
    kinds = [] if level == "none" else [kind]
    body = {"version": 1, "coverage": "full", "kinds": kinds, "topics": ["pace"], "model": "m 1", "created_at": came}
    add(StoredReport(id=ident, note_id=ident, body=None, level=level, **body, **of))
    flush()
    if level in ("concern", "urgent"):
        waited = timedelta(hours=chance.uniform(0.2, 3 if level == "urgent" else 30))
        done = {"state": "decided", "decision": chance.choice(("confirmed", "confirmed", "not_a_concern"))}
        seen = {"first_look_at": came + waited, "decided_at": came + 2 * waited, "holder_id": house.ids["staff"]}
        add(
            Flag(
                note_id=ident, report_id=ident, level=level, kinds=kinds, sources=["reader"], raised_at=came, **done, **seen, **of
            )
        )
    elif chance.random() < 0.2:
        answer = "missed" if chance.random() < 0.1 else "nothing"
        add(SampledNote(sample_id="s", note_id=ident, level=level, answer=answer, opened=[], **of))
