"""The embedding index of the cards: FAISS over several passages a card, with a manifest that tells when it is stale."""

import hashlib
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.encode.protocol import Encoder
from coach.errors import ModelError
from coach.guidance.nearest import Nearest, kind
from coach.taxonomy import LABEL_NAMES
from coach.values import Card

Vectors = NDArray[np.float32]

VECTORS, GRAPH = "vectors.npz", "graph.hnsw"


MOST_LABELS = 4
"""A card of more labels is a general one: their names would say nothing of it."""


HEARD_WEIGHT = 0.6
LIKEST = 3
"""How much of a card's score comes from its `heard`, and of how many of them, the likest, the mean is taken. Set on queries.jsonl:
nDCG@10 0.679 at these, 0.663 to 0.689 for one to five of them at 0.4 to 0.7; of these the refusals are surest here."""


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

    def __init__(self, vectors: Vectors, owners: NDArray[np.int64], graph: bytes | None = None) -> None:
        """`graph` is what was saved with the vectors of a large index."""
        self.vectors, self.owners = vectors, owners
        place = np.arange(len(owners)) - np.searchsorted(owners, owners)
        self._own = place < OWN
        self.nearest = Nearest(vectors, graph)

    def scores(self, query: Vectors, cards: int) -> Vectors:
        """Similarity of a query (1, d) to each card, (cards,): the mean over its own passages and, where it has any, over the
        likest of its `heard`, in the proportion of HEARD_WEIGHT.

        Of its own passages the best alone did worse than their mean (nDCG@10 0.48 against 0.54): one chance likeness then wins
        over a card that fits. In a large index the cards of the passages near the query are scored so; every other gets the
        similarity of the farthest of these passages, which its own do not reach.
        """
        similarity, rows, floor = self._compared(query)
        owners, is_own = self.owners[rows], self._own[rows]
        own, heard, similar = owners[is_own], owners[~is_own], similarity[~is_own]
        passages = np.bincount(own, minlength=cards)
        mean = np.bincount(own, weights=similarity[is_own], minlength=cards) / passages.clip(min=1)
        out: Vectors = np.where(passages > 0, mean, floor).astype(np.float32)
        order = np.lexsort((-similar, heard))
        place = np.arange(len(heard)) - np.searchsorted(heard, heard)  # of each among its card's, the likest first
        best = order[place < LIKEST]
        likest = np.bincount(heard[best], weights=similar[best], minlength=cards)
        count = np.bincount(heard[best], minlength=cards)
        has = count > 0
        out[has] = (1 - HEARD_WEIGHT) * mean[has] + HEARD_WEIGHT * likest[has] / count[has]
        return out

    def _compared(self, query: Vectors) -> tuple[Vectors, NDArray[np.int64] | slice, float]:
        """Similarities, the passages that they are of (whole cards), and what no other passage reaches."""
        near = self.nearest.rows(query)
        if near is None:
            return self.nearest.alike(query), slice(None), 0.0
        floor = float((self.vectors[near] @ query[0]).min())
        rows = np.flatnonzero(np.isin(self.owners, self.owners[near]))
        return self.vectors[rows] @ query[0], rows, floor


def build(cards: Sequence[Card], encoder: Encoder) -> CardIndex:
    """Encode every passage, about 5 ms each."""
    texts = [(i, p) for i, c in enumerate(cards) for p in passages(c)]
    vectors = encoder.encode([p for _, p in texts])
    made = CardIndex(vectors, np.array([i for i, _ in texts], dtype=np.int64))
    made.nearest.grow()
    return made


def save(index: CardIndex, folder: Path, mark: str) -> None:
    """Write vectors, the graph of a large index, and manifest.

    Half-precision keeps the committed files small and changes no ranking that a test could find.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    np.savez_compressed(packed, vectors=index.vectors.astype(np.float16), owners=index.owners)
    files = {VECTORS: packed.getvalue()}
    graph = index.nearest.packed()
    if graph is not None:
        files[GRAPH] = graph
    count = len(index.owners)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"fingerprint": mark, "passages": count, "search": kind(count), "sha256": hashes}
    for name, data in files.items():
        _replace(folder / name, data)
    _replace(folder / "manifest.json", (json.dumps(manifest, indent=1) + "\n").encode())


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, whenever the process stops; another that writes at the same time has a half of its own."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as half:
        try:
            half.write(data)
            half.close()
            Path(half.name).chmod(0o644)
            Path(half.name).replace(path)
        except BaseException:
            Path(half.name).unlink(missing_ok=True)
            raise


def load(folder: Path, mark: str) -> CardIndex | None:
    """The stored index; None where there is none or it is stale. Raises ModelError where a file is damaged."""
    path = folder / "manifest.json"
    if not path.exists():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        made_of, hashes, _ = manifest["fingerprint"], dict(manifest["sha256"]), manifest["sha256"][VECTORS]
        searched, asked = manifest.get("search", "flat"), kind(manifest["passages"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder.name}/manifest.json is damaged ({type(error).__name__}). Rebuild it: coach index build"
        ) from None
    if made_of != mark or searched != asked:
        return None
    files = {name: _checked(folder, name, hashes[name]) for name in (VECTORS, GRAPH) if name in hashes}
    with np.load(io.BytesIO(files[VECTORS]), allow_pickle=False) as arrays:
        return CardIndex(arrays["vectors"].astype(np.float32), arrays["owners"].astype(np.int64), files.get(GRAPH))


def _checked(folder: Path, name: str, digest: str) -> bytes:
    """Raises ModelError for a file that is not what the manifest says."""
    data = (folder / name).read_bytes() if (folder / name).exists() else b""
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(f"{folder.name}/{name} is missing or damaged. Rebuild it: coach index build")
    return data
