"""Training of the reader: one command, seeded, resumable, on a CPU or on a GPU where there is one."""

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm
from transformers import AutoModel

from coach.taxonomy import FAMILIES, LABELS, family
from coach.training.corpus import bank, is_reference, notes, part_of
from coach.training.crops import cropped
from coach.training.examples import Example, build
from coach.training.feedback import Verdict
from coach.training.feedback import examples as judged
from coach.training.network import Reader, Scores
from coach.training.planting import planted
from coach.training.teaching import Lessons, taught

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a training run is made of; rates are per step of AdamW, `weight_power` the exponent of the class weights.

    `note_repeat` is how often an epoch shows a note of the first corpus (the later ones once). `average` is the decay a step of
    the running mean of the weights, which is what ships; `fraction` of the training notes and sentences is used (for the learning
    curve). `crop` is the share of notes that an epoch shows in part (see crops.py), so that a note seen often is not learnt by
    heart; into the share `plant` of those parts up to `planted` single sentences are put. `contrast` weighs the loss that sets
    the labels of one family against each other. `settle` epochs on whole notes alone follow, at `settle_rate` of the rates. Where
    there are teachers, `taught` is their share in the targets (see teaching.py).
    """

    epochs: int = 7
    batch_tokens: int = 1400
    encoder_rate: float = 1e-4
    head_rate: float = 2e-3
    warmup: float = 0.06
    weight_power: float = 0.25
    word_dropout: float = 0.1
    dropout: float = 0.2
    crop: float = 0.6
    plant: float = 0.0
    planted: int = 2
    contrast: float = 0.0
    note_repeat: int = 2
    settle: int = 3
    settle_rate: float = 0.4
    average: float = 0.995
    taught: float = 0.5
    seed: int = 7
    fraction: float = 1.0
    bf16: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of like length, padded: (B, T) tensors and the targets of all their S sentences."""

    ids: Tensor
    mask: Tensor
    owner: Tensor
    examples: tuple[Example, ...]
    sentences: int


def train(
    corpus: Path, base: Path, out: Path, recipe: Recipe, verdicts: Sequence[Verdict] = (), lessons: Lessons | None = None
) -> Path:
    """Train on the part `train` of the notes, on the sentence bank, on mentors' `verdicts` and, with `lessons`, on what other
    readers say; then settle on whole notes. Returns the folder with `reader.pt`.

    A checkpoint after each epoch in `out` lets a stopped run go on where it was.
    """
    torch.manual_seed(recipe.seed)
    random.seed(recipe.seed)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    examples = [*training_examples(corpus, tokenizer, recipe, lessons), *judged(verdicts, tokenizer)]
    # Plain products without dropout on their weights: on a CPU a step takes 0.6 of what the fused attention takes, which falls back
    # to something slower wherever it has dropout.
    encoder = AutoModel.from_pretrained(base, attn_implementation="eager", attention_probs_dropout_prob=0.0)
    model = Reader(encoder, recipe.dropout)
    for p in model.encoder.embeddings.parameters():
        p.requires_grad_(False)
    model.to(DEVICE)
    weights = class_weights(examples, recipe.weight_power)
    mean = _stage(model, examples, weights, recipe, out / "checkpoint.pt")
    if recipe.settle:
        model.load_state_dict(mean)
        whole = [e for e in examples if e.evidence is not None]
        mean = _stage(model, whole, weights, _settling(recipe), out / "settled.pt")
    torch.save(mean, out / "reader.pt")
    return out


def _settling(recipe: Recipe) -> Recipe:
    """The second stage: whole notes alone, slower, with other draws of what is cropped and dropped."""
    part = recipe.settle_rate
    return replace(
        recipe,
        epochs=recipe.settle,
        encoder_rate=recipe.encoder_rate * part,
        head_rate=recipe.head_rate * part,
        seed=recipe.seed + 1,
    )


def _stage(
    model: Reader, examples: Sequence[Example], weights: tuple[Tensor, Tensor], recipe: Recipe, checkpoint: Path
) -> dict[str, Any]:
    """`recipe.epochs` epochs of AdamW with a linear warm-up and decay; the running mean of the weights."""
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in model.encoder.parameters() if p.requires_grad], "lr": recipe.encoder_rate},
            {"params": model.heads.parameters(), "lr": recipe.head_rate},
        ],
        weight_decay=0.01,
        fused=True,
    )
    steps = sum(1 for _ in batches(examples, recipe, 0)) * recipe.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: _rate(s, steps, recipe.warmup))
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.average))
    first = _resume(checkpoint, model, mean, optimiser, schedule, recipe)
    for epoch in range(first, recipe.epochs):
        loss = _epoch(model, mean, optimiser, schedule, examples, weights, recipe, epoch)
        torch.save(
            {
                "epoch": epoch + 1,
                "model": model.state_dict(),
                "mean": mean.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "recipe": asdict(recipe),
            },
            checkpoint,
        )
        print(json.dumps({"epoch": epoch + 1, "loss": round(loss, 4)}), flush=True)
    state: dict[str, Any] = mean.module.state_dict()
    return state


