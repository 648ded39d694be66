"""coach train and coach evaluate."""

import argparse
import json
from pathlib import Path
from typing import Any

from coach.settings import ROOT, Settings


def add(commands: Any) -> None:
    p = commands.add_parser("train", help="train the reader or the index encoder", description="Train a model (extra: train).")
    p.add_argument("what", choices=("reader", "encoder"))
    p.add_argument("--out", type=Path, default=ROOT / "out", help="folder for checkpoints and the result")
    p.add_argument("--epochs", type=int, default=None)
    p.add_argument("--fraction", type=float, default=1.0, help="share of the corpus to train on, for a learning curve")
    p.add_argument("--seed", type=int, default=7)
    p.set_defaults(run=run_train)
    q = commands.add_parser("evaluate", help="score the coach on labelled notes", description="Figures on labelled notes.")
    q.add_argument("gold", type=Path, nargs="?", help="labelled notes as JSON lines; the corpus part by default")
    q.add_argument("--part", choices=("train", "dev", "test"), default="test", help="which part of the corpus, without GOLD")
    q.add_argument(
        "--kind", choices=("plain", "subtle"), help="only such notes of the part: subtle ones are in notes-1 to notes-4"
    )
    q.add_argument("--json", action="store_true")
    q.add_argument("--errors", type=int, default=0, metavar="N", help="also print the first N errors")
    q.set_defaults(run=run_evaluate)


def run_train(arguments: argparse.Namespace) -> int:
    from coach.training.command import train_encoder, train_reader

    settings = Settings()
    if arguments.what == "encoder":
        print(train_encoder(settings, arguments.out))
    else:
        print(train_reader(settings, arguments.out, arguments.epochs, arguments.fraction, arguments.seed))
    return 0


def run_evaluate(arguments: argparse.Namespace) -> int:
    from coach.build import build
    from coach.evaluation import render, score
    from coach.report import to_dict
    from coach.training.corpus import kind_of, raw_notes
    from coach.values import Note

    settings = Settings()
    if arguments.gold:
        gold = [json.loads(line) for line in arguments.gold.read_text(encoding="utf-8").splitlines() if line.strip()]
    else:
        gold = [n for n in raw_notes(settings.corpus_dir, arguments.part) if arguments.kind in (None, kind_of(n["id"]))]
    coach = build(settings)
    reports = [to_dict(coach.analyze(Note(n["id"], n["text"], n.get("region"), n.get("minor")))) for n in gold]
    errors: list[tuple[str, str, str, str]] = []
    result = score(gold, reports, errors)
    print(json.dumps(result, indent=1) if arguments.json else render(result))
    for row in errors[: arguments.errors]:
        print("  ".join(row))
    return 0
