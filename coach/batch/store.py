"""The folder of a run: one file of reports and one of bad rows for each chunk, the manifest, and all bad rows in one file."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from coach.batch import durable
from coach.batch.manifest import NAME, Entry, Manifest
from coach.batch.values import Chunk, Fault, Outcome, Place, canonical
from coach.errors import BatchError

REPORTS: Final = "reports"
BAD: Final = "bad"
BAD_ROWS: Final = "bad-rows.jsonl"
_LOCK: Final = ".lock"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run has done so far."""

    chunks: int
    rows: int
    reports: int
    bad: int


class Store:
    """One run's folder, held by one process at a time. Raises BatchError where it cannot be this run's."""

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        self.folder = folder
        _begin(folder)
        self._lock = _held(folder)
        try:
            self._manifest = Manifest(folder, run)
            for part in (REPORTS, BAD):
                durable.folder(folder / part)
            for place in (folder, folder / REPORTS, folder / BAD):
                for left in place.glob(f".*{durable.HIDDEN}"):
                    left.unlink()
            self._whole: set[int] = set()
            self.totals = Totals(0, 0, 0, 0)
            for entry in self._manifest.done.values():
                if self._is_whole(entry):
                    self._count(entry)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        os.close(self._lock)

    def has(self, chunk: int) -> bool:
        """Whether a chunk is done, its files as the manifest says."""
        return chunk in self._whole

    def keep(self, chunk: Chunk, outcome: Outcome) -> Entry:
        """Writes a chunk: bad rows, reports, then the line of the manifest by which it is done. Doing it twice does no harm."""
        answers = iter(outcome.lines)
        lines, bad = [], []
        for place, item in chunk.rows:
            got = item if isinstance(item, Fault) else next(answers)
            if isinstance(got, Fault):
                bad.append(_bad_row(place, got))
            else:
                lines.append(got)
        reports, faults = (("".join(f"{line}\n" for line in of)).encode() for of in (lines, bad))
        durable.write(self._file(BAD, chunk.number), [faults])
        durable.write(self._file(REPORTS, chunk.number), [reports])
        entry = Entry(chunk.number, len(chunk.rows), len(lines), len(bad), _sha(reports), _sha(faults))
        self._manifest.add(entry)
        self._count(entry)
        return entry

    def finish(self) -> Totals:
        """All bad rows in one file, in order."""
        durable.write(self.folder / BAD_ROWS, (self._file(BAD, n).read_bytes() for n in sorted(self._whole)))
        return self.totals

    def _count(self, entry: Entry) -> None:
        t = self.totals
        self._whole.add(entry.chunk)
        self.totals = Totals(t.chunks + 1, t.rows + entry.rows, t.reports + entry.reports, t.bad + entry.bad)

    def _file(self, part: str, chunk: int) -> Path:
        return self.folder / part / f"{chunk:06d}.jsonl"

    def _is_whole(self, entry: Entry) -> bool:
        try:
            found = [_sha(self._file(part, entry.chunk).read_bytes()) for part in (REPORTS, BAD)]
        except OSError:
            return False
        return found == [entry.reports_sha256, entry.bad_sha256]


def reports(folder: Path) -> Iterator[dict[str, Any]]:
    """The reports of a run in the order of the rows, one at a time."""
    for path in sorted((folder / REPORTS).glob("*.jsonl")):
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from map(json.loads, file)


def _bad_row(place: Place, fault: Fault) -> str:
    return canonical({"file": place.file, "row": place.row, "code": fault.code, "reason": fault.reason})


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _begin(folder: Path) -> None:
    if folder.is_file():
        raise BatchError(f"{folder.name} is a file; name a folder for the output.")
    if folder.is_dir() and not (folder / NAME).exists() and any(p.name[0] != "." for p in folder.iterdir()):
        raise BatchError(f"{folder.name}/ is not empty and holds no run; name another folder.")
    durable.folder(folder)


def _held(folder: Path) -> int:
    """The lock of the folder, which the system lets go of when this process ends, however it ends."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with contextlib.suppress(ImportError):  # Windows has no fcntl; there nothing guards against two runs at once
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BatchError(f"another coach batch is writing into {folder.name}/ just now.") from None
    return descriptor
