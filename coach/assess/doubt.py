"""What the coach could not tell, with the one question that would settle it."""

from collections.abc import Sequence

from coach.taxonomy import family
from coach.values import Signal, Uncertain

UNSURE = 0.6
"""Certainty of the assertion below which the report asks instead of guessing."""

_QUESTIONS = {
    "present": "Is this so now, or was it then, or is it a worry about what might come?",
    "negated": "Did they say it is not so, or was it simply not talked about?",
    "past": "Is this over, or does it still go on?",
    "hypothetical": "Has this happened, or is it something feared?",
}


def doubts(signals: Sequence[Signal], most: int = 4) -> tuple[Uncertain, ...]:
    """The least certain distress signals, at most `most`, in the order of the text."""
    unsure = [i for i, s in enumerate(signals) if family(s.label) == "distress" and s.certain < UNSURE]
    chosen = sorted(sorted(unsure, key=lambda i: signals[i].certain)[:most])
    return tuple(Uncertain(i, _QUESTIONS[signals[i].assertion]) for i in chosen)
