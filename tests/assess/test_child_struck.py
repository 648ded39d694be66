"""A child who is struck, by the words of a sentence in which something was heard: at least urgent, and nothing is lowered by it."""

import pytest

from coach.assess.ladder import triage
from coach.assess.safety import child_named
from coach.values import Note
from tests.signals import reading, signal


def level(text, label="distress.anger", read="none", minor=None, **more):
    note = Note("n", text, "GB-ENG", minor)
    return triage([signal(note, text.rstrip("."), label, **more)], reading(read), note, full=True).level


@pytest.mark.parametrize(
    "text",
    [
        "His ex lets the new bloke smack their lad.",
        "He's raging because his ex lets the new bloke smack their lad, Kai, who is six.",
        "Her sister's husband hits the kids when he's had a drink.",
        "Her niece gets hit at home.",
        "The child's stepdad beats her.",
        "Their mum slaps the little one.",
        "He kicks his son.",
        "The uncle hits his sister (11) when he drinks.",
        "Son ex frappe leur fils de six ans.",
    ],
)
@pytest.mark.parametrize("label", ["distress.anger", "distress.harm_to_others", "distress.harm_from_others", "distress.anxiety"])
@pytest.mark.parametrize("about", ["mentee", "other"])
def test_a_child_who_is_struck_now_is_urgent(text, label, about):
    assert level(text, label, about=about) == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "He beats his son at chess.",
        "He beats his brother, 5 games to 2.",
        "He never hit the kids.",
        "He used to hit the kids.",
        "He'd never hit the kids.",
        "The move hit the kids hard.",
        "She's raging that he burnt the kids' supper.",
        "He hits his son, who is 31, with bills.",
        "He hit a deer and the kids saw it.",
        "She kicks off when the kids are late.",
    ],
)
def test_what_is_none_or_not_now_moves_nothing(text):
    assert level(text) == "watch"


@pytest.mark.parametrize("assertion", ["negated", "past", "hypothetical"])
def test_only_what_holds_now_counts(assertion):
    assert level("Her ex hits the kids.", "distress.anger", assertion=assertion) != "urgent"


def test_professionals_who_have_the_child_leave_the_level_and_an_emergency_stays():
    text = "Her ex hits the kids. The social worker has them now."
    note = Note("n", text)
    found = [signal(note, "Her ex hits the kids", "distress.anger", about="other")]
    assert triage(found, reading("none"), note, full=True).level == "watch"
    assert level("Her ex hits the kids.", read="emergency") == "emergency"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("She hit their lad.", True),
        ("She hit the child's arm.", True),
        ("She hit a man.", False),
        ("She hit her grown son.", False),
    ],
)
def test_a_child_is_named(text, named):
    note = Note("n", text)
    assert child_named(signal(note, "hit", "distress.harm_from_others"), note) is named
