"""How close a quote is to a few cards: what a comparison with every card gives, bit for bit, in an index of any kind."""

import numpy as np
import pytest

from coach.guidance import nearest
from coach.guidance.index import CardIndex

CARDS, PASSAGES, D = 120, 12, 48
SOME = ([3], [0, 1, 2], [7, 40, 41, 119], [90, 5])


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def drawn():
    """Vectors, owners and queries; of every third card the passages are its own words alone."""
    chance = np.random.default_rng(3)
    owners = np.concatenate([np.full(4 if card % 3 == 0 else PASSAGES, card) for card in range(CARDS)])
    vectors = unit(chance.normal(size=(CARDS, D))[owners] + 0.8 * chance.normal(size=(len(owners), D)))
    return vectors, owners, unit(vectors[::97] + 0.1 * chance.normal(size=(len(vectors[::97]), D)))


@pytest.mark.parametrize("grown", [False, True])
def test_some_cards_score_as_they_do_among_all(drawn, monkeypatch, grown):
    monkeypatch.setattr(nearest, "FLAT_UP_TO", 100)
    vectors, owners, queries = drawn
    made = CardIndex(vectors, owners)
    if grown:
        made.nearest.grow()
    assert made.nearest.grown is grown
    for query in queries:
        every = made.scores(query[None], CARDS)
        for some in SOME:
            np.testing.assert_array_equal(made.closeness(query[None], some, CARDS), every[some])


def test_a_card_that_the_index_does_not_have_is_close_to_nothing(drawn):
    vectors, owners, queries = drawn
    made = CardIndex(vectors, owners)
    assert made.closeness(queries[:1], [CARDS, 5], CARDS + 1).tolist() == made.scores(queries[:1], CARDS + 1)[[CARDS, 5]].tolist()
    assert made.closeness(queries[:1], [CARDS], CARDS + 1).tolist() == [0.0]
