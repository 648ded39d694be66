"""How a referral is followed through: who calls, what to expect, whom to tell, when to ask again (indexes/wording/handoff.toml)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from coach import tables
from coach.advise.told import DONE
from coach.errors import ContentError
from coach.taxonomy import LABELS, LEVELS, Level, family, rank
from coach.values import Handoff, HandoffKind, Note, Signal

KINDS: tuple[HandoffKind, ...] = get_args(HandoffKind)


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry of the wording; empty `labels` and None for `minor` mean any. `given`: for a note that tells all of these."""

    kind: HandoffKind
    levels: tuple[Level, ...]
    labels: tuple[str, ...]
    minor: bool | None
    text: str
    card: str
    given: frozenset[str] = frozenset()

    def fits(self, level: Level, present: frozenset[str], minor: bool | None, given: frozenset[str]) -> bool:
        return (
            level in self.levels
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
            if not any(line.kind == "offer" and level in line.levels for line in self._lines):
                raise ContentError(f"{path.name}: no offer at {level}")

    @property
    def cards(self) -> frozenset[str]:
        """Ids of the guidance cards that the lines rest on."""
        return frozenset(line.card for line in self._lines)

    def lines(
        self, note: Note, signals: Sequence[Signal], level: Level, given: frozenset[str] = frozenset()
    ) -> tuple[Handoff, ...]:
        """One line of each kind, the first that fits; none below `concern`, nor where only somebody else's trouble was found.

        `given` is what the note tells of what was done already (coach/advise/told.py).
        """
        present = frozenset(
            s.label for s in signals if s.assertion == "present" and s.about == "mentee" and family(s.label) == "distress"
        )
        if rank(level) < rank("concern") or not present:
            return ()
        return tuple(self._chosen(level, present, note.minor, given))

    def _chosen(self, level: Level, present: frozenset[str], minor: bool | None, given: frozenset[str]) -> Iterator[Handoff]:
        for kind in KINDS:
            found = next((x for x in self._lines if x.kind == kind and x.fits(level, present, minor, given)), None)
            if found:
                yield Handoff(kind, found.text, found.card)


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
        )
    except (KeyError, TypeError) as error:
        raise ContentError(f"{name}: entry {number}: {type(error).__name__} at {error}") from None
    known = made.given <= set(DONE) and not (made.given and "emergency" in made.levels)
    if made.kind not in KINDS or not set(made.levels) <= set(LEVELS) or not set(made.labels) <= set(LABELS) or not known:
        raise ContentError(f"{name}: entry {number}: kind, level or label is not known")
    return made
