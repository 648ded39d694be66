"""Fairness and robustness: the same notes read again after each change of perturb.py, held against how they were read before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coach.evaluating.bootstrap import RAISED, RECALLED, Estimate, Tally, differences, draws, figures, tally
from coach.evaluating.perturb import VARIANTS, Variant, changed
from coach.taxonomy import FAMILIES, LEVELS

Row = Mapping[str, Any]
AXES = ("names", "pronouns", "spelling", "writing")
GROUPED = ("names", "pronouns")
"""Axes whose variants stand for groups of people: there the gap between two of them matters."""
MAIN = (*(f"{name} F1" for name in FAMILIES), RECALLED)
COMPARED = (*MAIN, RAISED)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does to the notes that it alters (`places`): `difference` of each figure (after - before), how many notes
    come out at a graver (`raised`) or lighter (`lowered`) level, and how many labels the change has `lost`.

    `after` counts all notes, those that it leaves alone too.
    """

    variant: Variant
    places: tuple[int, ...]
    lost: int
    difference: dict[str, Estimate]
    raised: int
    lowered: int
    after: Tally


@dataclass(frozen=True, slots=True)
class Gap:
    """The widest difference of a figure between two groups of an axis (worst - best), over the notes that any of them alters.

    The pair is picked for being the widest, so its interval is narrower than chance would have it.
    """

    axis: str
    figure: str
    best: str
    worst: str
    difference: Estimate


def effects(
    gold: Sequence[Row], reports: Sequence[Row], read: Callable[[Row], Row], variants: Sequence[Variant] | None = None
) -> list[Effect]:
    """The effect of every change (None: all of perturb.py) that alters a note at all. `read` gives a note's report."""
    base = tally(gold, reports)
    found = (_effect(variant, gold, reports, base, read) for variant in (VARIANTS if variants is None else variants))
    return [e for e in found if e]


def _effect(
    variant: Variant, gold: Sequence[Row], reports: Sequence[Row], base: Tally, read: Callable[[Row], Row]
) -> Effect | None:
    made = [changed(note, variant.change) for note in gold]
    places = tuple(i for i, (note, _) in enumerate(made) if note["text"] != gold[i]["text"] and note["text"].strip())
    if not places:
        return None
    again = [read(made[i][0]) for i in places]
    altered = tally([made[i][0] for i in places], again)
    after = Tally(base.labels.copy(), base.levels.copy())
    after.labels[list(places)], after.levels[list(places)] = altered.labels, altered.levels
    shift = [_level(new) - _level(reports[i]) for i, new in zip(places, again, strict=True)]
    difference = differences(base.of(places), altered, draws(len(places)))
    lost = sum(made[i][1] for i in places)
    return Effect(variant, places, lost, difference, sum(s > 0 for s in shift), sum(s < 0 for s in shift), after)


def worst(found: Sequence[Effect]) -> list[tuple[str, str, Effect]]:
    """(axis, figure, effect) of the change that hurts a figure most on each axis; left out where none hurts."""
    out = []
    for axis in AXES:
        for figure in MAIN:
            mine = [e for e in found if e.variant.axis == axis and e.difference[figure].value < 0]
            if mine:
                out.append((axis, figure, min(mine, key=lambda e: e.difference[figure].value)))
    return out


def gaps(found: Sequence[Effect]) -> list[Gap]:
    """The widest gap of each figure on each axis of groups; left out where a figure says nothing or is the same for all."""
    out = []
    for axis in GROUPED:
        mine = [e for e in found if e.variant.axis == axis]
        places = sorted({i for e in mine for i in e.places})
        cut = {e.variant.name: e.after.of(places) for e in mine}
        values = {name: figures(t.labels.sum(0), t.levels.sum(0)) for name, t in cut.items()}
        for figure in MAIN:
            by = sorted((float(v[figure]), name) for name, v in values.items())
            if by and by[0][0] < by[-1][0]:
                low, high = by[0][1], by[-1][1]
                out.append(Gap(axis, figure, high, low, differences(cut[high], cut[low], draws(len(places)))[figure]))
    return out


def _level(report: Row) -> int:
    return LEVELS.index(report["triage"]["level"])
