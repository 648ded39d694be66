"""The floor of docs/report-contract.md, sentence by sentence, through the whole triage: nothing a reader says lowers it."""

import pytest

from coach.assess.ladder import triage
from coach.values import Note
from tests.signals import reading, signal

FLOOR = [
    # an explicit phrase, present, about the mentee or the mentor: urgent
    ("He said he wants to die.", "wants to die", "distress.suicide", "present", "mentee", None, "urgent"),
    ("I want to die, I wrote that and deleted it.", "want to die", "distress.suicide", "present", "mentor", None, "urgent"),
    ("She is going to hurt herself tonight.", "hurt herself", "distress.self_harm", "present", "mentee", None, "urgent"),
    (
        "He says he will put the foreman in hospital.",
        "put the foreman in hospital",
        "distress.harm_to_others",
        "present",
        "mentee",
        None,
        "urgent",
    ),
    # about somebody else: urgent, unless the same note says that professionals have them
    ("Her brother said he wants to die.", "wants to die", "distress.suicide", "present", "other", None, "urgent"),
    (
        "Her brother said he wants to die. He is with the crisis team now.",
        "wants to die",
        "distress.suicide",
        "present",
        "other",
        None,
        "watch",
    ),
    # a conditional threat: urgent, concern where it is taken back
    ("If they deport me I will kill myself, he said.", "kill myself", "distress.suicide", "present", "mentee", None, "urgent"),
    (
        "If he comes back I will kill him. Later he took it back.",
        "kill him",
        "distress.harm_to_others",
        "present",
        "mentee",
        None,
        "concern",
    ),
    # another's fear for a named person: concern
    (
        "Maria is scared that Leo might kill himself.",
        "kill himself",
        "distress.suicide",
        "hypothetical",
        "other",
        None,
        "concern",
    ),
    # any suicide or self-harm signal about a real person, whatever its assertion: watch
    ("No thoughts of suicide, I asked.", "thoughts of suicide", "distress.suicide", "negated", "mentee", None, "watch"),
    ("He cut himself years ago, not since.", "cut himself", "distress.self_harm", "past", "mentee", None, "watch"),
    # taught material and policy move nothing
    (
        "The training covers what to do if a kid says he is suicidal.",
        "suicidal",
        "distress.suicide",
        "hypothetical",
        "other",
        None,
        "none",
    ),
    # a minor with a present harm, self-harm or suicide signal: urgent
    ("Her stepdad hits her.", "hits her", "distress.harm_from_others", "present", "mentee", True, "urgent"),
    ("Scratches on her arm again.", "Scratches on her arm", "distress.self_harm", "present", "mentee", True, "urgent"),
]


@pytest.mark.parametrize(("text", "words", "label", "assertion", "about", "minor", "least"), FLOOR)
def test_the_floor_holds_against_a_calm_reader(text, words, label, assertion, about, minor, least):
    note = Note("n", text, minor=minor)
    found = signal(note, words, label, assertion, about, explicit=label != "distress.harm_from_others")
    result = triage([found], reading("none"), note, full=True)
    assert result.level == least
    if least in ("concern", "urgent"):
        assert result.signals == (0,)
        assert words in result.reasons[0]


@pytest.mark.parametrize(("score", "level"), [(0.9, "urgent"), (0.2, "watch")])
def test_a_suicide_signal_that_only_the_reader_saw_counts_when_it_is_sure(score, level):
    note = Note("n", "She gave her cat away and said goodbye to everyone.")
    found = signal(note, "said goodbye to everyone", "distress.suicide", score=score)
    assert triage([found], reading(), note, full=True).level == level


@pytest.mark.parametrize("level", ["none", "watch", "concern", "urgent", "emergency"])
def test_the_reader_may_raise_but_never_lower(level):
    note = Note("n", "He said he wants to die.")
    found = signal(note, "wants to die", "distress.suicide", explicit=True)
    expected = level if level == "emergency" else "urgent"
    assert triage([found], reading(level), note, full=True).level == expected


def test_a_note_that_was_not_fully_read_is_never_calm():
    note = Note("n", "Todo bien.")
    result = triage([], None, note, full=False)
    assert result.level == "watch"
    assert "not fully read" in result.reasons[0]
    assert triage([], reading(), note, full=True).level == "none"
