"""The linear reader of words and letter groups (coach/detect/ngrams.py): corpus -> weights.

One logistic regression a label on hashed features, for what holds now and for what is mentioned. Names are left out of what it
learns from, so that no letter group of a name carries a label.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from coach.detect.ngrams import BITS, features
from coach.text.namelists import lines
from coach.text.sentences import split
from coach.training.corpus import Item
from coach.training.examples import targets

Floats = NDArray[np.float32]
STRENGTH = 6.0
"""Inverse of the penalty. With words, pairs and letter groups 6 on the dev part; 1 to 10 differ little."""
FEWEST = 2
"""A feature of fewer sentences counts for nothing."""
_NAMES = ("first-names.txt", "surnames.txt")
_CAPITALISED = re.compile(r"\b[A-Z][a-zà-öø-ÿ]+(?:-[A-Z][a-zà-öø-ÿ]+)?\b")


def fit(items: Iterable[Item], names: Path) -> dict[str, Any]:
    """Arrays as `coach.detect.ngrams.Ngrams` takes them; `names` is the folder with lists of names."""
    known = _names(names)
    texts, truth = [], []
    for text, row in _sentences(items):
        texts.append(_CAPITALISED.sub(lambda m: "" if m[0].lower() in known else m[0], text))
        truth.append(row)
    matrix = _matrix(texts)
    rarity = _rarity(matrix)
    weights, bias = _regressions(_scaled(matrix, rarity), np.stack(truth))
    scale = np.maximum(np.abs(weights).max(0) / 127, 1e-12).astype(np.float32)
    return {
        "ngrams.weights": np.rint(weights / scale).astype(np.int8),
        "ngrams.scale": scale,
        "ngrams.bias": bias,
        "ngrams.rarity": rarity,
    }


def _names(folder: Path) -> frozenset[str]:
    return frozenset(entry.lower() for name in _NAMES for entry in lines(folder / name))


def _sentences(items: Iterable[Item]) -> Iterator[tuple[str, Floats]]:
    """Every labelled sentence with what holds now in it and what is mentioned, (2 N) in 0 or 1."""
    for item in items:
        sentences = split(item.text)
        mention, now = targets(item.signals, sentences)
        for row, sentence in enumerate(sentences):
            if sentence.end > item.scored_from:
                yield sentence.text, np.concatenate([now[row], mention[row]])


def _matrix(texts: Sequence[str]) -> csr_matrix:
    places = [np.concatenate(features(text)) for text in texts]
    ends = np.cumsum([0, *(len(p) for p in places)])
    return csr_matrix((np.ones(ends[-1], np.float32), np.concatenate(places), ends), shape=(len(texts), 2 << BITS))


def _rarity(matrix: csr_matrix) -> Floats:
    """Inverse document frequency, smoothed; 0 for a feature of fewer than `FEWEST` sentences."""
    count = np.asarray(matrix.sum(0)).ravel()
    out: Floats = np.where(count >= FEWEST, np.log((1 + matrix.shape[0]) / (1 + count)) + 1, 0).astype(np.float32)
    return out


def _scaled(matrix: csr_matrix, rarity: Floats) -> csr_matrix:
    """Weighed by rarity, each block of a row scaled to length 1; the places that count for nothing stay empty."""
    weighed = (matrix @ diags(rarity)).tocsr()
    halves = (weighed[:, : 1 << BITS], weighed[:, 1 << BITS :])
    return hstack([diags(1 / np.maximum(np.sqrt(h.multiply(h).sum(1)).A1, 1e-9)) @ h for h in halves]).tocsr()


def _regressions(matrix: csr_matrix, truth: Floats) -> tuple[Floats, Floats]:
    """(2 * 2 ** BITS, L) weights and (L) biases; where a column of `truth` is empty nothing is ever said."""
    weights, bias = np.zeros((matrix.shape[1], truth.shape[1]), np.float32), np.full(truth.shape[1], -8.0, np.float32)
    for column in tqdm(range(truth.shape[1]), desc="words and letters", mininterval=20):
        if truth[:, column].any():
            made = LogisticRegression(C=STRENGTH, solver="liblinear").fit(matrix, truth[:, column] > 0)
            weights[:, column], bias[column] = made.coef_[0], made.intercept_[0]
    return weights, bias
