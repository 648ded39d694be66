"""Search at scale: FAISS flat, FAISS HNSW and BM25 over a growing number of passages, and the choice that the library makes.

The passages are made for load alone: vectors of our cards' real passages, mixed in pairs by a seed with a little noise; texts of
sentences of our corpus, joined in pairs. Embedding 100,000 texts would take the better part of an hour here. Queries are real: sentences
of training notes, embedded.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.build import build_encoder
from coach.guidance import nearest
from coach.guidance.index import VECTORS
from coach.guidance.lexical import tokens
from coach.settings import Settings
from coach.text.sentences import split
from coach.training.corpus import raw_notes
from tests.benchmarks.common import Effort, table

SEED = 8
TOP = 10
FLAT, HNSW, WORDS, EVERY, NEAR = "FAISS flat", "FAISS HNSW", "BM25", "every passage scored", "by graph, then scored"
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Figure:
    """A way to search so many passages: ms a query (median), seconds to build, MB of the index, share of the ten nearest found."""

    way: str
    passages: int
    ms: float
    build: float
    megabytes: float
    recall: float | None


@dataclass(frozen=True)
class Bank:
    """What passages and queries are made of."""

    vectors: Vectors
    texts: list[str]
    queries: list[str]
    asked: Vectors
    embed_ms: float


def bank(queries: int) -> Bank:
    """Real vectors and sentences; `embed_ms` is what embedding one query takes (median)."""
    settings = Settings()
    with np.load(settings.index_dir / VECTORS, allow_pickle=False) as arrays:
        vectors = arrays["vectors"].astype(np.float32)
    chance = random.Random(SEED)
    texts = [s.text for note in raw_notes(settings.corpus_dir, "train") for s in split(note["text"]) if len(s.text.split()) >= 4]
    asked = chance.sample(texts, queries)
    encoder = build_encoder(settings)
    encoder.encode(asked[:3])
    times, rows = [], []
    for text in asked:
        start = time.perf_counter()
        rows.append(encoder.encode([text])[0])
        times.append((time.perf_counter() - start) * 1000)
    return Bank(vectors, texts, asked, np.stack(rows), statistics.median(times))


def mixed_vectors(real: Vectors, count: int) -> Vectors:
    """(count, d) unit rows: as they are while there are enough of them, then mixed in pairs with noise."""
    chance = np.random.default_rng(SEED)
    if count <= len(real):
        return np.ascontiguousarray(real[chance.choice(len(real), count, replace=False)])
    first, second = chance.integers(len(real), size=(2, count))
    share = chance.uniform(0, 0.5, (count, 1)).astype(np.float32)
    rows = (1 - share) * real[first] + share * real[second] + chance.normal(0, 0.02, (count, real.shape[1])).astype(np.float32)
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def mixed_texts(sentences: Sequence[str], count: int) -> list[str]:
    chance = random.Random(SEED)
    return [f"{chance.choice(sentences)} {chance.choice(sentences)}" for _ in range(count)]


def a_query(search: Callable[[int], object], queries: int) -> float:
    """Median ms of one query at a time; of three rounds the best, which a busy machine disturbs least."""
    rounds = []
    for _ in range(3):
        times = []
        for at in range(queries):
            start = time.perf_counter()
            search(at)
            times.append((time.perf_counter() - start) * 1000)
        rounds.append(statistics.median(times))
    return min(rounds)


def dense(vectors: Vectors, asked: Vectors) -> list[Figure]:
    """Flat, HNSW, and what the library does with either; a graph also where the library would not make one."""
    import faiss

    count, d = vectors.shape
    start = time.perf_counter()
    flat = faiss.IndexFlatIP(d)
    flat.add(vectors)
    flat_build = time.perf_counter() - start
    start = time.perf_counter()
    graph = faiss.IndexHNSWFlat(d, nearest.LINKS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction, graph.hnsw.efSearch = nearest.BUILD_BREADTH, nearest.BREADTH
    graph.add(vectors)
    graph_build = time.perf_counter() - start
    truth, found = (index.search(asked, TOP)[1] for index in (flat, graph))
    packed = faiss.VectorIOWriter()
    faiss.write_index(graph, packed, faiss.IO_FLAG_SKIP_STORAGE)
    links = bytes(faiss.vector_to_array(packed.data))
    every, near = nearest.Nearest(vectors), nearest.Nearest(vectors, links)
    rows, linked = vectors.nbytes / 1e6, len(links) / 1e6

    def scored(at: int) -> Any:
        among = near.rows(asked[at : at + 1])
        assert among is not None
        return among, vectors[among] @ asked[at]

    best = [among[np.argsort(-alike)[:TOP]] for among, alike in map(scored, range(len(asked)))]
    of = len(asked)
    return [
        Figure(FLAT, count, a_query(lambda at: flat.search(asked[at : at + 1], TOP), of), flat_build, rows, 1.0),
        Figure(
            HNSW,
            count,
            a_query(lambda at: graph.search(asked[at : at + 1], TOP), of),
            graph_build,
            rows + linked,
            share(truth, found),
        ),
        Figure(EVERY, count, a_query(lambda at: every.alike(asked[at : at + 1]), of), 0.0, rows, 1.0),
        Figure(NEAR, count, a_query(scored, of), graph_build, rows + linked, share(truth, best)),
    ]


def share(truth: Sequence[Sequence[int]], found: Sequence[Sequence[int]]) -> float:
    """Of the nearest, how many were found, a query's mean."""
    return statistics.mean(len(set(map(int, a)) & set(map(int, b))) / len(a) for a, b in zip(truth, found, strict=True))


