"""What a language model's recorded answers are worth: python -m tests.evaluating.model_answers (two minutes).

Scores models/corpus/model-answers/answers.jsonl, the embedded reader on the same notes, and both merged.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from coach.build import build
from coach.evaluation import score
from coach.report import to_dict
from coach.settings import Settings
from coach.taxonomy import FAMILIES
from coach.training.corpus import kind_of, raw_notes
from coach.values import Note

ANSWERS = Settings().corpus_dir / "model-answers" / "answers.jsonl"


def alone(note: dict[str, Any], answer: dict[str, Any], level: str) -> dict[str, Any]:
    """The answer as a report of its own; a quote that the note lacks is left out."""
    spans = [(note["text"].find(s["quote"]), s) for s in answer["signals"]]
    signals = [{**s, "start": at, "end": at + len(s["quote"]), "score": 1.0} for at, s in spans if at >= 0]
    return {"id": note["id"], "signals": signals, "triage": {"level": level}, "stage": {}}


def reports(note: dict[str, Any], answer: dict[str, Any], coach: Any) -> dict[str, dict[str, Any]]:
    given = Note(note["id"], note["text"], note.get("region"), note.get("minor"))
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"signals": answer["signals"]}, file)
        file.flush()
        both = to_dict(build(Settings(), answer=Path(file.name)).analyze(given))
    return {
        "embedded reader": {**to_dict(coach.analyze(given)), "id": note["id"]},
        "both merged": {**both, "id": note["id"]},
        "answer alone": alone(note, answer, both["triage"]["level"]),
    }


def main() -> None:
    answers = {row["id"]: row for row in map(json.loads, ANSWERS.read_text(encoding="utf-8").splitlines())}
    gold = [n for n in raw_notes(Settings().corpus_dir, "test") if n["id"] in answers]
    coach = build(Settings())
    made = [(n, reports(n, answers[n["id"]], coach)) for n in gold]
    for kind in ("plain", "subtle"):
        mine = [(n, r) for n, r in made if kind_of(n["id"]) == kind]
        for name in mine[0][1]:
            result = score([n for n, _ in mine], [r[name] for _, r in mine])
            found = "  ".join(f"{result[f]['f1']:.3f}" for f in FAMILIES)
            print(f"{kind:7s} ({len(mine)})  {name:16s} {found}")


if __name__ == "__main__":
    main()
