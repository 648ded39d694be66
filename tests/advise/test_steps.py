"""Which wording is taken: who it is about, how old, what is covered already; what leads when it is grave."""

import pytest

from coach.advise.next_steps import NextSteps
from coach.advise.steps import load
from coach.errors import ContentError
from coach.settings import Settings
from coach.values import Note
from tests.signals import signal

TEXT = "gave his dog away. cut his arm. no point in anything. silent since. hits him. rent due. put the knife in his bag."
PATH = Settings().wording_dir / "follow_ups.toml"


@pytest.fixture(scope="module")
def steps():
    return NextSteps(Settings().wording_dir)


def made(steps, found, level="urgent", minor=None):
    note = Note("n", TEXT, "CA", minor)
    return steps.compose(
        note,
        [signal(note, words, label, about=about) for words, label, about in found],
        level,
        (),
        lambda label, quote, about: None,
    )


def test_one_step_stands_for_what_would_say_the_same(steps):
    (only,) = made(
        steps,
        [
            ("gave his dog away", "distress.suicide", "mentee"),
            ("cut his arm", "distress.self_harm", "mentee"),
            ("no point", "distress.hopelessness", "mentee"),
            ("silent since", "relationship.gone_dark", "mentee"),
        ],
    )
    assert only.signals == (0, 1, 2, 3)


def test_two_people_at_risk_get_a_step_each(steps):
    found = [("gave his dog away", "distress.suicide", "other"), ("no point", "distress.suicide", "mentee")]
    assert {f.signals for f in made(steps, found)} == {(0,), (1,)}


@pytest.mark.parametrize(
    ("label", "about", "minor", "phrase", "absent"),
    [
        ("distress.suicide", "mentee", False, "killing yourself", "safeguarding"),
        ("distress.suicide", "mentee", True, "safeguarding lead", "program staff"),
        ("distress.suicide", "other", None, "somebody close does not leave them alone", "killing yourself"),
        ("distress.suicide", "mentor", None, "This is about you", "leave them alone"),
        ("distress.harm_to_others", "mentee", None, "get yourself and others out of reach", "leave them alone"),
        ("distress.harm_from_others", "mentee", None, "Do not speak to the other person", "killing yourself"),
    ],
)
def test_the_lead_at_emergency_fits_what_is_at_stake(steps, label, about, minor, phrase, absent):
    first, *rest = made(steps, [("put the knife in his bag", label, about)], "emergency", minor)
    assert first.kind == "escalate"
    assert first.signals == (0,)
    assert "“put the knife in his bag”" in first.text
    assert phrase in first.text
    assert absent not in first.text
    assert not [f for f in rest if f.kind == "escalate"]


def test_at_urgent_a_step_about_rent_does_not_stand_for_the_call_to_staff(steps):
    first = made(steps, [("rent due", "distress.money", "mentee")])[0]
    assert first.kind == "escalate"
    assert "Tell program staff today" in first.text


@pytest.mark.parametrize(("about", "phrase"), [("mentor", "you"), ("other", "them"), ("other", "lands on your mentee")])
def test_family_wording_serves_the_mentor_and_others(about, phrase):
    wording = load(PATH)
    note = Note("n", TEXT)
    texts = {wording.step(signal(note, w, "distress.low_mood", about=about), note).text for w in TEXT.split(". ")}
    assert any(phrase in t for t in texts)
    assert not any("safeguarding" in t or "How have you really been" in t for t in texts)


def test_two_notes_do_not_read_the_same():
    wording = load(PATH)
    note = Note("n", TEXT)
    for label in ("relationship.gone_dark", "distress.anxiety", "relationship.progress", "distress.overwhelm"):
        assert len({wording.step(signal(note, w, label), note).text for w in TEXT.split()}) >= 2


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('label = "relationship.stalled"', 'label = "relationship.stuck"', "relationship.stuck"),
        (
            'label = "relationship.over_reach"',
            'label = "relationship.stalled"',
            "relationship.over_reach has no entry for everybody",
        ),
        ('covers = ["distress.self_harm", "distress.hopelessness"]', 'covers = ["distress.sadness"]', "covers"),
        ("You wrote {quote}. Ask without reproach", "Ask without reproach", "quote"),
        ('level = "urgent"', 'level = "watch"', "watch"),
        ('given = ["asked"]', 'given = ["guessed"]', "given or of"),
        ('of = "past"', 'of = "future"', "given or of"),
        (
            'kind = "escalate"\ntext = "You wrote {quote}, and that program staff',
            'kind = "ask"\ntext = "You wrote {quote}, and that program staff',
            "takes no help away",
        ),
        ('level = "urgent"\ngiven', 'level = "emergency"\ngiven', "nothing that was done"),
    ],
)
def test_a_fault_in_the_wording_names_file_and_reason(tmp_path, old, new, reason):
    text = PATH.read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "follow_ups.toml"
    broken.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError, match=rf"follow_ups\.toml: .*{reason}"):
        load(broken)
