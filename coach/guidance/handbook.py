"""A program's own handbook: its passages, where they are kept, and how they are found. Several programs' stay apart.

One file a document in `<folder>/<program>/`, written whole or not at all: name, hash, encoder, passages and their vectors.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coach import durable
from coach.encode.protocol import Encoder, Vectors
from coach.errors import ModelError, UnknownValue
from coach.guidance.excerpt import excerpt
from coach.guidance.nearest import Nearest, Rows
from coach.values import GuidanceHit, Section

LONGEST, SHORTEST = 160, 12
"""Words of a passage: a longer section is parted at its paragraphs, a shorter piece goes with the one before."""

WORDS = ("Your program's handbook: {document}", "Your program's handbook: {document}, page {page}")
"""How a passage is cited, without and with a page; for translators too."""

SEAL = "seal"
"""The field of a file that holds the hash of its others, so that a word that was damaged is not cited."""
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Passage:
    """What is cited: the document's name, its heading and page, and the words."""

    document: str
    heading: str
    page: int | None
    text: str

    @property
    def embedded(self) -> str:
        return f"{self.heading}. {self.text}" if self.heading else self.text

    @property
    def source(self) -> str:
        return WORDS[bool(self.page)].format(document=self.document, page=self.page)


@dataclass(frozen=True, slots=True)
class Document:
    """A document on the shelf: its name, how many passages it has, and the hash of the file it came from."""

    name: str
    passages: int
    sha256: str