def training_examples(corpus: Path, tokenizer: Tokenizer, recipe: Recipe, lessons: Lessons | None = None) -> list[Example]:
    """Training notes (those of the first corpus `note_repeat` times an epoch) and the bank; a seeded sample where `fraction` is
    below 1. With `lessons` the targets are partly the teachers', and lines without labels come in."""
    mine = [n for n in notes(corpus) if part_of(n.id) == "train"]
    single = list(bank(corpus))
    pick = random.Random(recipe.seed)
    if recipe.fraction < 1:
        mine = pick.sample(mine, int(len(mine) * recipe.fraction))
        single = pick.sample(single, int(len(single) * recipe.fraction))
    again = [n for n in mine if is_reference(n.id)] * (recipe.note_repeat - 1)
    items = [*mine, *again, *single]
    if lessons:
        return taught([*items, *lessons.lines], tokenizer, lessons.teachers, recipe.taught)
    return build(items, tokenizer)


def class_weights(examples: Sequence[Example], power: float) -> tuple[Tensor, Tensor]:
    """Weights of the positives of `mention` and `now`: (negatives / positives) ** power, (N,) each."""
    rows = np.sum([e.scored.sum(0) for e in examples], 0)
    out = []
    for name in ("mention", "now"):
        positives = np.sum([getattr(e, name).sum(0) for e in examples], 0).clip(1)
        out.append(torch.tensor(((rows - positives).clip(0) / positives) ** power, dtype=torch.float32, device=DEVICE))
    return out[0], out[1]


def batches(examples: Sequence[Example], recipe: Recipe, epoch: int) -> Iterator[Batch]:
    """Batches of about `batch_tokens` tokens of windows of like length, in an order fixed by seed and epoch."""
    order = random.Random(recipe.seed * 1000 + epoch)
    singles = [e for e in examples if e.evidence is None] if recipe.plant else []
    shown = [_shown(e, singles, recipe, order) for e in examples]
    keyed = sorted(shown, key=lambda e: len(e.window.ids) * (1 + 0.2 * order.random()))
    groups: list[list[Example]] = [[]]
    for e in keyed:
        if groups[-1] and len(e.window.ids) * (len(groups[-1]) + 1) > recipe.batch_tokens:
            groups.append([])
        groups[-1].append(e)
    order.shuffle(groups)
    for group in groups:
        yield collate(group)


def _shown(example: Example, singles: Sequence[Example], recipe: Recipe, chance: random.Random) -> Example:
    if chance.random() >= recipe.crop:
        return example
    part = cropped(example, chance)
    return planted(part, singles, recipe.planted, chance) if recipe.plant and chance.random() < recipe.plant else part


def collate(group: Sequence[Example]) -> Batch:
    width = max(len(e.window.ids) for e in group)
    ids, mask = torch.zeros(len(group), width, dtype=torch.long), torch.zeros(len(group), width, dtype=torch.long)
    owner = torch.full((len(group), width), -1, dtype=torch.long)
    n = 0
    for row, e in enumerate(group):
        ids[row, : len(e.window.ids)] = torch.from_numpy(e.window.ids)
        mask[row, : len(e.window.ids)] = 1
        for a, b in e.window.spans:
            owner[row, a:b] = n
            n += 1
    return Batch(ids, mask, owner, tuple(group), n)


def _epoch(
    model: Reader,
    mean: AveragedModel,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    examples: Sequence[Example],
    weights: tuple[Tensor, Tensor],
    recipe: Recipe,
    epoch: int,
) -> float:
    model.train()
    torch.manual_seed(recipe.seed * 1000 + epoch)  # dropout too is the same in a run that was stopped and went on
    noise = torch.Generator().manual_seed(recipe.seed + epoch)
    total, count = 0.0, 0
    for batch in tqdm(list(batches(examples, recipe, epoch)), desc=f"epoch {epoch + 1}", mininterval=20):
        ids = _drop_words(batch.ids, batch.owner, recipe.word_dropout, noise).to(DEVICE)
        mask, owner = batch.mask.to(DEVICE), batch.owner.to(DEVICE)
        with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=recipe.bf16):
            states = model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        scores = model.heads(states.float(), mask, owner, batch.sentences)
        loss = losses(scores, batch, weights, recipe.contrast)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        mean.update_parameters(model)
        total, count = total + float(loss.detach()), count + 1
    return total / max(count, 1)


