"""Reliability, precision against recall and the learning curve, on cases worked out by hand."""

import json
import math
import re

import numpy as np
import pytest

from coach.errors import ContentError
from coach.evaluating.curves import learning_curve, precision_recall, reliability
from coach.settings import ROOT
from coach.taxonomy import FAMILIES, LABELS


def test_reliability_by_hand():
    levels = np.array([[0.92, 0.1, 0, 0], [0.98, 0.1, 0, 0], [0.25, 0.1, 0, 0], [1.0, 0.1, 0, 1.0]])
    watch, concern, urgent, emergency = reliability(levels, np.array([1, 0, 0, 4]))
    assert [(round(p, 3), round(so, 3), n) for p, so, n in watch.points] == [(0.25, 0, 1), (0.967, 0.667, 3)]
    assert watch.error == pytest.approx(0.25 * 0.25 + 0.75 * 0.3)
    assert concern.error == pytest.approx(0.15)
    assert (urgent.error, emergency.error) == (0.25, 0)


def test_precision_recall_by_hand():
    scores, truth = np.zeros((4, len(LABELS))), np.zeros((4, len(LABELS)))
    scores[:, 0], truth[:, 0] = [0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0]
    (curve,) = precision_recall(scores, truth)  # the other families have nothing labelled
    assert curve.family == "expectation"
    assert curve.average == pytest.approx((1 + 2 / 3) / 2)
    assert (curve.at(0.5), curve.at(0.9)) == (1, pytest.approx(2 / 3))
    assert math.isnan(curve.at(1.1))


def test_the_learning_curve_is_the_readme_s_table():
    """Retrained? Both are mended together."""
    folder = ROOT / "models" / "reader"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    head = readme.index("| trained on |")
    rows = re.findall(r"^\| (.+?) \|$", readme[head : readme.index("\n\n", head)], re.MULTILINE)[2:]
    _, runs = learning_curve(folder)
    names = (*FAMILIES, "urgent_recalled")
    assert rows == [" | ".join([r["trained_on"], *(f"{r[n]:.3f}" for n in names), str(r["calm_raised"])]) for r in runs]


def test_a_missing_curve_is_empty_and_a_broken_one_an_error(tmp_path):
    assert learning_curve(tmp_path) == ("", ())
    (tmp_path / "learning-curve.json").write_text(json.dumps({"words": "", "runs": [{"notes": "many"}]}))
    with pytest.raises(ContentError, match=r"learning-curve\.json"):
        learning_curve(tmp_path)
