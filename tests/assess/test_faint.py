"""A note that is urgent as a whole by a faint score, in which nothing holds now."""

import pytest

from coach.assess.ladder import FAINT, triage, whole_note
from coach.taxonomy import Level
from coach.values import Note, Reading, Signal
from tests.signals import signal

NOTE = Note("n", "I lay awake over that fine. Never again, she said. You're my little star.")
AWAKE, STAR = "I lay awake", "my little star"


def read(score: float, level: Level = "urgent") -> Reading:
    return Reading((), level, (0.99, 0.95, score, 0.0), (1.0, 0.0, 0.0, 0.0))


def heard(assertion: str, *more: Signal) -> list[Signal]:
    return [signal(NOTE, AWAKE, "distress.sleep_body", assertion), *more]


@pytest.mark.parametrize(
    ("score", "signals", "level"),
    [
        (FAINT - 0.01, heard("negated"), "watch"),
        (FAINT - 0.01, heard("past"), "watch"),
        (FAINT, heard("negated"), "urgent"),
        (FAINT - 0.01, heard("present"), "urgent"),
        (FAINT - 0.01, [], "urgent"),
        (FAINT - 0.01, heard("negated", signal(NOTE, STAR, "relationship.over_familiar")), "urgent"),
        (FAINT - 0.01, heard("negated", signal(NOTE, STAR, "relationship.confidence_breach")), "concern"),
    ],
)
def test_a_faint_score_raises_nothing_where_nothing_holds(score: float, signals: list[Signal], level: Level) -> None:
    made = triage(signals, read(score), NOTE, full=True, urgent_from=0.01).level
    assert made == level
    whole = whole_note(made, signals, read(score), NOTE, full=True, urgent_from=0.01)
    assert whole is not None
    assert (whole.score >= 0.01) == (level == "urgent")


def test_an_emergency_stays_one() -> None:
    assert triage(heard("negated"), read(0.01, "emergency"), NOTE, full=True).level == "emergency"
