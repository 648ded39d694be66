"""The sample notes and their written reports (`make examples`): each has one, and its level is one that a mentor coach accepts.

The reports are not compared word by word: what changed in them is read in review.
"""

import re
import tomllib
from pathlib import Path

import pytest

from coach.taxonomy import LEVELS
from tests.examples.write import HERE, REPORTS, examples

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = examples()


def level_of(report: str) -> str:
    """The level on the second line: 'URGENT: Please act today: ...'."""
    return report.splitlines()[1].split(":")[0].lower()


def bare(text: str) -> str:
    """Without spaces and without the marks that a report sets around evidence."""
    return re.sub(r"\s|[«»]|\[[\d,]+\]", "", text)


def test_there_are_twenty_notes_each_with_its_report_and_its_row():
    notes = {e.note.id for e in EXAMPLES}
    assert len(notes) >= 20
    assert {p.stem for p in REPORTS.iterdir()} == notes
    assert tomllib.loads((HERE / "levels.toml").read_text(encoding="utf-8")).keys() == notes


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.note.id)
def test_the_level_is_one_that_a_mentor_coach_accepts(example):
    assert set(example.levels) <= set(LEVELS)
    level = level_of(example.report.read_text(encoding="utf-8"))
    if example.wrong_now:
        assert example.wrong_now not in example.levels
        assert level == example.wrong_now, "mended, or wrong in another way: look at it, and take wrong_now out of levels.toml"
    else:
        assert level in example.levels


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.note.id)
def test_a_report_is_of_this_note_and_the_same_on_every_machine(example):
    report = example.report.read_text(encoding="utf-8")
    assert bare(example.note.text) in bare(report), "run make examples"
    assert str(ROOT) not in report
    assert "\x1b" not in report


def test_every_note_is_read_over_in_writing():
    reading = (HERE / "READING.md").read_text(encoding="utf-8")
    assert [e.note.id for e in EXAMPLES if f"**{e.note.id}**" not in reading] == []
