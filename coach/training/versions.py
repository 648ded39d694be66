"""Readers trained from use, side by side in the data directory; which one reads is the one setting COACH_READER_DIR.

A version comes in only through the gate, and each says in its manifest whose notes it was taught by.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from coach.build import build
from coach.encode.weights import read_manifest, write_manifest
from coach.errors import ModelError
from coach.evaluation import score
from coach.report import to_dict
from coach.settings import Settings
from coach.training.corpus import raw_notes
from coach.training.feedback import Feedback, digest, sources
from coach.values import Note

FIGURES = ("expectation", "distress", "relationship", "urgent")
"""F1 of each family, and the share of urgent and emergency notes that were read as such."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The old reader's and the new one's figures on the frozen notes (part dev), by name."""

    old: Mapping[str, float]
    new: Mapping[str, float]

    @property
    def passed(self) -> bool:
        """Neither the mean F1 of the families nor the recall of urgent notes may fall, by however little."""
        return self._mean(self.new) >= self._mean(self.old) and self.new["urgent"] >= self.old["urgent"]

    def words(self) -> str:
        rows = [(name, self.old[name], self.new[name]) for name in FIGURES]
        rows.append(("mean F1", self._mean(self.old), self._mean(self.new)))
        return "\n".join(f"  {name:14s} {a:.4f} -> {b:.4f}  ({b - a:+.4f})" for name, a, b in rows)

    @staticmethod
    def _mean(figures: Mapping[str, float]) -> float:
        return sum(figures[name] for name in FIGURES[:3]) / 3


def compared(settings: Settings, new: Path) -> Verdict:
    """The reader that is chosen now against the one in `new`."""
    return Verdict(figures(settings), figures(settings.model_copy(update={"reader_dir": new})))


def figures(settings: Settings) -> dict[str, float]:
    """The reader's figures on the dev notes, none of which is ever trained on. Raises ModelError where it cannot be read."""
    read_manifest(settings.reader_dir, "Set COACH_READER_DIR to a reader that is whole.")
    coach, gold = build(settings.model_copy(update={"llm": "none", "use_reader": True})), raw_notes(settings.corpus_dir, "dev")
    result = score(gold, [to_dict(coach.analyze(_note(row))) for row in gold])
    found = {name: float(result[name]["f1"]) for name in FIGURES[:3]}
    return {**found, "urgent": float(result["triage"]["grave_recall"])}


def _note(row: Mapping[str, Any]) -> Note:
    return Note(row["id"], row["text"], row.get("region"), row.get("minor"))


def free_name(folder: Path, today: date) -> str:
    """A version's name that is not taken: the day, and which of that day."""
    taken = {path.name for path in folder.glob("*")}
    return next(name for n in range(1, 1000) if (name := f"{today:%Y.%m.%d}-use-{n}") not in taken)


def mark(folder: Path, given: Sequence[Feedback]) -> None:
    """Writes into the manifest by whose notes the reader was taught."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["feedback"] = {"sources": sources(given), "sha256": digest(given)}
    write_manifest(folder, manifest)


def admit(candidate: Path, folder: Path, name: str) -> Path:
    """Puts a candidate beside the other versions, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = folder / f".{name}.half"
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(candidate, half)
    return half.rename(folder / name)


def versions(folder: Path) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Every version and, by program, whose notes taught it. Raises ModelError for a manifest that cannot be read."""
    for path in sorted(folder.glob("*/manifest.json")):
        if path.parent.name.startswith("."):
            continue
        try:
            yield path.parent.name, dict(json.loads(path.read_text(encoding="utf-8")).get("feedback", {}).get("sources", {}))
        except (OSError, ValueError, AttributeError) as error:
            raise ModelError(f"{path.parent.name}/manifest.json cannot be read ({type(error).__name__}).") from None


def withdrawn(folder: Path, given: Sequence[Feedback]) -> dict[str, int]:
    """Version -> how many of its sources a program's newest export holds no more: erased, or consent was taken back.

    Programs of which no export is given are not judged.
    """
    held: dict[str, set[str]] = {}
    for one in given:
        held.setdefault(one.program, set()).update(one.sources)
    gone = {
        name: sum(len(set(ids) - held[program]) for program, ids in taught.items() if program in held)
        for name, taught in versions(folder)
    }
    return {name: count for name, count in gone.items() if count}
