"""A trained reader -> the folder that ships: int8 ONNX encoder, heads, tokenizer, thresholds, manifest."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel

from coach.assess import heldout
from coach.detect.reader import NGRAMS_FILE, NeuralReader
from coach.encode.weights import write_manifest
from coach.settings import Settings
from coach.signing import SIGNATURE
from coach.taxonomy import LABELS, LEVELS, STAGES
from coach.training.calibrate import label_thresholds, level_thresholds, score_notes, urgency
from coach.training.corpus import bank, digest, notes, part_of
from coach.training.encoder import export_fp32, export_onnx, sampled, sha256
from coach.training.levels import urgent_anyway
from coach.training.levels import write as write_levels
from coach.training.network import Reader
from coach.training.ngrams import fit
from coach.training.reader import Recipe

FILES = ("model.int8.onnx", "heads.npz", NGRAMS_FILE, "tokenizer.json")


def publish(run: Path, base: Path, corpus: Path, out: Path, recipe: Recipe, version: str) -> Path:
    """Export `run`/reader.pt to `out` and fit its thresholds and alarm dial on the dev notes; returns `out`."""
    out.mkdir(parents=True, exist_ok=True)
    model = _trained(run, base)
    np.savez(out / "heads.npz", **{k: v.numpy().astype(np.float32) for k, v in model.heads.state_dict().items()})
    shutil.copyfile(base / "tokenizer.json", out / "tokenizer.json")
    mine = [n for n in notes(corpus) if part_of(n.id) == "train"]
    export_onnx(model.encoder, out / "model.int8.onnx", sampled(base, [n.text for n in mine]))
    np.savez(out / NGRAMS_FILE, **fit([*mine, *bank(corpus)], Settings().names_dir))
    manifest = _manifest(out, base, corpus, recipe, version)
    _write(out, manifest)
    calibrate(out, corpus, manifest)
    return out


def calibrate(out: Path, corpus: Path, manifest: dict[str, Any]) -> None:
    """Set thresholds, the weights of urgency and the alarm dial on the dev notes; `manifest` is that of `out`, and is changed.

    The thresholds of the labels come first: what they make of a note says which notes are left to the score for urgent.
    """
    settings = Settings(reader_dir=out, corpus_dir=corpus)
    manifest.pop("urgency", None)
    _write(out, manifest)
    scored = score_notes(NeuralReader(out), [n for n in notes(corpus) if part_of(n.id) == "dev"])
    manifest["thresholds"] = {**label_thresholds(scored), "levels": level_thresholds(scored, None)}
    _write(out, manifest)
    weights = urgency(scored, urgent_anyway(settings))
    if weights:
        manifest["urgency"] = asdict(weights)
    manifest["thresholds"]["levels"] = level_thresholds(scored, weights)
    _write(out, manifest)
    write_levels(settings)


def float32_twin(run: Path, base: Path, published: Path) -> Path:
    """The same reader in float32 beside `published`, with its thresholds, to measure what 8 bits cost; returns its folder."""
    out = published.with_name(f"{published.name}-float32")
    shutil.copytree(published, out, dirs_exist_ok=True)
    (out / heldout.FILE).unlink(missing_ok=True)  # of the 8-bit reader's scores
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
    (out / SIGNATURE).unlink(missing_ok=True)  # it was of the model before
    write_manifest(out, manifest)


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
