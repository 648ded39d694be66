"""Which rows of a matrix are near a query: all of them are compared up to a size, above it a graph of neighbours (HNSW) picks.

HNSW: Malkov and Yashunin 2018, as FAISS has it. Figures, made anew by `make bench`: tests/benchmarks/README.md.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.encode.protocol import Vectors

Rows = NDArray[np.int64]

FLAT_UP_TO = 50_000
"""Rows. Comparing so many takes about as long as embedding the query; a graph pays only from there on, since making it takes as
long as thousands of searches save."""

LINKS, BUILD_BREADTH, BREADTH = 16, 100, 256
"""HNSW's M, efConstruction and efSearch: at 10,000 to 100,000 passages at least 0.98 of the ten nearest are found."""

CANDIDATES = 256
"""Rows that a graph gives for each query; whoever asks compares them exactly."""


def kind(rows: int) -> str:
    """How so many rows are searched, as a manifest says it."""
    return "flat" if rows <= FLAT_UP_TO else f"hnsw {LINKS} {BUILD_BREADTH}"


class Nearest:
    """Over unit rows (n, d), float32. Safe to share between threads, also while one of them makes the graph."""

    def __init__(self, vectors: Vectors, graph: bytes | None = None) -> None:
        """`graph` is what `packed` gave for the same rows."""
        self._vectors = np.ascontiguousarray(vectors, np.float32)
        self._graph: Any = self._unpacked(graph) if graph else None

    @property
    def large(self) -> bool:
        return kind(len(self._vectors)) != "flat"

    @property
    def grown(self) -> bool:
        return self._graph is not None

    def grow(self) -> None:
        """Make the graph where there are rows enough for one: about a minute of a core for 100,000."""
        if self._graph is not None or not self.large:
            return
        import faiss

        graph = faiss.IndexHNSWFlat(self._vectors.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction, graph.hnsw.efSearch = BUILD_BREADTH, BREADTH
        graph.add(self._vectors)
        self._graph = graph

    def rows(self, queries: Vectors) -> Rows | None:
        """What is to be compared with queries (k, d): rows in order, the CANDIDATES near each; None stands for every row."""
        if self._graph is None:
            return None
        _, found = self._graph.search(np.ascontiguousarray(queries, np.float32), min(CANDIDATES, len(self._vectors)))
        near: Rows = np.unique(found)
        return near[near >= 0]  # FAISS fills up with -1 where a graph gives fewer

    def alike(self, query: Vectors, some: Rows | None = None) -> Vectors:
        """Similarity of every row, or of `some`, to a query (1, d): the products of FAISS' flat index without its sorting."""
        import faiss

        kernels: Any = faiss  # its type stubs leave these out
        rows = self._vectors if some is None else self._vectors[some]
        n, d = rows.shape
        out, one = np.empty(n, np.float32), np.ascontiguousarray(query[0], np.float32)
        kernels.fvec_inner_products_ny(*map(kernels.swig_ptr, (out, one, rows)), d, n)
        return out

    def packed(self) -> bytes | None:
        """The graph without the rows, to keep; None where there is none."""
        if self._graph is None:
            return None
        import faiss

        writer = faiss.VectorIOWriter()
        faiss.write_index(self._graph, writer, faiss.IO_FLAG_SKIP_STORAGE)
        return bytes(faiss.vector_to_array(writer.data))

    def _unpacked(self, graph: bytes) -> Any:
        import faiss

        reader = faiss.VectorIOReader()
        faiss.copy_array_to_vector(np.frombuffer(graph, np.uint8), reader.data)
        made: Any = faiss.read_index(reader, faiss.IO_FLAG_SKIP_STORAGE)
        storage = faiss.IndexFlatIP(self._vectors.shape[1])
        storage.add(self._vectors)
        made.storage, made.own_fields, made.referenced_objects = storage, False, [storage]  # the last as FAISS keeps what it uses
        made.hnsw.efSearch = BREADTH
        return made
