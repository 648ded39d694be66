"""coach validate: everything that people edit, checked as it would be at start, with the examples of every phrase rule."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from coach.errors import CoachError
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.training.corpus import Item


def add(commands: Any) -> None:
    p = commands.add_parser("validate", help="check cards, phrases, cues, resources, wording and corpus", description=__doc__)
    p.set_defaults(run=run)
    q = commands.add_parser("corpus", help="check or count the labelled corpus", description="The labelled corpus.")
    q.add_argument("what", choices=("check", "stats", "near-duplicates", "agreement"))
    q.set_defaults(run=run_corpus)


def run(arguments: argparse.Namespace) -> int:
    del arguments
    from coach.checks import content_checks

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
    if arguments.what == "near-duplicates":
        return _near_duplicates(items, single, settings)
    if arguments.what == "agreement":
        from coach.evaluation import render
        from coach.training.agreement import agreement

        print(render(agreement(settings.corpus_dir)))
    if arguments.what == "stats":
        import collections

        parts = collections.Counter(part_of(n.id) for n in items)
        print("  ".join(f"{k} {v}" for k, v in parts.items()))
        for title, group in (("notes", items), ("sentences", single)):
            counts = collections.Counter((s.label, s.assertion) for i in group for s in i.signals)
            for (label, assertion), n in sorted(counts.items()):
                print(f"{n:6d}  {title}  {label}  {assertion}")
    return 0


def _near_duplicates(items: "Sequence[Item]", single: "Sequence[Item]", settings: Settings) -> int:
    """1 where a pair has one text in training and the other held out."""
    from coach.build import build_encoder
    from coach.training.duplicates import across, near_duplicates

    pairs = near_duplicates([*items, *single], build_encoder(settings).encode)
    split = across(pairs, items)
    for pair in pairs:
        meaning = f"{pair.meaning:.2f}" if pair.meaning is not None else "-"
        print(f"characters {pair.characters:.2f}  meaning {meaning}  {pair.first}  {pair.second}")
    print(f"{len(pairs)} near-duplicates, {len(split)} of them across training and what is held out")
    return 1 if split else 0
