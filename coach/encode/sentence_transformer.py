"""The second encoder: any sentence-transformers model folder, on any device. Extra `train`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coach.encode.protocol import Vectors
from coach.errors import MissingDependency, ModelError


class SentenceTransformerEncoder:
    """Raises MissingDependency without the package, ModelError where the folder holds no model. Nothing is fetched."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise MissingDependency("sentence-transformers", "train") from None
        if not (folder / "modules.json").exists():
            raise ModelError(f"{folder.name}/ holds no sentence-transformers model (modules.json is missing).")
        self._model: Any = SentenceTransformer(str(folder), device=device, local_files_only=True)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self.name = f"sentence-transformers:{folder.name}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, d) unit rows; one text a run, as the other encoder does, so that company changes nothing."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        rows = self._model.encode(list(texts), batch_size=1, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)
