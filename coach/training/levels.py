"""The dev notes as the whole coach reports them, written beside the reader, and the alarm dial that follows."""

from math import floor
from typing import Any

from coach.assess import heldout
from coach.assess.dial import Dial
from coach.build import build
from coach.pipeline import Coach
from coach.settings import Settings
from coach.taxonomy import rank
from coach.training.corpus import raw_notes
from coach.values import Note, Report


def write(settings: Settings) -> Dial:
    """Reads every dev note once (two minutes) and writes levels.json into the reader's folder; nothing in it is a note's text.

    The dev part set the label thresholds too, so that its figures lean to the friendly side. Raises ModelError without a reader.
    """
    coach, rows = _read(settings)
    heldout.write(settings.reader_dir, " ".join(coach.model), rows)
    return Dial(heldout.read(settings.reader_dir) or ())


def urgent_anyway(settings: Settings) -> list[bool]:
    """Of each dev note, in order, whether its report is urgent or worse whatever its whole-note score."""
    _, rows = _read(settings)
    return [rank(row["otherwise"]) >= rank("urgent") for row in rows]


def _read(settings: Settings) -> tuple[Coach, list[dict[str, Any]]]:
    coach = build(settings, dial=False)
    rows = []
    for note in raw_notes(settings.corpus_dir, "dev"):
        given = Note(note["id"], note["text"], note.get("region"), note.get("minor"))
        rows.append(_row(note["triage"], coach.analyze(given)))
    return coach, rows


def _row(gold: str, report: Report) -> dict[str, Any]:
    whole = report.whole
    if whole is None:
        return {"gold": gold, "levels": None, "otherwise": report.triage.level}
    levels = [floor(p * 1e7) / 1e7 for p in whole.levels]  # down: a note at the cut must reach it
    return {"gold": gold, "levels": levels, "otherwise": whole.otherwise}
