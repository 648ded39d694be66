"""Thresholds from held-out notes (part `dev`), fitted on what is served: the exported int8 reader's own scores.

A label's threshold maximises F1 on its own dev sentences joined with `PRIOR` pseudo-sentences that follow its whole family, since
many labels have fewer than ten positives there. The curve of F1 over the threshold is smoothed, and the threshold is the mean over
notes drawn again and again with replacement (bagging, Breiman 1996): the peak of one sample's jagged curve is mostly luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from sklearn.linear_model import LogisticRegression

from coach.assess.dial import MISSED, Held, highest
from coach.detect.reader import NeuralReader, RawReading, Urgency
from coach.taxonomy import FAMILIES, LABELS, LEVELS, family
from coach.text.sentences import split
from coach.training.corpus import Item
from coach.training.examples import targets

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
GRID = np.linspace(0.08, 0.92, 43).astype(np.float32)
PRIOR = 40.0
WIDTH = 4.0
"""Standard deviation of the smoothing, in steps of GRID. With PRIOR chosen by cross-validation over the dev notes
(models/reader/README.md); 3 to 9 and 12 to 100 differ little."""
BAGS = 50


@dataclass(frozen=True, slots=True)
class Scored:
    """What a reader says of notes and what is so: `scores` and `truth` by "now" and "mention", (S, N) each over all sentences;
    `note` (S), the note of each sentence; `readings` and the labelled `gold` levels, one a note."""

    scores: dict[str, Floats]
    truth: dict[str, Floats]
    note: Ints
    readings: tuple[RawReading, ...]
    gold: Ints

    @property
    def levels(self) -> Floats:
        """(notes, 4), cumulative."""
        return np.stack([r.levels for r in self.readings])


def label_thresholds(s: Scored) -> dict[str, dict[str, float]]:
    """`now` and `mention` by label, as the manifest holds them."""
    return {
        name: {
            label: round(float(t), 4) for label, t in zip(LABELS, _per_label(s.scores[name], s.truth[name], s.note), strict=True)
        }
        for name in ("now", "mention")
    }


def level_thresholds(s: Scored, weights: Urgency | None) -> dict[str, float]:
    """The cut of each level, where the clues of urgency weigh so."""
    weighed = replace(s, readings=tuple(replace(r, urgency=weights) for r in s.readings))
    return dict(zip(LEVELS[1:], _level_cuts(weighed.levels, s.gold), strict=True))


def urgency(s: Scored, urgent_anyway: Sequence[bool]) -> Urgency | None:
    """How the clues of a note weigh in "urgent", by logistic regression on those notes that are not urgent anyway, by floor or
    phrases: of the others the score decides. None where all of these are urgent or none is: nothing can be fitted then."""
    left = [i for i, anyway in enumerate(urgent_anyway) if not anyway]
    rows, urgent = [s.readings[i].clues for i in left], [bool(s.gold[i] >= 3) for i in left]
    if len(set(urgent)) < 2:
        return None
    made = LogisticRegression(C=1.0).fit(rows, urgent)
    return Urgency(*(round(float(x), 4) for x in (*made.coef_[0], made.intercept_[0])))


def score_notes(reader: NeuralReader, notes: Sequence[Item]) -> Scored:
    """Read every note once."""
    cut = [split(note.text) for note in notes]
    raw = tuple(reader.score(note.text, sentences) for note, sentences in zip(notes, cut, strict=True))
    truth = [targets(note.signals, sentences) for note, sentences in zip(notes, cut, strict=True)]
    windows = [scores for r in raw for _, scores in r.windows]
    return Scored(
        {"now": np.concatenate([w.now for w in windows]), "mention": np.concatenate([w.mention for w in windows])},
        {"now": np.concatenate([now for _, now in truth]), "mention": np.concatenate([mention for mention, _ in truth])},
        np.repeat(np.arange(len(notes)), [len(sentences) for sentences in cut]),
        raw,
        np.array([LEVELS.index(n.level) for n in notes]),
    )


def _per_label(scores: Floats, truth: Floats, note: Ints) -> Floats:
    """(N,): the mean place of the best threshold over the bags, on the grid."""
    counts = _counts(scores, truth, note)
    notes, chance = len(counts[0]), np.random.default_rng(0)
    draws = [np.bincount(chance.integers(0, notes, notes), minlength=notes).astype(np.float32) for _ in range(BAGS)]
    places = [_best([np.tensordot(times, x, 1) for x in counts]) for times in draws]
    out: Floats = GRID[np.rint(np.mean(places, 0)).astype(int)]
    return out


def _counts(scores: Floats, truth: Floats, note: Ints) -> list[Floats]:
    """True and false positives and misses, (notes, grid, N) each."""
    said = scores[None] >= GRID[:, None, None]
    real = truth[None] > 0
    _, starts = np.unique(note, return_index=True)
    return [
        np.add.reduceat(x.astype(np.float32), starts, axis=1).swapaxes(0, 1) for x in (said & real, said & ~real, ~said & real)
    ]


def _best(counts: Sequence[Floats]) -> Ints:
    """The place on the grid of each label's highest smoothed F1, from (grid, N) counts."""
    out = np.zeros(len(LABELS), np.int64)
    for name in FAMILIES:
        mine = np.array([family(label) == name for label in LABELS])
        total = np.stack([x[:, mine].sum(1) for x in counts])
        share = total / max(1.0, float(total[0, 0] + total[2, 0]))
        for column in np.flatnonzero(mine):
            t, p, n = (x[:, column] + PRIOR * share[i] for i, x in enumerate(counts))
            f1 = 2 * t / np.maximum(2 * t + p + n, 1e-9)
            out[column] = gaussian_filter1d(f1, WIDTH, mode="nearest").argmax()
    return out


def _level_cuts(levels: Floats, gold: Ints) -> list[float]:
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
