"""What is stale or wrong among help services, and a program's own, which come first."""

from dataclasses import replace
from datetime import date

import pytest

from coach.advise.referrals import referrals
from coach.advise.registry import Resources
from coach.advise.upkeep import findings, numbers, short_codes
from coach.cli import main
from coach.errors import ContentError
from coach.settings import Settings
from coach.values import Note
from coach.wording.files import faults
from tests.signals import signal

FOLDER = Settings().resources_dir
ON = date(2026, 11, 26)
OWN = '[[resource]]\nid = "ours"\nname = "Our safeguarding lead"\ncall = "555-0100"\n'
ROW = """[[resource]]
id = "{id}"
name = "A line"
regions = ["CA"]
concerns = ["bereavement"]
audience = "everyone"
call = "{call}"
status = "{status}"
confidence = "confirmed"
source = "a page"
{more}
"""


def row(ident="a", call="1-800-668-6868", status="active", more=""):
    return ROW.format(id=ident, call=call, status=status, more=more)


@pytest.fixture
def registry(tmp_path):
    """A registry of these rows, with the short numbers of the real one."""

    def make(*rows):
        (tmp_path / "short-codes.toml").write_bytes((FOLDER / "short-codes.toml").read_bytes())
        (tmp_path / "ca.toml").write_text("\n".join(rows), encoding="utf-8")
        return Resources(tmp_path)

    return make


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row()], [("a", "never")]),
        ([row(more='verified_on = "2026-01-05"')], []),
        ([row(more='verified_on = "2025-11-25"')], [("a", "stale")]),
        ([row(more='verified_on = "2027-01-01"')], [("a", "stale")]),
        ([row(more='verified_on = "2026-01-05"\nexpires_on = "2026-11-25"')], [("a", "expired")]),
        ([row(more='verified_on = "2026-01-05"\nexpires_on = "2026-11-26"')], []),
        ([row(more='replaced_by = "b"', status="replaced"), row("b", status="retired")], [("a", "replaced")]),
        ([row(status="replaced")], [("a", "replaced")]),
        ([row(more='verified_on = "2026-01-05"\npairs_with = "b"'), row("b", status="retired")], [("a", "pair")]),
        (
            [row(more='verified_on = "2026-01-05"\npairs_with = "b"'), row("b", more='verified_on = "2026-01-05"')],
            [("a", "pair")],
        ),
    ],
)
def test_what_is_stale_is_found(registry, rows, expected):
    assert [(f.ident, f.kind) for f in findings(registry(*rows), ON)] == expected


@pytest.mark.parametrize(
    ("call", "sound"),
    [
        ("988", True),
        ("1-800-668-6868", True),
        ("HOME to 686868", True),
        ("989", False),
        ("1-800-668-686", False),
        ("+000 123456", False),
    ],
)
def test_numbers_that_cannot_be_are_found(require, registry, tmp_path, call, sound):
    require("resources")
    assert [f.kind for f in numbers(registry(row(call=call)), tmp_path)] == ([] if sound else ["number"])


def test_our_own_numbers_hold(require):
    require("resources")
    resources = Resources(FOLDER)
    assert list(numbers(resources, FOLDER)) == []
    used = {n.rsplit(" to ", 1)[-1].replace(" ", "") for r in resources if r.status == "active" for n in (r.call, r.text) if n}
    assert [code for codes in short_codes(FOLDER).values() for code in codes if code not in used] == []


@pytest.mark.parametrize("more", ['verified_on = "soon"', "verified_on = 2026-01-05", 'pairs_with = "nobody"', "own = true"])
def test_a_wrong_entry_stops_the_start(registry, more):
    with pytest.raises(ContentError):
        registry(row(more=more))


def offered(resources, level, most=6):
    note = Note("n", "Her gran died.", "CA", False)
    return [
        r.resource.id for r in referrals(resources, note, [signal(note, "died", "distress.grief")], level, full=True, most=most)
    ]


@pytest.mark.parametrize(("level", "place"), [("concern", 0), ("urgent", 0), ("emergency", 1)])
def test_a_programs_own_come_first_behind_an_emergency_number_alone(tmp_path, level, place):
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    plain, with_own = offered(Resources(FOLDER), level), offered(Resources(FOLDER, tmp_path / "own.toml"), level)
    assert with_own == [*plain[:place], "ours", *plain[place:]]
    assert len(plain) > place


def test_a_programs_own_are_not_pushed_on_a_calm_note(tmp_path):
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    note = Note("n", "All is well.", "CA", False)
    assert referrals(Resources(FOLDER, tmp_path / "own.toml"), note, [], "none", full=True, most=6) == ()


@pytest.mark.parametrize(("status", "most", "shown"), [("active", 6, True), ("active", 1, False), ("retired", 6, False)])
def test_a_pair_is_shown_together_or_not_at_all(status, most, shown):
    resources = Resources(FOLDER)
    first = offered(resources, "concern")[0]
    other = next(
        r.id for r in resources if r.status == "active" and r.regions == ("CA",) and r.id not in offered(resources, "concern")
    )
    resources._by_id[first] = replace(resources.by_id(first), pairs_with=other)
    resources._by_id[other] = replace(resources.by_id(other), status=status)
    found = offered(resources, "concern", most)
    assert (first in found, other in found) == (shown, shown)


def test_own_services_are_said_in_french_without_a_word_missing(tmp_path):
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    assert list(faults(Settings().wording_dir, "fr", Resources(FOLDER, tmp_path / "own.toml"))) == []


def test_from_the_command_line(capsys, monkeypatch, tmp_path, registry):
    registry(row(more='verified_on = "2026-01-05"'))
    monkeypatch.setenv("COACH_RESOURCES_DIR", str(tmp_path))
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "own.toml").write_text(OWN, encoding="utf-8")
    monkeypatch.setenv("COACH_RESOURCES_EXTRA", str(tmp_path / "extra" / "own.toml"))
    assert main(["resources", "check", "--on", "2027-06-01"]) == 1
    out = capsys.readouterr().out
    assert "a: was last checked on 2026-01-05" in out and "ours" not in out
    assert "2 services on 2027-06-01: 2 active." in out
    assert main(["resources", "check", "--on", "2026-06-01", "--strict"]) == 1
    assert "ours: has not been checked by a person yet" in capsys.readouterr().out
    assert main(["resources", "check", "--on", "June"]) == 2
    monkeypatch.setenv("COACH_RESOURCES_EXTRA", str(tmp_path / "none.toml"))
    assert main(["resources", "check"]) == 1
    assert "none.toml: cannot be read" in capsys.readouterr().err
