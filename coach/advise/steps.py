"""The wording of follow-ups: loading, checking, and the choice of an entry. Content: indexes/wording/follow_ups.toml."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from coach import tables
from coach.advise.told import DONE, GIVEN
from coach.errors import ContentError
from coach.taxonomy import ABOUT, FAMILIES, GRAVE, LABELS, Level, family
from coach.values import FollowUpKind, Note, Signal

Of = Literal["now", "past", "back", "good"]
"""What a step is for: what holds now; what is over; somebody who did harm and is back; what went well in a heavy note."""

_KINDS: tuple[FollowUpKind, ...] = ("ask", "do", "agree", "refer", "escalate")
_CALLS: tuple[FollowUpKind, ...] = ("refer", "escalate")
_LEADS: tuple[Level, ...] = ("urgent", "emergency")
_NAMES = frozenset(LABELS) | {f"{f}.*" for f in FAMILIES}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the wording file; None means any. `label` may be a whole family ("distress.*").

    `covers` names labels of the same person that this step answers too. `asked`: for a person of whom the note denies suicide.
    `given`: for a note that tells all of these (coach/advise/told.py), or a sentence that names a child; `when`: for a quote in which
    it is found. `calm`: not where somebody may be at risk. `card` is the card that the step rests on, None where the quote is to
    choose one.
    """

    label: str
    about: str | None
    minor: bool | None
    order: float
    kind: FollowUpKind
    text: str
    why: str
    covers: tuple[str, ...] = ()
    asked: bool = False
    given: frozenset[str] = frozenset()
    when: re.Pattern[str] | None = None
    calm: bool = False
    of: Of = "now"
    card: str | None = None

    @property
    def plain(self) -> bool:
        """For every note in which its label holds."""
        return self.of == "now" and not (self.asked or self.given or self.when or self.calm)


@dataclass(frozen=True, slots=True)
class Lead:
    """What comes first at `level`; `label` and `about` None mean any, `minor` the mentee's age; `asked`, `given`, `card` as in a step."""

    level: Level
    label: str | None
    about: str | None
    minor: bool | None
    text: str
    why: str
    asked: bool = False
    given: frozenset[str] = frozenset()
    card: str | None = None


@dataclass(frozen=True)
class Wording:
    """All entries, in the order of the file."""

    steps: tuple[Step, ...]
    leads: tuple[Lead, ...]

    @cached_property
    def _filed(self) -> Mapping[tuple[Of, str], Sequence[Step]]:
        """The steps by what they are for and by label."""
        filed: dict[tuple[Of, str], list[Step]] = {}
        for step in self.steps:
            filed.setdefault((step.of, step.label), []).append(step)
        return filed

    def step(
        self,
        s: Signal,
        note: Note,
        *,
        asked: bool = False,
        given: frozenset[str] = frozenset(),
        at_risk: bool = False,
        of: Of = "now",
    ) -> Step | None:
        """The entry that fits best: the label's own before its family's, whose `about` and `minor` are said before any.

        Of several that fit as well, the one for an answer that was given, if `asked`, the one for the most that is `given`, the one for
        words in the quote; else the quote chooses one, so that the same words always give the same advice.
        """
        fitting = [t for name in (s.label, f"{family(s.label)}.*") for t in self._filed.get((of, name), ())]
        fitting = [t for t in fitting if _fits(t.about, t.minor, s, note) and t.given <= given]
        fitting = [t for t in fitting if (asked or not t.asked) and not (at_risk and t.calm)]
        fitting = [t for t in fitting if t.when is None or t.when.search(s.quote)]
        best = max((_rank(t, s) for t in fitting), default=None)
        equal = [t for t in fitting if _rank(t, s) == best]
        return equal[zlib.crc32(s.quote.encode()) % len(equal)] if equal else None

    def lead(
        self, level: Level, s: Signal | None, note: Note, *, asked: bool = False, given: frozenset[str] = frozenset()
    ) -> Lead:
        """The entry for a level that fits the gravest signal best; the general one without a signal."""
        mine = [t for t in self.leads if t.level == level and t.given <= given and (asked or not t.asked)]
        if s is not None:
            names = (None, s.label, f"{family(s.label)}.*")
            fitting = [t for t in mine if t.label in names and _fits(t.about, t.minor, s, note)]
            return max(fitting, key=lambda t: (*_weight(t.about, t.minor, t.label == s.label), t.asked, len(t.given)))
        general = [t for t in mine if t.label is None and t.about is None and t.minor is None]
        return max(general, key=lambda t: (t.asked, len(t.given)))

    @property
    def cards(self) -> frozenset[str]:
        """Ids of the guidance cards that entries name."""
        return frozenset(card for card in (*(t.card for t in self.steps), *(t.card for t in self.leads)) if card)


