"""The manifest of a run, JSON lines: first what the run is of, then one line for each chunk whose files are whole.

The first line is written at once with the file; the others are appended, each on the disk before the next chunk counts as done.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from coach.batch import durable
from coach.batch.chunks import Cut
from coach.batch.sources import Source
from coach.batch.values import canonical
from coach.errors import BatchError

NAME: Final = "manifest.jsonl"
FORMAT: Final = 1
_TOLD: Final = {"inputs": "inputs", "options": "options", "settings": "settings", "versions": "versions"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A chunk that is done: its rows, the reports and faults among them, the hashes of their two files."""

    chunk: int
    rows: int
    reports: int
    bad: int
    reports_sha256: str
    bad_sha256: str


def identity(sources: Sequence[Source], cut: Cut, dials: Mapping[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    """All that the output depends on."""
    inputs = [{"name": s.label, "bytes": s.bytes, "sha256": s.sha256} for s in sources]
    return {
        "format": FORMAT,
        "inputs": inputs,
        "options": asdict(cut),
        "settings": dict(dials),
        "versions": dict(versions),
    }


class Manifest:
    """The manifest of a folder, opened for one run. `done` maps a chunk's number to its entry."""

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        """Begins the run or goes on with it. Raises BatchError where the folder is another run's, or its manifest is damaged."""
        self._path = folder / NAME
        self.done: dict[int, Entry] = {}
        if self._path.exists():
            self._read(folder, run)
        else:
            durable.write(self._path, [canonical(run).encode() + b"\n"])

    def add(self, entry: Entry) -> None:
        """The chunk is done: its files are whole, and this is on the disk."""
        durable.append(self._path, canonical(asdict(entry)).encode() + b"\n")
        self.done[entry.chunk] = entry

    def _read(self, folder: Path, run: Mapping[str, Any]) -> None:
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):  # the run was killed while it wrote its last line
            durable.cut(self._path, len(whole))
        first, *rest = whole.splitlines() or [b""]
        try:
            before = json.loads(first)
            # a chunk whose files were lost is done again, and its newer line counts
            self.done = {entry.chunk: entry for entry in (Entry(**json.loads(line)) for line in rest)}
        except (ValueError, TypeError):
            raise BatchError(f"{self._path.name} in {folder.name}/ is damaged; begin anew in another folder.") from None
        if before != json.loads(canonical(run)):
            raise BatchError(
                f"{folder.name}/ holds a run of other {' and '.join(_differences(before, run))}. "
                "Name another folder, or run it as it was begun."
            )


def _differences(before: Any, now: Mapping[str, Any]) -> list[str]:
    """What is not as it was, in words."""
    if not isinstance(before, dict) or before.get("format") != now["format"]:
        return ["make"]
    return [f"{word} ({_which(before.get(name), now[name])})" for name, word in _TOLD.items() if before.get(name) != now[name]]


def _which(before: Any, now: Any) -> str:
    if isinstance(now, list):
        old, new = ({row["name"]: row["sha256"] for row in rows} for rows in (before or [], now))
        names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        return ", ".join(names[:3]) + (" and more" if len(names) > 3 else "") if names else "in another order"
    return ", ".join(sorted(name for name in {*before, *now} if before.get(name) != now.get(name)))
