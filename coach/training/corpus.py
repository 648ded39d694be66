"""The labelled corpus: loading, checking, and the split that never moves.

A note's part is fixed by a hash of its id: eight tenths train, one tenth sets thresholds (dev), one tenth is held out (test).
The single sentences train only. Format: docs/labelling-guide.md.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from coach.errors import ContentError
from coach.tables import instead
from coach.taxonomy import ABOUT, ASSERTIONS, LABELS, LEVELS, STAGES, STATUSES, TOPICS

Part = Literal["train", "dev", "test"]
_LABELS_STAND = "; the labels stand in docs/labelling-guide.md"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled quote; `start` is -1 where the quote does not stand in the text (a fault)."""

    start: int
    end: int
    label: str
    about: str
    assertion: str
    status: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """A note, or a single sentence with the one before it (`levels` and `stage` None then; labels hold from `scored_from` on)."""

    id: str
    text: str
    signals: tuple[Labelled, ...]
    level: str | None
    stage: str | None
    scored_from: int = 0


def part_of(note_id: str) -> Part:
    """Where a note belongs; the same for ever."""
    tenth = int(hashlib.sha256(note_id.encode()).hexdigest(), 16) % 10
    return "train" if tenth < 8 else "dev" if tenth == 8 else "test"


def kind_of(note_id: str) -> str:
    """ "subtle" for the notes whose signals are shown by behaviour and detail (files notes-1 to notes-4), else "plain"."""
    return "subtle" if _file_of(note_id) in range(1, 5) else "plain"


def is_reference(note_id: str) -> bool:
    """Whether a note stood in the corpus from the start (files notes-1 to notes-11): those set how the labels are used."""
    return _file_of(note_id) in range(1, 12)


def _file_of(note_id: str) -> int:
    """Which file of notes an id like "t12-003" comes from; 0 for ids of another form."""
    found = re.match(r"t(\d+)-", note_id)
    return int(found[1]) if found else 0


def notes(folder: Path) -> tuple[Item, ...]:
    """All labelled notes, in file order. Raises ContentError at the first fault."""
    return tuple(note_of(row) for row in _rows(folder, "notes-*.jsonl"))


def bank(folder: Path) -> tuple[Item, ...]:
    """All labelled single sentences. Raises ContentError at the first fault."""
    return tuple(_sentence(row) for row in _rows(folder, "sentences-*.jsonl"))


def raw_notes(folder: Path, part: Part | None = None) -> tuple[dict[str, Any], ...]:
    """The notes as the files hold them, of one part or all; for scoring."""
    return tuple(row for row in _rows(folder, "notes-*.jsonl") if part is None or part_of(row["id"]) == part)


def digest(folder: Path) -> str:
    """sha256 over all corpus files, by name and content."""
    h = hashlib.sha256()
    for path in sorted(folder.glob("*.jsonl")):
        h.update(path.name.encode() + b"\0" + path.read_bytes())
    return h.hexdigest()


def faults(row: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one note or sentence, in words."""
    text = row.get("text")
    if not row.get("id") or not isinstance(text, str) or not text.strip():
        yield "no id or no text"
        return
    for signal in row.get("signals", ()):
        label, status = signal.get("label"), signal.get("status")
        if label not in LABELS:
            yield f"label {label!r} is not known{instead(label, LABELS) or _LABELS_STAND}"
        yield from _unknown(signal, about=ABOUT, assertion=ASSERTIONS)
        if str(label).startswith("expectation.") != (status in STATUSES):
            yield f"status {status!r} on {label}; of an expectation one of {', '.join(STATUSES)}, else null"
        if "quote" in signal and (not signal["quote"] or signal["quote"] not in text):
            yield f"a quote of {signal.get('label')} does not stand in the text"
    if "triage" in row:
        yield from _unknown(row, triage=LEVELS, stage=STAGES)
    for expectation in row.get("expectations", ()):
        yield from _unknown(expectation, topic=TOPICS)
        if not expectation.get("statement") or not expectation.get("ask"):
            yield "an expectation without statement or question"


def _unknown(row: Mapping[str, Any], **allowed: tuple[str, ...]) -> Iterator[str]:
    """The keys of which a row has none of the allowed values."""
    for key, values in allowed.items():
        if row.get(key) not in values:
            yield f"{key} {row.get(key)!r} is not known{instead(row.get(key), values)}"


def _rows(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for path in sorted(folder.glob(pattern), key=lambda p: (len(p.name), p.name)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ContentError(f"{path.name}:{number}: not JSON: {error}") from None
            for fault in faults(row):
                raise ContentError(f"{path.name}:{number}: {fault}")
            if row["id"] in seen:
                raise ContentError(f"{path.name}:{number}: id {row['id']} stands twice")
            seen.add(row["id"])
            yield row


def note_of(row: Mapping[str, Any]) -> Item:
    """A labelled note as the files hold it, for training."""
    text = row["text"]
    spans = [(text.find(s["quote"]), s) for s in row["signals"]]
    signals = tuple(_labelled(at, at + len(s["quote"]), s) for at, s in spans)
    return Item(row["id"], text, signals, row["triage"], row["stage"])


def _sentence(row: Mapping[str, Any]) -> Item:
    before = row["before"].strip()
    text = f"{before} {row['text']}" if before else row["text"]
    start = len(text) - len(row["text"])
    signals = tuple(_labelled(start, len(text), s) for s in row["signals"])
    return Item(row["id"], text, signals, None, None, start)


def _labelled(start: int, end: int, signal: Mapping[str, Any]) -> Labelled:
    return Labelled(start, end, signal["label"], signal["about"], signal["assertion"], signal.get("status"))
