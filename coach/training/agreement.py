"""How far a second labelling, made blind, agrees with the first: the second labeller is scored as if it were a reader."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from coach.errors import ContentError
from coach.evaluation import score
from coach.training.corpus import faults, raw_notes


def agreement(corpus: Path) -> dict[str, Any]:
    """The figures of coach.evaluation.score, the first labelling as gold. Raises ContentError naming file and line."""
    first = {row["id"]: row for row in raw_notes(corpus)}
    second = list(_second(corpus / "second-labelling" / "labels.jsonl", first))
    gold: Sequence[Mapping[str, Any]] = [first[row["id"]] for row in second]
    return score(gold, [_report(row, first[row["id"]]["text"]) for row in second])


def _second(path: Path, first: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        if row["id"] not in first:
            raise ContentError(f"{path.name}:{number}: no note {row['id']}")
        for fault in faults({**row, "text": first[row["id"]]["text"]}):
            raise ContentError(f"{path.name}:{number}: {fault}")
        yield row


def _report(row: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The labels in the shape of a report."""
    signals = [
        {**s, "start": text.find(s["quote"]), "end": text.find(s["quote"]) + len(s["quote"]), "score": 1.0}
        for s in row["signals"]
    ]
    return {"id": row["id"], "signals": signals, "triage": {"level": row["triage"]}, "stage": {"name": row["stage"]}}
