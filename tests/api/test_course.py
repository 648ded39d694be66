"""A pair over time: how its expectations stood on a day."""

from datetime import UTC, datetime

import pytest

from api.pairs.schemas import EntryOut
from api.web.course import _Standing

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def entry(number: int, state: str) -> EntryOut:
    return EntryOut(
        id=f"e{number}",
        topic="access",
        holder="mentee",
        state=state,
        statement="x",
        ask=None,
        note=None,
        changed_at=NOON,
        version=1,
    )


@pytest.mark.parametrize("states", [("agreed", "guessed", "closed"), ("guessed", "agreed"), ("guessed", "guessed")])
def test_entries_of_one_day_and_topic_stand_side_by_side(states: tuple[str, ...]) -> None:
    """One that is settled and one that is not are not to be compared by when they were settled; what is open counts."""
    entries = [entry(n, state) for n, state in enumerate(states)]
    assert _Standing(entries, [], "UTC").on(NOON.date()) == (1, 0)
