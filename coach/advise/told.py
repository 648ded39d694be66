"""What a note tells beside its signals, and that changes advice: what was done already, who is back, what went well.

Cues: indexes/wording/told.toml. They change how a step is worded, never whether somebody in danger gets help.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from coach import tables
from coach.assess.safety import whole_sentence
from coach.errors import ContentError
from coach.text.expressions import one_of, small
from coach.values import Note, Sentence, Signal

DONE: Final = ("staff", "help", "spot", "doctor", "asked", "advice", "hidden")
"""What a note may tell of: staff know; somebody trained has seen the person; somebody on the spot was to be reached; a doctor or
counsellor is booked; suicide was asked about in plain words; a place that helps with money was named; the mentor told nobody."""

CHILD: Final = "child"
"""A child is named in a sentence about somebody else's harm."""
GIVEN: Final = frozenset((*DONE, CHILD))
"""What an entry of the wording may be for."""
HIDDEN: Final = "hidden"
MENTOR: Final = frozenset({"me", "i", "mentor", "coach", "moi"})
"""Speakers of a transcript, in small letters, who are the mentor."""
_MENTORS_OWN: Final = frozenset({"staff", "asked", HIDDEN})
"""What counts only where the mentor says it: in a transcript another's "I told ..." is not the mentor's."""


@dataclass(frozen=True, slots=True)
class Back:
    """Somebody lives or is there again: the sentence that says so, and who it is ("father"), empty for a mere "he"."""

    words: str
    kin: frozenset[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentences of a note tell: a part of DONE, who is back, and the first sentence in which something went well."""

    done: frozenset[str] = frozenset()
    back: tuple[Back, ...] = ()
    good: str | None = None


NOTHING: Final = Told()


@dataclass(frozen=True, slots=True)
class Cues:
    """Of `done`, `back` and `good` only what stands after no word of `undone` in its sentence counts.

    `ours`: a load that only a mentor has. `mine`: by the kind of a signal, what the mentor did ("I've been late").
    """

    done: Mapping[str, re.Pattern[str]]
    undone: re.Pattern[str]
    back: re.Pattern[str]
    good: re.Pattern[str]
    ours: re.Pattern[str]
    mine: Mapping[str, re.Pattern[str]]
    people: Mapping[str, re.Pattern[str]]

    def told(self, sentences: Sequence[Sentence]) -> Told:
        """What the sentences tell; each cue is looked for in one sentence at a time."""
        heard = [(s, small(s.text)) for s in sentences]
        done = frozenset(name for name, cue in self.done.items() if any(self._said(name, cue, s, low) for s, low in heard))
        good = next((s.text for s, low in heard if self._holds(self.good, low)), None)
        return Told(done, tuple(self._returns(heard)), good)

    def kin(self, words: str) -> frozenset[str]:
        """Who is named by what they are to somebody: "father", "partner", ..."""
        low = small(words)
        return frozenset(name for name, cue in self.people.items() if cue.search(low))

    def burdens(self, words: str) -> bool:
        """Whether the words tell of a load that only a mentor has."""
        return bool(self.ours.search(small(words)))

    def _returns(self, heard: Sequence[tuple[Sentence, str]]) -> Iterator[Back]:
        for s, low in heard:
            if m := self._holds(self.back, low):
                yield Back(s.text, self.kin(m[0]))

    def _said(self, name: str, cue: re.Pattern[str], s: Sentence, low: str) -> bool:
        """A mentor who told nobody says so with a "not"."""
        if name in _MENTORS_OWN and s.speaker is not None and s.speaker.lower() not in MENTOR:
            return False
        return bool(cue.search(low) if name == HIDDEN else self._holds(cue, low))

    def _holds(self, cue: re.Pattern[str], low: str) -> re.Match[str] | None:
        """The first match that is neither denied, nor planned, nor wished for by a word before it."""
        return next((m for m in cue.finditer(low) if not self.undone.search(low, 0, m.start())), None)


def load(path: Path) -> Cues:
    """Raises ContentError where the file breaks its shape, or an expression its syntax."""
    try:
        rows = tables.read(path)
        if set(rows["done"]) != set(DONE):
            raise ValueError(f"done needs {', '.join(DONE)} and no more")
        return Cues(
            {name: _any(given) for name, given in rows["done"].items()},
            _any(rows["undone"]),
            _any(rows["back"]),
            _any(rows["good"]),
            _any(rows["ours"]),
            {name: re.compile("|".join(f"(?:{e})" for e in _listed(given))) for name, given in rows["mine"].items()},
            {name: _any(given) for name, given in rows["people"].items()},
        )
    except (KeyError, ValueError, TypeError, re.error) as error:
        raise ContentError(f"{path.name}: {type(error).__name__}: {error}") from None


def _any(expressions: Any) -> re.Pattern[str]:
    """To be looked for in small letters."""
    return one_of(_listed(expressions))


def _listed(expressions: Any) -> list[str]:
    if not isinstance(expressions, list) or not expressions:
        raise ValueError("a list of expressions is empty or none")
    return expressions


def around(note: Note, s: Signal, reach: int = 200) -> str:
    """The signal with the rest of its sentence on one line, `reach` characters to either side at most."""
    return " ".join(whole_sentence(s, note, reach).split())
