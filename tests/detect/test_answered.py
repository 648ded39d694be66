"""A question about suicide whose answer holds now is no denial, whatever the heads say of it."""

import pytest

from coach.detect.assertion import CueJudge
from coach.detect.merge import merge
from coach.settings import Settings
from coach.text.sentences import split
from coach.values import Finding

QUESTION = "I asked straight out whether she was thinking about suicide."


@pytest.mark.parametrize(
    ("first", "answer", "said", "held"),
    [
        (QUESTION, 'She said "sometimes, at night" but she has no plan.', "present", "present"),
        (QUESTION, "She said no, nothing like that.", "negated", "negated"),
        ("No thoughts of suicide, says the form.", "She wishes she would not wake up.", "present", "negated"),
    ],
)
def test_the_answer_decides(first: str, answer: str, said: str, held: str) -> None:
    text = f"{first} {answer}"
    findings = [
        Finding("distress.suicide", 0, len(first), 0.9, "reader", assertion="negated", certain=0.95),
        Finding("distress.suicide", len(first) + 1, len(text), 0.9, "reader", assertion=said, certain=0.95),
    ]
    question, _ = merge(text, split(text), findings, CueJudge(Settings().cues_dir))
    assert question.assertion == held
