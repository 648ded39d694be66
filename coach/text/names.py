"""Names of people, places and employers in a text: by lists, by capitals where no sentence begins, and by what stands around.

A name that is missed leaks, one too many only dims a word: in doubt it is a name. Words that are names too ("Will", "Grace")
need a sign where a capital tells nothing: a verb after them, an age, or the same name elsewhere in the text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from coach.text import namesigns as signs
from coach.text.namelists import NameLists
from coach.text.nameruns import Kinds, goes_on, is_generic, mark_phrases, mark_runs
from coach.text.spans import Kind, Span
from coach.text.words import Word, words

_SPEAKER: Final = re.compile(
    r"^[ \t>*_-]*(?:\[?\d[\d:.,/ -]*(?:[ap]\.?m\.?)?\]?[ \t-]*)?"
    r"(?P<who>[^\W\d_][\w'’-]*(?:[ .]+[^\W\d_][\w'’-]*){0,2})[*_]*[ \t]*(?:\([^)\n]*\))?:",
    re.MULTILINE | re.IGNORECASE,
)


class NameFinder:
    """Finds names by the lists it is given; keeps nothing of a text. Safe to share."""

    def __init__(self, lists: NameLists) -> None:
        self._lists = lists

    def find(self, text: str) -> Iterator[Span]:
        """Spans of the kinds PERSON, PLACE and EMPLOYER; a possessive ending stays outside."""
        found = words(text)
        kinds: Kinds = [None] * len(found)
        mark_phrases(self._lists, found, kinds, lambda i, kind: self._is_doubtful(found, i, kind))
        low = {w.key for w in found if not w.capital}
        bare = signs.is_bare(found)
        for i in range(len(found)):
            kinds[i] = kinds[i] or (self._bare(text, found, i) if bare else self._alone(text, found, i, low))
        self._mark_speakers(text, found, kinds)
        if not bare:
            mark_runs(self._lists, found, kinds, self._is_plain)
        self._mark_again(found, kinds)
        i = 0
        while i < len(found):
            kind, j = kinds[i], i
            while kind and j + 1 < len(found) and goes_on(found, kinds, j):
                j += 1
            if kind:
                yield Span(found[i].start, found[j].end, kind)
            i = j + 1

    def _is_doubtful(self, found: Sequence[Word], i: int, kind: Kind) -> bool:
        """Whether one word of a list of places or employers is more likely something else here."""
        word, lists = found[i], self._lists
        if not word.capital:
            return word.key in lists.words or word.key in lists.french or word.key in lists.first or len(word.key) < 4
        if word.key in lists.first and not (i and found[i - 1].key in signs.BEFORE_PLACE):
            return True  # "Chelsea", "Jordan": a person first
        return word.begins and word.key in lists.words and not word.shouted

    def _alone(self, text: str, found: Sequence[Word], i: int, low: set[str]) -> Kind | None:
        """What a word is by itself and its neighbours. `low` holds the words that the text also has without a capital."""
        word, lists = found[i], self._lists
        if not word.capital:
            return "PERSON" if self._is_small_name(word, found, i) else None
        if word.key in signs.NEVER:
            return None
        before = found[i - 1] if i and (word.gap in {" ", "  "} or (word.gap == ". " and not word.begins)) else None
        titled = bool(before and before.capital and before.key in signs.TITLES)
        kin = bool(before and before.key in signs.KIN and word.text[1:].islower() and word.key not in lists.capitals)
        if len(word.text) == 1:
            return "PERSON" if titled and word.key != "i" else None
        if kin or (titled and not (word.key in lists.frequent and word.key not in lists.last)):
            return "PERSON"
        return self._by_lists(text, found, i, low)

    def _by_lists(self, text: str, found: Sequence[Word], i: int, low: set[str]) -> Kind | None:
        """A capital without a title before it."""
        word, lists = found[i], self._lists
        known = word.key in lists.first
        if word.key in signs.MONTHS and not signs.is_subject(lists, text, found, i):
            return None
        if word.key in lists.capitals and not (known and word.key not in lists.frequent):
            return "PERSON" if known and signs.is_subject(lists, text, found, i) else None
        short = word.shouted and not known
        if short and len(word.text) < 5 and word.key not in lists.frequent and not self._is_loud(found, i):
            return "EMPLOYER"
        if signs.is_word(lists, word) or (word.key in lists.french and not word.shouted):
            return self._of_word(text, found, i, low)
        if short:
            return None if word.key.rstrip("s") in lists.capitals else "EMPLOYER"
        return "PERSON" if known else self._guess(found, i)

    def _of_word(self, text: str, found: Sequence[Word], i: int, low: set[str]) -> Kind | None:
        """A word of the language, written with a capital."""
        word, lists = found[i], self._lists
        known = word.key in lists.first or word.key in lists.last
        if word.shouted:
            return None
        if word.begins:
            return "PERSON" if known and signs.is_subject(lists, text, found, i) else None
        if word.key in lists.first:
            return "PERSON"
        if word.key in lists.frequent or word.key in low or word.key in lists.french:
            return None
        return "PERSON" if known else self._guess(found, i)

    def _guess(self, found: Sequence[Word], i: int) -> Kind:
        """The kind of a name that no list holds."""
        before = found[i - 1].key if i else ""
        if before == "the" and i > 1 and found[i - 2].key in signs.BEFORE_PLACE:
            before = found[i - 2].key
        if found[i].key in self._lists.last or found[i].owns:
            return "PERSON"
        if before in signs.BEFORE_PLACE or before == "the":
            return "PLACE"
        return "EMPLOYER" if before in signs.BEFORE_EMPLOYER else "PERSON"

    def _is_small_name(self, word: Word, found: Sequence[Word], i: int) -> bool:
        """A name typed without its capital: of the lists and no word, or unknown after "met with"."""
        lists = self._lists
        if len(word.key) < 3 or word.key in lists.french or word.key in lists.capitals or signs.is_word(lists, word):
            return False
        if word.key in lists.first:
            return True
        called = i > 1 and not word.begins and found[i - 1].key in signs.CALLS and word.key.isalpha()
        return called and (found[i - 2].key in signs.CALLED_BEFORE or found[i - 1].key in {"named", "called"})

    def _bare(self, text: str, found: Sequence[Word], i: int) -> Kind | None:
        """What a word is in a text whose writer took no care of capitals: whatever is no word, and names by what stands around."""
        word, lists = found[i], self._lists
        known = word.key in lists.first or word.key in lists.last
        if len(word.key) < 2 or word.key in lists.capitals or word.key in signs.NEVER:
            return None
        if not signs.is_word(lists, word) and word.key not in lists.french:
            return "PERSON" if known or len(word.key) > 2 else None
        called = i > 0 and word.gap in {" ", "/ ", ". "} and found[i - 1].key in signs.CALLS | signs.TITLES | signs.KIN
        signed = called or (word.begins and signs.is_subject(lists, text, found, i))
        return "PERSON" if known and signed and (called or word.key not in lists.frequent) else None

    def _mark_speakers(self, text: str, found: Sequence[Word], kinds: Kinds) -> None:
        """Who speaks in a transcript: what stands before a colon at the head of a line, unless it is a word of the house."""
        starts = [w.start for w in found]
        for m in _SPEAKER.finditer(text):
            inside = range(bisect_left(starts, m.start("who")), bisect_left(starts, m.end("who")))
            for i in inside if len(inside) <= 2 else ():
                word, known = found[i], found[i].key in self._lists.first
                plain = word.key in self._lists.capitals or (not known and signs.is_word(self._lists, word))
                if not plain and len(word.key) > 1 and (word.capital or known):
                    kinds[i] = kinds[i] or "PERSON"

    def _mark_again(self, found: Sequence[Word], kinds: Kinds) -> None:
        """A name found once is a name wherever it stands again, unless it begins a sentence as the word it also is."""
        seen: dict[str, Kind] = {}
        for word, kind in zip(found, kinds, strict=True):
            if kind and word.capital and len(word.key) > 1 and not is_generic(self._lists, word):
                seen.setdefault(word.key, kind)
        for i, word in enumerate(found):
            plain = signs.is_word(self._lists, word)
            if kinds[i] or word.key not in seen or (plain and not word.capital):
                continue
            after = found[i + 1].key if i + 1 < len(found) else ""
            if not (plain and word.begins and after in signs.NOT_SUBJECT):
                kinds[i] = seen[word.key]

    def _is_plain(self, word: Word) -> bool:
        lists = self._lists
        return word.key in lists.frequent or word.key in lists.capitals or signs.is_word(lists, word)

    def _is_loud(self, found: Sequence[Word], i: int) -> bool:
        """Whether a neighbour is in capitals too: then they are loudness, not short forms."""
        return any(0 <= j < len(found) and found[j].shouted and found[j].key in self._lists.words for j in (i - 1, i + 1))
