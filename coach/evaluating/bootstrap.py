"""Figures with bootstrap intervals: whole notes are drawn anew with replacement, since the labels of one note hang together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.evaluation import score
from coach.taxonomy import FAMILIES, LABELS, LEVELS, family

Row = Mapping[str, Any]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
TIMES, SEED = 1000, 7
RECALLED, RAISED = "urgent or worse recalled", "calm raised per 100"
URGENT = LEVELS.index("urgent")


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of each note: `labels` (notes, labels, 3) hits, false alarms and misses; `levels` (notes, 4) whether it is urgent or
    worse, is so and reported so, is calm (watch at most), is calm and reported urgent or worse."""

    labels: Counts
    levels: Counts

    def of(self, places: Sequence[int]) -> "Tally":
        """The counts of some of the notes."""
        return Tally(self.labels[list(places)], self.levels[list(places)])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95% interval; all nan where nothing can be said (no such label in these notes)."""

    value: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        """Whether a difference is beyond chance: the interval leaves out nought."""
        return self.low > 0 or self.high < 0


def tally(gold: Sequence[Row], reports: Sequence[Row]) -> Tally:
    """Score every note by itself; `reports` in the order of `gold`."""
    pairs = list(zip(gold, reports, strict=True))
    labels = np.zeros((len(pairs), len(LABELS), 3), np.int64)
    levels = np.zeros((len(pairs), 4), np.int64)
    for i, (note, report) in enumerate(pairs):
        result = score([note], [report])
        for name in FAMILIES:
            for label, r in result[name]["labels"].items():
                hits = round(r["recall"] * r["gold"])
                labels[i, LABELS.index(label)] = hits, r["reported"] - hits, r["gold"] - hits
        want, have = (LEVELS.index(x) for x in (note["triage"], report["triage"]["level"]))
        grave, said, calm = want >= URGENT, have >= URGENT, want <= 1
        levels[i] = grave, grave and said, calm, calm and said
    return Tally(labels, levels)


def draws(notes: int, times: int = TIMES, seed: int = SEED) -> Counts:
    """How often each note is drawn, (times, notes); the same for the same seed."""
    return np.random.default_rng(seed).multinomial(notes, np.full(notes, 1 / notes), size=times)


def f1(counts: Counts) -> Floats:
    """F1 of hits, false alarms and misses in the last axis; nan where there is nothing of the three."""
    hits, alarms, misses = (counts[..., i] for i in range(3))
    return ratio(2 * hits, 2 * hits + alarms + misses)


def ratio(part: Counts, whole: Counts) -> Floats:
    out = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole) > 0)
    return out


def figures(labels: Counts, levels: Counts) -> dict[str, Floats]:
    """The headline figures of summed counts, (..., labels, 3) and (..., 4)."""
    out: dict[str, Floats] = {}
    for name in FAMILIES:
        mine = labels[..., [family(label) == name for label in LABELS], :].sum(-2)
        out[f"{name} F1"] = f1(mine)
        out[f"{name} precision"] = ratio(mine[..., 0], mine[..., 0] + mine[..., 1])
        out[f"{name} recall"] = ratio(mine[..., 0], mine[..., 0] + mine[..., 2])
    out[RECALLED] = ratio(levels[..., 1], levels[..., 0])
    out[RAISED] = 100 * ratio(levels[..., 3], levels[..., 2])
    return out


def estimates(counts: Tally, drawn: Counts) -> dict[str, Estimate]:
    """Every headline figure with its interval."""
    value, spread = _both(counts, drawn)
    return {name: _estimate(float(value[name]), spread[name]) for name in value}


def label_estimates(counts: Tally, drawn: Counts) -> dict[str, Estimate]:
    """F1 of every label with its interval."""
    value, spread = f1(counts.labels.sum(0)), f1(_drawn(counts.labels, drawn))
    return {label: _estimate(float(value[i]), spread[:, i]) for i, label in enumerate(LABELS)}


def differences(before: Tally, after: Tally, drawn: Counts) -> dict[str, Estimate]:
    """after - before of every headline figure; the same notes are drawn for both, so what they share cancels out."""
    (value, spread), (value_2, spread_2) = _both(before, drawn), _both(after, drawn)
    return {name: _estimate(float(value_2[name] - value[name]), spread_2[name] - spread[name]) for name in value}


def _both(counts: Tally, drawn: Counts) -> tuple[dict[str, Floats], dict[str, Floats]]:
    value = figures(counts.labels.sum(0), counts.levels.sum(0))
    return value, figures(_drawn(counts.labels, drawn), _drawn(counts.levels, drawn))


def _drawn(counts: Counts, drawn: Counts) -> Counts:
    summed: Counts = np.tensordot(drawn, counts, axes=1)
    return summed


def _estimate(value: float, spread: Floats) -> Estimate:
    seen = spread[~np.isnan(spread)]
    if not len(seen):
        return Estimate(value, np.nan, np.nan)
    low, high = np.percentile(seen, [2.5, 97.5])
    return Estimate(value, float(low), float(high))
