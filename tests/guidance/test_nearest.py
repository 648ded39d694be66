"""The search by size: a graph above a number of rows gives what comparing every row gives, and is kept with the index."""

import json
import threading

import numpy as np
import pytest

from coach.errors import ModelError
from coach.guidance import index, nearest
from coach.guidance.handbook import Handbook, Passage
from coach.guidance.index import CardIndex

CARDS, PASSAGES, D = 150, 20, 48


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    """Cards about a matter each, whose passages stand near it: (CARDS * PASSAGES, D)."""
    chance = np.random.default_rng(8)
    return unit(np.repeat(chance.normal(size=(CARDS, D)), PASSAGES, axis=0) + 0.8 * chance.normal(size=(CARDS * PASSAGES, D)))


@pytest.fixture(scope="module")
def queries(vectors):
    chance = np.random.default_rng(9)
    return unit(vectors[chance.integers(len(vectors), size=40)] + 0.1 * chance.normal(size=(40, D)))


@pytest.fixture
def large(monkeypatch):
    """The made-up rows count as many."""
    monkeypatch.setattr(nearest, "FLAT_UP_TO", 1000)


OWNERS = np.repeat(np.arange(CARDS), PASSAGES)


def test_the_choice_is_made_by_size_alone(vectors, large):
    for rows, grown in ((1000, False), (1001, True)):
        made = nearest.Nearest(vectors[:rows])
        assert made.rows(vectors[:1]) is None  # all of them, as long as no graph was asked for
        made.grow()
        assert made.grown is grown
        found = made.rows(vectors[:1])
        assert (found is None) is not grown
        assert found is None or len(found) == nearest.CANDIDATES
        assert nearest.kind(rows).startswith("hnsw" if grown else "flat")


def test_similarity_is_the_product(vectors, queries):
    made = nearest.Nearest(vectors[:, ::-1])  # laid out another way than FAISS reads it
    np.testing.assert_allclose(made.alike(queries[:1, ::-1]), vectors @ queries[0], atol=1e-5)


def test_cards_come_out_alike_either_way(vectors, queries, large):
    flat, graph = CardIndex(vectors, OWNERS), CardIndex(vectors, OWNERS)
    graph.nearest.grow()
    assert (flat.nearest.grown, graph.nearest.grown) == (False, True)
    for query in queries:
        a, b = (made.scores(query[None], CARDS) for made in (flat, graph))
        best = np.argsort(-a)[:5]
        assert best.tolist() == np.argsort(-b)[:5].tolist()
        np.testing.assert_allclose(a[best], b[best], atol=1e-5)
        assert a.min() - 1e-5 <= b.min() and np.unique(b).size < CARDS  # those that were not compared share one place, below


def test_a_handbook_comes_out_alike_either_way(vectors, queries, large):
    passages = [Passage("Handbook", f"Heading {i}", None, f"Passage {i}.") for i in range(len(vectors))]
    flat, graph = Handbook(passages, vectors), Handbook(passages, vectors)
    graph.grow()
    found = 0
    for at, query in enumerate(queries):
        assert flat.hits(query[None], 0.5, 3) == graph.hits(query[None], 0.5, 3)
        needs = [query[None], unit(queries[at : at + 1] + 0.05)]
        assert flat.fitting(needs, 0.5) == graph.fitting(needs, 0.5)
        found += len(graph.hits(query[None], 0.5, 3)) + (graph.fitting(needs, 0.5) is not None)
    assert found > len(queries)


def test_the_graph_is_kept_beside_the_vectors(vectors, queries, large, tmp_path):
    made = CardIndex(vectors.astype(np.float16).astype(np.float32), OWNERS)
    made.nearest.grow()
    index.save(made, tmp_path, "mark")
    assert json.loads((tmp_path / "manifest.json").read_text())["search"] == nearest.kind(len(vectors))
    stored = index.load(tmp_path, "mark")
    assert stored is not None and stored.nearest.grown
    for query in queries:
        np.testing.assert_array_equal(stored.scores(query[None], CARDS), made.scores(query[None], CARDS))
    assert index.load(tmp_path, "another") is None
    (tmp_path / index.GRAPH).write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"graph\.hnsw is missing or damaged"):
        index.load(tmp_path, "mark")


def test_an_index_of_the_other_kind_is_stale(vectors, tmp_path, monkeypatch):
    index.save(CardIndex(vectors, OWNERS), tmp_path, "mark")
    assert not (tmp_path / index.GRAPH).exists()
    assert index.load(tmp_path, "mark") is not None
    monkeypatch.setattr(nearest, "FLAT_UP_TO", 1000)
    assert index.load(tmp_path, "mark") is None


def test_an_index_from_before_the_choice_is_flat(vectors, tmp_path):
    index.save(CardIndex(vectors, OWNERS), tmp_path, "mark")
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["search"]
    path.write_text(json.dumps(manifest))
    assert index.load(tmp_path, "mark") is not None


def test_the_service_grows_what_it_holds_beside_its_answers(vectors, large):
    from api.handbook.kept import Kept

    passages = [Passage("Handbook", f"Heading {i}", None, f"Passage {i}.") for i in range(len(vectors))]
    kept = Kept()
    for rows, grown in ((len(vectors), True), (1000, False)):
        made = kept.get(f"program{rows}", ("encoder", "document"), lambda n=rows: Handbook(passages[:n], vectors[:n]))
        assert made.hits(vectors[:1], 0.5, 1)  # answered at once
        for thread in threading.enumerate():
            if thread.name == "handbook":
                thread.join(60)
        assert made._nearest.grown is grown
        assert made.hits(vectors[:1], 0.5, 1)
