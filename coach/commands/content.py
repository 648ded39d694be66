"""coach validate: everything that people edit, checked as it would be at start, with the examples of every phrase rule."""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from coach.errors import CoachError
from coach.settings import Settings


def add(commands: Any) -> None:
    p = commands.add_parser("validate", help="check cards, phrases, cues, resources, wording and corpus", description=__doc__)
    p.set_defaults(run=run)
    q = commands.add_parser("corpus", help="check or count the labelled corpus", description="The labelled corpus.")
    q.add_argument("what", choices=("check", "stats"))
    q.set_defaults(run=run_corpus)


def run(arguments: argparse.Namespace) -> int:
    del arguments
    from coach.build import content_checks

    return _report(content_checks(Settings()))


def _report(checks: Iterable[tuple[str, Callable[[], list[str]]]]) -> int:
    bad = 0
    for name, check in checks:
        try:
            faults = check()
        except CoachError as error:
            faults = [error.message]
        bad += len(faults)
        print(f"{name}: {'ok' if not faults else f'{len(faults)} faults'}")
        for fault in faults:
            print(f"  {fault}")
    return 1 if bad else 0


def run_corpus(arguments: argparse.Namespace) -> int:
    from coach.training.corpus import bank, notes, part_of

    settings = Settings()
    items, single = notes(settings.corpus_dir), bank(settings.corpus_dir)
    print(f"{len(items)} notes and {len(single)} sentences, no faults")
    if arguments.what == "stats":
        import collections

        parts = collections.Counter(part_of(n.id) for n in items)
        print("  ".join(f"{k} {v}" for k, v in parts.items()))
        for title, group in (("notes", items), ("sentences", single)):
            counts = collections.Counter((s.label, s.assertion) for i in group for s in i.signals)
            for (label, assertion), n in sorted(counts.items()):
                print(f"{n:6d}  {title}  {label}  {assertion}")
    return 0