def _drop_words(ids: Tensor, owner: Tensor, share: float, noise: torch.Generator) -> Tensor:
    """Hide a share of the words behind [MASK] (id 103), so that no single name or word carries a label."""
    hide = (torch.rand(ids.shape, generator=noise) < share) & (owner >= 0)
    return torch.where(hide, torch.full_like(ids, 103), ids)


def losses(scores: Scores, batch: Batch, weights: tuple[Tensor, Tensor], contrast: float = 0.0) -> Tensor:
    """Sum of the heads' losses: labels by binary cross-entropy, the rest by cross-entropy where something is labelled."""

    def stack(name: str) -> Tensor:
        return torch.from_numpy(np.concatenate([getattr(e, name) for e in batch.examples])).to(DEVICE)

    scored = stack("scored")
    total = torch.zeros((), device=DEVICE)
    for name, logits, weight in (("mention", scores.mention, weights[0]), ("now", scores.now, weights[1])):
        each = nn.functional.binary_cross_entropy_with_logits(logits, stack(name), pos_weight=weight, reduction="none")
        total = total + (each * scored).sum() / (scored.sum() / len(LABELS)).clamp(min=1)
        if contrast:
            total = total + contrast * _contrast(logits, stack(name), scored)
    for name, logits, part in (("assertion", scores.assertion, 0.3), ("about", scores.about, 0.3)):
        target = stack(name)
        known = target.sum(-1) > 0
        if known.any():
            total = total + part * nn.functional.cross_entropy(logits[known], target[known])
    status = stack("status")
    if (status >= 0).any():
        total = total + 0.3 * nn.functional.binary_cross_entropy_with_logits(scores.status[status >= 0], status[status >= 0])
    return total + _token_loss(scores.tokens, batch) + _note_loss(scores, batch)


def _contrast(logits: Tensor, truth: Tensor, scored: Tensor) -> Tensor:
    """Which label of its family a sentence carries, where it carries one and all are known: most false topics stand beside a true
    one."""
    total = torch.zeros((), device=DEVICE)
    for name in FAMILIES:
        columns = torch.tensor([i for i, label in enumerate(LABELS) if family(label) == name], device=DEVICE)
        mine = truth[:, columns]
        single = (mine.sum(1) == 1) & (scored[:, columns] > 0).all(1)
        if single.any():
            total = total + nn.functional.cross_entropy(logits[single][:, columns], mine[single].argmax(1))
    return total


def _token_loss(tokens: Tensor, batch: Batch) -> Tensor:
    """Tokens inside a quote of a whole note should score for its label: the words that give it away."""
    total, count = torch.zeros((), device=DEVICE), 0
    for row, e in enumerate(batch.examples):
        if e.evidence is not None:
            columns, known = np.flatnonzero((e.evidence > 0).any(0)), np.flatnonzero((e.evidence >= 0).all(1))
            if len(columns):
                want = torch.from_numpy(e.evidence[known][:, columns]).to(DEVICE)
                got = tokens[row][torch.from_numpy(known).to(DEVICE)][:, torch.from_numpy(columns).to(DEVICE)]
                total = total + nn.functional.binary_cross_entropy_with_logits(got, want)
                count += 1
    return 0.3 * total / count if count else total


def _note_loss(scores: Scores, batch: Batch) -> Tensor:
    level = torch.tensor([e.level for e in batch.examples], device=DEVICE)
    stage = torch.tensor([e.stage for e in batch.examples], device=DEVICE)
    total = torch.zeros((), device=DEVICE)
    if (level >= 0).any():
        want = (level[level >= 0].unsqueeze(1) > torch.arange(4, device=DEVICE)).float()
        total = total + nn.functional.binary_cross_entropy_with_logits(scores.level[level >= 0], want)
        total = total + 0.3 * nn.functional.cross_entropy(scores.stage[level >= 0], stage[level >= 0])
    return total


def _rate(step: int, steps: int, warmup: float) -> float:
    rise = max(1, math.ceil(steps * warmup))
    return (step + 1) / rise if step < rise else max(0.0, (steps - step) / max(1, steps - rise))


def _resume(
    path: Path,
    model: Reader,
    mean: AveragedModel,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    recipe: Recipe,
) -> int:
    """Epoch to go on from; 0 where there is no checkpoint of the same recipe."""
    if not path.exists():
        return 0
    saved = torch.load(path, weights_only=True, map_location=DEVICE)
    if saved["recipe"] != asdict(recipe):
        return 0
    model.load_state_dict(saved["model"])
    mean.load_state_dict(saved["mean"])
    optimiser.load_state_dict(saved["optimiser"])
    schedule.load_state_dict(saved["schedule"])
    return int(saved["epoch"])
