"""How good the search is: nDCG, recall, reciprocal rank and refusals on queries whose fitting cards are known.

Grades: 2 is a card one would hand over first, 1 one that helps. A query without cards is one that must be refused.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.errors import ContentError
from coach.guidance.search import Guidance

MODES = ("hybrid", "dense", "bm25")


@dataclass(frozen=True, slots=True)
class Query:
    """`cards`: card id -> 2 or 1; empty where the search must refuse."""

    id: str
    query: str
    cards: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """Means from 0 to 1. The first three are over the queries with cards, one of them refused counting as nothing found.

    `recall5` counts cards of grade 2 among the first five, of at most five. `refused` is the share of the others that were
    refused, `answered` the share of the queries with cards that were not.
    """

    ndcg10: float
    recall5: float
    mrr: float
    refused: float
    answered: float


def load_queries(path: Path) -> tuple[Query, ...]:
    """One {"id", "query", "cards"} a line. Raises ContentError naming file and line."""
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            out.append(Query(row["id"], row["query"], {str(k): int(v) for k, v in row["cards"].items()}))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ContentError(f"{path.name}:{number}: {type(error).__name__}: {error}") from None
    return tuple(out)


def evaluate(guidance: Guidance, queries: Sequence[Query]) -> dict[str, Figures]:
    """Figures of every mode. Raises ContentError where a query names a card that does not exist."""
    known = {c.id for c in guidance.cards}
    for q in queries:
        if strange := sorted(q.cards.keys() - known):
            raise ContentError(f"query {q.id}: no card {strange[0]!r}")
    return {mode: _figures(guidance, queries, mode) for mode in MODES}


def _figures(guidance: Guidance, queries: Sequence[Query], mode: str) -> Figures:
    found = {q.id: [h.id for h in guidance.search(q.query, limit=10, mode=mode)] for q in queries}
    ours, strange = [q for q in queries if q.cards], [q for q in queries if not q.cards]
    return Figures(
        ndcg10=_mean([ndcg(found[q.id], q.cards) for q in ours]),
        recall5=_mean([recall(found[q.id][:5], q.cards) for q in ours]),
        mrr=_mean([reciprocal_rank(found[q.id], q.cards) for q in ours]),
        refused=_mean([not found[q.id] for q in strange]),
        answered=_mean([bool(found[q.id]) for q in ours]),
    )


def ndcg(found: Sequence[str], cards: Mapping[str, int]) -> float:
    """Gain 2^grade - 1, discounted by the logarithm of the place; 1 is the best order of ten there could be."""
    best = sorted(cards.values(), reverse=True)[:10]
    return _gain([cards.get(c, 0) for c in found[:10]]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return float(sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1)))


def recall(found: Sequence[str], cards: Mapping[str, int]) -> float:
    """Share of the cards of grade 2 that were found, of no more of them than places."""
    first = {c for c, grade in cards.items() if grade == 2}
    return len(first & set(found)) / min(len(first), 5)


def reciprocal_rank(found: Sequence[str], cards: Mapping[str, int]) -> float:
    """One over the place of the first card with a grade."""
    return next((1 / place for place, c in enumerate(found, 1) if c in cards), 0.0)


def render(figures: Mapping[str, Figures]) -> str:
    """A table in plain text."""
    lines = ["mode    nDCG@10  recall@5  MRR    refused  answered"]
    for mode, f in figures.items():
        lines.append(f"{mode:7s} {f.ndcg10:.3f}    {f.recall5:.3f}     {f.mrr:.3f}  {f.refused:.3f}    {f.answered:.3f}")
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
