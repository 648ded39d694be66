"""Search of the cards: dense similarity joined with BM25; it refuses when nothing fits. Figures: indexes/guidance/README.md."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from coach.encode.protocol import Encoder, Vectors
from coach.errors import ModelError, UnknownValue
from coach.guidance.excerpt import excerpt
from coach.guidance.handbook import Handbook
from coach.guidance.index import CardIndex, passages
from coach.guidance.lexical import Lexical, shared, tokens
from coach.tables import instead
from coach.taxonomy import GRAVE, LABELS, About, family
from coach.values import Card, GuidanceHit, Note, Why

LEXICAL_WEIGHT = 0.15
"""What the best BM25 score adds to a similarity. Reciprocal rank fusion did worse (nDCG@10 0.49 against 0.56, before
the cards held what mentors say): ranks hide that a short query's common words tell cards apart hardly at all."""

OURS_WEIGHT = 0.3
"""What a query that is surely of our matters gains before it is asked whether a card fits, and one surely of others loses. What it does
to lines of matters that were not learned from: `python -m tests.guidance.crossed`."""

KIN_WEIGHT = 0.3
"""How much of a card's place its kin give it: of several cards about one matter, one that a query happens to name draws up the rest."""

LEAST_BM25 = 2.0
"""A best BM25 score below this is no match at all and counts in proportion."""

MOST_OWN = 3
"""Passages of a handbook that stand before the cards."""

OPENING = "surface-"
"""The series of cards about bringing up an expectation that is only guessed; agreeing and repairing come after it was said."""


