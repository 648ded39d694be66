"""Files, folders and standard input, as the commands take them, and the reading of one item."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from coach.errors import CoachError
from coach.settings import Settings
from coach.text.items import BadItem, Limits
from coach.values import Note, Report

if TYPE_CHECKING:
    from coach.pipeline import Coach

_SUFFIXES = frozenset(".txt .md .docx .pdf .vtt .srt .eml .json .jsonl .text .markdown .log".split())
_TABLES = frozenset(".csv .tsv .parquet .pq".split())
"""Tables of notes, a row each, which `coach batch` reads."""


def sources(given: list[str]) -> Iterator[tuple[str, Path | None]]:
    """(name, path) of every input; path is None for standard input. Folders give their readable files, sorted.

    What a folder holds besides is counted on standard error.
    """
    for name in given or ["-"]:
        path = Path(name)
        if name == "-":
            yield "standard input", None
        elif path.is_dir():
            held = [p for p in path.rglob("*") if p.is_file()]
            files = sorted(p for p in held if p.suffix.lower() in _SUFFIXES)
            _tell_left_out(name, [p.relative_to(path) for p in held if p.suffix.lower() not in _SUFFIXES])
            yield from ((str(p), p) for p in files) if files else [(name, path)]
        else:
            yield name, path


def _tell_left_out(folder: str, paths: list[Path]) -> None:
    """Says how many files of other kinds were not read, hidden ones aside."""
    kinds = Counter(p.suffix.lower() or "no ending" for p in paths if not any(part.startswith(".") for part in p.parts))
    if not kinds:
        return
    count = kinds.total()
    listed = ", ".join(f"{kind}: {n}" for kind, n in sorted(kinds.items()))
    tables = " Tables are read by: coach batch." if kinds.keys() & _TABLES else ""
    what = "1 file of another kind was" if count == 1 else f"{count} files of other kinds were"
    print(f"coach: {folder}: {what} left out ({listed}).{tables}", file=sys.stderr)


def notes(name: str, path: Path | None, settings: Settings) -> Iterable[Note | BadItem]:
    """The notes of one input."""
    from coach.text.formats import read_bytes, read_file

    limits = Limits.of(settings)
    if path is None:
        data = sys.stdin.buffer.read(settings.max_file_bytes + 1)
        if not data:
            return [BadItem("stdin", "empty_note", "standard input is empty; paste or pipe a note into it, or name a file.")]
        return read_bytes(data, "stdin", limits)
    if path.is_dir():
        kinds = " ".join(sorted(_SUFFIXES))
        return [BadItem(name, "unreadable_file", f"{name}: the folder holds no file of a kind that can be read ({kinds}).")]
    if path.suffix.lower() in _TABLES and path.is_file():
        return [BadItem(path.stem, "unreadable_file", f"{name}: a table of notes; read it with: coach batch {name} --out FOLDER")]
    return read_file(path, limits)


def report_of(coach: "Coach", item: Note, *, rephrase: bool = False) -> Report | BadItem:
    """The report of a note, or what is wrong with the note."""
    try:
        return coach.analyze(item, rephrase=rephrase)
    except CoachError as error:
        return BadItem(item.id, error.code, error.message)


def tell(sentence: str) -> None:
    """What a person should know meanwhile; at once and beside the output, which may be read by a program."""
    print(f"coach: {sentence}", file=sys.stderr, flush=True)
