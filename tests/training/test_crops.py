"""Parts of notes keep each sentence's tokens and labels together."""

import random

import numpy as np


def test_a_part_keeps_tokens_and_labels_together(examples):
    from coach.training.crops import cropped

    chance, shorter = random.Random(3), 0
    for whole in examples[0]:
        part = cropped(whole, chance)
        if part is whole:
            continue
        shorter += len(part.window.ids) < len(whole.window.ids)
        assert (part.level, part.stage) == (-1, -1)
        assert part.window.ids[0] == whole.window.ids[0] and part.window.ids[-1] == whole.window.ids[-1]
        of = {tuple(whole.window.ids[a:b]): n for n, (a, b) in enumerate(whole.window.spans)}
        for row, (a, b) in enumerate(part.window.spans):
            n = of[tuple(part.window.ids[a:b])]
            first, last = whole.window.spans[n]
            assert (part.now[row] == whole.now[n]).all() and (part.mention[row] == whole.mention[n]).all()
            assert (part.evidence[a:b] == whole.evidence[first:last]).all()
        assert part.window.spans[-1][1] == len(part.window.ids) - 1
        assert len(part.evidence) == len(part.window.ids) == len(part.window.offsets)
        assert np.isfinite(part.status).all()
    assert shorter > 20


def test_single_sentences_stay_as_they_are(examples):
    from coach.training.crops import cropped

    assert all(cropped(e, random.Random(0)) is e for e in examples[1])
