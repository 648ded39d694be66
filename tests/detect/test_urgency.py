"""How urgent a note is as a whole: the clues that are weighed, and short notes, which the whole-note head was not trained on."""

import math

import numpy as np
import pytest

from coach import Coach, Settings, load
from coach.detect.heads import WindowScores
from coach.detect.reader import SHORT, RawReading, Urgency
from coach.detect.windows import Window
from coach.taxonomy import FAMILIES, LABELS

WEIGHTS = Urgency(whole=1.0, gravest=0.5, hopeless=0.0, length=0.0, bias=0.0)


def raw(tokens: int, whole: float, **now: float) -> RawReading:
    """A note of one window and sentence; `now` by the last part of a label."""
    scores = np.full((1, len(LABELS)), 0.01, np.float32)
    for name, p in now.items():
        scores[0, LABELS.index(f"distress.{name}")] = p
    ids = np.zeros(tokens + 2, np.int64)
    window = Window(ids, np.zeros((tokens + 2, 2), np.int64), ((1, tokens + 1),), 0)
    f = len(FAMILIES)
    none = WindowScores(
        scores, scores, np.ones((1, f, 4)), np.ones((1, f, 3)), np.ones(1), scores, np.array([0.9, 0.8, whole, 0.1]), np.ones(4)
    )
    return RawReading(((window, none),), WEIGHTS)


def test_the_whole_and_the_gravest_sentence_are_weighed_together() -> None:
    calm, grave = raw(100, 0.3), raw(100, 0.3, self_harm=0.9)
    z = math.log(0.3 / 0.7) + 0.5 * math.log(0.9 / 0.1)
    assert grave.levels[2] == pytest.approx(1 / (1 + math.exp(-z)), rel=1e-4)
    assert calm.levels[2] < 0.3 < grave.levels[2]
    assert list(calm.levels[[0, 1, 3]]) == pytest.approx([0.9, 0.8, 0.1])


def test_of_a_short_note_the_gravest_sentence_alone_tells() -> None:
    assert raw(SHORT - 1, 0.9).levels[2] == pytest.approx(0.01)
    assert raw(SHORT - 1, 0.1, suicide=0.7).levels[2] == pytest.approx(0.7)
    assert raw(SHORT, 0.9).levels[2] > 0.3


def test_without_weights_the_whole_note_head_stands() -> None:
    assert RawReading(raw(100, 0.3, suicide=0.9).windows).levels[2] == pytest.approx(0.3)


@pytest.fixture(scope="module")
def coach() -> Coach:
    return load(Settings())


@pytest.mark.parametrize(
    ("note", "urgent"),
    [
        ("Money is tight and she cannot pay the rent.", False),
        ("Call 3 with Sam. He is behind on rent again and it scares him. We went through the CV.", False),
        ("She gave me her mother's ring and said she would not need it.", True),
        ("He has been giving his things away and seems calm.", True),
        ("Her boyfriend shoved her last night.", True),
    ],
)
def test_short_notes_are_urgent_by_what_they_say(coach: Coach, note: str, urgent: bool) -> None:
    assert (coach.analyze(note).triage.level in ("urgent", "emergency")) is urgent
