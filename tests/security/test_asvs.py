"""The tables of docs/security against OWASP ASVS 5.0.0: no requirement is left out, each has a test or a reason, the counts are right."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from math import log2
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.accounts import passwords
from api.crowd import FOR_PEOPLE
from api.plugins.slack import links
from api.plugins.webhooks import service as webhooks
from api.settings import ServiceSettings
from coach import Settings
from coach.text import documents
from tests.security.checks.found import ROOT

DOCUMENTS = ROOT / "docs" / "security"
STATES = ("holds", "partly", "gap", "does not apply")
DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "asvs.toml").read_text(encoding="utf-8"))
TABLES = ("asvs-input.md", "asvs-people.md", "asvs-running.md")


class Line(NamedTuple):
    number: str
    level: str
    what: str
    state: str
    shown: str


def asked() -> dict[str, str]:
    """Number -> level, of the requirements of levels 1 and 2, in the standard's order."""
    found = {f"{section}.{n}": level for section, levels in DATA["sections"].items() for n, level in enumerate(levels, 1)}
    return {number: level for number, level in found.items() if level in "12"}


def lines() -> Iterator[Line]:
    for name in TABLES:
        for row in (DOCUMENTS / name).read_text(encoding="utf-8").splitlines():
            if re.match(r"\| \d", row):
                _, *cells, _ = (cell.strip() for cell in row.split("|"))
                yield Line(*cells)


def test_the_list_of_numbers_is_that_of_the_standard() -> None:
    """345 requirements, as its own preface counts them, from a commit that can be looked up."""
    levels = Counter("".join(DATA["sections"].values()))
    assert levels == {"1": 70, "2": 183, "3": 92} and re.fullmatch("[0-9a-f]{40}", DATA["commit"])


def test_every_requirement_of_levels_1_and_2_has_its_line_in_order() -> None:
    assert [(line.number, line.level) for line in lines()] == list(asked().items())


def test_every_line_has_a_test_or_a_reason() -> None:
    for line in lines():
        assert line.what and line.state in STATES and line.shown, line
        assert line.state != "holds" or "::test_" in line.shown or len(line.shown) > 15, line


def test_the_counts_are_those_of_the_tables() -> None:
    told = (DOCUMENTS / "asvs.md").read_text(encoding="utf-8")
    chapters: dict[str, Counter[str]] = {}
    for line in lines():
        chapters.setdefault(line.number.partition(".")[0], Counter())[line.state] += 1
    total: Counter[str] = sum(chapters.values(), Counter())
    for name, counts in (*((f"V{number} ", counts) for number, counts in chapters.items()), ("**all**", total)):
        (row,) = [one for one in told.splitlines() if one.startswith(f"| {name}")]
        assert [cell.strip(" *") for cell in row.split("|")[2:-1]] == [str(counts[state]) for state in STATES], row


def test_every_gap_is_in_the_summary() -> None:
    told = (DOCUMENTS / "asvs.md").read_text(encoding="utf-8").partition("## What is not there")[2].partition("\n## ")[0]
    assert set(re.findall(r"\b\d+\.\d+\.\d+\b", told)) == {line.number for line in lines() if line.state == "gap"}


FIGURES: list[tuple[Callable[[ServiceSettings, Settings], str], str]] = [
    (lambda s, c: f"{s.requests_per_minute} a person, key or address", "requests"),
    (lambda s, c: f"{s.sign_ins_per_minute} an address and {s.sign_ins_per_minute} an account", "sign-ins"),
    (
        lambda s, c: f"{s.sign_ins_per_minute} tries a minute for an address, and {s.sign_ins_per_minute} for an account",
        "guessing",
    ),
    (lambda s, c: f"{s.max_body_bytes:,} bytes, {s.body_seconds:.0f} seconds", "body"),
    (
        lambda s, c: (
            f"{s.requests_at_once} a process, {s.requests_at_once - int(s.requests_at_once * FOR_PEOPLE)} of them for those with a key"
        ),
        "at once",
    ),
    (lambda s, c: f"{s.analysis_workers} and {s.analysis_queue} a process", "queue"),
    (lambda s, c: f"{s.analysis_seconds:.0f} seconds, then phrases alone", "reading"),
    (lambda s, c: f"of PostgreSQL | {s.database_seconds:.0f} seconds", "statement"),
    (lambda s, c: f"ends after {s.session_hours} hours", "session"),
    (lambda s, c: f"{s.staff_idle_minutes} minutes for staff", "idle staff"),
    (lambda s, c: f"{s.idle_minutes} for people who only mentor", "idle mentors"),
    (lambda s, c: f"256 bits, once | {s.setup_hours} hours", "links"),
    (lambda s, c: f"one factor, {passwords.SHORTEST} characters or more", "password"),
    (lambda s, c: f"| webhooks of a program | {webhooks.MOST} |", "webhooks"),
    (
        lambda s, c: (
            f"{c.max_file_bytes:,} bytes; unpacked {c.max_unpacked_bytes:,} bytes and {documents._MOST_MEMBERS:,} members"
        ),
        "files",
    ),
    (lambda s, c: f"{c.max_pages} pages; {c.max_note_chars:,} characters a note", "pages"),
    (lambda s, c: f"link code: {int(links.LENGTH * log2(len(links.LETTERS)))} bits", "Slack's code"),
]


@pytest.mark.parametrize("figure", [f for f, _ in FIGURES], ids=[name for _, name in FIGURES])
def test_the_figures_of_the_decisions_are_those_of_the_code(figure: Callable[[ServiceSettings, Settings], str]) -> None:
    page = " ".join((DOCUMENTS / "decisions.md").read_text(encoding="utf-8").split())
    assert figure(ServiceSettings(), Settings()) in page


def test_the_words_that_no_password_may_consist_of_are_written_down() -> None:
    page = (DOCUMENTS / "decisions.md").read_text(encoding="utf-8")
    listed = re.search(r"\*\*Words that no password may consist of\*\*: ([a-z, ]+), and the words", page)
    assert listed and set(listed[1].split(", ")) == passwords.KNOWN
