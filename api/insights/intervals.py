"""Shares with the interval that so few cases leave open: Wilson's, at 95%."""

from collections.abc import Sequence
from math import sqrt

from pydantic import BaseModel

LEAST = 5
"""A group of fewer is not shown, since it could name somebody."""
Z = 1.959964
"""95% of a normal distribution lie within so many standard deviations."""


class Missed(BaseModel):
    """Of `looked_at` unflagged notes that staff read, the share in which something had been missed, with its interval."""

    looked_at: int
    missed: float
    low: float
    high: float


def wilson(count: int, of: int) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson 1927); it holds for few cases and near 0 and 1 too. `of` is at least 1."""
    share, square = count / of, Z * Z / of
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def missed_rate(looks: Sequence[tuple[str, bool]]) -> dict[str, Missed]:
    """By level, and for `all`, from (level, missed) of each look.

    `all` is the share of what was looked at. Since one of the level `watch` is drawn each week however few there are, it leans to
    that level: a cautious figure of all unflagged notes, not an exact one.
    """
    groups = {"all": [missed for _, missed in looks]}
    for level, missed in looks:
        groups.setdefault(level, []).append(missed)
    return {name: _rate(found) for name, found in groups.items() if len(found) >= LEAST}


def _rate(found: Sequence[bool]) -> Missed:
    low, high = wilson(sum(found), len(found))
    return Missed(looked_at=len(found), missed=round(sum(found) / len(found), 3), low=round(low, 3), high=round(high, 3))
