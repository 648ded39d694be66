"""Is it so, now, and of whom? Trigger cues with a reach, after the ConText algorithm (Chapman and others 2007; Harkema and
others, J. Biomed. Inform. 42, 2009).

The cues are data: indexes/cues/<language>.toml says what each list means. Plain regular expressions with bounded repeats,
tried on at most 2 * REACH characters around the finding, so that a judgement takes the same time in any text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from coach.detect.cues import Book, Cue, load
from coach.errors import ContentError
from coach.taxonomy import GRAVE, About, Assertion, family, kind
from coach.text.expressions import small
from coach.values import Sentence

REACH: Final = 320
"""Characters of the sentence that count on each side of a finding."""
ANSWER: Final = 70
"""Characters after the sentence in which an answer may begin."""
WORDS: Final = 6
"""How many words a weak cue reaches."""
LINK: Final = 30
"""Characters within which a pronoun takes up another person named before it."""
OPENING: Final = 14
"""Characters at the start of a finding in which its subject is looked for where no word names the trouble."""

SURE, FAIR, DOUBTFUL, TORN = 0.85, 0.76, 0.6, 0.5
"""How certain a judgement is: a denial, any other cue, none, several kinds of them (measured on the corpus: 0.83, 0.74, -, 0.4)."""

_KINDS: Final[tuple[Assertion, ...]] = ("negated", "past", "hypothetical")
_ME: Final = frozenset({"me", "i", "mentor", "moi", "myself"})
_OPENS, _CLOSES = "“«„", "”»"
_END: Final = re.compile(r"[.!?\n]")
_CONCEDES: Final = re.compile(
    r"\b(?:no|nope|nah|not)\b[^.!?;\n]{1,60}?\b(?:just|only|merely) (?:a (?:bit|little|wee bit) |so |very |really |dead )*$"
)
_WANTED: Final = frozenset({"distress.suicide", "distress.self_harm", "distress.harm_to_others"})
"""Labels of which a condition leaves the wish present."""


_Person = tuple[About, str | None]
"""Whose it is, and the words that name another person."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the cues say. `certain` is from 0 to 1; `cue` is the words that decided, in small letters.

    `person` works out whose it is at the first asking: where the trained reader saw the place, nobody asks.
    """

    assertion: Assertion
    certain: float
    cue: str | None
    person: Callable[[], _Person]

    @property
    def about(self) -> About:
        return self.person()[0]

    @property
    def who(self) -> str | None:
        """The words that name another person."""
        return self.person()[1]


_Subject = tuple[int, About, str | None]
"""Where a subject stands, whose it is, and the words that name another person."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A finding in its sentence: `start`:`end` is the finding, `core` the words in it that name the trouble, None if none do.

    Offsets count in `text`, the sentence (or what of it is within REACH) in small letters, and in `said`, the same as it was written.
    """

    text: str
    said: str
    start: int
    end: int
    core: tuple[int, int] | None
    following: str
    blanked: dict[Assertion, str] = field(default_factory=dict)
    """The text without the look-alikes of a kind of cue, once it was asked for."""

    @property
    def anchor(self) -> tuple[int, int]:
        return self.core or (self.start, self.end)


class CueJudge:
    """Loads every <language>.toml of a folder; immutable once built, safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Raises ContentError where a file breaks its shape or an expression its syntax, or where en.toml is missing."""
        self._books = {path.stem: load(path) for path in sorted(folder.glob("*.toml"))}
        if "en" not in self._books:
            raise ContentError(f"{folder.name}: en.toml is missing")

    def judge(self, text: str, sentence: Sentence, before: Sentence | None, start: int, end: int, label: str) -> Judgement:
        """Judge the finding at `start`:`end` of `sentence`; offsets count in `text`.

        `before` is the sentence before, None at the start of a note. A language without cues is judged by the English ones.
        """
        book = self._books.get(sentence.language, self._books["en"])
        place = _place(book, text, sentence, start, end, label)
        assertion, certain, cue = _assertion(book, place, small(before.text[-REACH:]) if before else "", label)
        return Judgement(assertion, certain, cue, cache(lambda: _person(book, place, text, start, sentence.speaker, label)))


def _place(book: Book, text: str, sentence: Sentence, start: int, end: int, label: str) -> _Place:
    left, right = max(sentence.start, start - REACH), min(sentence.end, end + REACH, start + 2 * REACH)
    end = min(end, right)
    low = small(text[left : right + ANSWER])
    core = book("core", kind(label)).search(low, start - left, end - left)
    return _Place(
        low[: right - left],
        text[left:right],
        start - left,
        end - left,
        core.span() if core else None,
        low[right - left :] if right == sentence.end else "",
    )


def _assertion(book: Book, place: _Place, before: str, label: str) -> tuple[Assertion, float, str | None]:
    """An admission first, then denials that are sure, then conditions, the past, and last what a plain "not" denies."""
    if label in _WANTED and (admitted := _admitted(book, place, before)):
        return "present", SURE, admitted
    if label != "distress.harm_from_others" and (conceded := _conceded(place)):  # "no, only shouting" grants no blow
        return "present", SURE, conceded
    if answer := _answer(book, place, before):
        return "negated", SURE, answer
    found: dict[Assertion, str] = {k: cue for k in _KINDS if (cue := _cue(book, k, place))}
    if "hypothetical" not in found and (cue := _weak_condition(book, place, label)):
        found["hypothetical"] = cue
    if "past" not in found and (cue := _over(book, place, label)):
        found["past"] = cue
    if "hypothetical" in found and label in _WANTED and _threat(book, place):
        return "present", FAIR, found["hypothetical"]
    for name in ("hypothetical", "negated", "past"):
        if name in found:
            sure = SURE if name == "negated" else FAIR
            return name, sure if len(found) == 1 else TORN, found[name]
    if cue := _weak(book, "negated", place):
        ended = book("past", "ended").search(place.text, place.anchor[1])
        return ("past", TORN, cue) if ended else ("negated", SURE, cue)
    if cue := _found(book("well", kind(label)), _blank(book, "negated", place), place.start, place.end):
        return "negated", FAIR, cue
    return "present", DOUBTFUL, None


def _answer(book: Book, place: _Place, before: str) -> str | None:
    """The "no" to a question: after the finding, or the finding itself where the question was put before it."""
    answer, asked, well = book("negated", "answer"), book("asked", "any"), book("asked", "not")
    if place.core is None:
        question = before + " " + place.text[: place.start]
        own = place.text[place.start : place.end]
        hit = answer.search(own) if asked.search(question + own) and not well.search(question) else None
        if hit:
            return hit[0].strip()
    if not asked.search(place.text, 0, place.end + 2) or well.search(place.text):
        return None
    rest = place.text[place.anchor[1] :]
    stop = book("negated", "stop").search(rest)
    hit = answer.search(rest[: stop.start()] if stop else rest)
    if hit is None and stop is None:
        hit = answer.search(_END.split(place.following.lstrip(), maxsplit=1)[0])
    return hit[0].strip() if hit else None


def _admitted(book: Book, place: _Place, before: str) -> str | None:
    """A "sometimes" or "yes" to a question, which no denial of a plan after it takes back.

    What stands wholly after it ("..., but no plan") is judged by itself; a "no" before it is the answer.
    """
    hit = book("asked", "admitted").search(place.text, 0, place.end)
    if hit is None or place.start >= hit.end():
        return None
    asked = book("asked", "any").search(before) or book("asked", "any").search(place.text, 0, hit.start())
    if not asked or book("negated", "answer").search(place.text, 0, hit.start()):
        return None
    return hit[0].strip()


def _conceded(place: _Place) -> str | None:
    """The "no ... just" that denies one thing and grants the finding: "no man, just angry". To be just tired is to be well enough."""
    if place.core is None or place.text.startswith("tired", place.core[0]):
        return None
    hit = _CONCEDES.search(place.text, 0, place.core[0])
    return hit[0].strip() if hit else None


def _cue(book: Book, name: Assertion, place: _Place) -> str | None:
    """The words of a cue whose reach holds the finding, None where there is none."""
    first, last = place.anchor
    text, stop = _blank(book, name, place), book(name, "stop")
    if book(name, "before").search(text, 0, last):  # few sentences have one: only then it matters how far back it may stand
        left = max((m.end() for m in stop.finditer(text, 0, first)), default=0)
        if name == "negated" and place.core is None:
            left = max(left, max(text.rfind(c, 0, place.start) for c in ",:.") + 1)
        if hit := _found(book(name, "before"), text, left, last):
            return hit
    end = stop.search(text, last)
    return _found(book(name, "after"), text, first, end.start() if end else len(text))


def _weak(book: Book, name: Assertion, place: _Place) -> str | None:
    """A plain "not" (or "would") within WORDS words before the core of the trouble, with no other clause between."""
    if place.core is None:
        return None
    first = place.core[0]
    text = _blank(book, name, place)
    if not book(name, "weak").search(text, 0, first):
        return None
    stops = (*book(name, "stop").finditer(text, 0, first), *book("negated", "weak_stop").finditer(text, 0, first))
    left = max((m.end() for m in stops), default=0)
    hits = [m for m in book(name, "weak").finditer(text, left, first) if len(text[m.end() : first].split()) <= WORDS]
    return hits[-1][0].strip() if hits else None


def _weak_condition(book: Book, place: _Place, label: str) -> str | None:
    """A plain "if" or "would". Of grave matters and conduct it counts only near the core: people hint at those so."""
    if label in GRAVE or family(label) == "relationship":
        return _weak(book, "hypothetical", place)
    text = _blank(book, "hypothetical", place)
    hit = _found(book("hypothetical", "weak"), text, 0, place.anchor[1])
    return hit or _found(book("hypothetical", "after_weak"), text, place.anchor[1], len(text))


def _over(book: Book, place: _Place, label: str) -> str | None:
    """Words that by themselves tell of a death ("took her own life") or, unless it was just now, of something over."""
    if hit := _found(book("final", kind(label)), place.text, place.start, place.end):
        return hit
    recent = book("past", "recent").search(place.text)
    return None if recent else _found(book("over", kind(label)), place.text, place.start, place.end)


def _threat(book: Book, place: _Place) -> bool:
    hit = book("hypothetical", "threat").search(place.text)
    return hit is not None and not book("hypothetical", "threat_not").search(place.text)


def _blank(book: Book, name: Assertion, place: _Place) -> str:
    """The text of a place without what only looks like a cue of this kind, every character in its place."""
    if name not in place.blanked:
        place.blanked[name] = book(name, "not").sub(lambda m: "#" * len(m[0]), place.text)
    return place.blanked[name]


def _found(cue: Cue, text: str, left: int, right: int) -> str | None:
    hit = cue.search(text, left, right)
    return (hit[0].strip() or None) if hit else None


def _quoted(text: str, at: int) -> bool:
    """Whether `at` lies inside quotation marks; they are counted from the start of the line, at most 2 * REACH characters back."""
    line = text[max(0, at - 2 * REACH, text.rfind("\n", 0, at) + 1) : at + 1]
    inside = False
    for i, c in enumerate(line):
        if c in _OPENS:
            inside = True
        elif c in _CLOSES:
            inside = False
        elif c == '"':
            inside = not inside
        elif c in "'‘’":
            opens = not line[i - 1 : i].isalnum() and line[i + 1 : i + 2].isalnum()
            closes = inside and line[i - 1 : i].strip() != "" and not line[i + 1 : i + 2].isalnum() and i + 1 < len(line)
            inside = True if opens and c != "’" else False if closes and c != "'" else inside
    return inside


def _person(book: Book, place: _Place, text: str, start: int, speaker: str | None, label: str) -> _Person:
    """Whose it is: the last subject before the trouble counts, and where none stands there one with which the finding begins."""
    if label == "distress.harm_from_others":
        hit = book("other", "victim").search(place.text)
        named = book("other", "before").search(hit[0]) if hit else None
        if hit is None:
            return "mentee", None
        a, b = (hit.start() + named.start(), hit.start() + named.end()) if named else hit.span()
        return "other", place.said[a:b].strip()
    reported = book("person", "spoken").search(place.text) is not None
    mentee_speaks = reported or _quoted(text, start) or (speaker is not None and speaker.lower() not in _ME)
    subjects = sorted(_subjects(book, place, mentee_speaks))
    upto = place.core[0] if place.core else place.start + OPENING
    before = [s for s in subjects if s[0] <= upto]
    inside = [s for s in before if s[0] >= place.start]
    chosen = inside[0] if inside and place.core is None else before[-1] if before else None
    if chosen is None:
        return "mentee", None
    return _meant(book, place.text, chosen, before)


def _meant(book: Book, text: str, chosen: _Subject, before: list[_Subject]) -> tuple[About, str | None]:
    """Of a pronoun that follows another person in the same clause ("her brother says that he ..."), that person."""
    earlier = [s for s in before if s[0] < chosen[0] and s[1] == "other"]
    if chosen[1] == "mentee" and earlier and text[chosen[0]].isalpha():
        link = text[earlier[-1][0] : chosen[0]]
        if len(link) <= LINK and not re.search(r"[;.]", link):
            return earlier[-1][1], earlier[-1][2]
    return chosen[1], chosen[2]


def _subjects(book: Book, place: _Place, mentee_speaks: bool) -> Iterator[_Subject]:
    text = place.text
    other, reports, objects = book("other", "before"), book("other", "not"), book("other", "object")
    for m in other.finditer(text):
        if not reports.match(text, m.end()) and not objects.search(text[max(0, m.start() - 12) : m.start()]):
            yield m.start(), "other", place.said[m.start() : m.end()].strip()
    for m in book("person", "mentee").finditer(text):
        yield m.start(), "mentee", None
    for m in book("person", "mentor").finditer(text):
        if mentee_speaks:
            yield m.start(), "mentee", None
        elif not book("person", "reports").match(text, m.end()):
            yield m.start(), "mentor", None
