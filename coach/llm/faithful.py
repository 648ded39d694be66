"""Whether a model's rewording of a step says what the step says and no more: plain rules, each with a name that is counted.

A rewording that breaks one is dropped and the composed words stand. Order: the cheap and sure rules first.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coach import tables
from coach.errors import ContentError

Near = Callable[[Sequence[str], Sequence[str]], Sequence[float]]
"""(sentences, sources) -> how alike each sentence is to the source it is likest to, as cosine."""

OVERLAP: Final = 0.6
"""Share of a sentence's content words that must stand in the step or its cards."""
NEAR: Final = 0.45
"""How alike each sentence must be to one of the step or its cards, by the encoder of the guidance."""
LENGTH: Final = (0.5, 1.5)
"""Least and most words, as a share of the step's own."""
_LISTS: Final = ("diagnosis", "secrecy", "numbers", "negations", "plain")
_QUOTE: Final = re.compile(r"“[^”]*”")
_MARKS: Final = re.compile(r"[<>\[\]{}*_`#|\\@\"\n\r\t]|https?:|www\.|[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_SENTENCE: Final = re.compile(r"(?<=[.!?;:])\s+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ENDINGS: Final = ("ing", "ed", "es", "ly", "er", "s", "e")


@dataclass(frozen=True, slots=True)
class Piece:
    """What the rules chose: `text` to be reworded, `why` it is advised, and the words of the cards it cites by their id."""

    text: str
    why: str = ""
    cards: tuple[tuple[str, str], ...] = ()


class Limits:
    """The word lists of a file (indexes/wording/limits.toml). Raises ContentError."""

    def __init__(self, path: Path) -> None:
        try:
            lists = {name: frozenset(map(str.lower, tables.read(path)[name])) for name in _LISTS}
        except (OSError, KeyError, TypeError) as error:
            raise ContentError(f"{path.name}: needs the lists {', '.join(_LISTS)} ({type(error).__name__})") from None
        self.negations, self.plain = lists["negations"], lists["plain"]
        self.named: Mapping[str, frozenset[str]] = {n: lists[n] for n in ("diagnosis", "secrecy", "numbers")}


def fault(said: Any, cards: Any, piece: Piece, limits: Limits, near: Near) -> str | None:
    """The rule that a rewording breaks, None where it holds all of them.

    "type", "card" (cites one that the step does not), "quote" (the quotations are not the step's), "number", "diagnosis", "secrecy",
    "negation" (says not of other things than the step), "question" (no longer asks), "length", "name", "claim" (new words).
    """
    if not isinstance(said, str) or not said.strip() or _MARKS.search(said):
        return "type"
    known = {ident for ident, _ in piece.cards}
    if not isinstance(cards, list) or not all(isinstance(c, str) for c in cards) or set(cards) - known or (known and not cards):
        return "card"
    if sorted(_QUOTE.findall(said)) != sorted(_QUOTE.findall(piece.text)) or said.count("“") != said.count("”"):
        return "quote"
    if not _numbers(said) <= _numbers(piece.text):
        return "number"
    for name, terms in limits.named.items():
        if _terms(said, terms) - _terms(piece.text, terms):
            return "number" if name == "numbers" else name
    bare, own = _QUOTE.sub(" ", said), _QUOTE.sub(" ", piece.text)
    if _negated(bare, limits) != _negated(own, limits):
        return "negation"
    if ("?" in piece.text) != ("?" in said):
        return "question"
    if not LENGTH[0] <= len(bare.split()) / max(1, len(own.split())) <= LENGTH[1]:
        return "length"
    return _new(bare, own, piece, limits, near)


def _new(bare: str, own: str, piece: Piece, limits: Limits, near: Near) -> str | None:
    """Names, words and sentences that neither the step nor its cards have."""
    sources = [own, piece.why, *(text for _, text in piece.cards)]
    stems = {_stem(w) for source in (*sources, piece.text) for w in _words(source)}
    sentences = [s for s in _SENTENCE.split(bare) if _content(s, limits)]
    for sentence in sentences:
        if any(w[0].isupper() and _stem(w.lower()) not in stems for w in _WORD.findall(sentence)[1:]):
            return "name"
        words = _content(sentence, limits)
        if sum(_stem(w) in stems for w in words) < OVERLAP * len(words):
            return "claim"
    pieces = [s for source in sources for s in _SENTENCE.split(source) if s.strip()]
    return "claim" if sentences and min(near(sentences, pieces)) < NEAR else None


def _numbers(text: str) -> set[str]:
    """Runs of characters that are digits or numerals of any script."""
    return set("".join(c if c.isnumeric() else " " for c in text).split())


def _terms(text: str, terms: Iterable[str]) -> set[str]:
    spaced = f" {' '.join(_words(text))} "
    return {term for term in terms if f" {term} " in spaced}


def _negated(text: str, limits: Limits) -> list[str]:
    """The content word that follows each negation in its sentence, as a stem; "" where none does."""
    found = []
    for sentence in _SENTENCE.split(text):
        words = _words(sentence)
        for at, word in enumerate(words):
            if word in limits.negations:
                found.append(_stem(next((w for w in words[at + 1 :] if w not in limits.plain | limits.negations), "")))
    return sorted(found)


def _content(text: str, limits: Limits) -> list[str]:
    return [w for w in _words(text) if w not in limits.plain and w not in limits.negations]


def _words(text: str) -> list[str]:
    return [w.lower().replace("’", "'") for w in _WORD.findall(text)]


def _stem(word: str) -> str:
    """The word less one common ending, so that "asking" and "asks" are "ask"."""
    word = word.split("'")[0]
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= 3), "")
    return word.removesuffix(ending)
