"""The linear reader of words and letter groups: its features, its arithmetic, what it does with what it never saw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.detect.ngrams import BITS, LONGEST, Ngrams, features
from coach.detect.reader import NGRAMS_FILE
from coach.settings import Settings


@pytest.fixture(scope="module")
def shipped() -> Ngrams:
    with np.load(Settings().reader_dir / NGRAMS_FILE, allow_pickle=False) as arrays:
        return Ngrams({name: arrays[name] for name in Ngrams.names})


def toy(**places: float) -> Ngrams:
    """One label whose weight is given by words, every other feature 0."""
    weights, rarity = np.zeros((2 << BITS, 1), np.int8), np.ones(2 << BITS, np.float32)
    for word, weight in places.items():
        weights[features(word)[0], 0] = weight
    arrays = (weights, np.ones(1, np.float32), np.full(1, -2, np.float32), rarity)
    return Ngrams(dict(zip(Ngrams.names, arrays, strict=True)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He did not eat.", "he did NOT eat"),
        ("She hasn’t slept", "she hasn't slept"),
        ("tired,  very tired", "tired very tired"),
    ],
)
def test_case_marks_and_blanks_between_words_do_not_matter(one: str, other: str) -> None:
    assert np.array_equal(features(one)[0], features(other)[0])


def test_the_order_of_words_and_what_is_denied_matter() -> None:
    assert not np.array_equal(features("he left, she stayed")[0], features("she left, he stayed")[0])
    assert len(np.setdiff1d(features("not sleeping")[0], features("sleeping")[0])) == 2  # the word and the pair


def test_a_sentence_is_the_weighed_mean_of_its_words() -> None:
    made = toy(asleep=8)
    (alone,), (beside,), (without,) = made(["asleep", "asleep by noon", "up by noon"])
    assert alone == pytest.approx(8 - 2)
    assert without == pytest.approx(-2)
    assert -2 < beside < alone


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_finite_scores(shipped: Ngrams, text: str) -> None:
    words, letters = features(text)
    assert (words < 1 << BITS).all() and (letters >= 1 << BITS).all() and (letters < 2 << BITS).all()
    assert np.isfinite(shipped([text])).all()


@pytest.mark.parametrize("text", ["", " ", "⁂", "\ud800", "x" * (LONGEST * 5), "ŋ" * 50])
def test_odd_text_is_read_without_fault(shipped: Ngrams, text: str) -> None:
    assert np.isfinite(shipped([text])).all()


def test_no_name_of_the_lists_decides() -> None:
    """Names were left out of what it learnt from, so two names in one sentence give about the same."""
    with np.load(Settings().reader_dir / NGRAMS_FILE, allow_pickle=False) as arrays:
        made = Ngrams({name: arrays[name] for name in Ngrams.names})
    names = ("Tunde", "Aoife", "Wei", "Fatima", "Jordan", "Priya", "Mateusz", "Leila")
    scores = made([f"{name} cancelled again and I had set the evening aside" for name in names])
    plain = made(["cancelled again and I had set the evening aside"])
    assert np.abs(scores - plain).max() < 1.5
