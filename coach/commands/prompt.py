"""coach prompt: exactly what a language model would be asked about a note or a pair's reports, to try any model by hand."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from coach.commands import brief as briefs
from coach.commands.inputs import notes, sources
from coach.errors import InputError, UnknownValue
from coach.settings import Settings
from coach.taxonomy import Level, rank
from coach.text.items import BadItem
from coach.values import Note, Session

GRAVE = "At urgent and emergency every word stays as it is: of this nothing would be asked."


def add(commands: Any) -> None:
    p = commands.add_parser(
        "prompt",
        help="print what a language model would be asked about a note or a pair's next session",
        description="Print what a language model would be asked; nothing is sent. "
        "Its answer about a note, saved in a file, is read by: coach analyze NOTE --answer FILE",
    )
    p.add_argument("note", nargs="?", default="-", metavar="NOTE", help="a file with one note; none or - reads standard input")
    p.add_argument("--masked", action="store_true", help="without names, as a model elsewhere would be asked (its default)")
    p.add_argument("--format", choices=("text", "json"), default="text", help="json: the messages, and the schema of the answer")
    p.add_argument(
        "--task", choices=("read_note", "follow_up"), default="read_note", help="follow_up: to reword the report's steps"
    )
    p.add_argument(
        "--brief",
        nargs="+",
        type=Path,
        metavar="REPORTS",
        help="instead of a note: a pair's reports, as `coach analyze --format jsonl` gives, to reword the next session's agenda",
    )
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Raises InputError where there is not exactly one note, or where a line of `--brief` is no report."""
    from coach.build import is_masked

    settings = Settings()
    masked = arguments.masked or is_masked(settings)
    if arguments.brief:
        if arguments.note != "-" or arguments.task != "read_note" or arguments.format != "text":
            raise UnknownValue("--brief stands for the note and the task, and prints text: leave those out.")
        print(_agenda(settings, arguments.brief, masked=masked))
        return 0
    note = _one(arguments.note, settings)
    if arguments.task == "follow_up":
        print(_steps(settings, note, masked=masked))
    else:
        _reading(settings, note, masked=masked, as_json=arguments.format == "json")
    return 0


def _one(name: str, settings: Settings) -> Note:
    found = [item for source, path in sources([name]) for item in notes(source, path, settings)]
    if len(found) != 1:
        raise InputError(f"{name} holds {len(found)} notes; a model is asked about one at a time.")
    if isinstance(found[0], BadItem):
        raise InputError(found[0].message)
    return found[0]


def _reading(settings: Settings, note: Note, *, masked: bool, as_json: bool) -> None:
    """Prints what would be asked to have the note read."""
    from coach.build import build_masker, build_prompt

    prompt = build_prompt(settings)
    messages = prompt.messages(build_masker(settings).mask(note.text).text if masked else note.text)
    if as_json:
        rows = [{"role": m.role, "content": m.content} for m in messages]
        print(json.dumps({"messages": rows, "schema": prompt.schema}, ensure_ascii=False, indent=1))
    else:
        print("\n\n".join(m.content for m in messages))


def _steps(settings: Settings, note: Note, *, masked: bool) -> str:
    """What would be asked to have the note's follow-ups reworded."""
    from coach.build import build, rephraser_for
    from coach.llm.reader import Given

    report = build(settings.model_copy(update={"llm": "none", "llm_rephrase": False})).analyze(note, words="en")
    _warn(report.triage.level)
    return rephraser_for(settings, "follow_up.md", Given(""), masked=masked).question(report.follow_ups, note.text)


def _agenda(settings: Settings, files: list[Path], *, masked: bool) -> str:
    """What would be asked to have the agenda of a pair's next session reworded."""
    from coach.build import build_briefs, rephraser_for
    from coach.llm.reader import Given

    sessions = []
    for found in (item for path in files for item in briefs.from_reports(path)):
        if isinstance(found, BadItem):
            raise InputError(found.message)
        sessions.append(Session(found, briefs.day(found.id)))
    made = build_briefs(settings.model_copy(update={"words": "en"})).brief(briefs.in_order(sessions))
    _warn(made.level)
    return rephraser_for(settings, "brief.md", Given(""), masked=masked).agenda_question(made)


def _warn(level: Level) -> None:
    if rank(level) >= rank("urgent"):
        print(f"coach: {GRAVE}", file=sys.stderr)
