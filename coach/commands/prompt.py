"""coach prompt: exactly what a language model would be asked about a note, to try any model by hand."""

import argparse
import json
from typing import Any

from coach.commands.inputs import notes, sources
from coach.errors import InputError
from coach.settings import Settings
from coach.text.items import BadItem
from coach.values import Note


def add(commands: Any) -> None:
    p = commands.add_parser(
        "prompt",
        help="print what a language model would be asked about a note",
        description="Print what a language model would be asked about a note; nothing is sent. "
        "Its answer, saved in a file, is read by: coach analyze NOTE --answer FILE",
    )
    p.add_argument("note", nargs="?", default="-", metavar="NOTE", help="a file with one note; none or - reads standard input")
    p.add_argument("--masked", action="store_true", help="without names, as a model elsewhere would be asked (its default)")
    p.add_argument("--format", choices=("text", "json"), default="text", help="json: the messages, and the schema of the answer")
    p.add_argument(
        "--task", choices=("read_note", "follow_up"), default="read_note", help="follow_up: to reword the report's steps"
    )
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Raises InputError where there is not exactly one note."""
    from coach.build import build_masker, build_prompt, is_masked

    settings = Settings()
    found = [item for name, path in sources([arguments.note]) for item in notes(name, path, settings)]
    if len(found) != 1:
        raise InputError(f"{arguments.note} holds {len(found)} notes; a model is asked about one at a time.")
    if isinstance(found[0], BadItem):
        raise InputError(found[0].message)
    if arguments.task == "follow_up":
        print(_steps(settings, found[0], masked=arguments.masked or is_masked(settings)))
        return 0
    prompt = build_prompt(settings)
    text = found[0].text
    if arguments.masked or is_masked(settings):
        text = build_masker(settings).mask(text).text
    messages = prompt.messages(text)
    if arguments.format == "json":
        rows = [{"role": m.role, "content": m.content} for m in messages]
        print(json.dumps({"messages": rows, "schema": prompt.schema}, ensure_ascii=False, indent=1))
    else:
        print("\n\n".join(m.content for m in messages))
    return 0


def _steps(settings: Settings, note: Note, *, masked: bool) -> str:
    """What would be asked to have the note's follow-ups reworded."""
    from coach.build import build, rephraser_for
    from coach.llm.reader import Given

    report = build(settings.model_copy(update={"llm": "none", "llm_rephrase": False})).analyze(note, words="en")
    return rephraser_for(settings, "follow_up.md", Given(""), masked=masked).question(report.follow_ups, note.text)