class Guidance:
    """The cards with their index. Encoder and index are made at the first search, so that a report without one costs nothing."""

    def __init__(
        self,
        cards: Sequence[Card],
        encoder: Callable[[], Encoder],
        index: Callable[[Encoder], CardIndex],
        min_score: float,
        handbook_min_score: float = 0.35,
    ) -> None:
        self.cards = tuple(cards)
        self._by_id = {c.id: i for i, c in enumerate(self.cards)}
        self._make_encoder, self._make_index = encoder, index
        self._min_score, self._handbook_min_score = min_score, handbook_min_score
        self._situations: dict[int, Vectors] = {}
        self._served: dict[tuple[str, str, About], list[int]] = {}

    @cached_property
    def version(self) -> str:
        """Tells one set of cards from another: how many, and a hash of their passages."""
        mark = hashlib.sha256("\n".join(f"{c.id} {c.passage}" for c in self.cards).encode()).hexdigest()
        return f"{len(self.cards)} cards, {mark[:12]}"

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
        self,
        query: str,
        limit: int = 10,
        stage: str | None = None,
        audience: str | None = None,
        mode: str = "hybrid",
        handbook: Handbook | None = None,
        label: str | None = None,
    ) -> tuple[GuidanceHit, ...]:
        """What fits, at most `limit`: passages of the program's own handbook first, then the best cards, best first; each says why it
        came.

        None where nothing fits (no passage and no card reaches its least similarity). `mode` is hybrid, dense or bm25; the last
        two serve the evaluation. Raises UnknownValue for a `label` that is none.
        """
        if label is not None and label not in LABELS:
            raise UnknownValue(f"{label!r} is no label{instead(label, LABELS) or '. docs/labelling-guide.md lists them.'}")
        if not query.strip():
            return ()
        vector = self.encoder.encode([query[:2000]])
        found = handbook.hits(vector, self._handbook_min_score, min(limit, MOST_OWN)) if handbook else ()
        own = tuple(replace(hit, why=_why_own(query, hit)) for hit in found)
        allowed = np.array([_serves(c, stage, audience, label) for c in self.cards])
        return own + self._cards(query, vector, limit - len(own), allowed, mode)

    def _cards(self, query: str, vector: Vectors, limit: int, allowed: NDArray[np.bool_], mode: str) -> tuple[GuidanceHit, ...]:
        dense = self.index.scores(vector, len(self.cards))
        if not allowed.any() or float(dense[allowed].max()) + OURS_WEIGHT * self.index.lens.belongs(vector) < self._min_score:
            return ()
        joined = self._order(query, vector, mode)
        order = [int(i) for i in np.argsort(-joined, kind="stable") if allowed[i]]
        return tuple(replace(self._hit(i, float(dense[i])), why=self._why(query, vector, i)) for i in order[:limit])

    def _why(self, query: str, vector: Vectors, i: int) -> Why:
        """The passage of the first words of a card is its title."""
        place = self.index.likest(vector, i)
        like = excerpt(passages(self.cards[i])[place]) if place else self.cards[i].title
        return Why(like, self.lexical.shared(query, i))

    def _order(self, query: str, vector: Vectors, mode: str) -> NDArray[np.float32]:
        """What puts the cards in order, (cards,)."""
        if mode == "bm25":
            return self.lexical.scores(query)
        alike = self.index.ranked(vector, len(self.cards))
        return _with_kin(alike if mode == "dense" else _fuse(alike, self.lexical.scores(query)), self.index.kin)

    def passage(self, words: str, card: str | None, handbook: Handbook) -> GuidanceHit | None:
        """The handbook's passage for a step: at least as alike as a search demands to its `words` and, where it cites one, to its
        card, by title or situation. Either alone is often near by chance. Raises ModelError without the encoder."""
        needs = [self.encoder.encode([words[:2000]])]
        if card in self._by_id:
            needs.append(self._situation(self._by_id[card]))
        return handbook.fitting(needs, self._handbook_min_score)

    def _situation(self, i: int) -> Vectors:
        if i not in self._situations:
            card = self.cards[i]
            self._situations[i] = self.encoder.encode([card.title, f"{card.title}. {card.situation}"])
        return self._situations[i]

    def picker(self, note: Note) -> Callable[[str, str, About], Card | None]:
        """Picks cards (`card_for`) for one report, whose quotes are embedded once each and forgotten with it."""
        embedded: dict[str, Vectors] = {}

        def close(quote: str, some: Sequence[int]) -> Vectors:
            if quote not in embedded:
                embedded[quote] = self.encoder.encode([quote[:500]])
            return self.index.closeness(embedded[quote], some, len(self.cards))

        def pick(label: str, quote: str, about: About) -> Card | None:
            return self._card_for(label, note, about, partial(close, quote))

        return pick

    def card_for(self, label: str, quote: str, note: Note) -> Card | None:
        """The card of a label of the mentee's that fits a quote best: specific ones before general ones, for the mentee's age alone."""
        return self.picker(note)(label, quote, "mentee")

    def _card_for(self, label: str, note: Note, about: About, closeness: Callable[[Sequence[int]], Vectors]) -> Card | None:
        serving = self._serving(label, "youth" if note.minor else "adult", about)
        if not serving:
            return None
        if len(serving) == 1:
            return self.cards[serving[0]]
        try:
            close = closeness(serving)
        except ModelError:  # advice is given without the encoder too: the card that is most of all about this label
            close = np.zeros(len(serving), np.float32)

        def fit(at: int) -> float:
            card = self.cards[serving[at]]
            return float(close[at]) - 0.02 * len(card.labels) - _general(card, label)

        return self.cards[serving[max(range(len(serving)), key=fit)]]

    def _serving(self, label: str, audience: str, about: About) -> list[int]:
        """Which cards a label of somebody's may get; looked up once, since a note asks for many."""
        key = (label, audience, about)
        if key not in self._served:
            serving = [i for i, c in enumerate(self.cards) if label in c.labels and audience in c.audience]
            serving = serving or [i for i, c in enumerate(self.cards) if label in c.labels]
            self._served[key] = self._fitting(serving, label, about)
        return self._served[key]

    def _fitting(self, serving: list[int], label: str, about: About) -> list[int]:
        """Without cards of graver matters than the label ("bereaved by suicide" for a grandmother's funeral); of a guessed
        expectation those that bring it into the open; none that is written for somebody else's trouble, or for the mentor's, where
        it is not; none that is written for what is over. All of them where that leaves none.
        """
        serving = [i for i in serving if not self.cards[i].over] or serving
        serving = [i for i in serving if self.cards[i].about in ("any", about)] or serving
        if label not in GRAVE:
            serving = [i for i in serving if not GRAVE & set(self.cards[i].labels)] or serving
        if family(label) == "expectation":
            serving = [i for i in serving if self.cards[i].id.startswith(OPENING)] or serving
        return serving

    def nearness(self, sentences: Sequence[str], sources: Sequence[str]) -> tuple[float, ...]:
        """Of each sentence how alike it is to the source that it is likest to. Raises ModelError without the encoder."""
        alike = self.encoder.encode(sentences) @ self.encoder.encode(sources).T
        return tuple(float(best) for best in alike.max(axis=1))

    def words_of(self, ident: str) -> str | None:
        """All that a card says, None where there is no such card."""
        if ident not in self._by_id:
            return None
        card = self.cards[self._by_id[ident]]
        return " ".join((f"{card.title}.", card.situation, card.practice, *card.ask, *card.do, card.involve))

    def hit(self, ident: str) -> GuidanceHit:
        """A card by its id. Raises UnknownValue."""
        if ident not in self._by_id:
            raise UnknownValue(f"No guidance card {ident!r}. The ids are the file names in indexes/guidance/cards/.")
        return self._hit(self._by_id[ident], 1.0)

    def _hit(self, i: int, score: float) -> GuidanceHit:
        card = self.cards[i]
        return GuidanceHit(card.id, card.title, excerpt(card.practice), card.source, round(max(0.0, min(1.0, score)), 4))


def _why_own(query: str, hit: GuidanceHit) -> Why:
    """Of a handbook's passage the heading, and the words it begins with that the query has too."""
    return Why(hit.title, shared(query, frozenset(tokens(f"{hit.title} {hit.excerpt}")), lambda stem: -len(stem)))


def _serves(card: Card, stage: str | None, audience: str | None, label: str | None) -> bool:
    fits = stage is None or bool({"any", stage} & set(card.stages))
    return fits and (audience is None or audience in card.audience) and (label is None or label in card.labels)


def _general(card: Card, label: str) -> float:
    """A card that serves the label first of all is nearer than one that mentions it among others."""
    return 0.0 if card.labels[0] == label else 0.05 if family(card.labels[0]) == family(label) else 0.1


def _fuse(dense: NDArray[np.float32], words: NDArray[np.float32]) -> NDArray[np.float32]:
    """Similarity plus BM25 brought to 0..1 by the best score of this query."""
    out: NDArray[np.float32] = dense + LEXICAL_WEIGHT * words / max(float(words.max()), LEAST_BM25)
    return out


def _with_kin(score: NDArray[np.float32], kin: NDArray[np.int64]) -> NDArray[np.float32]:
    """Scores (cards,) of which KIN_WEIGHT comes from the mean of each card's kin (cards, k)."""
    if not kin.size:
        return score
    out: NDArray[np.float32] = (1 - KIN_WEIGHT) * score + KIN_WEIGHT * score[kin].mean(axis=1)
    return out
