"""coach brief: the notes of one pair, in order -> the plan of the next session."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from coach.commands.inputs import notes, report_of, sources, tell
from coach.errors import InputError, UnknownValue, UnreadableFile
from coach.report import from_dict
from coach.settings import Settings
from coach.text.items import BadItem
from coach.values import Note, Report, Session

_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


def add(commands: Any) -> None:
    p = commands.add_parser(
        "brief",
        help="plan a pair's next session from its notes or reports",
        description="Plans the next session of one pair from the notes of those before, the earliest first. "
        "A day in a file's name or an id (2026-03-14) puts the notes in order by themselves.",
    )
    p.add_argument("inputs", nargs="*", metavar="FILE", help="notes, or folders of them; none or - reads standard input")
    p.add_argument(
        "--reports", type=Path, metavar="FILE", help="instead of notes: reports, as `coach analyze --format jsonl` gives"
    )
    p.add_argument("--today", help="the day the brief is for (2026-03-28); today by default")
    p.add_argument("--words", choices=("en", "fr"), help="the language of the brief's own words (COACH_WORDS by default)")
    p.add_argument("--rephrase", action="store_true", help="let the language model that is set up reword the agenda")
    p.add_argument("--format", choices=("text", "json"), default="text")
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the brief; a note that cannot be read is named, and the rest is used. Without any there is no brief, and 1 is returned."""
    from coach.build import build_briefs, build_rephraser, build_words

    settings, failed = Settings(words=arguments.words) if arguments.words else Settings(), False
    today = day(arguments.today) if arguments.today else date.today()
    if today is None:
        raise UnknownValue(f"--today {arguments.today!r} is no day. Example: 2026-03-28.")
    sessions = []
    for found in from_reports(arguments.reports) if arguments.reports else _from_notes(arguments, settings):
        if isinstance(found, BadItem):
            print(f"coach: {found.message}", file=sys.stderr)
            failed = True
        else:
            sessions.append(Session(found, day(found.id)))
    if not sessions:
        if not failed:
            print(f"coach: {arguments.reports or 'the input'}: holds nothing to plan from.", file=sys.stderr)
        return 1
    made = build_briefs(settings).brief(in_order(sessions), today)
    if (arguments.rephrase or settings.llm_rephrase) and settings.words == "en":
        rephraser = build_rephraser(settings.model_copy(update={"llm_rephrase": True}), "brief.md")
        made = rephraser.brief(made) if rephraser else made
    if arguments.format == "json":
        print(json.dumps(asdict(made), ensure_ascii=False, indent=1))
    else:
        from coach.faces.brief import render_brief

        print(render_brief(made, colour=sys.stdout.isatty(), words=build_words(settings=settings)), end="")
    return 1 if failed else 0


def day(text: str) -> date | None:
    """The first day that stands in a text."""
    for match in _DAY.finditer(text):
        try:
            return date.fromisoformat(match.group())
        except ValueError:
            continue
    return None


def in_order(sessions: list[Session]) -> list[Session]:
    """By day where every session has one, else as given."""
    if any(s.on is None for s in sessions):
        return sessions
    return sorted(sessions, key=lambda s: s.on or date.min)


def _from_notes(arguments: argparse.Namespace, settings: Settings) -> Iterator[Report | BadItem]:
    from coach.build import build

    coach = build(settings, tell=tell)
    for name, path in sources(arguments.inputs):
        for item in notes(name, path, settings):
            yield report_of(coach, item) if isinstance(item, Note) else item


def from_reports(path: Path) -> Iterator[Report | BadItem]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}: cannot be read as UTF-8 text ({type(error).__name__}).") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield from_dict(json.loads(line))
        except (ValueError, InputError):
            yield BadItem(f"{path.stem}-{number}", "bad_input", f"{path} line {number}: this is no report of the coach.")
