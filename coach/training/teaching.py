"""Distillation: what published readers say of a text joins what is labelled, as the targets of a new one.

After Hinton and others 2015 ("Distilling the Knowledge in a Neural Network"), at temperature 1: several readers' mean of log-odds is
better than each of them, and one network can come near it at the cost of one. Lines without labels (what mentors may say, of the
guidance cards) are taught by the readers alone: of the corpus' own text the readers have learnt most by heart.
"""

import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tqdm import tqdm

from coach import durable
from coach.detect.reader import NeuralReader, log_odds
from coach.guidance.cards import load_cards
from coach.text.sentences import split
from coach.training.corpus import Item
from coach.training.examples import Example, build

Floats = NDArray[np.float32]
Said = list[tuple[Floats, Floats]]
"""Of each window of a text what is mentioned and what holds now, (S, L) probabilities each."""
UNLABELLED = "unlabelled-"
"""How the ids of items begin of which only the teachers know the labels."""


class Teachers:
    """Published readers, asked together. What they said is kept in `memory`, so that a run that goes on need not ask again: it takes
    a second a dozen notes."""

    def __init__(self, folders: Sequence[Path], memory: Path) -> None:
        self._readers = [NeuralReader(folder, threads=1) for folder in folders]
        known = hashlib.sha256("".join(str(sorted(r.manifest["sha256"].items())) for r in self._readers).encode()).hexdigest()
        self._file = memory / f"teachers-{known[:16]}.npz"
        self._said = _recalled(self._file)

    def ask(self, items: Sequence[Item]) -> None:
        """Ask about all of them, two at a time, and keep the answers."""
        new = list({_key(item): item for item in items if _key(item) not in self._said}.values())
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            asked = tqdm(pool.map(self._ask, new), total=len(new), desc="teachers", mininterval=20)
            self._said |= dict(zip(map(_key, new), asked, strict=True))
        if new:
            _keep(self._file, self._said)

    def __call__(self, item: Item) -> Said:
        return self._said[_key(item)]

    def _ask(self, item: Item) -> Said:
        sentences = split(item.text)
        views = [reader.score(item.text, sentences).windows for reader in self._readers]
        return [
            (_mean([scores.mention for _, scores in same]), _mean([scores.now for _, scores in same]))
            for same in zip(*views, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Who teaches, and lines that only they label."""

    teachers: Teachers
    lines: Sequence[Item]


def taught(items: Sequence[Item], tokenizer: Tokenizer, teachers: Teachers, share: float) -> list[Example]:
    """Examples whose targets are `share` of what the teachers say and the rest of what is labelled."""
    teachers.ask(items)
    out = []
    for item in items:
        part = 1.0 if item.id.startswith(UNLABELLED) else share
        for made, (mention, now) in zip(build([item], tokenizer), teachers(item), strict=True):
            out.append(
                replace(
                    made,
                    mention=((1 - part) * made.mention + part * mention).astype(np.float32),
                    now=((1 - part) * made.now + part * now).astype(np.float32),
                )
            )
    return out


def unlabelled(cards: Path) -> Iterator[Item]:
    """The lines of the guidance cards that tell how their situation may sound."""
    for card in load_cards(cards):
        for number, line in enumerate(card.heard):
            yield Item(f"{UNLABELLED}{card.id}-{number}", line, (), None, None)


def _key(item: Item) -> str:
    return hashlib.sha256(item.text.encode()).hexdigest()[:24]


def _mean(probabilities: Sequence[Floats]) -> Floats:
    z = np.mean([log_odds(p) for p in probabilities], 0)
    out: Floats = (1 / (1 + np.exp(-z))).astype(np.float32)
    return out


def _keep(path: Path, said: dict[str, Said]) -> None:
    """Windows one under the other: whose each is, how many rows it has, and the rows, `mention` before `now`."""
    windows = [(key, one) for key, of_text in said.items() for one in of_text]
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = io.BytesIO()
    np.savez_compressed(
        whole,
        key=np.array([key for key, _ in windows]),
        rows=np.array([len(now) for _, (_, now) in windows]),
        said=np.concatenate([np.hstack(one) for _, one in windows]).astype(np.float16),
    )
    durable.write(path, [whole.getvalue()])


def _recalled(path: Path) -> dict[str, Said]:
    out: dict[str, Said] = {}
    if path.exists():
        with np.load(path, allow_pickle=False) as arrays:
            windows = np.split(arrays["said"].astype(np.float32), np.cumsum(arrays["rows"])[:-1])
            for key, both in zip(arrays["key"], windows, strict=True):
                mention, now = np.split(both, 2, axis=1)
                out.setdefault(str(key), []).append((mention, now))
    return out
