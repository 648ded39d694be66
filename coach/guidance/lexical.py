"""BM25 over the cards by bm25s, and the rare words that a query and the cards share."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from coach.values import Card

_WORD = re.compile(r"[a-z][a-z']+")
_ENDINGS, _DOUBLING = ("ingly", "edly", "ings", "ing", "ed", "es", "ly", "s"), ("ingly", "edly", "ings", "ing", "ed")
_STOP = frozenset(
    "a an the and or but if of to for with from by on in at as is are was were be been am do does did have has had i me my we us "
    "our you your he him his she her it its they them their this that these those who what when where why how not no so than "
    "then too very just about after before will would can could should may might there here out up all any some get got".split()
)


def tokens(text: str) -> list[str]:
    """Lower-case words without the commonest, cut to a rough stem (meetings, meeting -> meet)."""
    words = (w.replace("'", "") for w in _WORD.findall(text.lower()))
    return [_stem(w) for w in words if w not in _STOP]


def _stem(word: str) -> str:
    """Without its ending, a doubled last consonant or a last e: stopped, stops -> stop; promises, promise -> promis; tries, try -> tri."""
    for ending in _ENDINGS:
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) >= 3 and not (ending == "s" and rest.endswith("s")):
            word = _undoubled(rest) if ending in _DOUBLING else rest
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 2 and word.endswith("y") else word


def _undoubled(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz" else word


class Lexical:
    """Okapi BM25 (Robertson and Zaragoza 2009; k1 1.5, b 0.75, bm25s' defaults)."""

    def __init__(self, cards: Sequence[Card]) -> None:
        import bm25s

        texts = [tokens(" ".join((c.title, c.title, c.situation, c.practice, *c.ask, *c.do, *c.avoid, *c.heard))) for c in cards]
        self._words = [frozenset(t) for t in texts]
        self._cards_with = Counter(w for t in self._words for w in t)
        self._model = bm25s.BM25()
        self._model.index(texts, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """(cards,), 0 where no word is shared."""
        known = [w for w in tokens(query) if w in self._cards_with]
        if not known:
            return np.zeros(self._model.scores["num_docs"], dtype=np.float32)
        out: NDArray[np.float32] = np.asarray(self._model.get_scores(known), dtype=np.float32)
        return out

    def shared(self, query: str, card: int, most: int = 4) -> tuple[str, ...]:
        """Words of a query that stand in a card too, as the query has them; those that fewest cards have come first."""
        return shared(query, self._words[card], self._cards_with.__getitem__, most)


def shared(query: str, stems: AbstractSet[str], common: Callable[[str], int], most: int = 4) -> tuple[str, ...]:
    """Words of a query whose stem is among `stems`, each stem once, the least `common` first."""
    found: dict[str, str] = {}
    for word in _WORD.findall(query.lower()):
        for stem in tokens(word):
            if stem in stems:
                found.setdefault(stem, word)
    return tuple(found[stem] for stem in sorted(found, key=common)[:most])
