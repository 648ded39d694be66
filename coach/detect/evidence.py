"""The words that gave it away: a sentence trimmed to the clauses in which the label's token scores are high."""

import re

import numpy as np
from numpy.typing import NDArray

from coach.values import Sentence

_JOINT = re.compile(r"(?:[,;:]|\s[-–—])\s+|\s(?=(?:but|and|so|because|though|although|while|then)\s)", re.IGNORECASE)
_SHORTEST = 12
"""Characters below which a clause alone would not tell; the sentence is kept whole then."""


def trim(
    text: str, sentence: Sentence, offsets: NDArray[np.int64], scores: NDArray[np.float32], share: float = 0.5
) -> tuple[int, int]:
    """(start, end) of the run of clauses that holds every token scoring at least `share` of the sentence's best.

    `offsets` (T, 2) and `scores` (T) are those of the sentence's tokens.
    """
    if not len(scores):
        return sentence.start, sentence.end
    strong = offsets[scores >= share * float(scores.max())]
    first, last = int(strong[:, 0].min()), int(strong[:, 1].max())
    start, end = sentence.start, sentence.end
    for joint in _JOINT.finditer(text, sentence.start, sentence.end):
        if joint.end() <= first:
            start = joint.end()
        elif joint.start() >= last:
            end = joint.start()
            break
    return (start, end) if end - start >= _SHORTEST else (sentence.start, sentence.end)
