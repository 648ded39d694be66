"""Whom a service is for: age, and groups that we name only where the note gives a reason to.

The registry says it in words ("women", "LGBTQ+ youth", "veterans and families"). A line for one group is not offered to
everybody: it needs a cue in the note. Lines for women or men stand in where nothing for everybody fits.
"""

import re
from functools import cache

from coach.text.expressions import one_of, small
from coach.values import Note, Resource

_YOUNG = re.compile(r"\b(?:youth|child(?:ren)?|teen\w*|kids?|under 1\d|up to 20|ages (?:5|12|16)|7-12)", re.IGNORECASE)
_BOTH = re.compile(r"\badults reporting|women and children|and others", re.IGNORECASE)
_OPEN = frozenset({"everyone", "adults", "children and adults reporting", "youth and adults reporting"})
_BROAD = frozenset({"people under 35", "people aged 16 and over", "ages 16-30"})

_GROUPS: tuple[tuple[str, str], ...] = (
    (
        r"indigenous|native|aboriginal",
        r"indigenous|first nations?|m[ée]tis|inuit|inuk|cree|ojibw\w+|anishinaabe|aboriginal|torres strait|residential school|"
        r"navajo|lakota|mohawk|native american|kookum|koori|murri",
    ),
    (r"\btrans\b", r"trans|transgender|non.?binary"),
    (r"lgb|rainbow", r"gay|lesbian|bisexual|queer|trans|transgender|non.?binary|lgbt\w*\+?|came out (?:to|as)|coming out to"),
    (r"veteran", r"veterans?|ex.army|in the army|ex.forces|regiment|deployed|deployments?|marines"),
    (r"student", r"campus|universit\w+|college|semester|dorm|freshman|sophomore|professor|lectures?|dissertation|thesis"),
    (r"older adult", r"retired|pensioner|in (?:his|her|their) (?:sixties|seventies|eighties)"),
    (r"newcomer|asylum|refugee", r"refugees?|asylum|newcomers?|immigra\w+|work permit|visa|resettle\w*"),
    (r"muslim", r"muslims?|mosque|imam|ramadan|hijab|eid"),
    (r"\bblack\b", r"black (?:youth|kids?|boys?|girls?|man|men|woman|women|community|student)"),
    (r"farm", r"farm\w*|harvest|cattle|dairy"),
    (r"first responder", r"paramedics?|firefighter|police officer|first responder"),
    (r"pregnan", r"pregnan\w+|newborn|postnatal|postpartum|new (?:mum|mom|dad|baby)"),
    (r"use drugs", r"overdos\w+|naloxone|fentanyl|using alone|heroin"),
    (
        r"parents|famil",
        r"(?:his|her|their|my) (?:son|daughter|child|children|kids?|toddler|teenager|husband|wife|partner|dad|mum|mom)",
    ),
)
_SETTINGS = {"student": ("university", "research"), "newcomer|asylum|refugee": ("newcomer",)}
_EITHER_SEX = re.compile(r"\b(?:women|men)\b", re.IGNORECASE)

OPEN, CUED, STAND_IN = 0, 1, 2


def for_young(r: Resource) -> bool:
    """A line for children or youth alone."""
    return bool(_YOUNG.search(r.audience)) and not _BOTH.search(r.audience)


@cache
def _cues() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each group with its cue, to be looked for in small letters; made at the first need, since a calm note has none."""
    return tuple((group, one_of([rf"\b(?:{cue})\b"])) for group, cue in _GROUPS)


def named_groups(note: Note) -> frozenset[str]:
    """The groups (patterns of `_GROUPS`) that the note's words or setting speak of."""
    low = small(note.text)
    return frozenset(group for group, cue in _cues() if note.setting in _SETTINGS.get(group, ()) or cue.search(low))


def place(r: Resource, named: frozenset[str], minor: bool | None) -> int | None:
    """OPEN to whoever is meant, CUED by a group in `named` or for a wide age, STAND_IN where nothing fits better; None: not to be shown.

    `minor` is the age of the person who needs help, None where not known. A line for adults who worry about a child stays;
    one for women or men alone is none for a child.
    """
    if minor is False and for_young(r):
        return None
    if minor is True and r.audience == "adults" and "child_protection" not in r.concerns:
        return None
    if r.audience in _OPEN:
        return OPEN
    if r.audience in _BROAD:
        return CUED
    groups = [group for group, _ in _GROUPS if re.search(group, r.audience, re.IGNORECASE)]
    if groups:
        return CUED if named & set(groups) else None
    if not _EITHER_SEX.search(r.audience):
        return OPEN
    return None if minor is True and "child" not in r.audience else STAND_IN


def for_men(r: Resource) -> bool:
    """A line for men alone."""
    return r.audience == "men"
