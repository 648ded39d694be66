"""A trained reader -> the folder that ships: int8 ONNX encoder, heads, tokenizer, thresholds, manifest."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel

from coach.detect.reader import NeuralReader
from coach.taxonomy import LABELS, LEVELS, STAGES
from coach.training.calibrate import thresholds
from coach.training.corpus import digest, notes, part_of
from coach.training.encoder import export_fp32, export_onnx, sha256
from coach.training.network import Reader
from coach.training.reader import Recipe

FILES = ("model.int8.onnx", "heads.npz", "tokenizer.json")


def publish(run: Path, base: Path, corpus: Path, out: Path, recipe: Recipe, version: str) -> Path:
    """Export `run`/reader.pt to `out` and fit its thresholds on the dev notes; returns `out`."""
    out.mkdir(parents=True, exist_ok=True)
    model = _trained(run, base)
    export_onnx(model.encoder, out / "model.int8.onnx")
    np.savez(out / "heads.npz", **{k: v.numpy().astype(np.float32) for k, v in model.heads.state_dict().items()})
    shutil.copyfile(base / "tokenizer.json", out / "tokenizer.json")
    manifest = _manifest(out, base, corpus, recipe, version)
    _write(out, manifest)
    dev = [n for n in notes(corpus) if part_of(n.id) == "dev"]
    manifest["thresholds"] = thresholds(NeuralReader(out), dev)
    _write(out, manifest)
    return out


def float32_twin(run: Path, base: Path, published: Path) -> Path:
    """The same reader in float32 beside `published`, with its thresholds, to measure what 8 bits cost; returns its folder."""
    out = published.with_name(f"{published.name}-float32")
    shutil.copytree(published, out, dirs_exist_ok=True)
    export_fp32(_trained(run, base).encoder, out / FILES[0])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["sha256"][FILES[0]] = sha256(out / FILES[0])
    _write(out, manifest)
    return out


def _trained(run: Path, base: Path) -> Reader:
    """The network with the weights of a run, ready to export."""
    model = Reader(AutoModel.from_pretrained(base, attn_implementation="eager"))
    model.load_state_dict(torch.load(run / "reader.pt", weights_only=True))
    return model.eval()


def _write(out: Path, manifest: dict[str, Any]) -> None:
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _manifest(out: Path, base: Path, corpus: Path, recipe: Recipe, version: str) -> dict[str, Any]:
    even = dict.fromkeys(LABELS, 0.5)
    return {
        "name": "conversation-coach-reader",
        "version": version,
        "base": "all-MiniLM-L6-v2 (Apache-2.0)",
        "base_sha256": sha256(base / "model.safetensors"),
        "corpus_sha256": digest(corpus),
        "recipe": asdict(recipe),
        "labels": list(LABELS),
        "stages": list(STAGES),
        "thresholds": {"now": even, "mention": even, "levels": dict.fromkeys(LEVELS[1:], 0.5)},
        "sha256": {name: sha256(out / name) for name in FILES},
    }
