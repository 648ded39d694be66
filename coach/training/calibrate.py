"""Thresholds from held-out notes (part `dev`), fitted on what is served: the exported int8 reader's own scores.

A label's threshold maximises F1 on its own dev sentences joined with `PRIOR` pseudo-sentences that follow its whole family,
since many labels have fewer than ten positives there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from coach.assess.dial import MISSED, Held, highest
from coach.detect.reader import NeuralReader, Urgency
from coach.taxonomy import FAMILIES, LABELS, LEVELS, family
from coach.text.sentences import split
from coach.training.corpus import Item
from coach.training.examples import targets

Floats = NDArray[np.float32]
GRID = np.linspace(0.08, 0.92, 43).astype(np.float32)
PRIOR = 12.0


@dataclass(frozen=True, slots=True)
class Scored:
    """What a reader says of notes and what is so: `scores` and `truth` by "now" and "mention", (S, N) each over all sentences;
    `levels` (notes, 4), cumulative, and the labelled `gold` levels (notes)."""

    scores: dict[str, Floats]
    truth: dict[str, Floats]
    levels: Floats
    gold: NDArray[np.int64]


def thresholds(reader: NeuralReader, notes: Sequence[Item]) -> dict[str, dict[str, float]]:
    """`now` and `mention` by label, `levels` by level; as the manifest holds them."""
    s = score_notes(reader, notes)
    out = {
        name: {label: float(t) for label, t in zip(LABELS, _per_label(s.scores[name], s.truth[name]), strict=True)}
        for name in ("now", "mention")
    }
    out["levels"] = dict(zip(LEVELS[1:], _level_cuts(s.levels, s.gold), strict=True))
    return out


def urgency(reader: NeuralReader, notes: Sequence[Item], urgent_anyway: Sequence[bool]) -> Urgency | None:
    """How the clues of a note weigh in "urgent", by logistic regression on those notes that are not urgent anyway, by floor or
    phrases: of the others the score decides. None where all of these are urgent or none is: nothing can be fitted then."""
    left = [note for note, anyway in zip(notes, urgent_anyway, strict=True) if not anyway]
    rows = [reader.score(note.text, split(note.text)).clues for note in left]
    urgent = [LEVELS.index(n.level) >= 3 for n in left]
    if len(set(urgent)) < 2:
        return None
    made = LogisticRegression(C=1.0).fit(rows, urgent)
    return Urgency(*(round(float(x), 4) for x in (*made.coef_[0], made.intercept_[0])))


def score_notes(reader: NeuralReader, notes: Sequence[Item]) -> Scored:
    """Read every note once."""
    cut = [split(note.text) for note in notes]
    raw = [reader.score(note.text, sentences) for note, sentences in zip(notes, cut, strict=True)]
    truth = [targets(note.signals, sentences) for note, sentences in zip(notes, cut, strict=True)]
    windows = [scores for r in raw for _, scores in r.windows]
    return Scored(
        {"now": np.concatenate([w.now for w in windows]), "mention": np.concatenate([w.mention for w in windows])},
        {"now": np.concatenate([now for _, now in truth]), "mention": np.concatenate([mention for mention, _ in truth])},
        np.stack([r.levels for r in raw]),
        np.array([LEVELS.index(n.level) for n in notes]),
    )


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
    """For watch and concern the cut with most notes on the right side; for urgent by `missed_at_most`; for emergency again the
    most on the right side."""
    cuts = []
    for i in range(4):
        right = [float(((levels[:, i] >= t) == (gold > i)).mean()) for t in GRID]
        cuts.append(float(GRID[int(np.argmax(right))]))
    cuts[2] = missed_at_most(MISSED, levels[gold >= 3, 2])
    return cuts


def missed_at_most(share: float, scores: Floats) -> float:
    """The highest cut that misses at most `share` of notes like these, of which `scores` (n) must reach it.

    The rule of the alarm dial (coach/assess/dial.py), of notes that only their score makes urgent; never above half.
    """
    return highest([Held(gold=3, otherwise=0, score=float(score)) for score in scores], share)
