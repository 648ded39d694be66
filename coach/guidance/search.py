"""Search of the cards: dense and BM25 ranks joined by reciprocal rank fusion; it refuses when nothing fits."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coach.encode.protocol import Encoder
from coach.errors import UnknownValue
from coach.guidance.index import CardIndex
from coach.guidance.lexical import Lexical
from coach.taxonomy import family
from coach.values import Card, GuidanceHit, Note

CLOSEST = 5
"""Refusal looks at the mean of so many best cards: one chance likeness does not make a query one of ours."""

LEXICAL_WEIGHT = 0.3
"""Share of the BM25 rank in the fusion; at 1 common words led short queries astray ('a reference after two meetings')."""

RRF = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)."""


class Guidance:
    """The cards with their index. Encoder and index are made at the first search, so that a report without one costs nothing."""

    def __init__(
        self, cards: Sequence[Card], encoder: Callable[[], Encoder], index: Callable[[Encoder], CardIndex], min_score: float
    ) -> None:
        self.cards = tuple(cards)
        self._by_id = {c.id: i for i, c in enumerate(self.cards)}
        self._make_encoder, self._make_index, self._min_score = encoder, index, min_score

    @cached_property
    def encoder(self) -> Encoder:
        return self._make_encoder()

    @cached_property
    def index(self) -> CardIndex:
        return self._make_index(self.encoder)

    @cached_property
    def lexical(self) -> Lexical:
        return Lexical(self.cards)

    def search(
        self, query: str, limit: int = 10, stage: str | None = None, audience: str | None = None, mode: str = "hybrid"
    ) -> tuple[GuidanceHit, ...]:
        """The best cards, best first, at most `limit`; none where nothing fits (the closest cards are on
        average below the least similarity).

        `mode` is hybrid, dense or bm25; the last two serve the evaluation.
        """
        if not query.strip():
            return ()
        allowed = np.array([_serves(c, stage, audience) for c in self.cards])
        dense = self.index.scores(self.encoder.encode([query[:2000]]), len(self.cards))
        if not allowed.any() or float(np.sort(dense[allowed])[-CLOSEST:].mean()) < self._min_score:
            return ()
        words = self.lexical.scores(query)
        joined = {"dense": dense, "bm25": words, "hybrid": _fuse(dense, words)}[mode]
        order = [int(i) for i in np.argsort(-joined, kind="stable") if allowed[i]]
        return tuple(self._hit(i, float(dense[i])) for i in order[:limit])

    def card_for(self, label: str, quote: str, note: Note) -> Card | None:
        """The card of a label that fits a quote best: specific cards before general ones, those for the mentee's age only."""
        audience = "youth" if note.minor else "adult"
        serving = [i for i, c in enumerate(self.cards) if label in c.labels and audience in c.audience]
        serving = serving or [i for i, c in enumerate(self.cards) if label in c.labels]
        if not serving:
            return None
        close = self.index.scores(self.encoder.encode([quote[:500]]), len(self.cards))
        return self.cards[
            max(serving, key=lambda i: float(close[i]) - 0.02 * len(self.cards[i].labels) - _general(self.cards[i], label))
        ]

    def hit(self, ident: str) -> GuidanceHit:
        """A card by its id. Raises UnknownValue."""
        if ident not in self._by_id:
            raise UnknownValue(f"No guidance card {ident!r}. The ids are the file names in indexes/guidance/cards/.")
        return self._hit(self._by_id[ident], 1.0)

    def _hit(self, i: int, score: float) -> GuidanceHit:
        card = self.cards[i]
        return GuidanceHit(card.id, card.title, _excerpt(card.practice), card.source, round(max(0.0, min(1.0, score)), 4))


def _serves(card: Card, stage: str | None, audience: str | None) -> bool:
    return (stage is None or bool({"any", stage} & set(card.stages))) and (audience is None or audience in card.audience)


def _general(card: Card, label: str) -> float:
    """A card that serves the label first of all is nearer than one that mentions it among others."""
    return 0.0 if card.labels[0] == label else 0.05 if family(card.labels[0]) == family(label) else 0.1


def _fuse(dense: NDArray[np.float32], words: NDArray[np.float32]) -> NDArray[np.float32]:
    out = 1.0 / (RRF + _ranks(dense))
    shared = words > 0
    out[shared] += (LEXICAL_WEIGHT / (RRF + _ranks(words)))[shared]
    return out.astype(np.float32)


def _ranks(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def _excerpt(text: str, longest: int = 240) -> str:
    if len(text) <= longest:
        return text
    cut = text[:longest]
    end = max(cut.rfind(". "), cut.rfind("; "))
    return cut[: end + 1] if end > 80 else cut.rsplit(" ", 1)[0] + "…"