def _rank(t: Step, s: Signal) -> tuple[bool, bool, bool, bool, int, bool]:
    return (*_weight(t.about, t.minor, t.label == s.label), t.asked, len(t.given), t.when is not None)


def load(path: Path) -> Wording:
    """Raises ContentError where an entry breaks its schema, or a label or level has no entry for everybody."""
    try:
        entries = tables.read(path)
        steps = tuple(_step(e) for e in entries["step"])
        leads = tuple(_lead(e) for e in entries["lead"])
    except (ValueError, KeyError, re.error) as error:
        raise ContentError(f"{path.name}: {type(error).__name__}: {error}") from None
    for missing in _missing(steps, leads):
        raise ContentError(f"{path.name}: {missing} has no entry for everybody")
    return Wording(steps, leads)


def _missing(steps: Sequence[Step], leads: Sequence[Lead]) -> list[str]:
    general = {s.label for s in steps if s.about is None and s.minor is None and s.plain}
    common = {t.level for t in leads if t.label is None and t.about is None and t.minor is None and not (t.asked or t.given)}
    return [n for n in LABELS if n not in general and family(n) != "expectation"] + [n for n in _LEADS if n not in common]


def _fits(about: str | None, minor: bool | None, s: Signal, note: Note) -> bool:
    """`minor` is the mentee's age; of a step for somebody else's trouble it says who told of it."""
    return about in (None, s.about) and (minor is None or (minor == note.minor and s.about in ("mentee", about)))


def _weight(about: str | None, minor: bool | None, own: bool) -> tuple[bool, bool, bool]:
    """Who it is about weighs most: words for a mentor's own state never go to a mentee, nor the other way round."""
    return (about is not None or minor is not None, own, minor is not None)


def _step(e: dict[str, Any]) -> Step:
    _check(e, _NAMES, "step")
    covers, given = tuple(e.get("covers", ())), frozenset(e.get("given", ()))
    if e["kind"] not in _KINDS or "{quote}" not in e["text"] or not set(covers) <= set(LABELS):
        raise ValueError(f"step for {e['label']}: kind, covers or {{quote}} is wrong")
    if not given <= GIVEN or e.get("of", "now") not in get_args(Of):
        raise ValueError(f"step for {e['label']}: given or of is wrong")
    if given and e["label"] in GRAVE and e["kind"] not in _CALLS:
        raise ValueError(f"step for {e['label']}: what was done already takes no help away")
    when = re.compile(e["when"], re.IGNORECASE) if "when" in e else None
    return Step(
        e["label"],
        e.get("about"),
        e.get("minor"),
        e["order"],
        e["kind"],
        e["text"],
        e["why"],
        covers,
        e.get("asked", False),
        given,
        when,
        e.get("calm", False),
        e.get("of", "now"),
        e.get("card"),
    )


def _lead(e: dict[str, Any]) -> Lead:
    asked, given = e.get("asked", False), frozenset(e.get("given", ()))
    if e["level"] not in _LEADS or not given <= set(DONE):
        raise ValueError(f"lead for level {e['level']!r}")
    if e["level"] == "emergency" and (asked or given):
        raise ValueError("lead for emergency: nothing that was done already changes it")
    if "label" in e:
        _check(e, _NAMES, "lead")
    return Lead(e["level"], e.get("label"), e.get("about"), e.get("minor"), e["text"], e["why"], asked, given, e.get("card"))


def _check(e: dict[str, Any], names: frozenset[str], what: str) -> None:
    if e["label"] not in names or e.get("about") not in (None, *ABOUT) or e.get("minor") not in (None, True, False):
        raise ValueError(f"{what} for {e['label']!r}: label, about or minor is wrong")
