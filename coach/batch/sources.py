"""The inputs of a run: files and folders -> files with a name that lasts, their kind and their hash."""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coach.errors import BatchError, UnknownValue, UnreadableFile

KINDS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `label` is its path below the folder that all inputs share: it lasts when that folder moves."""

    path: Path
    label: str
    kind: str
    bytes: int
    changed_ns: int
    sha256: str


def find(given: Sequence[str]) -> tuple[Source, ...]:
    """The files of all inputs in the order given; a folder's by name. Raises UnknownValue and UnreadableFile."""
    paths = [path for name in given for path in _files(Path(name))]
    twice = [path.name for path, times in Counter(paths).items() if times > 1]
    if twice:
        raise UnknownValue(f"{twice[0]} is given twice.")
    top = Path(os.path.commonpath([path.parent for path in paths]))
    return tuple(_source(path, path.relative_to(top).as_posix()) for path in paths)


def unchanged(source: Source) -> None:
    """Raises BatchError where the file is no longer what was hashed."""
    now = source.path.stat()
    if (now.st_size, now.st_mtime_ns) != (source.bytes, source.changed_ns):
        raise BatchError(f"{source.label} was changed while it was read. Let it rest, and begin anew in another folder.")


def _files(path: Path) -> list[Path]:
    path = path.resolve()
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in KINDS)
        if not found:
            raise UnreadableFile(f"{path.name}: the folder holds no file of a kind that can be read ({' '.join(KINDS)}).")
        return found
    if path.suffix.lower() not in KINDS:
        raise UnknownValue(f"{path.name}: coach batch reads {' '.join(KINDS)}; for other files there is coach analyze.")
    return [path]


def _source(path: Path, label: str) -> Source:
    try:
        with path.open("rb") as file:
            head, stat = file.read(4), path.stat()
            file.seek(0)
            sha = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(f"{label}: cannot be opened ({error.strerror}).") from None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableFile(f"{label}: is UTF-16; save it as UTF-8.")
    return Source(path, label, KINDS[path.suffix.lower()], stat.st_size, stat.st_mtime_ns, sha)
