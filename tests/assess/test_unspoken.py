"""The plain statement of an unspoken expectation fits the words of the note, not a piece of one of them."""

import pytest

from coach import tables
from coach.assess.unspoken import Unspoken
from coach.settings import Settings
from coach.values import Note
from tests.signals import signal


@pytest.mark.parametrize(
    ("words", "topic", "says"),
    [
        ("thought I would have spoken to the nurse manager at my hospital by now", "role", "to speak to somebody for them"),
        ("at midnight she called me her other mother", "role", "a friend or one of the family"),
        ("gave a formal talk on climate and rather liked the platform", "role", "another picture of what a mentor is for"),
        ("hoped I would fetch him from the hospital", "role", "lifts and errands"),
        ("took it that I'd be the one to tell the boss", "role", "to speak to somebody for them"),
        ("asks me as if I were her boss", "role", "to give leave"),
        ("asked whether I could lend her four hundred", "access", "help with money"),
        ("asked whether I could lend her four hundred", "role", "help with money"),
        ("was waiting for me to send the invite", "ownership", "for the other to set it up"),
        ("was waiting for me to send the invite", "meetings", "books and confirms"),
        ("was put out that I was ten minutes late", "meetings", "how punctual"),
        ("was waiting for the next exercise", "ownership", "brings the subject"),
    ],
)
def test_the_statement_fits_the_words(words, topic, says):
    note = Note("n", f"She {words}.")
    (found,) = Unspoken(Settings().wording_dir).find([signal(note, words, f"expectation.{topic}", status="implicit")])
    assert says in found.statement


def test_no_statement_names_its_holder_whom_every_face_names_before_it():
    entries = tables.read(Settings().wording_dir / "expectations.toml")["entry"]
    assert [e["statement"] for e in entries if e["statement"].startswith("The ")] == []


def test_a_loan_cites_the_card_on_loans():
    note = Note("n", "She asked whether I could lend her four hundred.")
    made = Unspoken(Settings().wording_dir)
    for topic, cards in (("role", ("gifts-loans-favours",)), ("access", ("gifts-loans-favours",)), ("pace", ())):
        (found,) = made.find([signal(note, "lend her four hundred", f"expectation.{topic}", status="implicit")])
        assert found.guidance == cards
    assert made.cards == {"gifts-loans-favours"}
