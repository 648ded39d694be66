"""Near-duplicates in the labelled corpus: pairs of texts too alike, by their characters and by their meaning.

They teach nothing twice, and a pair with one note in training and one held out makes the held-out figures flatter than they are.
Characters: cosine of tf-idf over 4- and 5-grams within words. Meaning: cosine of the index encoder's vectors, on top of a
lower likeness of characters, since short sentences of one kind are close in meaning without being copies.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from coach.training.corpus import Item, part_of

SAME_CHARACTERS = 0.8
"""Likeness of characters from which a pair is a near-duplicate whatever it means."""

ALIKE_CHARACTERS, SAME_MEANING = 0.6, 0.9
"""Both together make one too."""

BLOCK = 512


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts by id; `characters` and `meaning` are cosines (`meaning` None where no encoder was asked)."""

    first: str
    second: str
    characters: float
    meaning: float | None


def near_duplicates(items: Sequence[Item], encode: Callable[[Sequence[str]], NDArray[np.float32]] | None) -> list[Pair]:
    """Pairs, the most alike first. `encode` gives (n, d) unit vectors; only the texts that could pair up are encoded."""
    close = [(i, j, c) for i, j, c in _alike(items) if encode is not None or c >= SAME_CHARACTERS]
    if encode is None:
        return _sorted(Pair(items[i].id, items[j].id, c, None) for i, j, c in close)
    places = {n: row for row, n in enumerate(sorted({n for i, j, _ in close for n in (i, j)}))}
    vectors = encode([items[n].text for n in places]) if places else np.zeros((0, 1), np.float32)
    pairs = (Pair(items[i].id, items[j].id, c, round(float(vectors[places[i]] @ vectors[places[j]]), 3)) for i, j, c in close)
    return _sorted(p for p in pairs if p.characters >= SAME_CHARACTERS or (p.meaning or 0) >= SAME_MEANING)


def across(pairs: Sequence[Pair], notes: Sequence[Item]) -> list[Pair]:
    """Those of the pairs that have one text in training and the other held out (single sentences train)."""
    part = {n.id: part_of(n.id) for n in notes}
    return [p for p in pairs if (part.get(p.first, "train") == "train") != (part.get(p.second, "train") == "train")]


def _alike(items: Sequence[Item]) -> Iterator[tuple[int, int, float]]:
    """(i, j, likeness of characters), i < j, of at least ALIKE_CHARACTERS."""
    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 5), sublinear_tf=True, dtype=np.float32).fit_transform(
        [item.text for item in items]
    )
    for start in range(0, rows.shape[0], BLOCK):
        product = (rows[start : start + BLOCK] @ rows.T).tocoo()
        kept = np.flatnonzero((product.data >= ALIKE_CHARACTERS) & (product.row + start < product.col))
        for i, j, value in zip(product.row[kept], product.col[kept], product.data[kept], strict=True):
            yield start + int(i), int(j), round(float(value), 3)


def _sorted(pairs: Iterator[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda p: (-p.characters, p.first, p.second))
