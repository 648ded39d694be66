"""Curves of the reader's own scores: how far its probabilities can be believed, precision against recall, and the learning curve."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.errors import ContentError
from coach.taxonomy import FAMILIES, LABELS, LEVELS, family

Floats = NDArray[Any]
BINS = 10
RECALLS = tuple(i / 10 for i in range(1, 10))


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of one cumulative level: `points` are (mean probability, share that is so, notes) of each filled bin; `error` is the expected
    calibration error, the mean distance of the two weighted by notes (Guo et al. 2017)."""

    level: str
    points: tuple[tuple[float, float, int], ...]
    error: float


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Of one family, over all its labels and sentences; `average` is the average precision."""

    family: str
    recall: Floats
    precision: Floats
    average: float

    def at(self, recall: float) -> float:
        """The best precision at this recall or more; nan where it is never reached."""
        reached = self.precision[self.recall >= recall]
        return float(reached.max()) if len(reached) else float("nan")


def reliability(levels: Floats, gold: NDArray[np.int64], bins: int = BINS) -> tuple[Reliability, ...]:
    """`levels` (notes, 4) are P(level >= watch, concern, urgent, emergency), `gold` (notes) the labelled levels from 0."""
    return tuple(_reliability(LEVELS[i + 1], levels[:, i], gold > i, bins) for i in range(levels.shape[1]))


def _reliability(level: str, said: Floats, so: NDArray[np.bool_], bins: int) -> Reliability:
    place = np.minimum((said * bins).astype(int), bins - 1)
    filled = [place == b for b in range(bins) if (place == b).any()]
    points = tuple((float(said[mine].mean()), float(so[mine].mean()), int(mine.sum())) for mine in filled)
    return Reliability(level, points, sum(n * abs(p - share) for p, share, n in points) / max(1, len(said)))


def precision_recall(scores: Floats, truth: Floats) -> tuple[PrecisionRecall, ...]:
    """One curve a family that has anything labelled; both arrays (sentences, labels)."""
    curves = []
    for name in FAMILIES:
        mine = [family(label) == name for label in LABELS]
        said, so = scores[:, mine].ravel(), truth[:, mine].ravel() > 0
        if so.any():
            curves.append(_curve(name, said, so))
    return tuple(curves)


def _curve(name: str, said: Floats, so: NDArray[np.bool_]) -> PrecisionRecall:
    order = np.argsort(-said, kind="stable")
    hits = np.cumsum(so[order])
    last = np.append(np.flatnonzero(np.diff(said[order])), len(said) - 1)  # equal scores are passed together
    recall, precision = hits[last] / so.sum(), hits[last] / (last + 1)
    average = float((np.diff(recall, prepend=0.0) * precision).sum())
    return PrecisionRecall(name, recall, precision, average)


def learning_curve(folder: Path) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """What the runs were, in words, and the runs of the README's table; empty where the file is missing. Raises ContentError."""
    path = folder / "learning-curve.json"
    if not path.exists():
        return "", ()
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        numbers = ("share", "notes", "urgent_recalled", *FAMILIES)
        return str(table["words"]), [{**run, **{name: float(run[name]) for name in numbers}} for run in table["runs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"{path.name}: {type(error).__name__} at {error}; see the table in README.md beside it") from None
