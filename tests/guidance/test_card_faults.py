"""What `coach validate` says of a card's numbers and of values that are not allowed."""

from dataclasses import replace
from pathlib import Path

import pytest

from coach.errors import ContentError
from coach.guidance.cards import check_cards, has_number, load_cards
from coach.settings import Settings
from coach.tables import instead

FOLDER = Settings().guidance_dir
CARD = FOLDER / "cards" / "agree-reply-times.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the guidance with one card, which may be changed."""
    (tmp_path / "cards").mkdir()
    (tmp_path / "sources.toml").write_bytes((FOLDER / "sources.toml").read_bytes())
    (tmp_path / "cards" / CARD.name).write_bytes(CARD.read_bytes())
    return tmp_path


def changed(folder: Path, old: str, new: str) -> Path:
    path = folder / "cards" / CARD.name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "number", ["1-800-668-6868", "+44 116 123 4567", "(833) 456-4566", "Call 988", "ring them on 16000", "999"]
)
def test_a_number_to_call_is_a_fault(folder: Path, number: str) -> None:
    told = changed(folder, "## Good practice\n", f"## Good practice\nGive them this: {number}. ")
    assert any("holds a number to call" in fault for fault in check_cards(told))


@pytest.mark.parametrize(
    "words", ["from 2016-2019", "on 2026-03-28", "within 48 hours, 300 of 400", "in 1998 and 2014", "4.30 pm"]
)
def test_years_days_and_counts_are_none(words: str) -> None:
    card = next(c for c in load_cards(FOLDER) if c.id == CARD.stem)
    assert not has_number(replace(card, practice=f"{card.practice} Seen {words}."))


def test_no_card_of_ours_holds_one() -> None:
    assert [c.id for c in load_cards(FOLDER) if has_number(c)] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"expectation.response_time"', '"expectation.respons_time"', "did you mean 'expectation.response_time'?"),
        ('"expectation.response_time"', '"zzz"', "docs/labelling-guide.md"),
        ("stages = [", 'stages = ["begin", ', "one of any, application, growth, trust"),
        ("audience = [", 'audience = ["old", ', "one of adult, youth"),
        ("+++\nid", '+++\nabout = "me"\nid', "one of any, mentor, other"),
    ],
)
def test_a_value_that_is_not_allowed_names_those_that_are(folder: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ContentError) as caught:
        load_cards(changed(folder, old, new))
    assert caught.value.message.startswith(CARD.name) and says in caught.value.message


def test_what_is_like_nothing_gets_no_hint() -> None:
    many = [f"word{i}" for i in range(9)]
    assert (instead("zzz", many), instead(None, many), instead("WORD3", many)) == ("", "", "; did you mean 'word3'?")
