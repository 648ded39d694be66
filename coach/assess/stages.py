"""The stage of the relationship, from the reader; unclear where it does not stand out."""

from coach.taxonomy import STAGES
from coach.values import Reading, Stage

LEAST = 0.35
"""Probability below which no stage stands out of four."""


def stage(reading: Reading | None) -> Stage:
    """The likeliest stage with its probability; unclear (0.0) without a reading."""
    if reading is None:
        return Stage("unclear", 0.0)
    best = max(range(len(STAGES)), key=lambda i: reading.stages[i])
    probability = round(reading.stages[best], 3)
    return Stage(STAGES[best] if probability >= LEAST else "unclear", probability)
