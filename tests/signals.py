"""Signals for tests, made from words that stand in a note."""

from coach.taxonomy import About, Assertion, Level, Status, rank
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


def reading(
    level: Level = "none", stages: tuple[float, float, float, float] = (0.2, 0.5, 0.2, 0.1), sure: float = 0.9
) -> Reading:
    """A reader's view; `sure` is its probability of every level up to `level`."""
    low, concern, urgent, emergency = (sure if rank(level) >= n else CALM[n - 1] for n in range(1, 5))
    return Reading((), level, (low, concern, urgent, emergency), stages)
