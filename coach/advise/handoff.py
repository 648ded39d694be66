"""How a referral is followed through: who calls, what to expect, whom to tell, when to ask again (indexes/wording/handoff.toml)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from coach import tables
from coach.advise.chosen import elsewhere, near_child
from coach.advise.told import CHILD, GIVEN
from coach.errors import ContentError
from coach.taxonomy import LABELS, LEVELS, About, Level, family, rank
from coach.values import Handoff, HandoffKind, Note, Signal

KINDS: tuple[HandoffKind, ...] = get_args(HandoffKind)

_WHOSE: tuple[About, ...] = ("mentee", "other")


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry of the wording; empty `labels` and None for `minor` mean any. `given`: for a note that tells all of these.

    `about`: whose trouble it is, the mentee's or somebody else's.
    """

    kind: HandoffKind
    levels: tuple[Level, ...]
    labels: tuple[str, ...]
    minor: bool | None
    text: str
    card: str
    given: frozenset[str] = frozenset()
    about: About = "mentee"

    def fits(self, level: Level, about: About, present: frozenset[str], minor: bool | None, given: frozenset[str]) -> bool:
        return (
            level in self.levels
            and self.about == about
            and self.given <= given
            and (not self.labels or bool(present & set(self.labels)))
            and self.minor in (None, minor or False)
        )


class Handoffs:
    """Loads the wording. Raises ContentError where an entry breaks its shape, or a level from `concern` on has no offer."""

    def __init__(self, folder: Path) -> None:
        path = folder / "handoff.toml"
        rows = tables.read(path).get("line", [])
        self._lines = tuple(_line(path.name, n, row) for n, row in enumerate(rows, 1))
        for level in LEVELS[2:]:
            for about in _WHOSE:
                if not any(x.kind == "offer" and x.about == about and level in x.levels and _plain(x) for x in self._lines):
                    raise ContentError(f"{path.name}: no offer at {level} for the {about}")

    @property
    def cards(self) -> frozenset[str]:
        """Ids of the guidance cards that the lines rest on."""
        return frozenset(line.card for line in self._lines)

    def lines(
        self, note: Note, signals: Sequence[Signal], level: Level, given: frozenset[str] = frozenset()
    ) -> tuple[Handoff, ...]:
        """One line of each kind, the first that fits; none below `concern`, nor where only somebody else's lighter trouble was found.

        Where somebody else is in graver trouble than the mentee, the lines are about how that person is reached, and how the mentee
        does not carry it alone. `given` is what the note tells of what was done already (coach/advise/told.py).
        """
        about: About = "other" if elsewhere(signals) else "mentee"
        found = [s for s in signals if s.assertion == "present" and s.about == about and family(s.label) == "distress"]
        if rank(level) < rank("concern") or not found:
            return ()
        given = given.union(*(near_child(s, note) for s in found))
        return tuple(self._chosen(level, about, frozenset(s.label for s in found), note.minor, given))

    def _chosen(
        self, level: Level, about: About, present: frozenset[str], minor: bool | None, given: frozenset[str]
    ) -> Iterator[Handoff]:
        for kind in KINDS:
            found = next((x for x in self._lines if x.kind == kind and x.fits(level, about, present, minor, given)), None)
            if found:
                yield Handoff(kind, found.text, found.card)


def _plain(line: _Line) -> bool:
    """For every note of its level."""
    return not (line.labels or line.given) and line.minor is None


def _line(name: str, number: int, row: dict[str, object]) -> _Line:
    try:
        made = _Line(
            kind=row["kind"],  # type: ignore[arg-type]
            levels=tuple(row["levels"]),  # type: ignore[arg-type]
            labels=tuple(row.get("labels", ())),  # type: ignore[arg-type]
            minor=row.get("minor"),  # type: ignore[arg-type]
            text=str(row["text"]),
            card=str(row["card"]),
            given=frozenset(row.get("given", ())),  # type: ignore[call-overload]
            about=row.get("about", "mentee"),  # type: ignore[arg-type]
        )
    except (KeyError, TypeError) as error:
        raise ContentError(f"{name}: entry {number}: {type(error).__name__} at {error}") from None
    known = made.given <= GIVEN and made.about in _WHOSE and not (made.given - {CHILD} and "emergency" in made.levels)
    if made.kind not in KINDS or not set(made.levels) <= set(LEVELS) or not set(made.labels) <= set(LABELS) or not known:
        raise ContentError(f"{name}: entry {number}: kind, level or label is not known")
    return made
