"""coach analyze: files, folders or standard input -> reports."""

import argparse
import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.commands.inputs import notes, report_of, sources, tell
from coach.errors import UnknownValue
from coach.settings import Settings
from coach.text.items import BadItem
from coach.values import REGION, Note, Report

if TYPE_CHECKING:
    from coach.pipeline import Coach
    from coach.wording.words import Words


def add(commands: Any) -> None:
    p = commands.add_parser("analyze", help="read notes and print what they show", description=__doc__)
    p.add_argument("inputs", nargs="*", metavar="FILE", help="files or folders; none or - reads standard input")
    p.add_argument("--format", choices=("text", "json", "jsonl", "html"), default="text")
    p.add_argument("--region", help="where the mentee is, as ISO 3166 (CA, CA-QC, GB), where the notes do not say")
    p.add_argument(
        "--minor", action=argparse.BooleanOptionalAction, default=None, help="the mentee is under 18 (--no-minor: is not)"
    )
    p.add_argument("--words", choices=("en", "fr"), help="the language of the report's own words (COACH_WORDS by default)")
    p.add_argument("--answer", type=Path, metavar="ANSWER", help="a language model's answer to coach prompt FILE, for one note")
    p.add_argument("--rephrase", action="store_true", help="let the language model that is set up reword the follow-ups")
    p.add_argument(
        "--rephrased", type=Path, metavar="ANSWER", help="its answer to coach prompt FILE --task follow_up, for one note"
    )
    p.add_argument("--program", help="whose own handbook (coach index add) to cite beside the cards")
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read everything, print in order; a fault of one input never costs its neighbours."""
    if arguments.region and not REGION.fullmatch(arguments.region):
        raise UnknownValue(f"--region {arguments.region!r} is no ISO 3166 code. Examples: CA, CA-QC, US, GB.")
    settings = _settings(arguments)
    inputs = list(sources(arguments.inputs))
    if arguments.answer or arguments.rephrased:
        _need_one_note(inputs, settings)
    writer = _Writer(arguments.format, settings)
    failed = False
    coach: Coach | None = None
    with _progress(len(inputs)) as advance:
        for name, data in inputs:
            for item in notes(name, data, settings):
                coach = coach or _coach(settings, arguments)
                outcome = _one(coach, item, arguments, rephrase=settings.llm_rephrase or bool(arguments.rephrased))
                failed = failed or isinstance(outcome, BadItem)
                writer.write(outcome)
            advance()
    writer.close()
    return 1 if failed else 0


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = Settings(words=arguments.words) if arguments.words else Settings()
    return settings.model_copy(update={"llm_rephrase": settings.llm_rephrase or arguments.rephrase})


def _coach(settings: Settings, arguments: argparse.Namespace) -> "Coach":
    """What is made here stays as long as the process: to look for garbage among it meanwhile costs a start some 0.1 s of 1.4."""
    gc.disable()
    try:
        from coach.build import build

        return build(settings, arguments.answer, program=arguments.program, rephrased=arguments.rephrased, tell=tell)
    finally:
        gc.enable()


def _need_one_note(inputs: list[tuple[str, Path | None]], settings: Settings) -> None:
    """An answer is about one note. Standard input, which can be read but once, counts as one."""
    count = sum(1 for name, path in inputs for _ in (notes(name, path, settings) if path else (name,)))
    if count != 1:
        raise UnknownValue(f"--answer and --rephrased go with one note; {count} were given.")


def _one(coach: "Coach", item: Note | BadItem, arguments: argparse.Namespace, *, rephrase: bool) -> tuple[Note, Report] | BadItem:
    if isinstance(item, BadItem):
        return item
    note = replace(
        item,
        region=item.region or arguments.region,
        minor=arguments.minor if item.minor is None else item.minor,
    )
    report = report_of(coach, note, rephrase=rephrase)
    return report if isinstance(report, BadItem) else (note, report)


class _Writer:
    """Prints outcomes as they come; JSON and HTML of several notes are closed at the end."""

    def __init__(self, style: str, settings: Settings) -> None:
        self.style, self.done = style, 0
        self._settings = settings
        self.colour = sys.stdout.isatty()
        self._held: list[tuple[Note, Report] | BadItem] = []

    @cached_property
    def words(self) -> "Words":
        from coach.build import build_words

        return build_words(self._settings.words, self._settings)

    def write(self, outcome: tuple[Note, Report] | BadItem) -> None:
        if isinstance(outcome, BadItem) and self.style != "jsonl":
            print(f"coach: {outcome.message}", file=sys.stderr)
        if self.style == "jsonl":
            print(json.dumps(_json(outcome), ensure_ascii=False), flush=True)
        elif self.style in ("json", "html"):
            self._held.append(outcome)
        elif not isinstance(outcome, BadItem):
            from coach.faces.text import render

            print(("\n" if self.done else "") + render(*outcome, colour=self.colour, words=self.words), flush=True, end="")
            self.done += 1

    def close(self) -> None:
        if self.style == "json":
            rows = [_json(o) for o in self._held]
            print(json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False, indent=1))
        elif self.style == "html":
            from coach.faces.page import render_page

            print(render_page([o for o in self._held if not isinstance(o, BadItem)], self.words))


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
