"""What the cards' own lines teach the search beyond the encoder: how to look at a vector, and whether a query is of our matters.

Two small maps over the encoder's frozen vectors, learned at `coach index build` in seconds, without torch. The first draws the lines of
a card together and away from the other cards': in plain sentence vectors the word "mentor" weighs more than what happened, and cards
that say it often came out for everything. It is a softmax over the cards, each at the mean of its passages without the line itself
(prototypes: Snell and others 2017), and starts from the vectors as they are. The second is ridge regression of our lines against those
of elsewhere.py, each side weighing half.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.encode.protocol import Vectors

FEWEST = 20
"""Cards below which nothing is learned: the vectors stay as they are."""

STEPS, BATCH, RATE, SHARPNESS, SEED = 40, 1024, 1e-3, 30.0, 0
"""Of the first map: steps of Adam (Kingma and Ba 2015; its usual constants), lines a step, step size, what similarities are times in the
softmax. Set where lines of one author find the card among those of the others; 20 to 80 steps differ little."""

LINES_SHARE = 0.6
"""How much of a card's prototype is its lines, the rest its own words."""

NARROW = 128
"""Dimensions that are left, those in which the lines are longest: a third of the memory that a search reads, and hybrid finds no less."""

RIDGE = 0.01


@dataclass(frozen=True, slots=True)
class Lens:
    """`turn` (d, up to d), by which vectors are multiplied; `ours` (d + 1,), weights and, last, offset."""

    turn: Vectors
    ours: Vectors

    @classmethod
    def plain(cls, dimensions: int) -> "Lens":
        """One that changes nothing and takes no side."""
        return cls(np.eye(dimensions, dtype=np.float32), np.zeros(dimensions + 1, np.float32))

    def seen(self, vectors: Vectors) -> Vectors:
        """Rows (n, d) through the lens, (n, up to d), of length one."""
        if len(vectors) > 1:
            return _unit(vectors @ self.turn)
        return _unit(np.einsum("nd,de->ne", vectors, self.turn))  # BLAS wakes a thread for each core, which one row is not worth

    def belongs(self, query: Vectors) -> float:
        """From -1, a matter of elsewhere, to 1, one of ours, of a query (1, d)."""
        return float(np.clip(query[0] @ self.ours[:-1] + self.ours[-1], -1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Lines:
    """What is learned from: `lines` (n, d) of the cards `of` (n,), in order, and `own` (m, d) words of the cards `by` (m,), in order."""

    lines: Vectors
    of: NDArray[np.int64]
    own: Vectors
    by: NDArray[np.int64]

    @property
    def cards(self) -> int:
        return int(self.by[-1]) + 1


def fit(given: Lines, elsewhere: Vectors) -> Lens:
    """The lens of these cards. `elsewhere` (k, d) are the lines of no card."""
    ours = given.lines if len(given.lines) else given.own
    return Lens(_turn(given), _against(ours, elsewhere))


def _turn(given: Lines) -> Vectors:
    d = given.own.shape[1]
    turn, mean, square = np.eye(d, dtype=np.float32), np.zeros((d, d), np.float32), np.zeros((d, d), np.float32)
    counted = np.bincount(given.of, minlength=given.cards)
    usable = np.flatnonzero(counted[given.of] > 1)
    if given.cards < FEWEST or not len(usable):
        return turn
    chance = np.random.default_rng(SEED)
    for step in range(1, STEPS + 1):
        some = chance.choice(usable, min(BATCH, len(usable)), replace=False)
        slope = _slope(turn, given, counted, some)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        turn = turn - np.float32(RATE) * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return _narrowed(turn, given.lines)


def _narrowed(turn: Vectors, lines: Vectors) -> Vectors:
    """(d, up to NARROW): what follows the turn laid on the main axes of the lines, so that products stay as they were but for the rest."""
    seen = _unit(lines @ turn)
    _, axes = np.linalg.eigh(seen.T @ seen)  # the least of them first
    narrow: Vectors = (turn @ axes[:, -NARROW:]).astype(np.float32)
    return narrow


def _slope(turn: Vectors, given: Lines, counted: NDArray[np.int64], some: NDArray[np.int64]) -> Vectors:
    """Of the loss by `turn`, over `some` of the lines; the prototypes are taken as they stand."""
    mapped = given.lines @ turn
    seen = _unit(mapped)
    sums = _sums(seen, given.of, given.cards)
    own = _sums(_unit(given.own @ turn), given.by, given.cards) / np.bincount(given.by, minlength=given.cards).clip(1)[:, None]
    share = np.where(counted > 0, LINES_SHARE, 0.0).astype(np.float32)[:, None]
    prototypes = (1 - share) * own + share * sums / counted.clip(1)[:, None]
    line, card, row = seen[some], given.of[some], np.arange(len(some))
    without = (1 - LINES_SHARE) * own[card] + LINES_SHARE * (sums[card] - line) / (counted[card] - 1)[:, None]
    near = line @ prototypes.T
    near[row, card] = (line * without).sum(axis=1)
    odds = np.exp(SHARPNESS * (near - near.max(axis=1, keepdims=True)))
    odds /= odds.sum(axis=1, keepdims=True)
    wrong = odds[row, card] - 1
    odds[row, card] = 0
    pull = SHARPNESS * (odds @ prototypes + wrong[:, None] * without) / len(some)
    along = (pull - (pull * line).sum(axis=1, keepdims=True) * line) / np.linalg.norm(mapped[some], axis=1, keepdims=True)
    slope: Vectors = (given.lines[some].T @ along).astype(np.float32)
    return slope


def _sums(rows: Vectors, of: NDArray[np.int64], cards: int) -> Vectors:
    """(cards, d): the rows of each card added up; `of` is in order."""
    out = np.zeros((cards, rows.shape[1]), np.float32)
    if len(of):
        present, begins = np.unique(of, return_index=True)
        out[present] = np.add.reduceat(rows, begins)
    return out


def _against(ours: Vectors, others: Vectors) -> Vectors:
    """Weights and offset of the regression to 1 for `ours` and -1 for `others`."""
    rows = np.concatenate([ours, others]).astype(np.float64)
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    side = np.concatenate([np.ones(len(ours)), -np.ones(len(others))])
    weight = np.concatenate([np.full(len(ours), 0.5 / len(ours)), np.full(len(others), 0.5 / len(others))])
    penalty = RIDGE * np.eye(rows.shape[1])
    penalty[-1, -1] = 0
    weighed = (rows * weight[:, None]).T
    solved: Vectors = np.linalg.solve(weighed @ rows + penalty, weighed @ side).astype(np.float32)
    return solved


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12)
    return unit
