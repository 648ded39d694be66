"""The embedding index of the cards: FAISS over several passages a card, with a manifest that tells when it is stale."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.encode.protocol import Encoder
from coach.errors import ModelError
from coach.taxonomy import LABEL_NAMES
from coach.values import Card

Vectors = NDArray[np.float32]


MOST_LABELS = 4
"""A card of more labels is a general one: their names would say nothing of it."""


HEARD_WEIGHT = 0.5
LIKEST = 3
"""How much of a card's score comes from its `heard`, and of how many of them, the likest, the mean is taken. Set on queries.jsonl:
nDCG@10 0.63 for three at a half, 0.61 for the likest alone, 0.51 without."""


def passages(card: Card) -> tuple[str, ...]:
    """What of a card is embedded: what it is about, its situation, its practice, the whole, and how mentors put it."""
    names = ", ".join(LABEL_NAMES[label] for label in card.labels) if len(card.labels) <= MOST_LABELS else ""
    return (f"{card.title}. {names}", card.situation, card.practice, card.passage, *card.heard)


OWN = 4
"""Of these passages the first are the card's own words."""


def fingerprint(cards: Sequence[Card], encoder_name: str) -> str:
    """Changes with any card's text, the order of cards or the encoder."""
    h = hashlib.sha256(encoder_name.encode())
    for card in cards:
        for passage in passages(card):
            h.update(b"\0" + passage.encode())
    return h.hexdigest()


class CardIndex:
    """Vectors of all passages, (passages, d) unit rows, and the card each belongs to; a card's passages stand in order."""

    def __init__(self, vectors: Vectors, owners: NDArray[np.int64]) -> None:
        import faiss

        self.vectors, self.owners = vectors, owners
        place = np.arange(len(owners)) - np.searchsorted(owners, owners)
        self._own = place < OWN
        self._faiss = faiss.IndexFlatIP(vectors.shape[1])
        self._faiss.add(vectors)

    def scores(self, query: Vectors, cards: int) -> Vectors:
        """Similarity of a query (1, d) to each card, (cards,): the mean over its own passages and, where it has any, over the
        likest of its `heard`, in the proportion of HEARD_WEIGHT.

        Of its own passages the best alone did worse than their mean (nDCG@10 0.48 against 0.54): one chance likeness then wins
        over a card that fits.
        """
        found, rows = self._faiss.search(query, len(self.owners))
        similarity = np.empty(len(self.owners), np.float32)
        similarity[rows[0]] = found[0]
        own, heard = self.owners[self._own], self.owners[~self._own]
        mean = np.bincount(own, weights=similarity[self._own], minlength=cards) / np.bincount(own, minlength=cards).clip(min=1)
        out: Vectors = mean.astype(np.float32)
        order = np.lexsort((-similarity[~self._own], heard))
        place = np.arange(len(heard)) - np.searchsorted(heard, heard)  # of each among its card's, the likest first
        best = order[place < LIKEST]
        likest = np.bincount(heard[best], weights=similarity[~self._own][best], minlength=cards)
        count = np.bincount(heard[best], minlength=cards)
        has = count > 0
        out[has] = (1 - HEARD_WEIGHT) * mean[has] + HEARD_WEIGHT * likest[has] / count[has]
        return out


def build(cards: Sequence[Card], encoder: Encoder) -> CardIndex:
    """Encode every passage; about half a second for 240 cards."""
    texts = [(i, p) for i, c in enumerate(cards) for p in passages(c)]
    vectors = encoder.encode([p for _, p in texts])
    return CardIndex(vectors, np.array([i for i, _ in texts], dtype=np.int64))


def save(index: CardIndex, folder: Path, mark: str) -> None:
    """Write vectors and manifest; half-precision keeps the committed files small and changes no ranking that a test could find."""
    folder.mkdir(parents=True, exist_ok=True)
    vectors = index.vectors.astype(np.float16)
    np.savez_compressed(folder / "vectors.npz", vectors=vectors, owners=index.owners)
    digest = hashlib.sha256((folder / "vectors.npz").read_bytes()).hexdigest()
    manifest = {"fingerprint": mark, "passages": len(index.owners), "sha256": {"vectors.npz": digest}}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def load(folder: Path, mark: str) -> CardIndex | None:
    """The stored index; None where there is none or it is stale. Raises ModelError where the file is damaged."""
    path = folder / "manifest.json"
    if not path.exists():
        return None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if manifest["fingerprint"] != mark:
        return None
    data = (folder / "vectors.npz").read_bytes() if (folder / "vectors.npz").exists() else b""
    if hashlib.sha256(data).hexdigest() != manifest["sha256"]["vectors.npz"]:
        raise ModelError(f"{folder.name}/vectors.npz is missing or damaged. Rebuild it: coach index build")
    with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
        return CardIndex(arrays["vectors"].astype(np.float32), arrays["owners"].astype(np.int64))
