"""The cut for urgent: no more of the notes that must reach it are missed than was asked, on notes like those it was set on."""

import numpy as np
import pytest

from coach.training.calibrate import missed_at_most


@pytest.mark.parametrize(
    ("scores", "share", "cut"),
    [
        ([0.3, 0.1, 0.2], 0.02, 0.1),  # too few to promise 2%: none of these is missed
        (np.arange(1, 100) / 200, 0.02, 0.01),  # 99 notes: (1 + 1) / 100 allows one below
        (np.arange(1, 100) / 200, 0.1, 0.05),
        ([0.9] * 200, 0.02, 0.5),
        ([], 0.02, 0.5),
    ],
)
def test_where_the_cut_lies(scores, share, cut):
    assert missed_at_most(share, np.array(scores, np.float32)) == pytest.approx(cut)


def test_new_notes_are_missed_no_oftener_than_promised():
    chance = np.random.default_rng(7)
    missed = []
    for _ in range(2000):
        known, new = chance.beta(2, 2, 114).astype(np.float32), chance.beta(2, 2, 20)
        missed.append(float((new < missed_at_most(0.1, known)).mean()))
    assert 0.08 < np.mean(missed) <= 0.102  # the promise holds, and not by raising everything
