"""Where the floor is easily got wrong: professionals, threats taken back, policy, fears; and words filled in from the note."""

import time

import pytest

from coach.assess.ladder import MOST_REASONS, triage
from coach.assess.safety import in_hands, taught
from coach.assess.unspoken import Unspoken
from coach.errors import ContentError
from coach.settings import Settings
from coach.values import Note
from tests.signals import reading, signal


@pytest.mark.parametrize(
    ("after", "held"),
    [
        ("The crisis team has him now.", True),
        ("He was admitted on Sunday.", True),
        ("Mom and the psychologist have it.", True),
        ("They got him to the hospital.", True),
        ("He is in hospital.", True),
        ("So that's in hand.", True),
        ("She works at the hospital.", False),
        ("He refuses to see a doctor.", False),
        ("Nobody is with him, and he hasn't been admitted.", False),
        ("He should be in hospital.", False),
        ("The crisis team has a waiting list.", False),
        ("I rang 999.", False),
        ("x" * 400 + " Another boy was admitted.", False),
    ],
)
def test_professionals_must_be_said_to_have_them(after, held):
    note = Note("n", f"Her brother wants to die. {after}")
    found = signal(note, "wants to die", "distress.suicide", about="other", explicit=True)
    assert in_hands(found, note) == held
    assert triage([found], reading(), note, full=True).level == ("watch" if held else "urgent")


@pytest.mark.parametrize(
    ("text", "words", "label", "explicit", "level"),
    [
        (
            'If he comes near I\'ll knock him out. "Nah, just mad," he said.',
            "I'll knock him out",
            "distress.harm_to_others",
            True,
            "concern",
        ),
        (
            "If he comes I'll knife him. He said he wouldn't really, then he said maybe.",
            "I'll knife him",
            "distress.harm_to_others",
            True,
            "urgent",
        ),
        ("If he comes I'll knife him. He asked could we just talk.", "I'll knife him", "distress.harm_to_others", True, "urgent"),
        ("If they deport me I'd end it. He said he didn't mean it.", "I'd end it", "distress.suicide", False, "concern"),
        ("I wouldn't mind if I was dead. She said she would never do it.", "I was dead", "distress.suicide", True, "urgent"),
    ],
)
def test_a_threat_is_taken_back_only_where_it_is(text, words, label, explicit, level):
    note = Note("n", text)
    found = signal(note, words, label, explicit=explicit)
    assert triage([found], reading(), note, full=True).level == level


def test_somebody_elses_conditional_wish_to_die_counts_like_any_other():
    note = Note("n", "Her brother says if he loses the house he will kill himself.")
    found = signal(note, "he will kill himself", "distress.suicide", about="other", explicit=True)
    assert triage([found], reading(), note, full=True).level == "urgent"


@pytest.mark.parametrize(
    ("text", "words", "about", "policy"),
    [
        ("Flow chart: if a participant ever says they want to die, stay on the line.", "want to die", "other", True),
        ("I said if I thought you might hurt yourself, I'd have to tell Bev.", "hurt yourself", "mentee", True),
        ("He is afraid that if anyone finds out his sister will hurt herself.", "hurt herself", "other", False),
        ("After the training course he is worried his brother might hurt himself.", "hurt himself", "other", False),
        ("If it came back she'd hurt herself, she thinks.", "hurt herself", "mentee", False),
    ],
)
def test_policy_is_told_from_fear(text, words, about, policy):
    note = Note("n", text)
    found = signal(note, words, "distress.self_harm", "hypothetical", about)
    assert taught(found, note) == policy
    assert (triage([found], reading(), note, full=True).level == "none") == policy


def test_the_floor_is_quick_on_a_long_note():
    note = Note("n", "if he is with the the the a in at on it " * 8000 + "wants to die")
    found = [signal(note, "wants to die", "distress.suicide", about=about, explicit=True) for about in ("mentee", "other")] * 50
    begun = time.perf_counter()
    triage(found, None, note, full=True)
    assert time.perf_counter() - begun < 2


def test_the_reason_that_no_sentence_explains_is_never_cut_off():
    words = "abcdefgh"
    note = Note("n", words)
    labels = ("anxiety", "low_mood", "overwhelm", "isolation", "sleep_body", "anger", "grief", "lost_confidence")
    found = [signal(note, w, f"distress.{k}") for w, k in zip(words, labels, strict=True)]
    result = triage(found, reading("emergency"), note, full=True)
    assert len(result.reasons) == MOST_REASONS
    assert "as a whole" in result.reasons[-1]


@pytest.mark.parametrize(
    ("topic", "quote", "statement"),
    [
        ("response_time", "did my Slack from 11pm get lost?", "around 11pm"),
        ("response_time", "been 9 days & no word", "9 days"),
        ("meetings", "she thought I'd come every week", "meet every week"),
        ("pace", "he'd be coded in three months", "within three months"),
        ("duration", "pencilled me in for next year's coffees", "goes on next year"),
        ("response_time", "asked if I was cross with {span}", "a quicker answer"),
    ],
)
def test_the_statement_carries_the_notes_own_figures(topic, quote, statement):
    note = Note("n", quote)
    (e,) = Unspoken(Settings().wording_dir).find([signal(note, quote, f"expectation.{topic}", status="implicit")])
    assert statement in e.statement
    assert "{" not in e.statement


def test_a_slot_without_its_group_is_a_fault(tmp_path):
    entry = '[[entry]]\ntopic = "pace"\nholder = "any"\nwhen = "weeks"\nstatement = "May want {span}."\nask = "y?"\n'
    (tmp_path / "expectations.toml").write_text(entry)
    with pytest.raises(ContentError, match=r"expectations\.toml: .*span.*no named group"):
        Unspoken(tmp_path)
