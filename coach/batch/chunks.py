"""Rows -> chunks, the same ones however often they are made: by number of rows and by length, duplicates found on the way."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from coach.batch.columns import parquet_rows
from coach.batch.records import csv_rows, jsonl_rows
from coach.batch.sources import Source, unchanged
from coach.batch.values import Chunk, Fault, Place, Row
from coach.text.items import Limits
from coach.values import Note

MOST_CHARS: Final = 2_000_000
"""A chunk ends at the row that takes it past this many characters, so that long notes stay a bounded part of memory."""
_READERS: Final = {"jsonl": jsonl_rows, "csv": csv_rows, "parquet": parquet_rows}


@dataclass(frozen=True, slots=True)
class Cut:
    """How rows become chunks: `size` rows each at most; `region` and `minor` hold where a row does not say."""

    size: int = 200
    region: str | None = None
    minor: bool | None = None


def check(sources: Sequence[Source], limits: Limits) -> None:
    """Reads the head of every file. Raises UnreadableFile and MissingDependency before a run has begun."""
    for source in sources:
        next(_READERS[source.kind](source, limits), None)


def chunks(sources: Sequence[Source], limits: Limits, cut: Cut) -> Iterator[Chunk]:
    """All chunks in order, numbered from 0. Raises BatchError where a file changed since it was hashed."""
    held: list[tuple[Place, Note | Fault]] = []
    number = chars = 0
    read = 0.0
    for place, item, read in _items(sources, limits):
        if isinstance(item, Note):
            minor = cut.minor if item.minor is None else item.minor
            item = replace(item, region=item.region or cut.region, minor=minor)
            chars += len(item.text)
        held.append((place, item))
        if len(held) >= cut.size or chars > MOST_CHARS:
            yield Chunk(number, tuple(held), read)
            number, chars, held = number + 1, 0, []
    if held:
        yield Chunk(number, tuple(held), 1.0)


def _items(sources: Sequence[Source], limits: Limits) -> Iterator[tuple[Place, Note | Fault, float]]:
    total, before = sum(s.bytes for s in sources) or 1, 0
    with closing(_Seen()) as seen:
        for index, source in enumerate(sources):
            for row in _READERS[source.kind](source, limits):
                first = seen.first(row, index)
                item = _twice(sources, first) if first else row.item
                yield Place(source.label, row.number), item, (before + row.read * source.bytes) / total
            unchanged(source)
            before += source.bytes


def _twice(sources: Sequence[Source], first: tuple[int, int]) -> Fault:
    where = f"{sources[first[0]].label} row {first[1]}"
    return Fault("duplicate_id", f"its id is that of {where}; give each note an id of its own")


class _Seen:
    """Ids of the run so far, by hash, in a private database of SQLite, which moves to disk by itself when it grows."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE seen (id BLOB PRIMARY KEY, file INTEGER, row INTEGER) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def first(self, row: Row, file: int) -> tuple[int, int] | None:
        """Where this row's id stood before, None where it is new or the row is no note."""
        if not isinstance(row.item, Note):
            return None
        key = hashlib.blake2b(row.item.id.encode(), digest_size=16).digest()
        added = self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (key, file, row.number)).rowcount
        if added:
            return None
        found: tuple[int, int] = self._db.execute("SELECT file, row FROM seen WHERE id = ?", (key,)).fetchone()
        return found

    def close(self) -> None:
        self._db.close()
