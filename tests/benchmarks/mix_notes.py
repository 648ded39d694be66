"""Many synthetic notes for load alone: sentences of the corpus' training notes, mixed anew by a seed. Not for training or figures.

python -m tests.benchmarks.mix_notes COUNT FILE [--seed N] [--sentences N]    FILE ends in .jsonl, .csv or .parquet
"""

import argparse
import csv
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from coach.settings import Settings
from coach.text.sentences import split
from coach.training.corpus import raw_notes

SEED = 20261126
FIELDS = ("id", "text", "region", "minor", "setting")
OTHERS = 0.3
"""The share of a note's sentences that come from another note."""


def mixed(
    count: int, seed: int = SEED, most_sources: int | None = None, most_sentences: int | None = None
) -> Iterator[dict[str, Any]]:
    """`count` notes, the same ones for the same seed and corpus; a note of a longer run is that of a shorter one. `most_sentences` cuts
    each after so many."""
    chance = random.Random(seed)
    notes = raw_notes(Settings().corpus_dir, "train")[:most_sources]
    bank = [[s.text for s in split(note["text"])] for note in notes]
    for number in range(count):
        at = chance.randrange(len(notes))
        sentences = [chance.choice(chance.choice(bank)) if chance.random() < OTHERS else text for text in bank[at]]
        first = {name: notes[at].get(name) for name in FIELDS}
        yield {**first, "id": f"mix-{seed}-{number:06d}", "text": " ".join(sentences[:most_sentences])}


def write(path: Path, notes: Iterator[dict[str, Any]]) -> None:
    """As the file's name says; a few notes in memory at a time."""
    if path.suffix == ".jsonl":
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(note, ensure_ascii=False) + "\n" for note in notes)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, FIELDS)
            table.writeheader()
            table.writerows(notes)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = [(name, pa.bool_() if name == "minor" else pa.string()) for name in FIELDS]
        with pq.ParquetWriter(path, pa.schema(kinds)) as table:
            while some := list(islice(notes, 1000)):
                table.write_table(pa.Table.from_pylist(some, table.schema))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--sentences", type=int)
    given = parser.parse_args()
    write(given.file, mixed(given.count, given.seed, most_sentences=given.sentences))
