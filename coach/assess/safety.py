"""The floor that nothing lowers (docs/report-contract.md, "The floor"): one function a sentence of the contract.

Each takes the signals and the note and gives the least level it demands, or None. `floor` is the graver of all.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coach.taxonomy import GRAVE, SUICIDAL, Level, higher
from coach.values import Note, Signal

READER_SURE = 0.5
"""Score from which a present suicide or self-harm signal that only the reader saw counts like an explicit phrase."""

_DANGER = SUICIDAL | {"distress.harm_to_others"}
_PROFESSIONALS = re.compile(
    r"\b(?:ambulance|paramedics?|999|911|000 came|hospital|a ?& ?e|e\.?r\b|crisis team|crisis line|psychiatr\w+|inpatient|"
    r"under the care|camhs|safeguarding|police (?:are|were|found|with)|counsell?or (?:has|is|already)|her gp|his gp|their gp|"
    r"therapist|mental health team|duty social worker|in safe hands|being looked after)\b",
    re.IGNORECASE,
)
_TAUGHT = re.compile(
    r"\b(?:course|training|trained|module|policy|polic(?:ies|y)|poster|leaflet|webinar|workshop|slides?|handbook|procedure|"
    r"role.?play|scenario|case study|curriculum|lesson|film|novel|play|book|chapter|story|script|character|episode|song)\b",
    re.IGNORECASE,
)
_IF = re.compile(r"\b(?:if|unless|the day|next time|one more)\b", re.IGNORECASE)
_TAKEN_BACK = re.compile(
    r"\b(?:took (?:it|that) (?:straight )?back|takes? it back|didn'?t mean (?:it|that)|doesn'?t mean (?:it|that)|just talk|only venting|"
    r"just venting|was joking|calmed down and said|would never|wouldn'?t really|not going to do anything)\b",
    re.IGNORECASE,
)
_FEAR = re.compile(r"\b(?:afraid|scared|worr(?:y|ied|ies)|fears?|frightened|terrified|might|could)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Demand:
    """A least level, why in plain words, and the index of the signal that demands it."""

    level: Level
    reason: str
    signal: int


def floor(signals: Sequence[Signal], note: Note) -> tuple[Demand, ...]:
    """Every demand of the floor, gravest first."""
    found = [d for i, s in enumerate(signals) for rule in RULES if (d := rule(i, s, note)) is not None]
    return tuple(sorted(found, key=lambda d: ("emergency", "urgent", "concern", "watch", "none").index(d.level)))


def least(demands: Sequence[Demand]) -> Level:
    """The level that all demands together ask for at least."""
    level: Level = "none"
    for d in demands:
        level = higher(level, d.level)
    return level


def taught(signal: Signal, note: Note) -> bool:
    """Taught material and policy move nothing."""
    return signal.assertion == "hypothetical" and signal.about == "other" and bool(_TAUGHT.search(_around(signal, note, 120)))


def present_danger(i: int, s: Signal, note: Note) -> Demand | None:
    """An explicit suicide phrase, or self-harm or violence about to happen, that is present: at least urgent.

    About somebody else: unless the same note says that professionals have them. A conditional threat has its own rule.
    """
    if s.label not in _DANGER or s.assertion != "present" or not _explicit(s) or _conditional(s, note):
        return None
    if s.about == "other" and _PROFESSIONALS.search(note.text):
        return None
    return Demand("urgent", _PRESENT[s.label], i)


def conditional_threat(i: int, s: Signal, note: Note) -> Demand | None:
    """A conditional threat by the person: at least urgent, concern where it is taken back in the same note."""
    if s.label not in _DANGER or s.assertion != "present" or s.about == "other" or not _conditional(s, note):
        return None
    if not (_explicit(s) or s.score >= READER_SURE):
        return None
    level: Level = "concern" if _TAKEN_BACK.search(note.text[s.start : s.start + 400]) else "urgent"
    return Demand(level, "Said what they might do if something happens: the wish is there now", i)


def fear_for_somebody(i: int, s: Signal, note: Note) -> Demand | None:
    """Another's fear for a named person: at least concern."""
    if s.label not in SUICIDAL or s.assertion != "hypothetical" or taught(s, note):
        return None
    if not _FEAR.search(_around(s, note, 60)):
        return None
    return Demand("concern", "Somebody fears for a person's life or safety", i)


def any_mention(i: int, s: Signal, note: Note) -> Demand | None:
    """Any suicide or self-harm signal about a real person, whatever its assertion: at least watch."""
    if s.label not in SUICIDAL or taught(s, note):
        return None
    return Demand("watch", _MENTIONED[s.assertion], i)


def minor_at_risk(i: int, s: Signal, note: Note) -> Demand | None:
    """A minor with a present harm, self-harm or suicide signal: at least urgent."""
    if note.minor is not True or s.label not in GRAVE or s.assertion != "present" or s.about != "mentee":
        return None
    return Demand("urgent", "A person under 18 may be at risk", i)


RULES: tuple[Callable[[int, Signal, Note], Demand | None], ...] = (
    present_danger,
    conditional_threat,
    fear_for_somebody,
    any_mention,
    minor_at_risk,
)

_PRESENT = {
    "distress.suicide": "Words of suicide or of not wanting to live",
    "distress.self_harm": "Words of hurting oneself",
    "distress.harm_to_others": "A threat to hurt somebody",
}
_MENTIONED = {
    "present": "A sign that somebody may be thinking of suicide or self-harm",
    "negated": "Suicide or self-harm was asked about or denied; worth another gentle look",
    "past": "Suicide or self-harm in the past was touched on",
    "hypothetical": "Suicide or self-harm was spoken of as something feared or possible",
}


def _explicit(s: Signal) -> bool:
    return s.explicit or (s.label in SUICIDAL and s.score >= READER_SURE)


def _conditional(s: Signal, note: Note) -> bool:
    return bool(_IF.search(_sentence(s, note)))


def _sentence(s: Signal, note: Note) -> str:
    """The signal with what stands before it back to the sentence's start, 100 characters at most."""
    before = note.text[max(0, s.start - 100) : s.start]
    cut = max(before.rfind(c) for c in ".!?\n")
    return before[cut + 1 :] + s.quote


def _around(s: Signal, note: Note, reach: int) -> str:
    return note.text[max(0, s.start - reach) : s.end + reach]
