"""The default encoder: a small int8 sentence model on ONNX Runtime, without torch.

Pooling is the masked mean of the last layer, as all-MiniLM-L6-v2 was trained (see models/encoder/README.md).
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coach.encode.protocol import Vectors
from coach.errors import MissingDependency, ModelError

MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
MAX_TOKENS = 256


class OnnxEncoder:
    """Reads the folder's manifest, tokenizer and weights at once; safe to share between threads.

    Raises ModelError where a file is missing, damaged or not what the manifest says.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        manifest = read_manifest(folder)
        self.name = encoder_name(manifest)
        self.dimensions = int(manifest["dimensions"])
        self._tokenizer = _tokenizer(folder / TOKENIZER_FILE)
        self._session = _session(folder / MODEL_FILE, threads)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One text a run: dynamic int8 scales by the whole batch, so a text in company would get other numbers than alone."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            rows[row] = self._one(text)
        return rows

    def _one(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        (states,) = self._session.run(["states"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        mean: Vectors = np.asarray(states[0], dtype=np.float32).mean(axis=0)
        if mean.shape != (self.dimensions,):
            raise ModelError(f"The encoder gives {mean.size} numbers a text; its manifest says {self.dimensions}.")
        unit: Vectors = mean / np.float32(max(float(np.linalg.norm(mean)), 1e-12))
        return unit


def read_manifest(folder: Path) -> dict[str, Any]:
    """The folder's manifest.json, with every file it lists checked against its sha256."""
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        hashes, _ = dict(manifest["sha256"]), (manifest["name"], manifest["version"], int(manifest["dimensions"]))
    except FileNotFoundError:
        raise ModelError(
            f"No encoder in {folder}/ (manifest.json is missing). Restore it from git or set COACH_ENCODER_DIR."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged ({type(error).__name__}: {error}). Restore it from git.") from None
    for name in {MODEL_FILE, TOKENIZER_FILE, *hashes}:
        file = folder / name
        if not file.is_file():
            raise ModelError(f"{file} is missing. Restore it from git or set COACH_ENCODER_DIR.")
        if _sha(file) != hashes.get(name):
            raise ModelError(f"{file} is damaged: its sha256 is not the manifest's. Restore it from git.")
    return manifest


def encoder_name(manifest: dict[str, Any]) -> str:
    """'all-MiniLM-L6-v2 1 8f3a01c2d4e5': name, version and the beginning of the weights' sha256."""
    return f"{manifest['name']} {manifest['version']} {manifest['sha256'][MODEL_FILE][:12]}"


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tokenizer(path: Path) -> Any:
    """The base model's file cuts and pads at 128 tokens; neither is wanted here."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingDependency("tokenizers", "core") from None
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _session(path: Path, threads: int) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
