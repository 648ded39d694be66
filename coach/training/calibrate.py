"""Thresholds from held-out notes (part `dev`), fitted on what is served: the exported int8 reader's own scores.

A label's threshold maximises F1 on its own dev sentences joined with `PRIOR` pseudo-sentences that follow its whole family,
since many labels have fewer than ten positives there.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coach.detect.reader import NeuralReader
from coach.taxonomy import FAMILIES, LABELS, LEVELS, family
from coach.text.sentences import split
from coach.training.corpus import Item
from coach.training.examples import _touched, counts_now

Floats = NDArray[np.float32]
GRID = np.linspace(0.08, 0.92, 43).astype(np.float32)
PRIOR = 12.0
CALM_RAISED = 0.01


def thresholds(reader: NeuralReader, notes: Sequence[Item]) -> dict[str, dict[str, float]]:
    """`now` and `mention` by label, `levels` by level; as the manifest holds them."""
    scores, truth = sentence_scores(reader, notes)
    out = {
        name: {label: float(t) for label, t in zip(LABELS, _per_label(scores[name], truth[name]), strict=True)}
        for name in ("now", "mention")
    }
    levels = np.stack([_raw_levels(reader, n.text) for n in notes])
    gold = np.array([LEVELS.index(n.level) for n in notes])
    out["levels"] = dict(zip(LEVELS[1:], _level_cuts(levels, gold), strict=True))
    return out


def sentence_scores(reader: NeuralReader, notes: Sequence[Item]) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Scores and truth of all sentences: {"now": (S, N), "mention": (S, N)} each."""
    scores: dict[str, list[Floats]] = {"now": [], "mention": []}
    truth: dict[str, list[Floats]] = {"now": [], "mention": []}
    for note in notes:
        sentences = split(note.text)
        raw = reader.score(note.text, sentences)
        for name in scores:
            scores[name] += [getattr(s, name) for _, s in raw.windows]
        gold = {name: np.zeros((len(sentences), len(LABELS)), np.float32) for name in truth}
        for signal in note.signals:
            for row in _touched(signal, sentences):
                column = LABELS.index(signal.label)
                gold["mention"][row, column] = 1
                gold["now"][row, column] = max(gold["now"][row, column], float(counts_now(signal)))
        for name in truth:
            truth[name].append(gold[name])
    return {k: np.concatenate(v) for k, v in scores.items()}, {k: np.concatenate(v) for k, v in truth.items()}


def _per_label(scores: Floats, truth: Floats) -> Floats:
    out = np.zeros(len(LABELS), np.float32)
    tp, fp, fn = _counts(scores, truth)
    for name in FAMILIES:
        mine = np.array([family(label) == name for label in LABELS])
        total = np.stack([x[:, mine].sum(1) for x in (tp, fp, fn)])
        share = total / max(1.0, float(total[0, 0] + total[2, 0]))
        for column in np.flatnonzero(mine):
            t, p, n = (x[:, column] + PRIOR * share[i] for i, x in enumerate((tp, fp, fn)))
            f1 = 2 * t / (2 * t + p + n)
            out[column] = GRID[int(f1.argmax())]
    return out


def _counts(scores: Floats, truth: Floats) -> tuple[Floats, Floats, Floats]:
    """True and false positives and misses, (grid, N) each."""
    said = scores[None] >= GRID[:, None, None]
    real = truth[None] > 0
    return (
        (said & real).sum(1).astype(np.float32),
        (said & ~real).sum(1).astype(np.float32),
        (~said & real).sum(1).astype(np.float32),
    )


def _level_cuts(levels: Floats, gold: NDArray[np.int64]) -> list[float]:
    """For watch and concern the cut with most notes on the right side; for urgent the lowest that raises at most one calm
    note in a hundred, and no higher than half; for emergency the best F1 among urgent notes."""
    cuts = []
    for i in range(4):
        right = [float(((levels[:, i] >= t) == (gold > i)).mean()) for t in GRID]
        cuts.append(float(GRID[int(np.argmax(right))]))
    calm = levels[gold <= 1, 2]
    allowed = [float(t) for t in GRID if (calm >= t).mean() <= CALM_RAISED]
    cuts[2] = min(min(allowed, default=0.5), 0.5)
    return cuts


def _raw_levels(reader: NeuralReader, text: str) -> Floats:
    return reader.score(text, split(text)).levels
