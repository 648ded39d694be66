"""Parts of notes: some of a note's sentences, in order, as an example of its own. Seen whole each time, notes are learnt by heart."""

import random
from dataclasses import replace

import numpy as np

from coach.detect.windows import Window
from coach.training.examples import Example

FEWEST = 4
"""Notes of fewer sentences stay whole."""

LEAST = 0.4
"""A run holds at least this share of the sentences."""

DROPPED = 0.1
"""Share of the run's sentences that is left out besides."""


def cropped(example: Example, chance: random.Random) -> Example:
    """A run of a note's sentences with a few left out; single sentences and short notes come back as they are.

    The level and the stage of a part are not known, so it teaches neither.
    """
    count = len(example.window.spans)
    if example.evidence is None or count < FEWEST:
        return example
    length = chance.randint(max(2, int(count * LEAST)), count)
    first = chance.randint(0, count - length)
    kept = [n for n in range(first, first + length) if chance.random() >= DROPPED] or [first]
    return _part(example, kept)


def _part(example: Example, kept: list[int]) -> Example:
    window, places = example.window, [0]
    spans, at = [], 1
    for n in kept:
        a, b = window.spans[n]
        spans.append((at, at + b - a))
        places += range(a, b)
        at += b - a
    places.append(len(window.ids) - 1)
    rows = np.array(kept)
    assert example.evidence is not None
    return replace(
        example,
        window=Window(window.ids[places], window.offsets[places], tuple(spans), window.first),
        scored=example.scored[rows],
        mention=example.mention[rows],
        now=example.now[rows],
        assertion=example.assertion[rows],
        about=example.about[rows],
        status=example.status[rows],
        evidence=example.evidence[places],
        level=-1,
        stage=-1,
    )
