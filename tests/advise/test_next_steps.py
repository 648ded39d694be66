"""Follow-ups: worded with the note's words, in the right order, each citing its card."""

import re

import pytest

from coach.advise.next_steps import NextSteps
from coach.advise.told import DONE, NOTHING, Told
from coach.assess.unspoken import Unspoken
from coach.build import build_guidance
from coach.settings import Settings
from coach.taxonomy import GRAVE, LABELS
from coach.text.sentences import split
from coach.values import Note
from tests.signals import signal

NOTE = Note(
    "n", "She 'hasn't sent anything since the 3rd' and I can't sleep for worry. Great news though: she passed. Rent is due."
)
FORBIDDEN = re.compile(r"\b(?:diagnos\w+|therapy|promise (?:not to tell|secrecy)|depress(?:ed|ion)|contract)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def steps():
    guidance, made = build_guidance(Settings()), NextSteps(Settings().wording_dir)

    def compose(note, signals, level, expectations, told=NOTHING):
        return made.compose(note, signals, level, expectations, guidance.picker(note), told)

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


@pytest.mark.parametrize("label", sorted(GRAVE | {"distress.hopelessness"}))
@pytest.mark.parametrize("about", ["mentee", "mentor", "other"])
@pytest.mark.parametrize("minor", [None, True])
@pytest.mark.parametrize("done", [*({d} for d in DONE), set(DONE)], ids=lambda d: "+".join(sorted(d)))
def test_what_was_done_already_takes_no_help_away(steps, label, about, minor, done):
    note = Note("n", NOTE.text, "CA", minor)
    found = [signal(note, "can't sleep for worry", label, about=about)]
    told = Told(frozenset(done))
    for level in ("urgent", "emergency"):
        plain, known = steps(note, found, level, ()), steps(note, found, level, (), told)
        assert [f.kind in ("escalate", "refer") for f in known] == [f.kind in ("escalate", "refer") for f in plain]
        first = known[0].text
        assert level == "urgent" or first == plain[0].text
        if label == "distress.suicide" and about == "mentee":
            assert "alone" in first or "stay with the young person" in first


def test_what_was_done_already_is_not_told_again(steps):
    found = [signal(NOTE, "can't sleep for worry", "distress.suicide")]
    asked = steps(NOTE, found, "urgent", (), Told(frozenset({"asked"})))[0].text
    staff = steps(NOTE, found, "urgent", (), Told(frozenset({"asked", "staff"})))[0].text
    assert "You asked in plain words" in asked and "Are you thinking about suicide?" not in asked
    assert "Tell program staff" in asked and "Tell program staff" not in staff
    sleep = [signal(NOTE, "can't sleep for worry", "distress.sleep_body")]
    assert "suggest a doctor" not in steps(NOTE, sleep, "watch", (), Told(frozenset({"doctor"})))[0].text


def test_a_no_that_was_asked_for_changes_the_call_to_staff(steps):
    found = [
        signal(NOTE, "can't sleep for worry", "distress.low_mood"),
        signal(NOTE, "hasn't sent anything", "distress.suicide", "negated"),
    ]
    first = steps(NOTE, found, "urgent", ())[0]
    assert first.kind == "escalate"
    assert "The answer about suicide is no" in first.text and "tell program staff today" in first.text


@pytest.mark.parametrize(
    ("label", "about", "card"),
    [
        ("distress.overwhelm", "mentor", "mentor-in-distress"),
        ("distress.sleep_body", "mentor", "mentor-in-distress"),
        ("distress.suicide", "mentor", "mentor-in-distress"),
        ("distress.suicide", "other", "someone-else-at-risk"),
        ("distress.hopelessness", "mentee", "hopeless-and-a-burden"),
        ("distress.anxiety", "mentee", "anxiety-and-worry"),
    ],
)
def test_the_card_is_of_whom_and_of_what_it_is_about(steps, label, about, card):
    assert steps(NOTE, [signal(NOTE, "can't sleep", label, about=about)], "concern", ())[0].guidance == (card,)


@pytest.mark.parametrize(
    ("words", "label", "says"),
    [
        ("gets up at half past four for the bakery", "distress.sleep_body", "what these hours do"),
        ("wakes at half past four, lying there worrying", "distress.sleep_body", "?"),
        ("sat up all night with his phone on the pillow", "distress.sleep_body", "who keeps watch tonight"),
        ("couldn't breathe before the exam", "distress.anxiety", "Has this happened before"),
        ("hasn't told anyone", "distress.isolation", "Who else should know"),
        ("his stepdad threw a plate", "distress.harm_from_others", "whether it is safe to talk"),
    ],
)
def test_the_words_themselves_choose_where_they_say_enough(steps, words, label, says):
    note = Note("n", f"He {words}.")
    (made,) = steps(note, [signal(note, words, label)], "watch", ())
    assert says in made.text or (says == "?" and "these hours" not in made.text)
    assert "panic-attack" in made.guidance or "breathe" not in words
    assert "adult-discloses-abuse" in made.guidance or "plate" not in words


def test_the_mentors_own_troubles_give_one_step_and_ask_for_word_to_the_program_where_it_is_missing(steps):
    found = [
        signal(NOTE, "can't sleep", "distress.sleep_body", about="mentor"),
        signal(NOTE, "Rent is due", "distress.overwhelm", about="mentor"),
    ]
    assert [f.signals for f in steps(NOTE, found, "concern", ())] == [(0, 1)]
    (told,) = steps(NOTE, found, "concern", (), Told(frozenset({"hidden"})))
    assert told.signals == (1, 0)
    assert "nobody in the program knew" in told.text


@pytest.mark.parametrize("minor", [None, True])
@pytest.mark.parametrize("label", ["distress.suicide", "distress.self_harm", "distress.harm_from_others"])
def test_what_is_over_gets_a_kind_word_of_its_own(steps, label, minor):
    note = Note("n", NOTE.text, minor=minor)
    past = signal(note, "can't sleep", label, "past")
    (made,) = steps(note, [past], "watch", ())
    assert made.kind == ("escalate" if minor else "ask")
    assert "“can't sleep”" in made.text
    assert label == "distress.harm_from_others" or made.guidance == ("past-attempt",)
    (now,) = steps(note, [past, signal(note, "Rent is due", label)], "concern", ())
    assert now.signals == (1,)


@pytest.mark.parametrize(("done", "kept"), [({"asked", "doctor"}, True), ({"asked"}, False), (set(), False)])
def test_where_a_no_was_given_and_a_doctor_is_in_view_the_first_step_keeps_to_that_and_says_so_once(steps, done, kept):
    note = Note("n", "Asked her about suicide, she said no. What's the point, she says.")
    no = signal(note, "she said no", "distress.suicide", "negated")
    heavy = signal(note, "What's the point", "distress.hopelessness")
    first, *rest = steps(note, [no, heavy], "urgent", (), Told(done=frozenset(done)))
    assert first.kind == "escalate" and "program staff" in first.text
    assert ("keep to what you agreed" in first.text) == kept
    assert not any("keep to what you agreed" in f.text for f in rest)


@pytest.mark.parametrize(
    ("text", "minor", "kind", "quote"),
    [
        ("His dad used to hit him. Dad's back.", None, "ask", "“Dad's back”"),
        ("His dad used to hit him. Dad's back.", True, "escalate", "“Dad's back”"),
        ("Her ex used to hit her. He's back home now.", None, "ask", "“He's back home now”"),
        ("Her uncle used to hit her. Dad's back from sea.", None, "ask", "“Her uncle used to hit her”"),
        ("His dad used to hit him. Dad's back hurts.", None, "ask", "“His dad used to hit him”"),
    ],
)
def test_whoever_did_harm_and_is_back_asks_for_a_question_about_safety(steps, text, minor, kind, quote):
    note = Note("n", text, minor=minor)
    words = text.split(".")[0]
    told = NextSteps(Settings().wording_dir).cues.told(split(text))
    (made,) = steps(note, [signal(note, words, "distress.harm_from_others", "past")], "watch", (), told)
    assert made.kind == kind
    assert made.text.startswith(f"You wrote {quote}")
    assert ("safe at home now" in made.text or "who is back" in made.text) == ("back" in quote)


@pytest.mark.parametrize(("level", "shown"), [("watch", True), ("concern", True), ("urgent", True), ("emergency", False)])
def test_a_word_for_what_went_well_comes_last(steps, level, shown):
    heavy = signal(NOTE, "can't sleep", "distress.hopelessness")
    told = Told(good="She booked it herself.")
    assert ("“She booked it herself”" in steps(NOTE, [heavy], level, (), told)[-1].text) == shown
    both = steps(NOTE, [heavy, signal(NOTE, "she passed", "relationship.progress")], level, (), told)
    assert ("“she passed”" in both[-1].text) == (level != "emergency")
    assert "“She booked it herself”" not in both[-1].text
    assert both[0].signals == (0,)


def test_the_word_for_what_went_well_pushes_no_care_aside(steps):
    kinds = ("hopelessness", "substance", "money", "grief", "overwhelm")
    places = ("hasn't sent", "since the 3rd", "can't sleep", "Great news", "Rent is due")
    found = [signal(NOTE, w, f"distress.{k}") for k, w in zip(kinds, places, strict=True)]
    made = steps(NOTE, found, "concern", (), Told(good="She booked it herself."))
    assert len(made) == 5
    assert all("booked" not in f.text for f in made)


def test_every_card_that_the_wording_names_is_there_and_fits_the_age():
    cards = {c.id: c for c in build_guidance(Settings()).cards}
    made = NextSteps(Settings().wording_dir)
    assert made.cards <= cards.keys()
    young = {t.card for t in made._wording.steps if t.minor and t.card}
    assert all("youth" in cards[c].audience for c in young)


def test_a_recovery_from_drink_gets_a_kind_word_and_what_only_was_does_not(steps):
    for words, found in (("he is six years sober", True), ("he drank a lot then", False)):
        note = Note("n", f"Told me {words}.")
        made = steps(note, [signal(note, words, "distress.substance", "past")], "watch", ())
        assert bool(made) == found
    assert steps(note, [signal(note, words, "distress.substance")], "watch", ())[0].kind == "refer"


@pytest.mark.parametrize(("explicit", "first"), [(False, (1,)), (True, (0,))])
def test_a_threat_read_into_a_return_does_not_lead_over_the_harm(steps, explicit, first):
    note = Note("n", "His dad hit him once. Today he said Dad's back.", minor=True)
    told = NextSteps(Settings().wording_dir).cues.told(split(note.text))
    found = [
        signal(note, "Dad's back", "distress.harm_to_others", explicit=explicit),
        signal(note, "Today he said Dad's back", "distress.harm_from_others", score=0.7),
    ]
    assert steps(note, found, "urgent", (), told)[0].signals == first


def test_of_two_troubles_in_the_same_words_the_much_surer_is_asked_about(steps):
    note = Note("n", "She gets up at half past four.")
    found = [
        signal(note, "She gets up at half past four", "distress.anxiety", score=0.44),
        signal(note, "She gets up at half past four", "distress.sleep_body", score=0.77),
    ]
    (made,) = steps(note, found, "concern", ())
    assert made.signals == (1, 0)
    assert "these hours" in made.text


@pytest.mark.parametrize(
    "question",
    ["I asked whether she thinks of suicide", "I rang, asked if she thinks of suicide", "Are you thinking of suicide?"],
)
def test_the_mentees_words_are_quoted_rather_than_the_mentors_question(steps, question):
    note = Note("n", f"{question}. She said the tram could hit her.")
    asked = signal(note, "of suicide", "distress.suicide", explicit=True)
    hers = signal(note, "the tram could hit her", "distress.suicide", score=0.6)
    assert steps(note, [asked, hers], "urgent", ())[0].signals == (1,)
    assert steps(note, [asked], "urgent", ())[0].signals == (0,)


def test_what_was_done_is_named_rather_than_the_mentors_praise_of_it(steps):
    note = Note("n", "[10:08] Tomas: Ana closed the clinic!\n[10:09] Me: That was the goal for the quarter.")
    found = [
        signal(note, "Ana closed the clinic", "relationship.progress", score=0.6),
        signal(note, "That was the goal", "relationship.progress", score=0.9),
    ]
    assert steps(note, found, "watch", ())[0].signals == (0,)


GRAVE_ELSEWHERE = ("suicide", "self_harm", "hopelessness", "harm_from_others", "harm_to_others")


@pytest.mark.parametrize("kind", GRAVE_ELSEWHERE)
@pytest.mark.parametrize("minor", [None, True, False])
@pytest.mark.parametrize("level", ["concern", "urgent", "emergency"])
@pytest.mark.parametrize("done", [set(), {"staff"}, {"asked", "help"}], ids=lambda d: "+".join(sorted(d)) or "nothing")
def test_somebody_elses_danger_is_not_worded_as_the_mentees(steps, kind, minor, level, done):
    note = Note("n", "Her brother is at the end.", "CA", minor)
    found = [signal(note, "at the end", f"distress.{kind}", about="other")]
    made = steps(note, found, level, (), Told(frozenset(done)))
    text = " ".join(f.text for f in made)
    assert "Are you thinking about suicide?" not in text and "do not leave the person alone" not in text
    assert made[0].guidance and (level == "concern" or made[0].kind == "escalate")
    if level == "urgent" and minor:
        assert "safeguarding lead" in made[0].text and "ask in plain words" not in text
    elif level == "urgent" and kind in ("suicide", "self_harm", "hopelessness"):
        assert "takes calls from those who worry about somebody" in text and "look in" in text


@pytest.mark.parametrize("label", ["distress.harm_from_others", "distress.harm_to_others"])
@pytest.mark.parametrize(
    ("text", "child"),
    [
        ("His ex lets the new bloke smack their lad.", True),
        ("Her niece, who is six, gets hit at home.", True),
        ("The child's stepdad beats her.", True),
        ("Her friend is beaten by her husband.", False),
        ("His son, who is 31, was threatened at work.", False),
    ],
)
@pytest.mark.parametrize("done", [set(), {"staff"}], ids=["untold", "told"])
def test_a_child_who_is_harmed_elsewhere_is_a_safeguarding_matter(steps, label, text, child, done):
    note = Note("n", text, "CA", False)
    first = steps(note, [signal(note, text[:-1], label, about="other")], "urgent", (), Told(frozenset(done)))[0]
    assert first.kind == "escalate"
    assert ("child services" in first.text and "safeguarding" in first.text) is child
    assert (first.guidance == ("report-the-same-day",)) is child


@pytest.mark.parametrize(("minor", "asks"), [(True, False), (False, True)])
def test_where_a_child_is_harmed_nobody_is_asked_about_lesser_trouble(steps, minor, asks):
    note = Note("n", "He shoved her into the door. She sits alone at lunch.", "GB", minor)
    found = [
        signal(note, "He shoved her into the door", "distress.harm_from_others"),
        signal(note, "sits alone at lunch", "distress.isolation"),
    ]
    made = steps(note, found, "urgent", ())
    assert made[0].signals == (0,)
    assert any(f.signals == (1,) and f.kind == "ask" for f in made) == asks


def test_two_lesser_troubles_of_somebody_else_are_asked_about_once(steps):
    note = Note("n", "Her aunt shouts all day. Her aunt cannot pay the rent.")
    found = [
        signal(note, "Her aunt shouts all day", "distress.anger", about="other"),
        signal(note, "Her aunt cannot pay the rent", "distress.money", about="other"),
    ]
    (step,) = steps(note, found, "concern", ())
    assert step.signals == (0, 1)
