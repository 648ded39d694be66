"""`coach evaluate --report`: measures everything and writes the page."""

import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coach.detect.reader import NeuralReader
from coach.errors import InputError
from coach.evaluating import bootstrap, curves, gallery, robust, sections
from coach.evaluating.page import render
from coach.evaluation import score
from coach.pipeline import Coach
from coach.report import to_dict
from coach.settings import Settings
from coach.text.sentences import split
from coach.training.calibrate import score_notes
from coach.training.corpus import note_of, raw_notes
from coach.values import Note

Row = Mapping[str, Any]


def write(
    out: Path, settings: Settings, coach: Coach, what: str, gold: Sequence[Row], seconds: Sequence[float], reports: Sequence[Row]
) -> None:
    """The page of `gold` (labelled notes, `what` they are in words) with their reports and the seconds each took.

    Raises InputError without notes or a folder to write in, ModelError without a reader, MissingDependency without the extra `report`.
    """
    if not gold:
        raise InputError("There are no labelled notes to report on: name another part, kind or file.")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: there is no such folder. Make it, or write elsewhere.")
    result, counts, drawn = score(gold, reports), bootstrap.tally(gold, reports), bootstrap.draws(len(gold))
    readable = [note_of(note) for note in gold if split(note["text"])]
    scored = score_notes(NeuralReader(settings.reader_dir, settings.threads), readable)
    parts = (
        sections.headline(bootstrap.estimates(counts, drawn), len(gold)),
        sections.labels(result, bootstrap.label_estimates(counts, drawn)),
        sections.triage(result),
        sections.reliability(curves.reliability(scored.levels, scored.gold)),
        sections.precision_recall(curves.precision_recall(scored.scores["now"], scored.truth["now"])),
        sections.learning(*curves.learning_curve(settings.reader_dir)),
        sections.errors(gallery.errors(gold, reports), held_out(gold, settings.corpus_dir)),
        sections.fairness(robust.effects(gold, reports, lambda note: read(coach, note))),
        sections.speed(seconds, int(statistics.median(len(note["text"]) for note in gold))),
    )
    name, version = coach.model
    words = (
        f"{name} {version} on {what}: {len(gold)} notes. Made {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by coach evaluate --report.",
        "All notes were written for the purpose; a calm report never means that somebody is safe.",
    )
    out.write_text(render("Conversation coach: evaluation", words, parts), encoding="utf-8")


def read(coach: Coach, note: Row) -> dict[str, Any]:
    """A labelled note's report, as evaluation scores it."""
    return to_dict(coach.analyze(Note(note["id"], note["text"], note.get("region"), note.get("minor"))))


def held_out(gold: Sequence[Row], corpus: Path) -> frozenset[str]:
    """Ids of the notes that stand in the corpus' part `test`, by id or by text, however they came here."""
    test = raw_notes(corpus, "test")
    ids, texts = {n["id"] for n in test}, {n["text"] for n in test}
    return frozenset(n["id"] for n in gold if n["id"] in ids or n["text"] in texts)
