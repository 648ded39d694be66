"""What a language model's recorded answers are worth: python -m tests.evaluating.model_answers (two minutes).

Scores models/corpus/model-answers/answers-2.jsonl, the embedded reader on the same notes, and both merged: where the model only adds,
and where it decides (COACH_LLM_DECIDES). Other answers: `... model_answers FILE --part dev --alone --errors 40`; `--alone` scores the
answers by themselves, within seconds. The errors are told of the train and dev parts only: nobody tunes a prompt on the test part.
"""

import argparse
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

ANSWERS = Settings().corpus_dir / "model-answers" / "answers-2.jsonl"


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
        asked = {
            name: to_dict(build(Settings(llm_decides=decides), answer=Path(file.name)).analyze(given))
            for name, decides in (("the model adds", False), ("the model decides", True))
        }
    return {
        "embedded reader": {**to_dict(coach.analyze(given)), "id": note["id"]},
        **{name: {**report, "id": note["id"]} for name, report in asked.items()},
        "answer alone": alone(note, answer, asked["the model adds"]["triage"]["level"]),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a language model's answers are worth, by F1 of each family.")
    parser.add_argument("answers", nargs="?", type=Path, default=ANSWERS, help='one {"id": ..., "signals": [...]} a line')
    parser.add_argument("--part", choices=("train", "dev", "test"), default="test", help="which part the notes are of")
    parser.add_argument("--alone", action="store_true", help="score the answers only, without the coach")
    parser.add_argument(
        "--errors", type=int, default=0, metavar="N", help="also print N errors of the answers; not of the test part"
    )
    args = parser.parse_args()
    if args.errors and args.part == "test":
        parser.error("the errors of the test part are not to be read")
    return args


def main() -> None:
    args = arguments()
    answers = {row["id"]: row for row in map(json.loads, args.answers.read_text(encoding="utf-8").splitlines())}
    gold = [n for n in raw_notes(Settings().corpus_dir, args.part) if n["id"] in answers]
    coach = None if args.alone else build(Settings())
    by_itself = "answer alone"
    made = [
        (n, {by_itself: alone(n, answers[n["id"]], "none")} if args.alone else reports(n, answers[n["id"]], coach)) for n in gold
    ]
    errors: list[tuple[str, str, str, str]] = []
    for kind in ("plain", "subtle"):
        mine = [(n, r) for n, r in made if kind_of(n["id"]) == kind]
        for name in mine[0][1] if mine else ():
            result = score([n for n, _ in mine], [r[name] for _, r in mine], errors if name == by_itself else None)
            found = "  ".join(f"{result[f]['f1']:.3f}" for f in FAMILIES)
            print(f"{kind:7s} ({len(mine)})  {name:17s} {found}")
    for error in errors[: args.errors]:
        print("  ".join(error))


if __name__ == "__main__":
    main()
