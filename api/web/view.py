"""A report, made ready to be shown: the note in marked pieces, and each signal with its number and its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.reviews.schemas import Evidence
from coach import LABEL_NAMES, Report, Signal, family, from_dict, runs, safe_text


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of the note. `kinds` are the families it belongs to; `ends` the numbers of the signals that end with it."""

    text: str
    kinds: tuple[str, ...] = ()
    first: int | None = None
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A signal: `number` as it stands in the note, `index` its place in the report."""

    number: int
    index: int
    signal: Signal

    @property
    def name(self) -> str:
        return LABEL_NAMES[self.signal.label]

    @property
    def family(self) -> str:
        return family(self.signal.label)

    @property
    def sure(self) -> str:
        """How sure the detectors are, in words."""
        score = self.signal.score
        return "quite sure" if score >= 0.8 else "fairly sure" if score >= 0.5 else "a guess"


@dataclass(frozen=True, slots=True)
class View:
    """`relationship` are the signals of how the two get on, what holds now."""

    report: Report
    pieces: tuple[Piece, ...]
    seen: tuple[Seen, ...]

    @property
    def relationship(self) -> list[Seen]:
        return [s for s in self.seen if s.family == "relationship" and s.signal.assertion == "present"]

    def number(self, index: int) -> int:
        return next(s.number for s in self.seen if s.index == index)


def view(text: str, given: Mapping[str, Any]) -> View:
    """What holds now comes first in the list; numbers run in the order of the note."""
    report = from_dict(given)
    order = sorted(range(len(report.signals)), key=lambda i: (report.signals[i].start, report.signals[i].end, i))
    numbers = {index: number for number, index in enumerate(order, 1)}
    pieces = []
    for run in runs(text, report.signals):
        mine = [report.signals[i] for i in run.signals]
        ends = tuple(sorted(numbers[i] for i in run.signals if report.signals[i].end == run.end))
        kinds = tuple(sorted({family(s.label) for s in mine}))
        first = min((numbers[i] for i in run.signals), default=None)
        pieces.append(Piece(safe_text(text[run.start : run.end]), kinds, first, ends))
    seen = [Seen(numbers[i], i, report.signals[i]) for i in order]
    return View(report, tuple(pieces), tuple(sorted(seen, key=lambda s: (s.signal.assertion != "present", s.number))))


def dialled(number: str) -> str:
    """A telephone number as an address for tel: and sms:, digits and a leading plus alone."""
    return "".join(c for i, c in enumerate(number) if c.isdigit() or (c == "+" and i == 0))


def marked(passage: Evidence) -> Markup:
    """A passage with its marks; overlapping ones are joined, and every word of the note is escaped."""
    out, at = Markup(), 0
    for start, end, label in passage.marks:
        if end <= at:
            continue
        out += safe_text(passage.text[at : max(at, start)])
        out += Markup('<mark class="{}">{}</mark>').format(family(label), safe_text(passage.text[max(at, start) : end]))
        at = end
    return out + safe_text(passage.text[at:])