def lexical(texts: Sequence[str], queries: Sequence[str]) -> Figure:
    """bm25s, as coach/guidance/lexical.py uses it: every passage scored, the ten best taken."""
    import bm25s

    cut = [tokens(text) for text in texts]
    start = time.perf_counter()
    model = bm25s.BM25()
    model.index(cut, show_progress=False)
    build = time.perf_counter() - start
    known = {word for words in cut for word in words}
    asked = [[word for word in tokens(query) if word in known] for query in queries]

    def search(at: int) -> object:
        scores = model.get_scores(asked[at]) if asked[at] else np.zeros(len(texts), np.float32)
        return np.argpartition(-scores, TOP)[:TOP]

    size = sum(value.nbytes for value in model.scores.values() if isinstance(value, np.ndarray))
    return Figure(WORDS, len(texts), a_query(search, len(asked)), build, size / 1e6, None)


def measure(effort: Effort) -> tuple[list[Figure], float]:
    """All figures, and ms to embed a query."""
    given = bank(effort.queries)
    figures = []
    for count in effort.sizes:
        print(f"bench: {count:,} passages", file=sys.stderr, flush=True)
        figures += dense(mixed_vectors(given.vectors, count), given.asked)
        figures.append(lexical(mixed_texts(given.texts, count), given.queries))
    return figures, given.embed_ms


def section(figures: Sequence[Figure], embed_ms: float) -> str:
    """The table and the point of change."""
    unit = next(f.ms for f in figures if f.way == FLAT)
    rows = [
        [
            f"{f.passages:,}: {f.way}",
            f"{f.ms:.3f} ms",
            f"{f.ms / unit:.1f}",
            "" if f.recall is None else f"{f.recall:.3f}",
            f"{f.megabytes:.1f} MB",
            f"{f.build:.2f} s",
            "library" if f.way == chosen(f.passages) else "",
        ]
        for f in figures
    ]
    head = ["passages, way", "a query", f"of flat at {figures[0].passages:,}", f"recall@{TOP}", "index", "built in", "the choice"]
    return table(head, rows) + "\n" + change(figures, embed_ms) + "\n\n![time against passages](search.png)\n"


def chosen(passages: int) -> str:
    return EVERY if nearest.kind(passages) == "flat" else NEAR


def change(figures: Sequence[Figure], embed_ms: float) -> str:
    """Where comparing every passage takes as long as embedding the query, and how many queries pay for a graph."""
    most = max(f.passages for f in figures)
    every, near = (next(f for f in figures if f.passages == most and f.way == way) for way in (EVERY, NEAR))
    alike = embed_ms / (every.ms / most)
    saved = every.ms - near.ms
    gain = f"saves {saved:.2f} ms a query and pays for its making after {1000 * near.build / saved:,.0f} of them"
    at = nearest.FLAT_UP_TO * every.ms / most
    return (
        f"Embedding a query takes {embed_ms:.1f} ms; scoring every passage takes as long at {alike:,.0f} passages. At {most:,} a graph"
        f" {gain if saved > 0 else 'saves no time'}. **The library compares every passage up to"
        f" {nearest.FLAT_UP_TO:,}** (there {at:.1f} ms, {at / embed_ms:.1f} of an embedding) **and takes a graph above**: M"
        f" {nearest.LINKS}, efConstruction {nearest.BUILD_BREADTH}, efSearch {nearest.BREADTH}, whose {nearest.CANDIDATES} likest"
        f" passages are then compared exactly (coach/guidance/nearest.py). Recall is against flat. The size of an index is that of its"
        f" arrays."
    )


def plot(figures: Sequence[Figure], embed_ms: float, path: Path) -> None:
    from tests.benchmarks.plots import curves

    lines = {way: {f.passages: f.ms for f in figures if f.way == way} for way in dict.fromkeys(f.way for f in figures)}
    curves(path, lines, embed_ms, "embedding the query", nearest.FLAT_UP_TO)
