"""What must hold of the service after any fault: one function, which every test of this folder calls."""

from collections import Counter
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy import select

from api.db.models import Alert, Flag, FlagEvent, Note
from api.db.session import ALL
from api.sealed import note_text
from tests.api.conftest import House
from tests.api.test_kill import check


def holds(house: House, kept: Mapping[str, str], got: Iterable[str] | None = None) -> None:
    """No acknowledged note lost, every flag raised once and alerted at least once, the audit chain whole.

    `kept` are the acknowledged notes, id -> level; `got` the keys of the alerts that arrived, None where the receiver was away.
    The program is live and has a contact.
    """
    check(house, kept)  # notes and flags are there, alerts under one key each, the trail whole
    at = house.at
    with at.database.read(ALL) as session:
        for note in session.execute(select(Note)).scalars():
            assert note_text(at.vault.seal(session, note.key_id), note), "a note that cannot be read any more"
        raised: Counter[tuple[str, str]] = Counter()
        for event in session.execute(select(FlagEvent).where(FlagEvent.kind == "raised")).scalars():
            raised[event.flag_id, str(event.detail.get("level"))] += 1
        flags = set(session.execute(select(Flag.id)).scalars())
        assert {flag for flag, _ in raised} == flags, "a flag that nothing raised"
        assert set(raised.values()) <= {1}, "a flag that was raised twice at one level"
        if got is not None:
            arrived, rows = set(got), session.execute(select(Alert).where(Alert.flag_id.is_not(None))).scalars().all()
            assert {a.flag_id for a in rows if a.key in arrived} == flags, "a flag of which nobody heard"
            assert all(a.key in arrived for a in rows if a.state == "sent"), "an alert is called sent and never came"
        if at.settings.embedded:
            assert session.execute(sa.text("PRAGMA integrity_check")).scalar_one() == "ok"


def drained(house: House, ticks: int = 40) -> None:
    """Let the worker send until nothing is left to send; the house's clock goes on past every pause meanwhile."""
    for _ in range(ticks):
        house.app.state.worker.tick()
        with house.at.database.read(ALL) as session:
            if not session.execute(select(Alert.id).where(Alert.state == "pending")).first():
                return
        house.clock.on(minutes=6)
    raise AssertionError("there are alerts that do not leave")
