"""How a referral is followed through."""

import shutil

import pytest

from coach.advise.handoff import Handoffs
from coach.errors import ContentError
from coach.settings import Settings
from coach.values import Note
from tests.signals import signal


@pytest.fixture(scope="module")
def handoffs():
    return Handoffs(Settings().wording_dir)


def lines(handoffs, level, label="distress.low_mood", minor=False, **more):
    note = Note("n", "She cries every day.", "CA", minor)
    return handoffs.lines(note, [signal(note, "cries every day", label, **more)], level)


@pytest.mark.parametrize("level", ["concern", "urgent", "emergency"])
def test_every_grave_level_offers_company_tells_somebody_and_asks_again(handoffs, level):
    kinds = [line.kind for line in lines(handoffs, level)]
    assert kinds[0] == "offer"
    assert {"staff", "mentee", "check"} <= set(kinds)
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("level", ["none", "watch"])
def test_lighter_notes_get_none(handoffs, level):
    assert lines(handoffs, level) == ()


@pytest.mark.parametrize("more", [{"about": "other"}, {"about": "mentor"}, {"assertion": "negated"}, {"assertion": "past"}])
def test_there_is_nobody_to_hand_over_where_it_is_not_the_mentees_trouble_now(handoffs, more):
    assert lines(handoffs, "urgent", **more) == ()


OTHERS = (
    "distress.suicide",
    "distress.self_harm",
    "distress.hopelessness",
    "distress.harm_from_others",
    "distress.harm_to_others",
)


@pytest.mark.parametrize("label", OTHERS)
@pytest.mark.parametrize("minor", [None, True])
@pytest.mark.parametrize("level", ["concern", "urgent", "emergency"])
def test_somebody_elses_danger_is_reached_and_the_mentee_does_not_carry_it_alone(handoffs, label, minor, level):
    texts = {line.kind: line.text for line in lines(handoffs, level, label, minor, about="other")}
    assert {"offer", "staff", "mentee", "check"} <= set(texts)
    assert "How are you in all this" in texts["mentee"]
    assert "whom it is about" in texts["staff"]
    assert ("safeguarding lead" in texts["staff"]) == bool(minor)
    assert "beside you?” Stay until they are talking" not in texts["offer"]
    if level == "urgent" and label == "distress.suicide" and not minor:
        assert "takes calls from those who worry about somebody" in texts["offer"]
    if minor and level == "urgent":
        assert "An adult makes the calls" in texts["offer"]


@pytest.mark.parametrize("label", ["distress.harm_from_others", "distress.harm_to_others"])
@pytest.mark.parametrize(("text", "child"), [("Her ex smacks their lad.", True), ("Her ex smacks his flatmate.", False)])
@pytest.mark.parametrize("level", ["concern", "urgent", "emergency"])
def test_a_child_who_is_harmed_elsewhere_is_reported(handoffs, label, text, child, level):
    note = Note("n", text, "CA", False)
    found = [signal(note, text[:-1], label, about="other")]
    offer = next(x for x in handoffs.lines(note, found, level) if x.kind == "offer")
    assert (offer.guidance == "report-the-same-day") is child
    assert ("child services" in offer.text) is child


def test_the_graver_trouble_is_handed_over_and_of_equal_ones_the_mentees(handoffs):
    note = Note("n", "She cries every day. He wants to die.", "CA")
    theirs = signal(note, "wants to die", "distress.suicide", about="other")
    for mine, whose in (("low_mood", "other"), ("substance", "other"), ("harm_from_others", "other"), ("suicide", "mentee")):
        made = handoffs.lines(note, [signal(note, "cries every day", f"distress.{mine}"), theirs], "urgent")
        assert ("Keeping somebody safe" in made[-2].text or "keep somebody safe" in made[-2].text) is (whose == "other")
    drink = signal(note, "wants to die", "distress.substance", about="other")
    assert handoffs.lines(note, [drink], "urgent") == ()


def test_in_an_emergency_nobody_is_left_alone_and_nothing_waits(handoffs):
    texts = {line.kind: line.text for line in lines(handoffs, "emergency", "distress.suicide")}
    assert "do not leave them alone" in texts["offer"]
    assert "doubt" not in texts and "expect" not in texts


def test_for_the_young_it_is_the_safeguarding_lead(handoffs):
    texts = {line.kind: line.text for line in lines(handoffs, "urgent", minor=True)}
    assert "safeguarding lead" in texts["staff"]
    assert "safeguarding lead" not in {x.kind: x.text for x in lines(handoffs, "urgent", minor=None)}["staff"]


def test_where_home_is_not_safe_the_words_do_not_bring_danger(handoffs):
    texts = {line.kind: line.text for line in lines(handoffs, "urgent", "distress.harm_from_others")}
    assert "dangerous for you" in texts["mentee"]


def test_a_child_is_not_questioned_about_home(handoffs):
    texts = {line.kind: line.text for line in lines(handoffs, "urgent", "distress.harm_from_others", minor=True)}
    assert "You did right to tell me" in texts["mentee"]
    assert "?" not in texts["mentee"]


def test_leave_to_tell_staff_is_asked_only_where_telling_can_wait(handoffs):
    assert "leave out" in {x.kind: x.text for x in lines(handoffs, "concern")}["mentee"]
    for level in ("urgent", "emergency"):
        assert "leave out" not in {x.kind: x.text for x in lines(handoffs, level)}["mentee"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "offer"', 'kind = "offers"', "not known"),
        ('"emergency"', '"urgent"', "no offer"),
        ("card =", "cards =", "card"),
        ('given = ["help"]', 'given = ["hope"]', "not known"),
        ('about = "other"', 'about = "mentor"', "not known"),
    ],
)
def test_a_fault_in_the_wording_is_named(tmp_path, old, new, says):
    shutil.copy(Settings().wording_dir / "handoff.toml", tmp_path)
    path = tmp_path / "handoff.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError, match=says):
        Handoffs(tmp_path)


def test_what_was_done_already_is_carried_on_and_at_emergency_nothing_changes(handoffs):
    note = Note("n", "She cries every day.", "CA")
    found = [signal(note, "cries every day", "distress.low_mood")]
    done = frozenset({"staff", "help", "doctor"})
    for level in ("concern", "urgent"):
        plain, known = handoffs.lines(note, found, level), handoffs.lines(note, found, level, done)
        assert [x.kind for x in plain] == [x.kind for x in known]
        texts = {x.kind: x.text for x in known}
        assert "if you have not said it all" in texts["staff"]
        assert "first step to help is made" in texts["offer"]
    assert handoffs.lines(note, found, "emergency", done) == handoffs.lines(note, found, "emergency")
    booked = {x.kind: x.text for x in handoffs.lines(note, found, "urgent", frozenset({"doctor"}))}
    assert "ring them now" in booked["offer"]
