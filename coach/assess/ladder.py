"""Triage of the whole note: the reader's view, what the signals earn by the labelling guide, and the floor; the gravest wins."""

import re
from collections.abc import Sequence
from dataclasses import replace
from math import inf

from coach.assess.safety import Demand, floor, least
from coach.taxonomy import LABEL_NAMES, SUICIDAL, Level, family, higher, kind, rank
from coach.values import Note, Reading, Signal, Triage, WholeNote

_BOUNDARY = frozenset({"over_familiar", "confidence_breach"})
_CLOSE = "relationship.over_familiar"
_HEAVY = frozenset({"hopelessness", "harm_from_others", "harm_to_others", "money", "substance"})
_WHOSE = {"mentee": "", "mentor": " (yours)", "other": " (somebody else)"}
MOST_REASONS = 5
MANY_KINDS = 3
"""Kinds of present distress from which it counts as piling up."""

FAINT = 0.1
"""P(urgent) below which it takes a trouble that holds now for a note to be urgent as a whole."""

LEAST_WORDS = 2
"""Words that are quoted as they stand, a joining word at their head too."""


def triage(
    signals: Sequence[Signal], reading: Reading | None, note: Note, *, full: bool, urgent_from: float | None = None
) -> Triage:
    """The level with its reasons in plain words, gravest first, and the signals that led there.

    `urgent_from` is the urgent score from which the whole note is urgent, None for the reader's own threshold; it moves that
    step alone: what falls under it stays at concern or the level that it has without, and the floor holds.

    With a reading the signals alone raise to watch at most, since the reader's level was trained on whole notes; without one
    they raise as far as the guide says. Where the note was not fully read (`full` is false) the level is at least watch.
    """
    demands = floor(signals, note)
    earned = earned_level(signals)
    reading = _backed(reading, signals)
    read = _tempered(_read(reading, urgent_from), signals)
    level = higher(least(demands), read)
    level = higher(level, earned if reading is None or rank(earned) <= 1 else "watch")
    unread = not full and level == "none"
    level = "watch" if unread else level
    reasons, used = _reasons(signals, demands, level)
    if unread:
        reasons = (_UNREAD,)
    elif rank(read) > max(rank(least(demands)), rank(earned)):
        reasons = (*reasons[: MOST_REASONS - 1], _WHOLE[read])
    return Triage(level, reasons[:MOST_REASONS], used)


def whole_note(
    level: Level, signals: Sequence[Signal], reading: Reading | None, note: Note, *, full: bool, urgent_from: float | None
) -> WholeNote | None:
    """What another cut would have made of the note can be told from this; None where no trained reader read it. `level` is what `triage`
    made of the same."""
    reading = _backed(reading, signals)
    if reading is None:
        return None
    cut = _read(reading, urgent_from) != _read(reading, inf)
    otherwise = triage(signals, reading, note, full=full, urgent_from=inf).level if cut else level
    return WholeNote(reading.levels, reading.levels[2], otherwise, urgent_from)


def _read(reading: Reading | None, urgent_from: float | None) -> Level:
    """The reader's level, with `urgent_from` in the place of its own cut for urgent."""
    if reading is None:
        return "none"
    if urgent_from is None or reading.level == "emergency":
        return reading.level
    below: Level = "concern" if reading.level == "urgent" else reading.level
    return "urgent" if reading.levels[2] >= urgent_from else below


def _backed(reading: Reading | None, signals: Sequence[Signal]) -> Reading | None:
    """The reading; without its P(urgent) where that is faint and all distress that was heard is over, denied or imagined, unless somebody
    comes too close: that is how grooming begins.

    Of every other training note, 12 that the whole note alone raised had no distress that holds, none of them urgent, 7 under FAINT. But
    five grave notes that nobody prepared for (tests/detect/unprepared) stand at 0.12 to 0.44, their words misread as denied: hence FAINT.
    """
    if reading is None or reading.level == "emergency" or reading.levels[2] >= FAINT or not _over(signals):
        return reading
    if any(s.label == _CLOSE and s.assertion == "present" for s in signals):
        return reading
    calm: Level = "concern" if reading.level == "urgent" else reading.level
    return replace(reading, level=calm, levels=(*reading.levels[:2], 0.0, 0.0))


def _tempered(read: Level, signals: Sequence[Signal]) -> Level:
    """The reader's level; watch in the place of concern where all distress that was heard is over, denied or imagined.

    The guide's concern is distress that lasts, piles up or gets in the way. What is urgent stays so: there a denial may hide much.
    """
    crossed = any(s.assertion == "present" and kind(s.label) in _BOUNDARY for s in signals)
    return "watch" if read == "concern" and _over(signals) and not crossed else read


def _over(signals: Sequence[Signal]) -> bool:
    """Whether distress was heard and none of it holds now."""
    troubles = [s for s in signals if family(s.label) == "distress"]
    return bool(troubles) and all(s.assertion != "present" for s in troubles)


def earned_level(signals: Sequence[Signal]) -> Level:
    """What the signals earn by themselves, the floor aside."""
    level: Level = "none"
    kinds = {s.label for s in signals if _holds(s) and family(s.label) == "distress" and s.about != "other"}
    if len(kinds) >= MANY_KINDS or any(kind(k) in _HEAVY for k in kinds):
        level = "concern"
    for s in signals:
        if _matters(s):
            level = higher(level, "concern" if kind(s.label) in _BOUNDARY and s.score >= 0.8 else "watch")
    return level