class Handbook:
    """The passages of one program with their vectors, (n, d) unit rows."""

    def __init__(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        self.passages, self._vectors, self._nearest = tuple(passages), vectors, Nearest(vectors)

    @property
    def large(self) -> bool:
        """Whether `grow` would change anything."""
        return self._nearest.large

    def grow(self) -> None:
        """Make a large handbook quick to search; worth it only where it is held for thousands of searches."""
        self._nearest.grow()

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> "Handbook":
        """The documents that `packed` gave, all by one encoder; wherever they were kept. Raises KeyError or ValueError for others."""
        passages = [p for row in rows for p in _passages(row)]
        return cls(passages, np.concatenate([_vectors(row) for row in rows]) if rows else np.zeros((0, 1), np.float32))

    @staticmethod
    def packed(name: str, data: bytes, sections: Sequence[Section], encoder: Encoder) -> dict[str, Any]:
        """A document cut and embedded, as plain values to keep: `name`, `sha256` of the file, `encoder`, `passages`, `vectors`."""
        return _row(name, hashlib.sha256(data).hexdigest(), tuple(cut(name, sections)), encoder)

    @staticmethod
    def renewed(row: Mapping[str, Any], encoder: Encoder) -> dict[str, Any]:
        """The same document embedded by another encoder."""
        return _row(row["name"], row["sha256"], tuple(_passages(row)), encoder)

    def hits(self, query: Vectors, least: float, limit: int) -> tuple[GuidanceHit, ...]:
        """The passages that a query (1, d) is at least `least` alike, the likest first."""
        if not self.passages:
            return ()
        rows, vectors = self._compared(query)
        alike = (vectors @ query[0]).astype(np.float32)
        order = [int(i) for i in np.argsort(-alike, kind="stable")[:limit] if alike[i] >= least]
        return tuple(self._hit(int(rows[i]), float(alike[i])) for i in order)

    def fitting(self, needs: Sequence[Vectors], least: float) -> GuidanceHit | None:
        """The passage that is at least `least` alike to each of `needs`, the likest by the one that it fits worst.

        A need is said in one way or several, (k, d); the way that the passage is likest to counts.
        """
        if not self.passages or not needs:
            return None
        rows, vectors = self._compared(np.concatenate(needs))
        alike = np.min([(vectors @ need.T).max(axis=1) for need in needs], axis=0)
        best = int(alike.argmax())
        return self._hit(int(rows[best]), float(alike[best])) if alike[best] >= least else None

    def _compared(self, queries: Vectors) -> tuple[Sequence[int] | Rows, Vectors]:
        """The rows that are compared with queries (k, d), and their vectors: all of them, unless it has grown."""
        rows = self._nearest.rows(queries)
        return (range(len(self.passages)), self._vectors) if rows is None else (rows, self._vectors[rows])

    def _hit(self, row: int, score: float) -> GuidanceHit:
        p = self.passages[row]
        ident = f"handbook:{p.document}#{row + 1}"
        return GuidanceHit(ident, p.heading or p.document, excerpt(p.text), p.source, round(min(1.0, score), 4), own=True)


class Shelf:
    """The handbooks of all programs in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, program: str, name: str, data: bytes, sections: Sequence[Section], encoder: Encoder) -> Document:
        """Cut, embed and keep a document, in place of one of the same name. Raises UnknownValue for a name that is none."""
        row = Handbook.packed(name, data, sections, encoder)
        self._write(program, row)
        return Document(name, len(row["passages"]), row["sha256"])

    def remove(self, program: str, name: str) -> None:
        """Raises UnknownValue where there is no such document."""
        path = self._path(program, name)
        if not path.exists():
            raise UnknownValue(f"{program} has no document {name!r}. See: coach index list --program {program}")
        path.unlink()

    def documents(self, program: str) -> tuple[Document, ...]:
        """By name."""
        rows = [self._read(path) for path in self._paths(program)]
        return tuple(sorted((Document(r["name"], len(r["passages"]), r["sha256"]) for r in rows), key=lambda d: d.name))

    def reindex(self, program: str, encoder: Encoder) -> int:
        """Embed every passage anew, after a change of the encoder; how many documents that were."""
        rows = [self._read(path) for path in self._paths(program)]
        for row in rows:
            self._write(program, Handbook.renewed(row, encoder))
        return len(rows)

    def load(self, program: str, encoder: Encoder) -> Handbook:
        """Empty where the program has none. Raises ModelError where a file is damaged or of another encoder."""
        rows = [self._read(path) for path in self._paths(program)]
        for row in rows:
            if row["encoder"] != encoder.name:
                raise ModelError(f"{row['name']} was indexed by another encoder. Run: coach index reindex --program {program}")
        return Handbook.of(rows)

    def _paths(self, program: str) -> list[Path]:
        return sorted(self._home(program).glob("*.json"))

    def _home(self, program: str) -> Path:
        if not _PROGRAM.fullmatch(program):
            raise UnknownValue(f"{program!r} is no name of a program: letters, digits, - and _, at most 64.")
        return self._folder / program

    def _path(self, program: str, name: str) -> Path:
        """Named by a hash, so that a document's name can hold anything."""
        return self._home(program) / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"

    def _write(self, program: str, row: Mapping[str, Any]) -> None:
        path = self._path(program, row["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = json.dumps({**row, SEAL: _sealed(row)}, ensure_ascii=False).encode()
        durable.write(path, [whole], mode=durable.READABLE, many=True)

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            seal = row.pop(SEAL, None)  # a file without one is old and taken as it is
            if not row["name"] or not row["passages"] or not row["vectors"] or seal not in (None, _sealed(row)):
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise ModelError(
                f"handbooks/{path.parent.name}/{path.name} is damaged. Remove it and add the document again."
            ) from None
        return row


def cut(name: str, sections: Sequence[Section]) -> Iterator[Passage]:
    """Passages of at most LONGEST words, at paragraphs where they can be, never over a heading or a page."""
    for section in sections:
        pieces: list[list[str]] = []
        for paragraph in section.text.split("\n\n"):
            words = paragraph.split()
            for at in range(0, len(words), LONGEST):
                piece = words[at : at + LONGEST]
                joins = pieces and (len(pieces[-1]) + len(piece) <= LONGEST or len(piece) < SHORTEST)
                if joins:
                    pieces[-1] += piece
                else:
                    pieces.append(piece)
        for piece in pieces:
            yield Passage(name, section.heading, section.page, " ".join(piece))


def _row(name: str, digest: str, passages: Sequence[Passage], encoder: Encoder) -> dict[str, Any]:
    vectors = encoder.encode([p.embedded for p in passages]).astype(np.float16)
    return {
        "name": name,
        "sha256": digest,
        "encoder": encoder.name,
        "passages": [[p.heading, p.page, p.text] for p in passages],
        "vectors": base64.b64encode(vectors.tobytes()).decode("ascii"),
    }


def _sealed(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def _vectors(row: Mapping[str, Any]) -> Vectors:
    packed = np.frombuffer(base64.b64decode(row["vectors"]), np.float16)
    return packed.reshape(len(row["passages"]), -1).astype(np.float32)


def _passages(row: Mapping[str, Any]) -> Iterator[Passage]:
    for heading, page, text in row["passages"]:
        yield Passage(row["name"], heading, page, text)
