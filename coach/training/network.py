"""The reader's network: one encoder pass over a window, heads a sentence and heads for the whole window."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from coach.taxonomy import ABOUT, ASSERTIONS, FAMILIES, LABELS, STAGES

N, F = len(LABELS), len(FAMILIES)


@dataclass(frozen=True, slots=True)
class Scores:
    """Logits: `mention`, `now` (S, N); `assertion` (S, F, 4); `about` (S, F, 3); `status` (S); `tokens` (B, T, N);
    `level` (B, 4), cumulative; `stage` (B, 4)."""

    mention: Tensor
    now: Tensor
    assertion: Tensor
    about: Tensor
    status: Tensor
    tokens: Tensor
    level: Tensor
    stage: Tensor


class Heads(nn.Module):
    """Heads over token states of width `d`.

    A sentence is the mean and the maximum of its tokens' states (late chunking); each label adds the maximum of its own
    token score, which is also what trims the evidence to its words, and the mean of its own token value under its own attention
    (after the label-wise attention of Mullenbach and others 2018, with one value a token in place of a vector).
    """

    def __init__(self, d: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.token = nn.Linear(d, N)
        self.attend = nn.Linear(d, N)
        self.value = nn.Linear(d, N)
        self.mention = nn.Linear(2 * d, N)
        self.now = nn.Linear(2 * d, N)
        self.assertion = nn.Linear(2 * d, F * len(ASSERTIONS))
        self.about = nn.Linear(2 * d, F * len(ABOUT))
        self.status = nn.Linear(2 * d, 1)
        self.level = nn.Linear(2 * d + 2 * N, 4)
        self.stage = nn.Linear(2 * d + 2 * N, len(STAGES))
        for head in (self.token, self.mention, self.now):
            nn.init.constant_(head.bias, -2.0)
        nn.init.zeros_(self.value.weight)
        nn.init.zeros_(self.value.bias)

    def forward(self, states: Tensor, mask: Tensor, owner: Tensor, sentences: int) -> Scores:
        """`states` (B, T, d); `mask` (B, T); `owner` (B, T) the sentence of each token, counted over the batch, or -1;
        sentences of one window are consecutive."""
        b, _, d = states.shape
        tokens = self.token(states)
        flat, own = states.reshape(-1, d), owner.reshape(-1)
        inside = own >= 0
        vector = self.drop(torch.cat(_pool(flat[inside], own[inside], sentences), -1))
        peak = _segment_max(tokens.reshape(-1, N)[inside], own[inside], sentences)
        heard = self.drop(flat[inside])
        peak = peak + _attended(self.attend(heard), self.value(heard), own[inside], sentences)
        mention, now = self.mention(vector) + peak, self.now(vector) + peak
        batch = torch.arange(b, device=owner.device).unsqueeze(1).expand_as(owner).reshape(-1)[inside]
        window = torch.zeros(sentences, dtype=torch.long, device=owner.device).scatter(0, own[inside], batch)
        tops = [_segment_max(torch.sigmoid(x), window, b) for x in (now, mention)]
        real = mask.reshape(-1) > 0
        of = torch.arange(b, device=owner.device).unsqueeze(1).expand_as(mask).reshape(-1)[real]
        whole = torch.cat([self.drop(torch.cat(_pool(flat[real], of, b), -1)), *tops], -1)
        return Scores(
            mention,
            now,
            self.assertion(vector).view(-1, F, len(ASSERTIONS)),
            self.about(vector).view(-1, F, len(ABOUT)),
            self.status(vector).squeeze(-1),
            tokens,
            self.level(whole),
            self.stage(whole),
        )


def _pool(rows: Tensor, owner: Tensor, n: int) -> list[Tensor]:
    """Mean and maximum of the rows of each owner: two of (n, d)."""
    total = rows.new_zeros(n, rows.shape[1]).index_add(0, owner, rows)
    count = rows.new_zeros(n).index_add(0, owner, rows.new_ones(len(owner))).clamp(min=1)
    return [total / count.unsqueeze(1), _segment_max(rows, owner, n)]


def _attended(weights: Tensor, values: Tensor, owner: Tensor, n: int) -> Tensor:
    """Mean of the values (rows, N) of each owner under a softmax of the weights (rows, N) over its rows: (n, N)."""
    top = _segment_max(weights, owner, n).detach()
    shares = torch.exp(weights - top[owner])
    total = shares.new_zeros(n, N).index_add(0, owner, shares)
    return shares.new_zeros(n, N).index_add(0, owner, shares * values) / total.clamp(min=1e-9)


def _segment_max(rows: Tensor, owner: Tensor, n: int) -> Tensor:
    start = rows.new_full((n, rows.shape[1]), -1e4)
    return start.scatter_reduce(0, owner.unsqueeze(1).expand_as(rows), rows, "amax")


class Reader(nn.Module):
    """Encoder and heads. `encoder` is a transformers model whose first output is the token states."""

    def __init__(self, encoder: Any, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = Heads(encoder.config.hidden_size, dropout)

    def forward(self, ids: Tensor, mask: Tensor, owner: Tensor, sentences: int) -> Scores:
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        scores: Scores = self.heads(states.float(), mask, owner, sentences)
        return scores
