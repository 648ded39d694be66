"""Does the lens help with cards that it was not learned from? `python -m tests.guidance.crossed` (half a minute) prints the answer.

The cards are parted in halves at random, six times. The lens learns from the lines of one half; the queries of queries.jsonl are then
searched among the cards of the other half alone, with and without it, and judged by nDCG@10 on the graded cards of that half. A query's
figure is its mean over the parts; the interval is that of the mean difference over queries (bootstrap, 4,000 draws). Last, how many of
the lines of elsewhere.py are refused by similarity alone, and with what was learned from the lines of other matters than theirs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.build import build_guidance
from coach.guidance import index, lens
from coach.guidance.evaluate import Query, load_queries, ndcg
from coach.guidance.index import CardIndex
from coach.guidance.search import OURS_WEIGHT, Guidance, _fuse, _with_kin
from coach.settings import Settings

TIMES, DRAWS = 3, 4000
WAYS = ("dense", "dense, lens", "dense, lens and kin", "hybrid", "hybrid, lens", "hybrid, lens and kin")
Figures = NDArray[np.float64]


def halves(cards: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(learned from, judged on), each half once as either."""
    out = []
    for seed in range(TIMES):
        mixed = np.random.default_rng(seed).permutation(cards)
        a, b = np.sort(mixed[: cards // 2]), np.sort(mixed[cards // 2 :])
        out += [(a, b), (b, a)]
    return out


def part(whole: CardIndex, cards: NDArray[np.int64]) -> tuple[Any, NDArray[np.int64]]:
    """The passages of some cards, which are numbered anew in their order."""
    rows = np.flatnonzero(np.isin(whole.owners, cards))
    return whole.vectors[rows], np.searchsorted(cards, whole.owners[rows])


def judged(guidance: Guidance, queries: Sequence[Query], learn: NDArray[np.int64], judge: NDArray[np.int64]) -> Figures:
    """nDCG@10 of each query by each of WAYS, (queries, ways); nan where none of its cards is among those."""
    vectors, owners = part(guidance.index, learn)
    own = index.is_own(owners)
    elsewhere = guidance.encoder.encode(index.ELSEWHERE[:2])  # for the refusals, which are not judged here
    learned = lens.fit(lens.Lines(vectors[~own], owners[~own], vectors[own], owners[own]), elsewhere)
    made = CardIndex(*part(guidance.index, judge), lens=learned)
    ids = [guidance.cards[i].id for i in judge]
    out = np.full((len(queries), len(WAYS)), np.nan)
    for row, query in enumerate(queries):
        cards = {c: grade for c, grade in query.cards.items() if c in ids}
        if not cards:
            continue
        vector, words = guidance.encoder.encode([query.query]), guidance.lexical.scores(query.query)[judge]
        plain, seen = made.scores(vector, len(ids)), made.ranked(vector, len(ids))
        ways = [plain, seen, _with_kin(seen, made.kin)]
        ways += [_fuse(plain, words), _fuse(seen, words), _with_kin(_fuse(seen, words), made.kin)]
        out[row] = [ndcg([ids[i] for i in np.argsort(-way, kind="stable")[:10]], cards) for way in ways]
    return out


def refused(guidance: Guidance, least: float) -> tuple[float, float]:
    """Shares of the lines of elsewhere: by similarity alone, and with what was learned without the eighth of them, in order, around."""
    whole, cards = guidance.index, len(guidance.cards)
    lines = whole.vectors[~index.is_own(whole.owners)]
    others = guidance.encoder.encode(index.ELSEWHERE)
    alike = np.array([whole.scores(row[None], cards).max() for row in others])
    belongs = np.zeros(len(others))
    for held in np.array_split(np.arange(len(others)), 8):
        made = lens.Lens(whole.lens.turn, lens._against(lines, np.delete(others, held, axis=0)))
        belongs[held] = [made.belongs(others[i][None]) for i in held]
    return float((alike < least).mean()), float((alike + OURS_WEIGHT * belongs < least).mean())


def main() -> None:
    settings = Settings()
    guidance = build_guidance(settings)
    queries = [q for q in load_queries(settings.guidance_dir / "queries.jsonl") if q.cards]
    every = np.array([judged(guidance, queries, learn, judge) for learn, judge in halves(len(guidance.cards))])
    mean = np.nanmean(every, axis=0)
    alone_and_with = refused(guidance, settings.search_min_score)
    chance = np.random.default_rng(0)
    draws = chance.integers(len(queries), size=(DRAWS, len(queries)))
    for way, name in enumerate(WAYS):
        gain = mean[:, way] - mean[:, way // 3 * 3]
        low, high = np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])
        print(f"{name:22s} {mean[:, way].mean():.3f}   gain {gain.mean():+.3f} ({low:+.3f} to {high:+.3f})")
    print("elsewhere refused by similarity alone {:.3f}, with what was learned of other matters {:.3f}".format(*alone_and_with))


if __name__ == "__main__":
    main()