def _holds(s: Signal) -> bool:
    return s.assertion == "present" and s.status != "explicit"


def _matters(s: Signal) -> bool:
    """Worth a look: what holds now (but for progress), and past distress that was touched on."""
    if s.label == "relationship.progress" or s.status == "explicit":
        return False
    return s.assertion == "present" or (s.assertion == "past" and family(s.label) == "distress" and s.about == "mentee")


def _reasons(signals: Sequence[Signal], demands: Sequence[Demand], level: Level) -> tuple[tuple[str, ...], tuple[int, ...]]:
    lines: list[str] = []
    used: list[int] = []
    for d in demands:
        if d.signal not in used:
            lines.append(f"{d.reason}{_whose(signals[d.signal])}: {quoted(signals[d.signal].quote)}")
            used.append(d.signal)
    rest = sorted(
        (i for i, s in enumerate(signals) if i not in used and _matters(s)),
        key=lambda i: (_weight(signals[i]), -signals[i].score),
    )
    seen: set[str] = {signals[i].label for i in used}
    for i in rest:
        s = signals[i]
        if level != "none" and s.label not in seen:
            lines.append(f"{_plain(s)}: {quoted(s.quote)}")
            seen.add(s.label)
            used.append(i)
    return tuple(lines), tuple(sorted(used))


def _weight(s: Signal) -> int:
    if kind(s.label) in _HEAVY and s.assertion == "present":
        return 0
    return {"distress": 1, "expectation": 2, "relationship": 3}[family(s.label)] + (3 if s.assertion != "present" else 0)


def _plain(s: Signal) -> str:
    text = LABEL_NAMES[s.label]
    if family(s.label) == "expectation":
        return f"Something unspoken about {text}"
    whose = _WHOSE[s.about] if family(s.label) == "distress" else ""
    past = ", in the past" if s.assertion == "past" else ""
    return text[0].upper() + text[1:] + past + whose


def _whose(s: Signal) -> str:
    """Of a demand of the floor: said where it is of suicide or self-harm and not the mentee's own."""
    return _WHOSE[s.about] if s.label in SUICIDAL else ""


def quoted(words: str, longest: int = 120) -> str:
    """The words in quotation marks, on one line, cut at a word where they are long; the sentence around them has its own stop.

    Without an "and" or "but" that joined them to what stood before; a mark inside whose fellow was cut off gets it back.
    """
    line = _bare(" ".join(words.split()).rstrip(".,;:")).rstrip(".,;:")
    line = _JOINED.sub("", line, count=1) if len(line.split()) > LEAST_WORDS else line
    if len(line) > longest:
        line = line[:longest].rsplit(" ", 1)[0] + "…"
    return f"“{_nested(line)}”"


def _bare(line: str) -> str:
    """Without quotation marks around the whole, or one at an end whose fellow is missing; those of a part stay, both of them."""
    if line[:1] in "'‘" and line[-1:] in "'’":
        line = line[1:-1]
    inner = line.strip(_MARKS)
    if not any(mark in inner for mark in _MARKS):
        return inner if line[:1] in _MARKS or sum(line.count(mark) for mark in _MARKS) == 1 else line
    return line


def _nested(line: str) -> str:
    """Marks inside the quotation in pairs, and single where they would be taken for its own."""
    line = line + '"' if line.count('"') % 2 and re.search(r'(?:^|[\s(])"(?=\w)[^"]*$', line) else line
    line = line + "'" if _SINGLE_OPEN.search(line) else line
    line = line + "”" * max(0, line.count("“") - line.count("”"))
    line = "“" * max(0, line.count("”") - line.count("“")) + line
    return line.replace("“", "‘").replace("”", "’")


_JOINED = re.compile(r"\A(?:and|but)\s+(?=\w)", re.IGNORECASE)
_MARKS = '"“”'
_SINGLE_OPEN = re.compile(r"[,:] '(?=[A-Z])(?:[^']|(?<=\w)'(?=\w))*\Z")
"""A single mark that begins what somebody said and has no fellow; an apostrophe is none."""
_WHOLE: dict[Level, str] = {
    "none": "",
    "watch": "Taken as a whole the note reads like ones worth keeping an eye on.",
    "concern": "Taken as a whole the note reads like ones where trouble had piled up; no single sentence says it all.",
    "urgent": "Taken as a whole the note reads like ones where somebody was at risk; no single sentence says it all.",
    "emergency": "Taken as a whole the note reads like ones where somebody was in danger; no single sentence says it all.",
}
_UNREAD = "The note was not fully read, so it cannot be called calm."
WORDS = (
    *filter(None, _WHOLE.values()),
    _UNREAD,
    "{reason}: {quote}",
    "Something unspoken about {what}",
    *(
        "{what}" + past + whose
        for past in ("", ", in the past")
        for whose in ("", " (yours)", " (somebody else)")
        if past + whose
    ),
)
"""Every reason as it is put together here, for translators; `{quote}` comes with its marks, `{what}` is a label's name."""
