"""The parts of the report: what was measured, put in words, tables and plots."""

import math
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from coach.evaluating import gallery, plots
from coach.evaluating.bootstrap import RAISED, RECALLED, Estimate
from coach.evaluating.curves import RECALLS, PrecisionRecall, Reliability
from coach.evaluating.page import Section, Table
from coach.evaluating.robust import COMPARED, Effect, gaps, worst
from coach.taxonomy import FAMILIES, LABEL_NAMES, LEVELS

Row = Mapping[str, Any]
PLOTTED = (*(f"{name} F1" for name in FAMILIES), RECALLED)


def headline(found: Mapping[str, Estimate], notes: int) -> Section:
    rows = [[name, *_cells(e, 1 if name == RAISED else 3)] for name, e in found.items()]
    shown = [(name, found[name]) for name in PLOTTED if not math.isnan(found[name].value)]
    said = "; ".join(f"{name} {_with_interval(e)}" for name, e in shown)
    return Section(
        "Figures",
        (
            f"The whole coach on {notes} notes. An interval holds 95 of 100 redraws of the same number of notes: a figure may move "
            "that far by the choice of notes alone. It says nothing of other writers or real notes.",
        ),
        (Table("Figures with 95% intervals", ("figure", "value", "95% interval"), rows),),
        plots.intervals(shown) if shown else "",
        f"Dots with bars from 0 to 1: {said}.",
    )


def labels(result: Row, found: Mapping[str, Estimate]) -> Section:
    rows = []
    for name in FAMILIES:
        for label, r in result[name]["labels"].items():
            cells = [f"{r['precision']:.3f}", f"{r['recall']:.3f}", *_cells(found[label])]
            rows.append([label, LABEL_NAMES[label], *cells, str(r["gold"]), str(r["reported"])])
    head = ("label", "meaning", "precision", "recall", "F1", "95% interval", "labelled", "reported")
    words = "A label with a handful of examples has an interval as wide as the scale: read it as not known."
    return Section("Every label", (words,), (Table("Precision, recall and F1 of every label", head, rows),))


def triage(result: Row) -> Section:
    t = result["triage"]
    most = max((n for row in t["table"].values() for n in row.values()), default=0) or 1
    rows = [[f"labelled {g}", *(str(t["table"][g][p]) for p in LEVELS)] for g in LEVELS]
    shades = [[t["table"][g][p] / most for p in LEVELS] for g in LEVELS]
    words = (
        f"The level is right for {t['accuracy']:.1%} of the notes and within one step for {t['within_one']:.1%}. "
        f"Of the notes labelled urgent or emergency {t['grave_left_below_concern']} were left below concern; of those labelled none "
        f"or watch {t['calm_raised_to_grave']} were raised to urgent or emergency."
    )
    return Section("Confusion of triage", (words,), (Table("Labelled level by reported level", ("", *LEVELS), rows, shades),))


def reliability(found: Sequence[Reliability]) -> Section:
    rows = [[r.level, f"{p:.2f}", f"{so:.2f}", str(n)] for r in found for p, so, n in r.points]
    said = ", ".join(f"{r.level} {r.error:.3f}" for r in found)
    return Section(
        "Reliability of the levels",
        (
            "The trained reader gives for each level a probability that the note is at it or graver, before thresholds, phrases and "
            "floor. A dot on the dashed line means: of the notes given 70%, seven in ten are labelled so. Below it the reader is too "
            f"sure. Expected calibration error in ten bins: {said}.",
        ),
        (Table("Reliability, by bins of the probability", ("level or graver", "said", "so", "notes"), rows, folded=True),),
        plots.reliability(found),
        f"Four panels, one a level, share of notes labelled so against the reader's probability. Expected calibration error: {said}.",
    )


def precision_recall(found: Sequence[PrecisionRecall]) -> Section:
    rows = [[f"{r:.1f}", *(_number(one.at(r)) for one in found)] for r in RECALLS]
    said = ", ".join(f"{one.family} {one.average:.3f}" for one in found)
    table = Table("Best precision at a recall or more", ("recall", *(one.family for one in found)), rows, folded=True)
    return Section(
        "Precision against recall",
        (
            "Of the trained reader's own scores, sentence by sentence, with one threshold for all labels of a family (what is served has "
            f"one a label). Average precision: {said}.",
        ),
        (table,),
        plots.precision_recall(found) if found else "",
        f"Precision falls as recall grows, one curve a family. Average precision: {said}.",
    )


def learning(words: str, runs: Sequence[Row]) -> Section:
    if not runs:
        return Section("Learning curve", ("There is no learning-curve.json beside the reader.",))
    names = (*FAMILIES, "urgent_recalled", "calm_raised")
    rows = [[run["trained_on"], *(str(run[n]) if n == "calm_raised" else f"{run[n]:.3f}" for n in names)] for run in runs]
    head = ("trained on", *FAMILIES, "urgent or worse recalled", "calm raised")
    ends = "; ".join(f"{name} from {runs[0][name]:.3f} to {max(r[name] for r in runs):.3f}" for name in FAMILIES)
    return Section(
        "Learning curve",
        (f"{words}. Measured when those readers were trained, not by this command.",),
        (Table("F1 by what was trained on", head, rows),),
        plots.learning(runs),
        f"F1 against notes trained on: {ends}.",
    )


