"""A linear reader of words and letter groups beside the encoder: it sees the very words, the encoder their sense.

The two err at different places, so their mean is better than either (figures: models/reader/README.md). Features are hashed
("feature hashing", Weinberger and others 2009), so there is no vocabulary to load: words and pairs of words in one block, groups
of 3 to 5 letters inside a word in another, each block weighed by rarity and scaled to length 1.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Hashes = NDArray[np.uint64]
Counts = NDArray[np.int64]

BITS: Final = 15
"""Each block has 2 ** BITS places; those of the letter groups follow those of the words."""
LETTERS: Final = (3, 4, 5)
LONGEST: Final = 2000
"""Characters of a sentence that are read."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FACTORS: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63], np.uint64
)
_SHIFT: Final = np.uint64(29)
_FOLD: Final = np.uint64(64 - BITS)


def features(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of a sentence's words and of its letter groups, each once, in order; (n,) and (m,)."""
    words, letters = _blocks([text])
    return words.places, letters.places


@dataclass(frozen=True, slots=True)
class _Block:
    """The places of several sentences, one sentence after the other; those of sentence i stand at `bounds[i]`:`bounds[i + 1]`."""

    places: NDArray[np.int64]
    bounds: list[int]


def _blocks(texts: Sequence[str]) -> tuple[_Block, _Block]:
    """Words and letter groups of all sentences at once: one pass over a note costs little more than one over a sentence."""
    low = [text[:LONGEST].lower().replace("’", "'") for text in texts]
    return _block(*_words(low), len(low), 0), _block(*_letters(low), len(low), 1)


class Ngrams:
    """Weights by name: `ngrams.weights` int8 (2 * 2 ** BITS, L), `ngrams.scale` (L), `ngrams.bias` (L), `ngrams.rarity`
    (2 * 2 ** BITS). L counts whatever was trained, here the labels twice."""

    names = ("ngrams.weights", "ngrams.scale", "ngrams.bias", "ngrams.rarity")

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        weights, scale, bias, rarity = (arrays[name] for name in self.names)
        self._weights = weights
        self._scale, self._bias, self._rarity = scale.astype(np.float32), bias.astype(np.float32), rarity.astype(np.float32)

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Logits (S, L) of S sentences."""
        total = np.zeros((len(texts), len(self._bias)), np.float32)
        for block in _blocks(texts):
            rarity, weights = self._rarity[block.places], self._weights[block.places].astype(np.float32)
            for row, (a, b) in enumerate(pairwise(block.bounds)):
                weighed = rarity[a:b]
                length = np.sqrt(weighed.dot(weighed))
                if length:
                    total[row] += weighed @ weights[a:b] / length
        out: Floats = total * self._scale + self._bias
        return out


def _words(low: Sequence[str]) -> tuple[Hashes, Counts]:
    """Hashes of words and of pairs of words that follow one another in a sentence, and the sentence of each."""
    found = [_WORD.findall(text) for text in low]
    of = np.repeat(np.arange(len(low)), [len(words) for words in found])
    one = np.array([zlib.crc32(word.encode()) for words in found for word in words], np.uint64)
    if not len(one):
        return one, of
    pair = of[1:] == of[:-1]
    both = _mixed([one[:-1][pair], one[1:][pair]])
    return np.concatenate([_mixed([one]), both]), np.concatenate([of, of[1:][pair]])


def _letters(low: Sequence[str]) -> tuple[Hashes, Counts]:
    """Groups of letters that do not reach over a blank, and the sentence of each; one at a word's edge holds the blank.

    Each sentence has a blank at both ends, so that a group that would reach into the next one would reach over two.
    """
    plain = [f" {' '.join(text.split())} " for text in low]
    sentence = np.repeat(np.arange(len(low)), [len(text) for text in plain])
    codes = np.frombuffer("".join(plain).encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    blank = codes == ord(" ")
    hashes, of = [np.zeros(0, np.uint64)], [sentence[:0]]
    for n in LETTERS:
        count = len(codes) - n + 1
        if count > 0:
            over = np.zeros(count, bool)
            for i in range(1, n - 1):
                over |= blank[i : i + count]
            begins = np.flatnonzero(~over)
            hashes.append(_mixed([codes[begins + i] for i in range(n)]))
            of.append(sentence[begins])
    return np.concatenate(hashes), np.concatenate(of)


def _mixed(columns: Sequence[Hashes]) -> Hashes:
    """One hash a row of the columns; the number of columns changes it too."""
    out = np.full(len(columns[0]), len(columns), np.uint64)
    for column, factor in zip(columns, _FACTORS, strict=False):
        out = (out ^ (column + np.uint64(1))) * factor
        out ^= out >> _SHIFT
    out *= _FACTORS[0]
    return out


def _block(hashes: Hashes, of: Counts, sentences: int, number: int) -> _Block:
    """The places of block `number`, each once in its sentence and in order."""
    own = np.unique((of << BITS) + (hashes >> _FOLD).astype(np.int64))
    bounds = np.searchsorted(own, np.arange(sentences + 1) << BITS)
    return _Block((own & ((1 << BITS) - 1)) + (number << BITS), bounds.tolist())
