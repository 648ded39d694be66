"""Signals for tests, made from words that stand in a note."""

from coach.taxonomy import About, Assertion, Status
from coach.values import Note, Reading, Signal

CALM = (0.1, 0.05, 0.01, 0.005)


def signal(
    note: Note,
    words: str,
    label: str,
    assertion: Assertion = "present",
    about: About = "mentee",
    *,
    explicit: bool = False,
    score: float = 0.9,
    status: Status | None = None,
    certain: float = 0.9,
) -> Signal:
    start = note.text.index(words)
    return Signal(label, start, start + len(words), words, about, assertion, status, score, ("phrases",), None, explicit, certain)


def reading(level: str = "none", stages: tuple[float, float, float, float] = (0.2, 0.5, 0.2, 0.1)) -> Reading:
    return Reading((), level, CALM, stages)  # type: ignore[arg-type]
