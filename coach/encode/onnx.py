"""The default encoder: a small int8 sentence model on ONNX Runtime, without torch.

Pooling is the masked mean of the last layer, as all-MiniLM-L6-v2 was trained (see models/encoder/README.md).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coach.encode.protocol import Vectors
from coach.encode.weights import MODEL_FILE, TokenStates, read_manifest, tokenizer
from coach.errors import ModelError

MAX_TOKENS = 256


class OnnxEncoder:
    """Reads the folder's manifest, tokenizer and weights at once; safe to share between threads.

    Raises ModelError where a file is missing, damaged or not what the manifest says.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        manifest = read_manifest(folder, "Restore it from git or set COACH_ENCODER_DIR.")
        self.name = encoder_name(manifest)
        self.dimensions = int(manifest.get("dimensions", 0))
        self._tokenizer = tokenizer(folder, MAX_TOKENS)
        self._states = TokenStates(folder, threads)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One text a run: dynamic int8 scales by the whole batch, so a text in company would get other numbers than alone."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            rows[row] = self._one(text)
        return rows

    def _one(self, text: str) -> Vectors:
        mean: Vectors = self._states(np.array(self._tokenizer.encode(text).ids, dtype=np.int64)).mean(axis=0)
        if mean.shape != (self.dimensions,):
            raise ModelError(f"The encoder gives {mean.size} numbers a text; its manifest says {self.dimensions}.")
        unit: Vectors = mean / np.float32(max(float(np.linalg.norm(mean)), 1e-12))
        return unit


def encoder_name(manifest: dict[str, Any]) -> str:
    """'all-MiniLM-L6-v2 1 8f3a01c2d4e5': name, version and the beginning of the weights' sha256."""
    return f"{manifest['name']} {manifest['version']} {manifest['sha256'][MODEL_FILE][:12]}"
