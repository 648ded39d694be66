"""The trained heads in numpy: token states of one window -> probabilities. Mirrors coach/training/network.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.taxonomy import ABOUT, ASSERTIONS, FAMILIES, LABELS

Floats = NDArray[np.float32]
N, F = len(LABELS), len(FAMILIES)


@dataclass(frozen=True, slots=True)
class WindowScores:
    """Probabilities: `mention`, `now` (S, N); `assertion` (S, F, 4); `about` (S, F, 3); `implicit` (S); `tokens` (T, N);
    `levels` (4), cumulative; `stages` (4)."""

    mention: Floats
    now: Floats
    assertion: Floats
    about: Floats
    implicit: Floats
    tokens: Floats
    levels: Floats
    stages: Floats


class Heads:
    """Weights by name as torch's state_dict gives them: `<head>.weight` (out, in) and `<head>.bias` (out)."""

    names = ("token", "attend", "value", "mention", "now", "assertion", "about", "status", "level", "stage")

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        known = {name: weights[f"{name}.weight"] for name in self.names if f"{name}.weight" in weights}
        self._w = {name: (weight.T.copy(), weights[f"{name}.bias"]) for name, weight in known.items()}

    def __call__(self, states: Floats, spans: Sequence[tuple[int, int]]) -> WindowScores:
        """`states` (T, d) of one window with its special tokens; `spans` the token range of each sentence."""
        tokens = self._linear("token", states)
        vector = np.stack([_pool(states[a:b]) for a, b in spans])
        peak = np.stack([tokens[a:b].max(0) for a, b in spans])
        if "attend" in self._w:  # readers trained before it have none
            weights, values = self._linear("attend", states), self._linear("value", states)
            peak += np.stack([_attended(weights[a:b], values[a:b]) for a, b in spans])
        mention = _sigmoid(self._linear("mention", vector) + peak)
        now = _sigmoid(self._linear("now", vector) + peak)
        whole = np.concatenate([_pool(states), now.max(0), mention.max(0)])
        return WindowScores(
            mention,
            now,
            _softmax(self._linear("assertion", vector).reshape(-1, F, len(ASSERTIONS))),
            _softmax(self._linear("about", vector).reshape(-1, F, len(ABOUT))),
            _sigmoid(self._linear("status", vector))[:, 0],
            _sigmoid(tokens),
            _sigmoid(self._linear("level", whole)),
            _softmax(self._linear("stage", whole)),
        )

    def _linear(self, name: str, x: Floats) -> Floats:
        weight, bias = self._w[name]
        out: Floats = x @ weight + bias
        return out


def _pool(rows: Floats) -> Floats:
    return np.concatenate([rows.mean(0), rows.max(0)])


def _attended(weights: Floats, values: Floats) -> Floats:
    shares = np.exp(weights - weights.max(0))
    out: Floats = (shares * values).sum(0) / shares.sum(0)
    return out


def _sigmoid(x: Floats) -> Floats:
    out: Floats = (1 / (1 + np.exp(-np.clip(x, -30, 30)))).astype(np.float32)
    return out


def _softmax(x: Floats) -> Floats:
    e = np.exp(x - x.max(-1, keepdims=True))
    out: Floats = (e / e.sum(-1, keepdims=True)).astype(np.float32)
    return out
