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
