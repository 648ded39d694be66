"""What an encoder of texts is to the rest of the library."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Texts -> vectors of length one, whose inner products are cosine similarities.

    `name` tells encoders apart whose vectors must not be mixed: model, version and a digest of the weights.
    Whatever satisfies this passes tests/contracts/encoder.py.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32 rows in the order of `texts`; (0, d) for none. A text gives the same row in whatever company."""
        ...
