"""What help a note asks for: signals and level -> concerns of the registry, most pressing first."""

import re
from collections.abc import Sequence

from coach.advise.chosen import near_child
from coach.assess.safety import taught
from coach.taxonomy import GRAVE, SUICIDAL, Level, kind, rank
from coach.values import Note, Signal

CONCERNS: dict[str, tuple[str, ...]] = {
    "suicide": ("suicide", "crisis"),
    "self_harm": ("suicide", "crisis"),
    "harm_to_others": ("crisis",),
    "hopelessness": ("crisis", "mental_health"),
    "low_mood": ("mental_health",),
    "anxiety": ("mental_health",),
    "lost_confidence": ("mental_health",),
    "overwhelm": ("mental_health",),
    "isolation": ("mental_health",),
    "sleep_body": ("mental_health", "health_advice"),
    "anger": ("mental_health",),
    "grief": ("bereavement", "mental_health"),
    "money": ("debt", "food", "housing", "basic_needs"),
    "substance": ("substance_use",),
}
_PRACTICAL = frozenset({"money", "substance"})
"""Kinds for which a service helps even where nothing else is wrong."""

_WORK = re.compile(
    r"\b(?:boss|manager|supervisor|foreman|colleagues?|co-?workers?|at work|workplace|office|shift|site|crew|hr|pi|professor)\b",
    re.IGNORECASE,
)
_SEXUAL = re.compile(r"\b(?:rap(?:e|ed)|sexual\w*|touch(?:ed|es|ing)|grop(?:ed|ing|es)|consent|nudes?)\b", re.IGNORECASE)
_GAMBLING = re.compile(r"\b(?:gambl\w*|bet(?:s|ting)?|casino|slots?|pokies|wager\w*|bookies?)\b", re.IGNORECASE)


def concerns(note: Note, signals: Sequence[Signal], level: Level, *, full: bool) -> tuple[str, ...]:
    """What help is wanted for, most pressing first; nothing where nothing needs it.

    Wherever suicide or self-harm of a real person was touched on, in any assertion, or the note was not fully read, that comes
    first; below concern only practical help is looked for.
    """
    out: list[str] = ["emergency"] if level == "emergency" else []
    if not full or any(s.label in SUICIDAL and not taught(s, note) for s in signals):
        out += ["suicide", "crisis"]
    minor = whose_age(note, signals)
    for s in sorted(signals, key=lambda s: s.label not in GRAVE):
        if s.label.startswith("distress.") and s.assertion == "present" and (rank(level) >= 2 or kind(s.label) in _PRACTICAL):
            out += _of(s, minor, child=bool(near_child(s, note)))
    if rank(level) >= 3:
        out += ["crisis", "suicide"]
    return tuple(dict.fromkeys(out))


def whose_age(note: Note, signals: Sequence[Signal]) -> bool | None:
    """Whether the help is for a minor: the mentee's age, but False where all distress is the mentor's own."""
    about = {s.about for s in signals if s.label.startswith("distress.")}
    return False if about == {"mentor"} else note.minor


def _of(s: Signal, minor: bool | None, *, child: bool) -> tuple[str, ...]:
    """`child`: one is named where somebody else is harmed or does harm; a line for whoever worries about a child comes first then."""
    if s.label == "distress.harm_from_others":
        sexual = ("sexual_assault",) if _SEXUAL.search(s.quote) else ()
        return ("child_protection", *sexual, "domestic_violence", "crime_victims") if child else _harm(s.quote, minor)
    if child and s.label == "distress.harm_to_others":
        return ("child_protection", *CONCERNS["harm_to_others"])
    if s.label == "distress.substance" and _GAMBLING.search(s.quote):
        return ("gambling", "substance_use")
    return CONCERNS[kind(s.label)]


def _harm(quote: str, minor: bool | None) -> tuple[str, ...]:
    """For harm from others: a child's line first unless the person is known to be grown; then by the words of the quote."""
    young = () if minor is False else ("child_protection", "youth") if minor else ("child_protection",)
    sexual, home = ("sexual_assault",), ("domestic_violence",)
    if _SEXUAL.search(quote):
        return (*young, *sexual, *(("workplace",) if _WORK.search(quote) else home), "crime_victims")
    if _WORK.search(quote):
        return (*young, "workplace", "human_rights", "crime_victims")
    return (*young, *home, *sexual, "crime_victims")
