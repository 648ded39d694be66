"""Note -> token windows of whole sentences, the same in training and in reading."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.values import Sentence

LONGEST_WINDOW = 384
"""Tokens in a window without [CLS] and [SEP]; the encoder has 512 places and short windows are faster."""


@dataclass(frozen=True, slots=True)
class Window:
    """`ids` are token ids with [CLS] first and [SEP] last; `offsets` (tokens, 2) are code points into the note, 0 for those two.

    `spans` are (first token, one past the last) of each sentence; `first` is the index of the first sentence in the note.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    spans: tuple[tuple[int, int], ...]
    first: int


def windows(
    ids: Sequence[int], offsets: Sequence[tuple[int, int]], sentences: Sequence[Sentence], cls: int, sep: int
) -> tuple[Window, ...]:
    """Pack sentences, in order, into as few windows as hold them.

    `ids` and `offsets` are those of the whole text without special tokens. A sentence without a token (an emoji the
    vocabulary lacks still gives [UNK], so this is rare) gets the token after it; one too long for a window is cut short.
    """
    ends = np.array([b for _, b in offsets], dtype=np.int64)
    starts = np.array([a for a, _ in offsets], dtype=np.int64)
    if not len(ends):
        return ()
    packed: list[list[tuple[int, int]]] = []
    firsts: list[int] = []
    for number, sentence in enumerate(sentences):
        a = min(int(np.searchsorted(ends, sentence.start, side="right")), len(ends) - 1)
        b = max(int(np.searchsorted(starts, sentence.end, side="left")), a + 1)
        if packed and b - packed[-1][0][0] <= LONGEST_WINDOW:
            packed[-1].append((a, b))
        else:
            packed.append([(a, min(b, a + LONGEST_WINDOW))])
            firsts.append(number)
    return tuple(_window(ids, offsets, spans, first, cls, sep) for spans, first in zip(packed, firsts, strict=True))


def _window(
    ids: Sequence[int], offsets: Sequence[tuple[int, int]], spans: list[tuple[int, int]], first: int, cls: int, sep: int
) -> Window:
    low, high = spans[0][0], spans[-1][1]
    return Window(
        np.array([cls, *ids[low:high], sep], dtype=np.int64),
        np.array([(0, 0), *offsets[low:high], (0, 0)], dtype=np.int64),
        tuple((a - low + 1, b - low + 1) for a, b in spans),
        first,
    )
