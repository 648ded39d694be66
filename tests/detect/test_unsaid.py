"""What was never spoken of is unspoken, whatever the heads say of it."""

from dataclasses import replace

import pytest

from coach.detect.assertion import CueJudge
from coach.detect.merge import merge
from coach.detect.unsaid import unsaid
from coach.settings import Settings
from coach.text.sentences import split
from coach.values import Finding

UNSPOKEN = (
    "The program ends in June and we have never talked about what comes after.",
    "She thinks I invest; I've never said a word of it, and it has not come up.",
    "For him it goes without saying that the hour has a second half.",
    "Nobody has mentioned whether I stay on.",
    "On n'en a jamais parlé.",
    "You know everybody at the fund, that's what mentors do, isn't it?",
    "She said she'd thought a mentor would ring first.",
    "He asked me straight: isn't that what you're here for?",
    "“You were supposed to introduce me,” she wrote.",
)
SPOKEN = (
    "He asked that I don't mention it to the head of department.",
    "I've said I won't discuss her with anyone.",
    "We agreed that reports go to Jan, it has never come up since.",
    "She talked about the exam and never about June.",
    "We agreed in May what a mentor is supposed to do and what not.",
    "It's what we do when a kid is minding kids.",
    "He asked me to introduce him to the fund.",
)


@pytest.mark.parametrize("sentence", UNSPOKEN)
def test_words_that_nothing_was_said(sentence: str) -> None:
    assert unsaid(sentence)


@pytest.mark.parametrize("sentence", SPOKEN)
def test_words_that_something_was(sentence: str) -> None:
    assert not unsaid(sentence)


@pytest.mark.parametrize(("text", "status"), [(UNSPOKEN[0], "implicit"), (SPOKEN[1], "explicit")])
def test_the_status_of_a_signal_follows_them(text: str, status: str) -> None:
    judge = CueJudge(Settings().cues_dir)
    found = Finding("expectation.duration", 0, len(text), 0.9, "reader", status="explicit")
    (signal,) = merge(text, split(text), [found], judge)
    assert signal.status == status
    (other,) = merge(text, split(text), [replace(found, status="implicit")], judge)
    assert other.status == "implicit"
