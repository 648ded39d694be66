"""Labelled items -> arrays for the network."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from coach.detect.windows import Window, windows
from coach.taxonomy import ABOUT, ASSERTIONS, FAMILIES, LABELS, LEVELS, STAGES, family
from coach.text.sentences import split
from coach.training.corpus import Item, Labelled
from coach.values import Sentence

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """One window with its targets; S sentences, T tokens, L labels, F families.

    `scored` (S, L) is 0 where it is unknown whether the sentence carries the label. `mention` and `now` are (S, L) in 0 or 1.
    `assertion` (S, F, 4) and `about` (S, F, 3) are distributions, all zero where nothing is labelled; `status` (S) is the share of
    implicit ones or -1. `evidence` (T, L) marks the tokens inside quotes, None for single sentences. `level` is 0 to 4 or -1,
    `stage` 0 to 3 or -1.
    """

    window: Window
    scored: Floats
    mention: Floats
    now: Floats
    assertion: Floats
    about: Floats
    status: Floats
    evidence: Floats | None
    level: int
    stage: int


def counts_now(signal: Labelled) -> bool:
    """Whether the evaluation counts it as found: it holds now and, of expectations, is unspoken."""
    return signal.assertion == "present" and signal.status != "explicit"


def build(items: Iterable[Item], tokenizer: Tokenizer) -> list[Example]:
    """Examples of all items, in order. A whole note longer than one window carries its level on the window with most signals."""
    cls, sep = int(tokenizer.token_to_id("[CLS]") or 0), int(tokenizer.token_to_id("[SEP]") or 0)
    out: list[Example] = []
    for item in items:
        encoding = tokenizer.encode(item.text, add_special_tokens=False)
        sentences = split(item.text)
        cut = windows(encoding.ids, encoding.offsets, sentences, cls, sep)
        made = [_example(item, w, sentences[w.first : w.first + len(w.spans)]) for w in cut]
        out += _keep_level_once(made)
    return out


def _keep_level_once(made: list[Example]) -> list[Example]:
    """Only the richest window of a long note teaches the note's level and stage."""
    if len(made) < 2:
        return made
    best = max(range(len(made)), key=lambda i: float(made[i].mention.sum()))
    return [e if i == best else replace(e, level=-1, stage=-1) for i, e in enumerate(made)]


def targets(signals: Iterable[Labelled], sentences: Sequence[Sentence]) -> tuple[Floats, Floats]:
    """`mention` and `now` of each sentence, (S, L) each, 0 or 1: training learns them and calibration is held against them."""
    mention, now = np.zeros((2, len(sentences), len(LABELS)), np.float32)
    for signal in signals:
        column = LABELS.index(signal.label)
        for row in touched(signal, sentences):
            mention[row, column] = 1
            now[row, column] = max(now[row, column], float(counts_now(signal)))
    return mention, now


def _example(item: Item, window: Window, sentences: Sequence[Sentence]) -> Example:
    s, t = len(sentences), len(window.ids)
    mention, now = targets(item.signals, sentences)
    assertion, about = np.zeros((s, len(FAMILIES), 4), np.float32), np.zeros((s, len(FAMILIES), 3), np.float32)
    status = np.full(s, -1, np.float32)
    implicit: dict[int, list[float]] = {}
    evidence = np.zeros((t, len(LABELS)), np.float32)
    for signal in item.signals:
        column, group = LABELS.index(signal.label), FAMILIES.index(family(signal.label))
        for row in touched(signal, sentences):
            assertion[row, group, ASSERTIONS.index(signal.assertion)] += 1
            about[row, group, ABOUT.index(signal.about)] += 1
            if signal.status:
                implicit.setdefault(row, []).append(float(signal.status == "implicit"))
        evidence[(window.offsets[:, 0] < signal.end) & (window.offsets[:, 1] > signal.start), column] = 1
    for row, values in implicit.items():
        status[row] = sum(values) / len(values)
    scored = np.repeat(np.array([[x.end > item.scored_from] for x in sentences], np.float32), len(LABELS), axis=1)
    level = LEVELS.index(item.level) if item.level else -1
    stage = STAGES.index(item.stage) if item.stage else -1
    whole = evidence if item.level else None
    return Example(window, scored, mention, now, _normal(assertion), _normal(about), status, whole, level, stage)


def touched(signal: Labelled, sentences: Sequence[Sentence]) -> list[int]:
    """The sentences a quote lies in: that of the largest overlap, and others it covers by half."""
    overlaps = [min(signal.end, x.end) - max(signal.start, x.start) for x in sentences]
    best = max(overlaps, default=0)
    if best <= 0:
        return []
    return [i for i, n in enumerate(overlaps) if n == best or n >= 0.5 * (sentences[i].end - sentences[i].start)]


def _normal(counts: Floats) -> Floats:
    total = counts.sum(-1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
