"""A linear reader of words and letter groups beside the encoder: it sees the very words, the encoder their sense.

The two err at different places, so their mean is better than either (figures: models/reader/README.md). Features are hashed
("feature hashing", Weinberger and others 2009), so there is no vocabulary to load: words and pairs of words in one block, groups
of 3 to 5 letters inside a word in another, each block weighed by rarity and scaled to length 1.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Hashes = NDArray[np.uint64]

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
    low = text[:LONGEST].lower().replace("’", "'")
    return _places(_words(low), 0), _places(_letters(low), 1)


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
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Floats:
        total = np.zeros(len(self._bias), np.float32)
        for places in features(text):
            weighed = self._rarity[places]
            length = float(np.linalg.norm(weighed))
            if length:
                total += weighed @ self._weights[places].astype(np.float32) / length
        out: Floats = total * self._scale + self._bias
        return out


def _words(low: str) -> Hashes:
    one = np.array([zlib.crc32(word.encode()) for word in _WORD.findall(low)], np.uint64)
    return np.concatenate([_mixed([one]), _mixed([one[:-1], one[1:]])]) if len(one) else one


def _letters(low: str) -> Hashes:
    """Groups of letters that do not reach over a blank; one at a word's edge holds the blank."""
    codes = np.frombuffer(f" {' '.join(low.split())} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    blank = codes == ord(" ")
    out = []
    for n in LETTERS:
        count = len(codes) - n + 1
        if count > 0:
            over = np.zeros(count, bool)
            for i in range(1, n - 1):
                over |= blank[i : i + count]
            out.append(_mixed([codes[i : i + count] for i in range(n)])[~over])
    return np.concatenate(out) if out else np.zeros(0, np.uint64)


def _mixed(columns: Sequence[Hashes]) -> Hashes:
    """One hash a row of the columns; the number of columns changes it too."""
    out = np.full(len(columns[0]), len(columns), np.uint64)
    for column, factor in zip(columns, _FACTORS, strict=False):
        out = (out ^ (column + np.uint64(1))) * factor
        out ^= out >> _SHIFT
    out *= _FACTORS[0]
    return out


def _places(hashes: Hashes, block: int) -> NDArray[np.int64]:
    return np.unique(hashes >> _FOLD).astype(np.int64) + (block << BITS)
