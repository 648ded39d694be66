"""What the signals earn, reasons, stage, doubts and expectations."""

import pytest

from coach.assess.doubt import doubts
from coach.assess.ladder import earned_level, quoted, triage
from coach.assess.stages import stage
from coach.assess.unspoken import Unspoken
from coach.errors import ContentError
from coach.settings import Settings
from coach.taxonomy import TOPICS
from coach.text.sentences import split
from coach.values import Note
from tests.signals import reading, signal

NOTE = Note("n", "He seemed put out. Sleeping badly. Cried. Shouting at home. Passed the exam! We agreed on Fridays.")


def make(words, label, **more):
    return signal(NOTE, words, label, **more)


EARNED = [
    ([], "none"),
    ([("Passed the exam", "relationship.progress", {})], "none"),
    ([("He seemed put out", "expectation.response_time", {"status": "implicit"})], "watch"),
    ([("We agreed on Fridays", "expectation.meetings", {"status": "explicit"})], "none"),
    ([("Sleeping badly", "distress.sleep_body", {})], "watch"),
    ([("Sleeping badly", "distress.sleep_body", {"assertion": "past"})], "watch"),
    ([("Sleeping badly", "distress.sleep_body", {"assertion": "negated"})], "none"),
    (
        [("Sleeping badly", "distress.sleep_body", {}), ("Cried", "distress.low_mood", {}), ("Shouting", "distress.anger", {})],
        "concern",
    ),
    ([("Shouting at home", "distress.harm_from_others", {})], "concern"),
]


@pytest.mark.parametrize(("found", "level"), EARNED)
def test_signals_earn_their_level(found, level):
    signals = [make(words, label, **more) for words, label, more in found]
    assert earned_level(signals) == level
    assert triage(signals, None, NOTE, full=True).level == level


def test_with_a_reading_mild_signs_raise_to_watch_at_most_and_the_reading_says_why():
    signals = [make("Shouting at home", "distress.harm_from_others")]
    assert triage(signals, reading("none"), NOTE, full=True).level == "watch"
    result = triage([], reading("concern"), NOTE, full=True)
    assert result.level == "concern"
    assert "as a whole" in result.reasons[-1]


@pytest.mark.parametrize(("about", "whose"), [("mentee", ""), ("mentor", " (yours)"), ("other", " (somebody else)")])
def test_a_reason_of_suicide_says_whose_it_is(about, whose):
    note = Note("n", "He wants to die.")
    said = triage([signal(note, "wants to die", "distress.suicide", about=about, explicit=True)], None, note, full=True)
    assert said.reasons[0] == f"Words of suicide or of not wanting to live{whose}: “wants to die”"


def test_a_long_quote_is_cut_at_a_word():
    assert quoted("word " * 60) == "“" + ("word " * 24).strip() + "…”"


def test_stage_is_unclear_where_none_stands_out():
    assert stage(reading(stages=(0.1, 0.7, 0.1, 0.1))).name == "application"
    assert stage(reading(stages=(0.3, 0.3, 0.3, 0.1))).name == "unclear"
    assert stage(None).confidence == 0.0


@pytest.mark.parametrize(
    ("signals", "level"),
    [
        ([("Drank for two years", "distress.substance", {"assertion": "past"})], "watch"),
        (
            [("No panic now", "distress.anxiety", {"assertion": "negated"}), ("Late once", "relationship.missed_meetings", {})],
            "watch",
        ),
        ([("Drank for two years", "distress.substance", {"assertion": "past"}), ("Cries", "distress.low_mood", {})], "concern"),
        (
            [
                ("Drank once", "distress.substance", {"assertion": "past"}),
                ("Told the class", "relationship.confidence_breach", {}),
            ],
            "concern",
        ),
        ([("Late once", "relationship.missed_meetings", {})], "concern"),
        ([], "concern"),
    ],
)
def test_the_reader_s_concern_wants_some_distress_that_holds_where_any_is_heard(signals, level):
    note = Note("n", ". ".join(words for words, _, _ in signals))
    made = [signal(note, words, label, **more) for words, label, more in signals]
    assert triage(made, reading("concern"), note, full=True).level == level


def test_only_unsure_distress_is_asked_about():
    signals = [make("Cried", "distress.low_mood", certain=0.4), make("Sleeping badly", "distress.sleep_body", certain=0.9)]
    assert [u.signal for u in doubts(signals, [])] == [0]
    assert doubts(signals, [])[0].question.endswith("?")


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("holder", ["mentee", "mentor"])
def test_every_topic_and_holder_has_words_for_it(topic, holder):
    found = make("He seemed put out", f"expectation.{topic}", about=holder, status="implicit")
    (e,) = Unspoken(Settings().wording_dir).find([found, found])
    assert (e.topic, e.holder, e.signals) == (topic, holder, (0, 1))
    assert e.ask.endswith("?")
    assert " may " in f" {e.statement.lower()} "


def test_the_statement_carries_what_the_note_gives():
    note = Note("n", "He was hurt that I hadn't answered his Sunday message by midnight.")
    found = signal(note, "his Sunday message by midnight", "expectation.response_time", status="implicit")
    assert "outside working hours" in Unspoken(Settings().wording_dir).find([found])[0].statement


def test_a_fault_in_the_wording_names_file_and_reason(tmp_path):
    (tmp_path / "expectations.toml").write_text('[[entry]]\ntopic = "pace"\nholder = "any"\nstatement = "x"\nask = "y?"\n')
    with pytest.raises(ContentError, match=r"expectations\.toml: topic response_time"):
        Unspoken(tmp_path)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("I want to die. Nobody knows.", True),
        ("Honestly, I don't want to be here any more.", True),
        ("He said I want to die.", False),
        ("“I want to die,” she wrote.", False),
        ("MAYA: How are you?\nROBIN: I want to die.\nMAYA: Thank you for telling me.", False),
        ("She wants to die.", False),
        ("I asked straight out if she wants to die.", False),
        ("I wondered if she wants to die.", False),
    ],
)
def test_words_of_suicide_that_may_be_the_mentors_own_are_asked_about(text: str, asked: bool) -> None:
    words = next(w for w in ("want to die", "don't want to be here", "wants to die") if w in text)
    found = doubts([signal(Note("n", text), words, "distress.suicide")], split(text))
    assert bool(found) == asked
    if asked:
        assert "your own" in found[0].question


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("He wants to die.", "“He wants to die”"),
        ("“No.”", "“No”"),
        ('"fine"', "“fine”"),
        ("'I can't go on'", "“I can't go on”"),
        ('"so what', "“so what”"),
        ('He opened with "so you do still exist".', '“He opened with "so you do still exist"”'),
        ('"I want to die," he said', '“"I want to die," he said”'),
        ("the girls' room", "“the girls' room”"),
        ('He opened with "so you do still exist', '“He opened with "so you do still exist"”'),
        ("She said “never mind” and left", "“She said ‘never mind’ and left”"),
        ("said “never mind", "“said ‘never mind’”"),
        ("packing his bag, 'Dad's back", "“packing his bag, 'Dad's back'”"),
        ("he said: 'No.' and left", "“he said: 'No.' and left”"),
        ("the girls' room, James' too", "“the girls' room, James' too”"),
        ("but no reply", "“no reply”"),
        ("And I thought you would be the one", "“I thought you would be the one”"),
        ("but no", "“but no”"),
        ("Andrea left early", "“Andrea left early”"),
        ("word " * 40, "“" + "word " * 23 + "word…”"),
    ],
)
def test_words_are_quoted_once_and_lose_no_mark(words, shown):
    assert quoted(words) == shown
