"""A text without the names in it, and the way back: what a language model elsewhere is shown (coach/llm).

Each name is replaced by a placeholder of its kind, "[PERSON_1]", the same for the same name: a first name or surname alone takes
that of the full name where only one fits, and a possessive ending stays. The way back is by place, not by name, so it is exact.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.text.contacts import contacts
from coach.text.namelists import fold, load
from coach.text.names import NameFinder
from coach.text.spans import Span, apart
from coach.text.words import words

PLACEHOLDER: Final = re.compile(r"\[(?:PERSON|PLACE|EMPLOYER|CONTACT|NUMBER)_\d+\]")


@dataclass(frozen=True, slots=True)
class Masked:
    """`text` is `original` with placeholders at `places` (start and end in `text`) for `spans` (of `original`), in order."""

    original: str
    text: str
    spans: tuple[Span, ...]
    places: tuple[tuple[int, int], ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where characters of `text` stand in `original`; a placeholder that is cut counts as a whole."""
        return self._back(start, False), self._back(end, True)

    def _back(self, at: int, is_end: bool) -> int:
        i = (bisect_left if is_end else bisect_right)(self.places, at, key=lambda p: p[0]) - 1
        if i < 0:
            return at
        inside = at <= self.places[i][1] if is_end else at < self.places[i][1]
        if inside:
            return self.spans[i].end if is_end else self.spans[i].start
        return self.spans[i].end + at - self.places[i][1]

    def restore(self, said: str) -> str:
        """Words of the masked text in the note's own. Words that do not stand in it get the first name of each placeholder."""
        at = self.text.find(said)
        if at >= 0:
            start, end = self.place(at, at + len(said))
            return self.original[start:end]
        names = {
            self.text[a:b]: self.original[s.start : s.end]
            for (a, b), s in reversed(list(zip(self.places, self.spans, strict=True)))
        }
        return PLACEHOLDER.sub(lambda m: names.get(m.group(), m.group()), said)


class Masker:
    """Masks texts by the lists of a folder (indexes/names). Safe to share. Raises ContentError where a list cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._finder = NameFinder(load(folder))

    def spans(self, text: str) -> tuple[Span, ...]:
        """All that is masked, in order, without overlaps."""
        return apart([*contacts(text), *self._finder.find(text)])

    def mask(self, text: str) -> Masked:
        """The text without its names. The same text gives the same placeholders."""
        spans = self.spans(text)
        parts, places, at, length = [], [], 0, 0
        for span, mark in zip(spans, _marks(text, spans), strict=True):
            kept = text[at : span.start]
            places.append((length + len(kept), length + len(kept) + len(mark)))
            parts += [kept, mark]
            at, length = span.end, places[-1][1]
        return Masked(text, "".join([*parts, text[at:]]), spans, tuple(places))


def _marks(text: str, spans: tuple[Span, ...]) -> list[str]:
    """The placeholder of each span, numbered by first appearance."""
    keys = [_key(text, span) for span in spans]
    whole = _whole_names({k for k, s in zip(keys, spans, strict=True) if s.kind == "PERSON"})
    numbers: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    marks = []
    for key, span in zip(keys, spans, strict=True):
        mine = numbers[span.kind]
        number = mine.setdefault(whole.get(key, key) if span.kind == "PERSON" else key, len(mine) + 1)
        marks.append(f"[{span.kind}_{number}]")
    return marks


def _key(text: str, span: Span) -> tuple[str, ...]:
    shown = text[span.start : span.end]
    return tuple(w.key for w in words(shown)) if span.kind in ("PERSON", "PLACE", "EMPLOYER") else (fold(shown),)


def _whole_names(people: set[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """A first name or surname alone -> the one full name of the text that it is part of."""
    found: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for name in people:
        if len(name) > 1:
            found[name[:1]].add(name)
            found[name[-1:]].add(name)
    return {part: next(iter(names)) for part, names in found.items() if len(names) == 1}