def errors(found: Sequence[gallery.Error], withheld: frozenset[str]) -> Section:
    count = gallery.table(found)
    rows = [
        [what, *(str(count[what, name]) for name in FAMILIES), str(sum(count[what, name] for name in FAMILIES))]
        for what in gallery.CLASSES
    ]
    tables = [Table("Errors by class and family", ("class", *FAMILIES, "all"), rows)]
    for what, some in gallery.shown(found, withheld).items():
        if some:
            head = ("note", "words of the note", "labelled", "reported")
            cells = [[e.note, e.quote, e.gold or "–", e.said or "–"] for e in some]
            caption = f"{what}: {gallery.MEANING[what]} ({len(some)} of {sum(count[what, name] for name in FAMILIES)})"
            tables.append(Table(caption, head, cells, folded=True, prose=True))
    words = [f"{what}: {gallery.MEANING[what]}." for what in gallery.CLASSES]
    if withheld:
        words.append(f"Nobody reads held-out notes: of {len(withheld)} such notes here errors are counted and not shown.")
    return Section("Errors by class", words, tables)


def fairness(found: Sequence[Effect]) -> Section:
    bad, between = worst(found), gaps(found)
    said = "; ".join(f"{axis}, {figure}: “{e.variant.name}” {_signed(e.difference[figure])}" for axis, figure, e in bad)
    recall = [f"{name} recall" for name in FAMILIES]
    return Section(
        "Fairness and robustness",
        (
            "The same notes, changed by rule and read again; each figure is the change against the same notes unchanged, with a 95% "
            "interval (* leaves out nought), over the notes that the rule alters. Labels follow by finding the changed quote again; "
            "those lost are counted. Of the first half of a note only the labels in it count, and its level stays that of the whole note. "
            "Names are found by rule too and some are missed; a group's names stand for no person.",
            "Where thresholds were set on these very notes (dev), any change may cost something: the fair question is the gap between two "
            "groups. The widest of many gaps is shown, so chance has a larger part in it than its interval says.",
        ),
        (
            Table(
                "Widest gap between groups, over the notes that any of them alters",
                ("axis", "figure", "worst group", "best group", "worst − best"),
                [[g.axis, g.figure, g.worst, g.best, _signed(g.difference)] for g in between],
            ),
            Table(
                "Worst change on each axis",
                ("axis", "figure", "change", "difference"),
                [[axis, figure, e.variant.name, _signed(e.difference[figure])] for axis, figure, e in bad],
            ),
            _effects("Change of F1 and triage", found, COMPARED, shifts=True),
            _effects("Change of recall", found, recall, shifts=False),
        ),
        plots.effects(found) if found else "",
        f"Change of F1 by family for {len(found)} changes, with intervals around nought. Worst: {said}.",
    )


def _effects(caption: str, found: Sequence[Effect], names: Sequence[str], *, shifts: bool) -> Table:
    rows = []
    for e in found:
        counted = [str(len(e.places)), str(e.lost), *([f"{e.raised} / {e.lowered}"] if shifts else [])]
        figures = [_signed(e.difference[n], 1 if n == RAISED else 3) for n in names]
        rows.append([f"{e.variant.axis}: {e.variant.name}", *counted, *figures])
    head = ("change", "notes altered", "labels lost", *(["level raised / lowered"] if shifts else []), *names)
    return Table(caption, head, rows, folded=not shifts)


def speed(seconds: Sequence[float], characters: int) -> Section:
    median, late = np.percentile(seconds, [50, 95])
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    words = (
        f"Of this machine at this hour ({machine}{load}): one note after the other, {characters:,} characters in the middle one."
    )
    rows = [["median", f"{median:.3f}"], ["95th percentile", f"{late:.3f}"]]
    return Section("Speed", (words,), (Table("Seconds a note", ("", "seconds"), rows),))


def _cells(e: Estimate, digits: int = 3) -> list[str]:
    return [_number(e.value, digits), _range(_number(e.low, digits), _number(e.high, digits))]


def _with_interval(e: Estimate) -> str:
    return f"{_number(e.value)} ({_range(_number(e.low), _number(e.high))})"


def _signed(e: Estimate, digits: int = 3) -> str:
    if math.isnan(e.value):
        return "–"
    value, low, high = (f"{x:+.{digits}f}".replace("-", "−") for x in (e.value, e.low, e.high))
    return f"{value} ({_range(low, high)})" + ("*" if e.tells else "")


def _range(low: str, high: str) -> str:
    """Kept on one line."""
    return f"{low}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{high}"


def _number(value: float, digits: int = 3) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"
