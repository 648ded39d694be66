"""The embedding index of the cards: FAISS over several passages a card and a lens learned from them, with a manifest that tells when
it is stale."""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach import durable
from coach.encode.protocol import Encoder
from coach.errors import ModelError
from coach.guidance.elsewhere import ELSEWHERE
from coach.guidance.lens import Lens, Lines, fit
from coach.guidance.nearest import Nearest, kind
from coach.taxonomy import LABEL_NAMES
from coach.values import Card

Vectors = NDArray[np.float32]

VECTORS, GRAPH = "vectors.npz", "graph.hnsw"


MOST_LABELS = 4
"""A card of more labels is a general one: their names would say nothing of it."""


LIKEST = 3
"""Of how many of a card's `heard`, the likest, a mean is taken."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What of a card's score comes from its own words, from the likest of its `heard`, and from all of them; they add up to 1."""

    own: float
    likest: float
    every: float = 0.0


PLAIN = Shares(own=0.4, likest=0.6)
"""For how alike a card is. Set on queries.jsonl with 24 lines a card; the refusals were surest here."""

SEEN = Shares(own=0.2, likest=0.4, every=0.4)
"""For which card comes first. Set on queries.jsonl with 34 lines a card; shares near these differ little."""

KIN = 3
"""Cards that are a card's kin: the likest to it."""


def passages(card: Card) -> tuple[str, ...]:
    """What of a card is embedded: what it is about, its situation, its practice, the whole, and how mentors put it."""
    names = ", ".join(LABEL_NAMES[label] for label in card.labels) if len(card.labels) <= MOST_LABELS else ""
    return (f"{card.title}. {names}", card.situation, card.practice, card.passage, *card.heard)


OWN = 4
"""Of these passages the first are the card's own words."""

LEARNED = "lens 2"
"""Another word for another way to learn the lens: an index of before is stale then."""


def fingerprint(cards: Sequence[Card], encoder_name: str) -> str:
    """Changes with any card's text, the order of cards, the encoder, or what else is learned from."""
    h = hashlib.sha256(encoder_name.encode())
    h.update("\0".join((LEARNED, *ELSEWHERE)).encode())
    for card in cards:
        for passage in passages(card):
            h.update(b"\0" + passage.encode())
    return h.hexdigest()


