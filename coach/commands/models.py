"""coach train and coach evaluate."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.settings import ROOT, Settings

if TYPE_CHECKING:
    from coach.pipeline import Coach


def add(commands: Any) -> None:
    p = commands.add_parser("train", help="train the reader or the index encoder", description="Train a model (extra: train).")
    p.add_argument(
        "what", choices=("reader", "encoder", "check"), help="check: which versions hold erased sources (needs --with)"
    )
    p.add_argument("--out", type=Path, default=ROOT / "out", help="folder for checkpoints and the result")
    p.add_argument("--epochs", type=int, default=None)
    p.add_argument("--fraction", type=float, default=1.0, help="share of the corpus to train on, for a learning curve")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument(
        "--teacher", dest="teachers", type=Path, action="append", default=[], metavar="FOLDER",
        help="a published reader to learn from as well (may be given again)",
    )  # fmt: skip
    p.add_argument(
        "--with", dest="feedback", type=Path, action="append", default=[], metavar="FILE", help="mentors' verdicts too"
    )
    p.add_argument("--key", type=Path, metavar="KEYFILE", help="the key that the verdicts were sealed with")
    p.set_defaults(run=run_train)
    q = commands.add_parser("evaluate", help="score the coach on labelled notes", description="Figures on labelled notes.")
    q.add_argument("gold", type=Path, nargs="?", help="labelled notes as JSON lines; the corpus part by default")
    q.add_argument("--part", choices=("train", "dev", "test"), default="test", help="which part of the corpus, without GOLD")
    q.add_argument(
        "--kind", choices=("plain", "subtle"), help="only such notes of the part: subtle ones are in notes-1 to notes-4"
    )
    q.add_argument("--json", action="store_true")
    q.add_argument("--errors", type=int, default=0, metavar="N", help="also print the first N errors")
    q.add_argument("--report", type=Path, metavar="OUT", help="also write the whole evaluation as one HTML page (extra: report)")
    q.add_argument(
        "--levels", action="store_true", help="write the dev notes' levels beside the reader instead, and print the alarm dial"
    )
    q.set_defaults(run=run_evaluate)


def run_train(arguments: argparse.Namespace) -> int:
    from coach.training.command import train_encoder, train_reader

    settings = Settings()
    if arguments.what == "check" or (arguments.feedback and arguments.what == "reader"):
        return _from_use(settings, arguments)
    if arguments.what == "encoder":
        print(train_encoder(settings, arguments.out))
    else:
        given = (arguments.out, arguments.epochs, arguments.fraction, arguments.seed, arguments.teachers)
        print(train_reader(settings, *given))
    return 0


def _from_use(settings: Settings, arguments: argparse.Namespace) -> int:
    """1 where a version is refused, or holds what was erased."""
    from coach.errors import InputError
    from coach.training.command import check_sources, train_from_use

    if not arguments.feedback:
        raise InputError("Name the newest export of each program: --with FILE.")
    if arguments.what == "check":
        said, good = check_sources(settings, arguments.feedback, arguments.key)
    else:
        given = (arguments.out, arguments.epochs, arguments.seed, arguments.feedback, arguments.key)
        said, good = train_from_use(settings, *given)
    print(said)
    return 0 if good else 1


def run_evaluate(arguments: argparse.Namespace) -> int:
    if arguments.levels:
        from coach.assess.dial import table
        from coach.training.levels import write as write_levels

        print(table(write_levels(Settings()).choices()))
        return 0
    from coach.build import build
    from coach.evaluating.report import held_out
    from coach.evaluation import render, score

    settings = Settings()
    coach = build(settings)
    what, gold = _gold(arguments, settings)
    seconds, reports = _read(coach, gold)
    errors: list[tuple[str, str, str, str]] = []
    result = score(gold, reports, errors)
    print(json.dumps(result, indent=1) if arguments.json else render(result))
    held = held_out(gold, settings.corpus_dir) if arguments.errors else frozenset()
    for kind, note, label, quote in errors[: arguments.errors]:
        print("  ".join((kind, note, label, "(held out: nobody reads it)" if note in held else quote)))
    if arguments.report:
        from coach.evaluating.report import write

        write(arguments.report, settings, coach, what, gold, seconds, reports)
        print(f"The report is {arguments.report}.", file=sys.stderr)
    return 0


def _gold(arguments: argparse.Namespace, settings: Settings) -> tuple[str, list[dict[str, Any]]]:
    """What the labelled notes are, in words, and the notes."""
    from coach.training.corpus import kind_of, raw_notes

    if arguments.gold:
        lines = arguments.gold.read_text(encoding="utf-8").splitlines()
        return arguments.gold.name, [json.loads(line) for line in lines if line.strip()]
    kinds = f", {arguments.kind} notes" if arguments.kind else ""
    notes = raw_notes(settings.corpus_dir, arguments.part)
    return f"the part “{arguments.part}”{kinds}", [n for n in notes if arguments.kind in (None, kind_of(n["id"]))]


def _read(coach: "Coach", gold: list[dict[str, Any]]) -> tuple[list[float], list[dict[str, Any]]]:
    """The seconds that each note took, and its report."""
    from coach.evaluating.report import read

    seconds, reports = [], []
    coach.analyze("They met.")  # what is loaded at first use belongs to no note
    for note in gold:
        start = time.perf_counter()
        reports.append(read(coach, note))
        seconds.append(time.perf_counter() - start)
    return seconds, reports
