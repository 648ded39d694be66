"""Single sentences planted among a note's: read alone they teach the words, read in company they teach to find them there."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coach.detect.windows import LONGEST_WINDOW, Window
from coach.training.examples import Example

UNKNOWN = -1.0
"""Evidence of planted tokens: a single sentence is labelled as a whole, so which of its words gave it away is not known."""


def planted(example: Example, singles: Sequence[Example], most: int, chance: random.Random) -> Example:
    """The note with 1 to `most` of the single sentences put between its own; as it came where it is one itself or has no room.

    Nothing is known of the level and the stage of what comes out, so it teaches neither.
    """
    if example.evidence is None or not singles:
        return example
    for one in chance.sample(singles, min(chance.randint(1, most), len(singles))):
        if len(example.window.ids) + len(one.window.ids) <= LONGEST_WINDOW:
            example = _put(example, one, chance.randint(0, len(example.window.spans)))
    return example


def _put(note: Example, one: Example, row: int) -> Example:
    """`one` before sentence `row` of the note (after the last where `row` is their number)."""
    assert note.evidence is not None
    here = note.window.spans[row][0] if row < len(note.window.spans) else note.window.spans[-1][1]
    inner = slice(1, len(one.window.ids) - 1)
    grown = len(one.window.ids) - 2
    spans = (
        *note.window.spans[:row],
        *((a - 1 + here, b - 1 + here) for a, b in one.window.spans),
        *((a + grown, b + grown) for a, b in note.window.spans[row:]),
    )
    unknown = np.full((grown, note.evidence.shape[1]), UNKNOWN, np.float32)

    def joined(name: str) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        return np.insert(getattr(note, name), [row] * len(one.window.spans), getattr(one, name), axis=0)

    return replace(
        note,
        window=Window(
            np.insert(note.window.ids, [here] * grown, one.window.ids[inner]),
            np.insert(note.window.offsets, [here] * grown, one.window.offsets[inner], axis=0),
            spans,
            note.window.first,
        ),
        scored=joined("scored"),
        mention=joined("mention"),
        now=joined("now"),
        assertion=joined("assertion"),
        about=joined("about"),
        status=joined("status"),
        evidence=np.insert(note.evidence, [here] * grown, unknown, axis=0),
        level=-1,
        stage=-1,
    )