def is_own(owners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the passages of the cards `owners`, in order, are their cards' own words."""
    own: NDArray[np.bool_] = np.arange(len(owners)) - np.searchsorted(owners, owners) < OWN
    return own


Cards = NDArray[np.int64] | slice
"""Numbers of cards."""
EVERY = slice(None)


class _Places:
    """Where some of the passages of each card stand: their rows (cards, most), filled up with 0 where there is none."""

    def __init__(self, rows: NDArray[np.int64], owners: NDArray[np.int64]) -> None:
        of = owners[rows]
        self.count = np.bincount(of, minlength=int(owners[-1]) + 1)
        self._rows = np.zeros((len(self.count), int(self.count.max())), np.int64)
        self._there = np.zeros(self._rows.shape, np.bool_)
        place = np.arange(len(rows)) - np.searchsorted(of, of)
        self._rows[of, place], self._there[of, place] = rows, True

    def mean(self, similar: Vectors, best: int | None = None, of: Cards = EVERY) -> Vectors:
        """Of the similarities (passages,), for each card or those named, (cards,): of all its places or of the `best` ones; 0 where it
        has none."""
        there = self._there[of]
        found = np.where(there, similar[self._rows[of]], -np.inf)
        if best is not None and best < found.shape[1]:
            found = np.partition(found, found.shape[1] - best, axis=1)[:, found.shape[1] - best :]
            there = found > -np.inf
        mean: Vectors = np.where(there, found, 0.0).sum(axis=1) / there.sum(axis=1).clip(1)
        return mean


class CardIndex:
    """Vectors of all passages, (passages, d) unit rows, and the card each belongs to; a card's passages stand in order."""

    def __init__(self, vectors: Vectors, owners: NDArray[np.int64], graph: bytes | None = None, lens: Lens | None = None) -> None:
        """`graph` is what was saved with the vectors of a large index; without a lens they are taken as they are."""
        self.vectors, self.owners = vectors, owners
        self.lens = lens or Lens.plain(vectors.shape[1])
        self.nearest = Nearest(vectors, graph)
        own = is_own(owners)
        self._own, self._heard = _Places(np.flatnonzero(own), owners), _Places(np.flatnonzero(~own), owners)

    def scores(self, query: Vectors, cards: int) -> Vectors:
        """Similarity of a query (1, d) to each card, (cards,), by PLAIN: the mean over its own passages and, where it has any, over
        the likest of its `heard`.

        Of its own passages the best alone did worse than their mean (nDCG@10 0.48 against 0.54): one chance likeness then wins
        over a card that fits. In a large index the cards of the passages near the query are scored so; every other gets the
        similarity of the farthest of these passages, which its own do not reach.
        """
        near = self.nearest.rows(query)
        if near is None:
            return self._joined(self.nearest.alike(query), 0.0, cards, PLAIN)
        return self._joined(*self._spread(self.vectors, query, near), cards, PLAIN)

    def closeness(self, query: Vectors, some: Sequence[int], cards: int) -> Vectors:
        """What `scores` gives for `some` of the cards, (some,), comparing no other: a report chooses among a few."""
        which = np.array(some, np.int64)
        if self.nearest.rows(query) is not None or which.max() >= len(self._own.count):
            return self.scores(query, cards)[which]
        rows = self._rows(which)
        similar = np.zeros(len(self.owners), np.float32)
        similar[rows] = self.nearest.alike(query, rows)
        return self._each(similar, 0.0, PLAIN, which).astype(np.float32)

    def ranked(self, query: Vectors, cards: int) -> Vectors:
        """The same through the lens and by SEEN: which card comes before which. It says less than `scores` of whether one fits."""
        near, looked = self.nearest.rows(query), self.lens.seen(query)
        if near is None:
            return self._joined(Nearest(self._seen).alike(looked), 0.0, cards, SEEN)
        return self._joined(*self._spread(self._seen, looked, near), cards, SEEN)

    def likest(self, query: Vectors, card: int) -> int:
        """Which of a card's passages, by its place in `passages`, is likest to a query (1, d)."""
        return int(np.argmax(self.nearest.alike(query, self._rows([card]))))

    def _rows(self, cards: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the passages of these cards stand, one card's after the other's."""
        first, last = (np.searchsorted(self.owners, cards, side) for side in ("left", "right"))
        return np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])

    @cached_property
    def kin(self) -> NDArray[np.int64]:
        """The cards likest to each card through the lens, (cards, up to KIN)."""
        first = np.flatnonzero(np.diff(self.owners, prepend=-1))
        centres = np.add.reduceat(self._seen, first)
        centres /= np.linalg.norm(centres, axis=1, keepdims=True).clip(1e-12)
        alike = centres @ centres.T
        np.fill_diagonal(alike, -np.inf)
        return np.argsort(-alike, axis=1, kind="stable")[:, : min(KIN, len(first) - 1)]

    @cached_property
    def _seen(self) -> Vectors:
        return self.lens.seen(self.vectors)

    def _spread(self, vectors: Vectors, query: Vectors, near: NDArray[np.int64]) -> tuple[Vectors, float]:
        """Similarity of every passage, of which only the cards of the `near` ones are compared, and what no other reaches."""
        floor = float((vectors[near] @ query[0]).min())
        out = np.full(len(self.owners), floor, np.float32)
        rows = np.flatnonzero(np.isin(self.owners, self.owners[near]))
        out[rows] = vectors[rows] @ query[0]
        return out, floor

    def _joined(self, similar: Vectors, floor: float, cards: int, shares: Shares) -> Vectors:
        """Similarity of every passage, (passages,) -> of every card, (cards,); `floor` for one without passages."""
        score = self._each(similar, floor, shares)
        out = np.full(cards, floor, np.float32)
        out[: len(score)] = score
        return out

    def _each(self, similar: Vectors, floor: float, shares: Shares, of: Cards = EVERY) -> Vectors:
        """The same of the cards that have passages, or of those named."""
        own = self._own.mean(similar, of=of)
        heard = shares.likest * self._heard.mean(similar, LIKEST, of)
        if shares.every:
            heard = heard + shares.every * self._heard.mean(similar, of=of)
        score = np.where(self._heard.count[of] > 0, shares.own * own + heard, own)
        joined: Vectors = np.where(self._own.count[of] > 0, score, floor)
        return joined


def build(cards: Sequence[Card], encoder: Encoder) -> CardIndex:
    """Encode every passage, about 5 ms each, and learn the lens from them, some seconds more."""
    texts = [(i, p) for i, c in enumerate(cards) for p in passages(c)]
    vectors = encoder.encode([p for _, p in texts])
    owners = np.array([i for i, _ in texts], dtype=np.int64)
    own = is_own(owners)
    lens = fit(Lines(vectors[~own], owners[~own], vectors[own], owners[own]), encoder.encode(ELSEWHERE))
    made = CardIndex(vectors, owners, lens=lens)
    made.nearest.grow()
    return made


def save(index: CardIndex, folder: Path, mark: str) -> None:
    """Write vectors, the graph of a large index, and manifest.

    Half-precision keeps the committed files small and changes no ranking that a test could find. They are not packed: that saved a
    tenth of their size and cost every start some 50 ms.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    half, lens = index.vectors.astype(np.float16), index.lens
    np.savez(packed, vectors=half, owners=index.owners, turn=lens.turn.astype(np.float16), ours=lens.ours)
    files = {VECTORS: packed.getvalue()}
    graph = index.nearest.packed()
    if graph is not None:
        files[GRAPH] = graph
    count = len(index.owners)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"fingerprint": mark, "passages": count, "search": kind(count), "sha256": hashes}
    for name, data in files.items():
        durable.write(folder / name, [data], mode=durable.READABLE, many=True)
    durable.write(folder / "manifest.json", [(json.dumps(manifest, indent=1) + "\n").encode()], mode=durable.READABLE, many=True)


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
        lens = Lens(arrays["turn"].astype(np.float32), arrays["ours"])
        return CardIndex(arrays["vectors"].astype(np.float32), arrays["owners"].astype(np.int64), files.get(GRAPH), lens)


def _checked(folder: Path, name: str, digest: str) -> bytes:
    """Raises ModelError for a file that is not what the manifest says."""
    data = (folder / name).read_bytes() if (folder / name).exists() else b""
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(f"{folder.name}/{name} is missing or damaged. Rebuild it: coach index build")
    return data
