"""coach analyze: files, folders or standard input -> reports."""

import argparse
import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.errors import CoachError, UnknownValue
from coach.settings import Settings
from coach.text.items import BadItem, Limits
from coach.values import Note, Report

if TYPE_CHECKING:
    from coach.pipeline import Coach

_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SUFFIXES = frozenset(".txt .md .docx .pdf .vtt .srt .eml .json .jsonl .text .markdown .log".split())


def add(commands: Any) -> None:
    p = commands.add_parser("analyze", help="read notes and print what they show", description=__doc__)
    p.add_argument("inputs", nargs="*", metavar="FILE", help="files or folders; none or - reads standard input")
    p.add_argument("--format", choices=("text", "json", "jsonl", "html"), default="text")
    p.add_argument("--region", help="where the mentee is, as ISO 3166 (CA, CA-QC, GB), where the notes do not say")
    p.add_argument(
        "--minor", action=argparse.BooleanOptionalAction, default=None, help="the mentee is under 18 (--no-minor: is not)"
    )
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read everything, print in order; a fault of one input never costs its neighbours."""
    if arguments.region and not _REGION.fullmatch(arguments.region):
        raise UnknownValue(f"--region {arguments.region!r} is no ISO 3166 code. Examples: CA, CA-QC, US, GB.")
    settings = Settings()
    sources = list(_sources(arguments.inputs))
    writer = _Writer(arguments.format)
    failed = False
    coach: Coach | None = None
    with _progress(len(sources)) as advance:
        for name, data in sources:
            for item in _items(name, data, settings):
                coach = coach or _coach(settings)
                outcome = _one(coach, item, arguments)
                failed = failed or isinstance(outcome, BadItem)
                writer.write(outcome)
            advance()
    writer.close()
    return 1 if failed else 0


def _coach(settings: Settings) -> "Coach":
    from coach.build import build

    return build(settings)


def _one(coach: "Coach", item: Note | BadItem, arguments: argparse.Namespace) -> tuple[Note, Report] | BadItem:
    if isinstance(item, BadItem):
        return item
    note = replace(
        item,
        region=item.region or arguments.region,
        minor=arguments.minor if item.minor is None else item.minor,
    )
    try:
        return note, coach.analyze(note)
    except CoachError as error:
        return BadItem(item.id, error.code, error.message)


def _sources(inputs: list[str]) -> Iterator[tuple[str, Path | None]]:
    """(name, path) of every input; path is None for standard input. Folders give their readable files, sorted."""
    for given in inputs or ["-"]:
        path = Path(given)
        if given == "-":
            yield "standard input", None
        elif path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in _SUFFIXES)
            yield from ((str(p), p) for p in files) if files else [(given, path)]
        else:
            yield given, path


def _items(name: str, path: Path | None, settings: Settings) -> Iterable[Note | BadItem]:
    from coach.text.formats import read_bytes, read_file

    limits = Limits.of(settings)
    if path is None:
        return read_bytes(sys.stdin.buffer.read(settings.max_file_bytes + 1), "stdin", limits)
    if path.is_dir():
        return [BadItem(name, "unreadable_file", f"{name}: the folder holds no file of a kind that can be read ({_kinds()}).")]
    return read_file(path, limits)


def _kinds() -> str:
    return " ".join(sorted(_SUFFIXES))


class _Writer:
    """Prints outcomes as they come; JSON and HTML of several notes are closed at the end."""

    def __init__(self, style: str) -> None:
        self.style, self.done = style, 0
        self.colour = sys.stdout.isatty()
        self._held: list[tuple[Note, Report] | BadItem] = []

    def write(self, outcome: tuple[Note, Report] | BadItem) -> None:
        if isinstance(outcome, BadItem) and self.style != "jsonl":
            print(f"coach: {outcome.message}", file=sys.stderr)
        if self.style == "jsonl":
            print(json.dumps(_json(outcome), ensure_ascii=False), flush=True)
        elif self.style in ("json", "html"):
            self._held.append(outcome)
        elif not isinstance(outcome, BadItem):
            from coach.faces.text import render

            print(("\n" if self.done else "") + render(*outcome, colour=self.colour), flush=True, end="")
            self.done += 1

    def close(self) -> None:
        if self.style == "json":
            rows = [_json(o) for o in self._held]
            print(json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False, indent=1))
        elif self.style == "html":
            from coach.faces.page import render_page

            print(render_page([o for o in self._held if not isinstance(o, BadItem)]))


def _json(outcome: tuple[Note, Report] | BadItem) -> dict[str, object]:
    if isinstance(outcome, BadItem):
        return {"id": outcome.id, "error": {"code": outcome.code, "message": outcome.message}}
    from coach.report import to_dict

    return to_dict(outcome[1])


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A bar on standard error for three inputs or more, when a person is watching."""
    if total < 3 or not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("reading notes", total=total)
        yield lambda: bar.advance(task)
