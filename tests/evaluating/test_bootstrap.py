"""Figures and intervals, against the scorer and against cases worked out by hand."""

import math

import numpy as np
import pytest

from coach.evaluating.bootstrap import RAISED, RECALLED, differences, draws, estimates, figures, label_estimates, tally
from coach.evaluation import score
from tests.evaluating.notes import CALL, DREAD, SLEEP, note, report, signal

GOLD = [
    note(SLEEP, DREAD, ident="a", level="urgent"),
    note(CALL, ident="b", level="none"),
    note(SLEEP, ident="c", level="emergency"),
    note(ident="d", level="watch"),
]
SAID = [
    report(SLEEP, signal("Dread", "distress.low_mood"), ident="a", level="emergency"),
    report(CALL, ident="b", level="urgent"),
    report(ident="c", level="concern"),
    report(ident="d", level="none"),
]


def test_the_sum_of_the_notes_is_what_the_scorer_says():
    result, counts = score(GOLD, SAID), tally(GOLD, SAID)
    found = figures(counts.labels.sum(0), counts.levels.sum(0))
    for name in ("expectation", "distress"):
        for figure in ("f1", "precision", "recall"):
            assert found[f"{name} {figure.replace('f1', 'F1')}"] == pytest.approx(result[name][figure])
    assert found[RECALLED] == result["triage"]["grave_recall"] == 0.5
    assert found[RAISED] == 50
    assert math.isnan(found["relationship F1"])


def test_an_interval_holds_its_figure_and_is_the_same_for_the_same_seed():
    counts = tally(GOLD, SAID)
    found = estimates(counts, draws(4))
    assert found["distress F1"].low < found["distress F1"].value < found["distress F1"].high
    assert repr(found) == repr(estimates(counts, draws(4)))  # nan equals nothing
    assert (draws(4) != draws(4, seed=8)).any()


def test_more_notes_make_a_narrower_interval():
    few, many = (estimates(tally(GOLD * n, SAID * n), draws(4 * n))["distress recall"] for n in (1, 20))
    assert many.high - many.low < (few.high - few.low) / 2


def test_draws_are_of_as_many_notes():
    drawn = draws(4, times=50)
    assert drawn.shape == (50, 4)
    assert set(drawn.sum(1)) == {4}
    assert len(np.unique(drawn, axis=0)) > 10


def test_a_difference_is_paired():
    counts = tally(GOLD, SAID)
    same = differences(counts, counts, draws(4))["distress F1"]
    assert (same.value, same.low, same.high, same.tells) == (0, 0, 0, False)
    better = differences(counts, tally(GOLD, [report(*g["signals"], ident=g["id"]) for g in GOLD]), draws(4))
    assert better["distress F1"].value == pytest.approx(0.6)
    assert better["distress F1"].high == 1


def test_a_label_that_is_not_there_says_nothing():
    found = label_estimates(tally(GOLD, SAID), draws(4))
    assert found["distress.sleep_body"].value == pytest.approx(2 / 3)
    assert math.isnan(found["distress.grief"].low)
