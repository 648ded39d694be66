"""Follow-ups: worded with the note's words, in the right order, each citing its card."""

import re

import pytest

from coach.advise.next_steps import NextSteps
from coach.assess.unspoken import Unspoken
from coach.build import build_guidance
from coach.settings import Settings
from coach.taxonomy import LABELS
from coach.values import Note
from tests.signals import signal

NOTE = Note(
    "n", "She 'hasn't sent anything since the 3rd' and I can't sleep for worry. Great news though: she passed. Rent is due."
)
FORBIDDEN = re.compile(r"\b(?:diagnos\w+|therapy|promise (?:not to tell|secrecy)|depress(?:ed|ion)|contract)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def steps():
    guidance, made = build_guidance(Settings()), NextSteps(Settings().wording_dir)

    def compose(note, signals, level, expectations):
        return made.compose(note, signals, level, expectations, guidance.picker(note))

    return compose


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("about", ["mentee", "mentor", "other"])
@pytest.mark.parametrize("minor", [None, True, False])
def test_every_label_gives_one_step_in_the_notes_own_words(steps, label, about, minor):
    note = Note("n", NOTE.text, "CA", minor)
    status = "implicit" if label.startswith("expectation.") else None
    found = signal(note, "hasn't sent anything since the 3rd", label, about=about, status=status)
    expectations = Unspoken(Settings().wording_dir).find([found])
    (step,) = steps(note, [found], "watch", expectations)
    assert "“hasn't sent anything since the 3rd”" in step.text
    assert step.guidance
    assert step.signals == (0,)
    assert not FORBIDDEN.search(step.text + step.why)


def test_care_comes_first_and_progress_last(steps):
    found = [
        signal(NOTE, "she passed", "relationship.progress"),
        signal(NOTE, "hasn't sent anything", "relationship.gone_dark"),
        signal(NOTE, "Rent is due", "distress.money"),
    ]
    assert [f.signals[0] for f in steps(NOTE, found, "concern", ())] == [2, 1, 0]


@pytest.mark.parametrize("level", ["urgent", "emergency"])
@pytest.mark.parametrize("label", [None, "relationship.progress", "distress.suicide", "distress.money"])
def test_at_urgent_and_above_the_first_calls_for_help(steps, level, label):
    found = [signal(NOTE, "she passed", label)] if label else []
    first = steps(NOTE, found, level, ())[0]
    assert first.kind in ("escalate", "refer")
    assert level != "emergency" or "do not leave them alone" in first.text


def test_never_more_than_five_nor_two_of_one_label(steps):
    found = [signal(NOTE, "she passed", label) for label in LABELS if not label.startswith("expectation.")]
    made = steps(NOTE, found * 2, "concern", ())
    assert len(made) == 5
    assert len({f.signals for f in made}) == 5


def test_denied_past_and_feared_things_ask_for_nothing(steps):
    found = [signal(NOTE, "she passed", "distress.money", a) for a in ("negated", "past", "hypothetical")]
    assert steps(NOTE, found, "watch", ()) == ()


def test_one_sentence_of_several_troubles_gives_one_step(steps):
    found = [
        signal(NOTE, "I can't sleep for worry", "distress.anxiety"),
        signal(NOTE, "can't sleep", "distress.sleep_body"),
        signal(NOTE, "Rent is due", "distress.money"),
    ]
    assert [f.signals for f in steps(NOTE, found, "concern", ())] == [(2,), (0, 1)]


def test_a_graver_step_about_the_same_words_stays(steps):
    found = [signal(NOTE, "Rent is due", label) for label in ("distress.substance", "distress.money", "relationship.stalled")]
    assert [f.signals for f in steps(NOTE, found, "concern", ())] == [(0,), (1,), (2,)]


def test_one_topic_is_asked_about_once_whoever_holds_it(steps):
    words = ("hasn't sent anything", "can't sleep for worry")
    found = [
        signal(NOTE, w, "expectation.role", about=about, status="implicit")
        for w, about in zip(words, ("mentee", "mentor"), strict=True)
    ]
    expectations = Unspoken(Settings().wording_dir).find(found)
    assert len(expectations) == 2
    assert [f.signals for f in steps(NOTE, found, "watch", expectations)] == [(0, 1)]


@pytest.mark.parametrize("level", ["concern", "urgent"])
def test_homework_waits_where_somebody_may_be_at_risk(steps, level):
    found = [
        signal(NOTE, "hasn't sent anything", "relationship.unprepared"),
        signal(NOTE, "Rent is due", "distress.harm_from_others"),
    ]
    assert [f.signals for f in steps(NOTE, found, level, ())] == [(1,), (0,)][: 2 if level == "concern" else 1]


def test_at_urgent_the_gravest_step_leads_without_a_second_call_to_staff(steps):
    found = [
        signal(NOTE, "hasn't sent anything", "distress.suicide", about="other"),
        signal(NOTE, "can't sleep", "distress.suicide"),
    ]
    assert [f.signals for f in steps(NOTE, found, "urgent", ())] == [(1,), (0,)]


def test_what_was_asked_and_denied_is_not_asked_again_as_if_it_had_not_been(steps):
    heavy = signal(NOTE, "can't sleep", "distress.hopelessness")
    denied = signal(NOTE, "hasn't sent anything", "distress.suicide", "negated")
    (asked,) = steps(NOTE, [heavy, denied], "concern", ())
    assert "the answer in your note is no" in asked.text
    assert "Ask soon, and directly" in steps(NOTE, [heavy], "concern", ())[0].text
    young = Note("n", NOTE.text, minor=True)
    assert "safeguarding lead" in steps(young, [heavy, denied], "concern", ())[0].text


def test_where_nobody_answers_the_message_comes_before_the_questions(steps):
    found = [signal(NOTE, "can't sleep", "distress.grief"), signal(NOTE, "hasn't sent anything", "relationship.gone_dark")]
    assert [f.signals for f in steps(NOTE, found, "concern", ())] == [(1,), (0,)]


def test_of_two_steps_about_the_same_words_the_surer_stays(steps):
    found = [
        signal(NOTE, "she passed", "relationship.confidence_breach", score=0.7),
        signal(NOTE, "she passed", "relationship.over_familiar", score=0.9),
    ]
    assert [f.signals for f in steps(NOTE, found, "concern", ())] == [(1, 0)]
