"""The lens: what the cards' lines teach holds for lines and matters that were not among them."""

import numpy as np
import pytest

from coach.build import build_guidance
from coach.guidance import index, lens, nearest
from coach.guidance.elsewhere import ELSEWHERE
from coach.guidance.index import CardIndex
from coach.guidance.lens import Lens, Lines
from coach.guidance.search import KIN_WEIGHT, _with_kin
from coach.settings import Settings

CARDS, D, TALK = 60, 48, 8
"""Of the made-up lines, the first TALK dimensions are how somebody talks and the rest what it is about."""


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def lines(matters, each, seed):
    """(cards * each, D): lines of each card near its matter, in which the manner of talking is loud."""
    chance = np.random.default_rng(seed)
    rows = np.repeat(matters, each, axis=0) + 1.2 * chance.normal(size=(len(matters) * each, D))
    rows[:, :TALK] += 4 * chance.normal(size=(len(rows), TALK))
    return unit(rows)


@pytest.fixture(scope="module")
def guidance(require):
    require("encoder")
    return build_guidance(Settings())


@pytest.fixture(scope="module")
def matters():
    chance = np.random.default_rng(1)
    out = chance.normal(size=(2 * CARDS, D))
    out[:, :TALK] = 0
    return out


def given(matters, each=12):
    cards = np.arange(len(matters))
    return Lines(lines(matters, each, 2), np.repeat(cards, each), lines(matters, index.OWN, 3), np.repeat(cards, index.OWN))


def found(made, matters):
    """Share of new lines that come out nearest to the mean of their own card's."""
    known = made.seen(lines(matters, 12, 4)).reshape(len(matters), 12, D).mean(axis=1)
    asked = made.seen(lines(matters, 3, 5))
    return float(np.mean((asked @ known.T).argmax(axis=1) == np.repeat(np.arange(len(matters)), 3)))


def test_cards_that_were_not_learned_from_are_told_apart_better_too(matters):
    made = lens.fit(given(matters[:CARDS]), unit(np.random.default_rng(6).normal(size=(30, D))))
    plain = Lens.plain(D)
    assert found(made, matters[:CARDS]) > found(plain, matters[:CARDS]) + 0.05
    assert found(made, matters[CARDS:]) > found(plain, matters[CARDS:]) + 0.05


def test_the_same_lines_teach_the_same(matters):
    elsewhere = unit(np.random.default_rng(6).normal(size=(30, D)))
    a, b = (lens.fit(given(matters[:CARDS]), elsewhere) for _ in range(2))
    np.testing.assert_array_equal(a.turn, b.turn)
    np.testing.assert_array_equal(a.ours, b.ours)


def test_new_lines_of_ours_and_of_elsewhere_fall_apart():
    chance = np.random.default_rng(7)
    ours, others = (unit(chance.normal(size=(80, D)) + shift) for shift in (0.4, -0.4))
    cards = np.arange(40)
    made = lens.fit(Lines(ours[:40], cards, ours[:40], cards), others[:40])
    assert np.mean([made.belongs(row[None]) > 0 for row in ours[40:]]) > 0.9
    assert np.mean([made.belongs(row[None]) < 0 for row in others[40:]]) > 0.9
    assert min(made.belongs(9 * row[None]) for row in others) >= -1 and max(made.belongs(9 * row[None]) for row in ours) <= 1


@pytest.mark.parametrize(("cards", "each"), [(lens.FEWEST - 1, 12), (lens.FEWEST, 1)])
def test_from_too_little_nothing_is_learned(matters, cards, each):
    made = lens.fit(given(matters[:cards], each), unit(np.random.default_rng(6).normal(size=(5, D))))
    np.testing.assert_array_equal(made.turn, np.eye(D))


def test_ranks_are_alike_by_every_passage_and_by_the_graph_and_after_saving(matters, monkeypatch, tmp_path):
    monkeypatch.setattr(nearest, "FLAT_UP_TO", 1000)
    told = given(matters, 20)
    vectors = np.concatenate([told.own.reshape(-1, index.OWN, D), told.lines.reshape(-1, 20, D)], axis=1).reshape(-1, D)
    owners = np.repeat(np.arange(len(matters)), index.OWN + 20)
    learned = lens.fit(told, unit(np.random.default_rng(6).normal(size=(30, D))))
    flat, graph = CardIndex(vectors, owners, lens=learned), CardIndex(vectors, owners, lens=learned)
    graph.nearest.grow()
    index.save(graph, tmp_path, "mark")
    stored = index.load(tmp_path, "mark")
    for query in lines(matters, 1, 8)[:20]:
        a, b, c = (made.ranked(query[None], len(matters)) for made in (flat, graph, stored))
        assert a.argmax() == b.argmax() == c.argmax()
        np.testing.assert_allclose(np.sort(a)[-2:], np.sort(b)[-2:], atol=1e-5)
        np.testing.assert_allclose(b.max(), c.max(), atol=0.01)  # half-precision


def test_a_card_is_drawn_up_by_its_kin_and_is_none_of_its_own(matters):
    owners = np.repeat(np.arange(len(matters)), 5)
    made = CardIndex(lines(matters, 5, 9), owners)
    assert made.kin.shape == (len(matters), index.KIN)
    assert not (made.kin == np.arange(len(matters))[:, None]).any()
    score = np.zeros(len(matters), np.float32)
    score[made.kin[7]] = 1
    np.testing.assert_allclose(_with_kin(score, made.kin)[7], KIN_WEIGHT)
    alone = CardIndex(lines(matters[:1], 5, 9), owners[:5])
    np.testing.assert_array_equal(_with_kin(np.ones(1, np.float32), alone.kin), [1])


def test_a_change_of_elsewhere_makes_the_index_stale(monkeypatch):
    before = index.fingerprint((), "an encoder")
    monkeypatch.setattr(index, "ELSEWHERE", ELSEWHERE[1:])
    assert index.fingerprint((), "an encoder") != before


@pytest.mark.parametrize(
    "query",
    [
        "how do I poach a pear",
        "the gearbox of my van makes a grinding noise",
        "compile error: missing semicolon",
        "what is the tallest building in Chicago",
        "is there a night bus to the stadium",
        "please sign the lease of the photocopier",
        "knitting pattern for baby mittens",
    ],
)
def test_matters_of_elsewhere_are_refused_that_are_not_among_its_lines(guidance, query):
    assert query not in ELSEWHERE
    assert guidance.search(query) == ()
