"""Notes that nobody prepared the coach for: the grave ones' floor, the calm ones' ceiling. What is wrong today is in known.toml.

A known fault is an expected failure, and strict: one that is mended fails here until its id is struck off the list.
"""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coach import Coach, Report, Settings, load
from coach.taxonomy import GRAVE, LABELS, LEVELS, rank
from coach.values import Note, Signal

HERE = Path(__file__).parent / "unprepared"
FILES = ("grave", "calm", "ordinary", "sealed", "blind")
Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


NOTES: dict[str, Row] = {row["id"]: row for name in FILES for row in rows(name)}
KNOWN: dict[str, list[str]] = tomllib.loads((HERE / "known.toml").read_text(encoding="utf-8"))


def cases(check: str, wanted: Iterator[str]) -> list[Any]:
    """The ids as test cases; those that known.toml lists under `check` are expected to fail, and must."""
    known = set(KNOWN[check])
    mark = pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"known.toml: {check}")
    return [pytest.param(i, id=i, marks=[mark] if i in known else []) for i in wanted]


@pytest.fixture(scope="module")
def reports(require: Callable[[str], None]) -> dict[str, Report]:
    require("reader")
    coach: Coach = load(Settings())
    return {i: coach.analyze(Note(i, row["text"], row["region"], row["minor"])) for i, row in NOTES.items()}


def test_the_notes_are_well_formed() -> None:
    assert len(NOTES) == sum(len(rows(name)) for name in FILES)
    for row in NOTES.values():
        assert rank(row["least"]) <= rank(row["most"]), row["id"]
        assert all(e["label"] in LABELS for e in (*row["expect"], *row["never"])), row["id"]
    assert {i for ids in KNOWN.values() for i in ids} <= NOTES.keys()
    assert all(len(set(ids)) == len(ids) for ids in KNOWN.values())


@pytest.mark.parametrize("note", cases("low", (i for i, row in NOTES.items() if row["least"] != "none")))
def test_it_is_seen(reports: dict[str, Report], note: str) -> None:
    level = reports[note].triage.level
    assert rank(level) >= min(rank(NOTES[note]["least"]), rank("urgent")), level


@pytest.mark.parametrize("note", cases("not_now", (i for i, row in NOTES.items() if row["least"] == "emergency")))
def test_what_cannot_wait_is_an_emergency(reports: dict[str, Report], note: str) -> None:
    assert reports[note].triage.level == "emergency"


@pytest.mark.parametrize("note", cases("alarm", (i for i, row in NOTES.items() if rank(row["most"]) <= rank("concern"))))
def test_no_false_alarm(reports: dict[str, Report], note: str) -> None:
    assert rank(reports[note].triage.level) < rank("urgent")


@pytest.mark.parametrize("note", cases("high", (i for i, row in NOTES.items() if rank(row["most"]) <= rank("watch"))))
def test_it_stays_calm(reports: dict[str, Report], note: str) -> None:
    level = reports[note].triage.level
    assert rank(level) <= rank("watch"), level


def grave(row: Row) -> bool:
    return any(e["label"] in GRAVE for e in row["expect"])


@pytest.mark.parametrize("note", cases("words", (i for i, row in NOTES.items() if grave(row))))
def test_the_grave_words_are_found_of_whom_and_when(reports: dict[str, Report], note: str) -> None:
    found = reports[note].signals
    assert not [e for e in NOTES[note]["expect"] if e["label"] in GRAVE and not any(meets(s, e) for s in found)]


@pytest.mark.parametrize("note", cases("figures", (i for i, row in NOTES.items() if row["never"])))
def test_no_figure_of_speech_is_taken_at_its_word(reports: dict[str, Report], note: str) -> None:
    found = [s for s in reports[note].signals if s.assertion == "present"]
    assert not [n for n in NOTES[note]["never"] if any(s.label == n["label"] and n["about"] in (None, s.about) for s in found)]


def meets(signal: Signal, wanted: Row) -> bool:
    return signal.label == wanted["label"] and all(
        wanted.get(key) in (None, getattr(signal, key)) for key in ("about", "assertion", "status")
    )


def test_every_level_is_named_as_in_the_guide() -> None:
    assert {row[key] for row in NOTES.values() for key in ("least", "most")} <= set(LEVELS)
