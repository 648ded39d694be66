"""Everything that the library says in English, as a translator needs it: the files of indexes/wording/ and what the code puts together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coach import pipeline, tables
from coach.advise import next_steps, numbers, own, referrals
from coach.advise.registry import Resources
from coach.assess import doubt, ladder, safety
from coach.taxonomy import LABEL_NAMES, LEVELS

FILES = ("brief.toml", "expectations.toml", "follow_ups.toml", "handoff.toml")
_SAID = frozenset({"text", "why", "statement", "ask"})
_TABLES = frozenset({"entry", "step", "lead", "line"})


def english(folder: Path, resources: Resources) -> dict[str, tuple[str, ...]]:
    """Name of the file that translates them -> English texts with their fields in braces. Raises ContentError."""
    code = (*safety.WORDS, *ladder.WORDS, *doubt.WORDS, *next_steps.WORDS, *numbers.WORDS, *own.WORDS, *pipeline.WORDS)
    made = {name: tuple(dict.fromkeys(_texts(tables.read(folder / name), brief=name == "brief.toml"))) for name in FILES}
    return {**made, "report.toml": (*code, *referrals.words(resources), *LABEL_NAMES.values(), *LEVELS)}


def _texts(table: Any, *, brief: bool) -> Iterator[str]:
    """Of the brief every text; of the others those of the keys that are said."""
    if isinstance(table, str):
        yield table
    elif isinstance(table, list):
        for item in table:
            yield from _texts(item, brief=brief)
    else:
        for key, value in table.items():
            if brief or key in _SAID or key in _TABLES:
                yield from _texts(value, brief=brief)
