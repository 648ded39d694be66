"""What travels between reading, workers and folder. Whatever may hold a note's words shows none of them in its repr.

Dask logs the repr of a failed task's arguments, and so do tracebacks of many tools.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coach.values import Note


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row gave no report: `code` of coach.errors or "duplicate_id", "failed"; `reason` for people, never with its words."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """A row: the file as the manifest names it, and its number from 1 (line of JSONL, record of CSV or Parquet)."""

    file: str
    row: int


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One row as read. `read` from 0 to 1 is how much of its file had been read then."""

    number: int
    item: Note | Fault
    read: float

    def __repr__(self) -> str:
        return f"<row {self.number}>"


@dataclass(frozen=True, slots=True, repr=False)
class Chunk:
    """Rows that stand together: every place in order, with its note or what is wrong with it; `read` of all inputs at its end."""

    number: int
    rows: tuple[tuple[Place, Note | Fault], ...]
    read: float

    def __repr__(self) -> str:
        return f"<chunk {self.number}, {len(self.rows)} rows>"

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(item for _, item in self.rows if isinstance(item, Note))


@dataclass(frozen=True, slots=True, repr=False)
class Job:
    """What a worker is given: the notes of a chunk, the settings that bear on a report, and the versions it must be of."""

    number: int
    notes: tuple[Note, ...]
    dials: Mapping[str, Any]
    versions: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<job {self.number}, {len(self.notes)} notes>"


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What a worker gives: for each note of the job its report as one line of JSON, or a fault.

    `refused` says why the worker could not read at all (then there are no lines), None where it could.
    """

    number: int
    lines: tuple[str | Fault, ...]
    refused: str | None = None

    def __repr__(self) -> str:
        return f"<outcome {self.number}, {len(self.lines)} lines>"


def canonical(value: object) -> str:
    """JSON in one form: names sorted, no blanks, letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
