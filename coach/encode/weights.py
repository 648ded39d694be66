"""A folder of weights: manifest, tokenizer, int8 ONNX model. Shared by the index encoder and the trained reader; no torch."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coach import durable
from coach.errors import MissingDependency, ModelError

MODEL_FILE: Final = "model.int8.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
SEAL: Final = "manifest_sha256"
"""The field of a manifest that holds the hash of all its others: thresholds and names are checked as the weights are."""
Floats = NDArray[np.float32]


def read_manifest(folder: Path, remedy: str) -> dict[str, Any]:
    """The folder's manifest.json, checked against its own seal (one without is old and taken as it is), with every file it lists
    checked against its sha256.

    Raises ModelError naming the file that is missing or damaged, and `remedy`.
    """
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        hashes, _ = dict(manifest["sha256"]), (manifest["name"], manifest["version"])
        if SEAL in manifest and manifest[SEAL] != sealed(manifest)[SEAL]:
            raise ValueError
    except FileNotFoundError:
        raise ModelError(f"No weights in {folder.name}/ (manifest.json is missing). {remedy}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder.name}/manifest.json is damaged ({type(error).__name__}). {remedy}") from None
    for name in sorted({MODEL_FILE, TOKENIZER_FILE, *hashes}):
        file = folder / name
        if not file.is_file():
            raise ModelError(f"{folder.name}/{name} is missing. {remedy}")
        if _sha(file) != hashes.get(name):
            raise ModelError(f"{folder.name}/{name} is damaged: its sha256 is not the manifest's. {remedy}")
    return manifest


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with its seal, as it is to be written; one that it had is made anew."""
    rest = {name: value for name, value in manifest.items() if name != SEAL}
    return {**rest, SEAL: hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Sealed, in the place of the one that was there, whole or not at all."""
    whole = json.dumps(sealed(manifest), indent=1) + "\n"
    durable.write(folder / "manifest.json", [whole.encode()], mode=durable.READABLE)


def tokenizer(folder: Path, longest: int | None = None) -> Any:
    """The folder's tokenizer, cut at `longest` tokens or never; the base model's own file cuts and pads at 128."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingDependency("tokenizers", "core") from None
    made = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    made.no_padding()
    made.no_truncation()
    if longest is not None:
        made.enable_truncation(longest)
    return made


class TokenStates:
    """The encoder itself: the ids of one text -> its token states. Safe to share between threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a report runs two models: one must not spin
        # on the cores while the other works (94 ms a report with spinning, 55 without)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        self._session = ort.InferenceSession(str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"])

    def __call__(self, ids: NDArray[np.int64]) -> Floats:
        """(T,) token ids -> (T, d) states. One text a run: dynamic int8 scales by the whole batch."""
        row = ids[None, :]
        (states,) = self._session.run(["states"], {"input_ids": row, "attention_mask": np.ones_like(row)})
        out: Floats = np.asarray(states[0], dtype=np.float32)
        return out


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
