"""BM25 over the cards by bm25s, and the rare words that a query and the cards share."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coach.values import Card

_WORD = re.compile(r"[a-z][a-z']+")
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
    for ending in ("ings", "ing", "edly", "ed", "ies", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class Lexical:
    """Okapi BM25 (Robertson and Zaragoza 2009; k1 1.5, b 0.75, bm25s' defaults)."""

    def __init__(self, cards: Sequence[Card]) -> None:
        import bm25s

        texts = [tokens(" ".join((c.title, c.title, c.situation, c.practice, *c.ask, *c.do, *c.avoid, *c.heard))) for c in cards]
        self._vocabulary = {w for t in texts for w in t}
        self._model = bm25s.BM25()
        self._model.index(texts, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """(cards,), 0 where no word is shared."""
        known = [w for w in tokens(query) if w in self._vocabulary]
        if not known:
            return np.zeros(self._model.scores["num_docs"], dtype=np.float32)
        out: NDArray[np.float32] = np.asarray(self._model.get_scores(known), dtype=np.float32)
        return out
