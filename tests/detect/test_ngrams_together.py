"""Sentences read together give what each gives alone, bit for bit: a note's sentences are looked up in one pass."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.detect.ngrams import BITS, Ngrams

CHANCE = np.random.default_rng(5)
MADE = Ngrams(
    {
        "ngrams.weights": CHANCE.integers(-128, 128, (2 << BITS, 6), np.int8),
        "ngrams.scale": CHANCE.random(6).astype(np.float32),
        "ngrams.bias": CHANCE.random(6).astype(np.float32),
        "ngrams.rarity": CHANCE.random(2 << BITS).astype(np.float32),
    }
)
SENTENCES = st.lists(
    st.one_of(st.text(max_size=40), st.sampled_from(["", " ", "no", "no one", "a b  c", "he did not eat"])), min_size=1
)


@settings(max_examples=80, deadline=None)
@given(SENTENCES)
def test_together_as_alone(texts: list[str]) -> None:
    assert np.array_equal(MADE(texts), np.concatenate([MADE([text]) for text in texts]))


def test_no_word_or_group_of_letters_reaches_into_the_next_sentence() -> None:
    one, other = MADE(["he is not", "well at all"]), MADE(["he is not well at all"])
    assert not np.allclose(one.sum(axis=0), other[0])
    assert np.array_equal(MADE(["he is not", "well at all"])[0], MADE(["he is not", "ill today"])[0])
