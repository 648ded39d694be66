"""Files, folders and standard input, as the commands take them, and the reading of one item."""

import sys
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


def sources(given: list[str]) -> Iterator[tuple[str, Path | None]]:
    """(name, path) of every input; path is None for standard input. Folders give their readable files, sorted."""
    for name in given or ["-"]:
        path = Path(name)
        if name == "-":
            yield "standard input", None
        elif path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in _SUFFIXES)
            yield from ((str(p), p) for p in files) if files else [(name, path)]
        else:
            yield name, path


def notes(name: str, path: Path | None, settings: Settings) -> Iterable[Note | BadItem]:
    """The notes of one input."""
    from coach.text.formats import read_bytes, read_file

    limits = Limits.of(settings)
    if path is None:
        return read_bytes(sys.stdin.buffer.read(settings.max_file_bytes + 1), "stdin", limits)
    if path.is_dir():
        kinds = " ".join(sorted(_SUFFIXES))
        return [BadItem(name, "unreadable_file", f"{name}: the folder holds no file of a kind that can be read ({kinds}).")]
    return read_file(path, limits)


def report_of(coach: "Coach", item: Note, *, rephrase: bool = False) -> Report | BadItem:
    """The report of a note, or what is wrong with the note."""
    try:
        return coach.analyze(item, rephrase=rephrase)
    except CoachError as error:
        return BadItem(item.id, error.code, error.message)
