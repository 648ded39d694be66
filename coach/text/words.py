"""A text as words with what a finder of names asks of each: is it written with a capital, does a sentence begin with it."""

import re
from dataclasses import dataclass
from typing import Final

from coach.text.namelists import fold

_LETTER: Final = r"[^\W\d_][\u0300-\u036f]*"
_WORD: Final = re.compile(rf"(?:{_LETTER})+(?:['’‘‐‑-](?:{_LETTER})+)*(?:(?<=\b[A-Z])(?:\.[A-Z])+\.?)?")
_ELISION: Final = re.compile(r"(?:(?:l|d|j|m|t|s|n|c|qu)['’](?=[^\W\d_])|(?:[LDJMTSNC]|Qu)['’](?=[a-zà-ÿ]{2}))")
_POSSESSIVE: Final = re.compile(r"['’]s?$", re.IGNORECASE)
_BEGINS: Final = re.compile(r"[.!?…:;•*–—|>\[\]()\"“”«»#\n\r\t\v\f\u2028\x85]|(?:^|\s)['‘-](?:\s|$)|['‘]$|\s-")
SHORT: Final = frozenset("mr mrs ms miss mx dr prof st ste mt ft sgt cpl maj col capt lt rev fr sr jr mme mlle m w vs re".split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its possessive ending, `[start, end)`; `gap` is what stands between the word before and this one."""

    text: str
    key: str
    start: int
    end: int
    gap: str
    begins: bool
    """Whether a sentence, a line, a bracket or a speech begins here, so that its capital tells nothing."""
    owns: bool

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() or self.text[0].istitle()

    @property
    def shouted(self) -> bool:
        """All capitals."""
        return len(self.text) > 1 and self.text.isupper()


def words(text: str) -> tuple[Word, ...]:
    """All words, in order."""
    found: list[Word] = []
    last = 0
    for m in _WORD.finditer(text):
        start, whole = m.start(), m.group()
        while elided := _ELISION.match(whole):
            start, whole = start + elided.end(), whole[elided.end() :]
        shape = _POSSESSIVE.sub("", whole)
        shown = shape if len(shape) > 1 else whole
        gap, last = text[last:start], m.end()
        begins = not found or _begins(found[-1], gap)
        found.append(Word(shown, fold(shown), start, start + len(shown), gap, begins, shown != whole))
    return tuple(found)


def _begins(before: Word, gap: str) -> bool:
    if gap in (". ", ".") and before.key in SHORT:
        return False
    return bool(_BEGINS.search(gap))
