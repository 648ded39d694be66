"""Where evidence stands in a note: overlapping signals joined into runs that a face can mark, and text made safe to show."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coach.taxonomy import LABEL_NAMES, family
from coach.values import Report, Signal
from coach.wording.words import Words

_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ASSERTED = {"negated": "said not to be so", "past": "past", "hypothetical": "only imagined or feared"}
ENGLISH = Words()


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of the note; `signals` are the indices of the signals it belongs to, empty for plain text."""

    start: int
    end: int
    signals: tuple[int, ...]


def runs(text: str, signals: Sequence[Signal]) -> Iterator[Run]:
    """The whole text, in order, as plain and marked pieces."""
    edges = sorted({0, len(text), *(s.start for s in signals), *(s.end for s in signals)})
    for a, b in itertools.pairwise(edges):
        yield Run(a, b, tuple(i for i, s in enumerate(signals) if s.start <= a and b <= s.end))


def marked(signals: Sequence[Signal]) -> list[tuple[tuple[int, int], tuple[int, ...]]]:
    """The places to mark and the indices of the signals there, each either within another or apart from it, the inner one first
    where two end together.

    What has the same start and end is one place, and so is what overlaps without lying within: marks of text could not show which of
    two such pairs closes first.
    """
    places: dict[tuple[int, int], tuple[int, ...]] = {}
    for i, s in enumerate(signals):
        at = (s.start, s.end)
        rows: tuple[int, ...] = (i,)
        while crossed := next((p for p in places if _cross(p, at)), None):
            at, rows = (min(at[0], crossed[0]), max(at[1], crossed[1])), (*places.pop(crossed), *rows)
        places[at] = (*places.get(at, ()), *rows)
    return sorted(places.items(), key=lambda place: (place[0][1], -place[0][0]))


def _cross(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two places overlap and neither lies within the other."""
    first, second = sorted((a, b))
    return first[0] < second[0] < first[1] < second[1]


def safe(text: str) -> str:
    """Without control characters, terminal escapes and direction overrides, which could disguise what a note says."""
    return _UNSAFE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def name(signal: Signal, words: Words = ENGLISH) -> str:
    """'low mood (the mentor's own)', 'suicide (said not to be so)', 'unspoken: how fast messages are answered'."""
    label = words.say(LABEL_NAMES[signal.label])
    if family(signal.label) == "expectation":
        return words.fill("unspoken: {label}" if signal.status == "implicit" else "spoken: {label}", label=label)
    whose = {"mentor": words.fill("the mentor's own"), "other": signal.who or words.fill("somebody else"), "mentee": ""}
    asserted = words.fill(_ASSERTED[signal.assertion]) if signal.assertion in _ASSERTED else ""
    details = [d for d in (asserted, whose[signal.about]) if d]
    return f"{label} ({', '.join(details)})" if details else label


def shown(report: Report) -> list[int]:
    """Indices of the signals in the order a reader wants them: what holds now first, as the note has them."""
    order = range(len(report.signals))
    return sorted(order, key=lambda i: (report.signals[i].assertion != "present", i))
