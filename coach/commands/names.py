"""coach names evaluate: how many names masking finds, before a note is shown to a language model elsewhere."""

import argparse
import json
from typing import Any

from coach.settings import Settings


def add(commands: Any) -> None:
    p = commands.add_parser("names", help="how many names masking finds", description=__doc__)
    p.add_argument("what", choices=("evaluate",))
    p.add_argument("--write", action="store_true", help="also keep the figure, which is then what can be accepted")
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the figures of the notes that the rules were not written with, then those of the others."""
    from coach.build import build_masker
    from coach.evaluating.names import ALL, PARTS, labelled, measure, note_texts, table
    from coach.llm.acceptance import FILE, version

    settings = Settings()
    masker = build_masker(settings)
    notes, held = note_texts(settings.corpus_dir), None
    for part in PARTS:
        texts = labelled(settings.corpus_dir, part, notes)
        rows = measure(masker, texts)
        held = held or next(row for row in rows if row.kind == ALL)
        print(f"{part}, {len(texts)} texts\n{table(rows)}\n")
    labels = settings.corpus_dir / "names"
    name = version(settings.names_dir, labels)
    print(f"The version of the first figure, which COACH_LLM_REMOTE_ACCEPTED names: {name}")
    if arguments.write and held:
        told = {
            "version": name,
            "recall": held.recall.value,
            "low": held.recall.low,
            "high": held.recall.high,
            "names": held.names,
        }
        (labels / FILE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        print(f"Written to {FILE}. What else stands in models/corpus/names/README.md is for you to bring up to date.")
    return 0
