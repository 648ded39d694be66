"""How well masking finds names: recall and precision by kind on labelled notes, with intervals from drawing notes anew.

A name counts as found where none of its letters and digits is left, whatever kind it was taken for: what counts is that it
does not leak. A mask counts as right where it touches a labelled name.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from coach.errors import ContentError
from coach.evaluating.bootstrap import Counts, Estimate, draws, ratio
from coach.text.masking import Masker
from coach.text.spans import KINDS, Span
from coach.training.corpus import part_of, raw_notes

PARTS: Final = ("names-held-out", "made-held-out", "names-build", "made-build")
"""Files of labels: notes of the corpus and made-up lines full of contacts; those that the rules were written with, and the others."""
ALL: Final = "ALL"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its names by hand."""

    id: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One kind, or all: how many names and masks, and the share found, found as that kind, and right, each with its interval."""

    kind: str
    names: int
    masks: int
    recall: Estimate
    as_kind: Estimate
    precision: Estimate


def note_texts(corpus: Path) -> dict[str, str]:
    """The texts of the notes that may be labelled, by id: none of the test part."""
    return {row["id"]: row["text"] for row in raw_notes(corpus) if part_of(row["id"]) != "test"}


def labelled(corpus: Path, part: str, texts: Mapping[str, str]) -> tuple[Labelled, ...]:
    """The labelled texts of a part; `texts` as `note_texts` gives them. Raises ContentError at a fault."""
    return tuple(_rows(corpus / "names" / f"{part}.jsonl", texts))


def _rows(path: Path, texts: Mapping[str, str]) -> Iterator[Labelled]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ContentError(f"{path.name}: cannot be read ({error.strerror}); restore it from git") from None
    for number, line in enumerate(lines, 1):
        row: dict[str, Any] = json.loads(line)
        text = row.get("text", texts.get(row["id"]))
        if text is None:
            raise ContentError(f"{path.name}:{number}: no note {row['id']} outside the test part")
        spans = tuple(Span(start, end, kind) for start, end, kind in row["spans"])
        if any(s.kind not in KINDS or not 0 <= s.start < s.end <= len(text) for s in spans):
            raise ContentError(f"{path.name}:{number}: a span outside the text, or of no kind")
        yield Labelled(row["id"], text, spans)


def measure(masker: Masker, texts: Sequence[Labelled]) -> tuple[Row, ...]:
    """The figures of each kind that occurs, and of all."""
    counts = np.array([_count(one, masker.spans(one.text)) for one in texts])  # (texts, kinds, 5)
    drawn = draws(len(texts))
    rows = [_row(kind, counts[:, i], drawn) for i, kind in enumerate(KINDS)]
    return (*(row for row in rows if row.names or row.masks), _row(ALL, counts.sum(1), drawn))


def _count(one: Labelled, masks: Sequence[Span]) -> list[list[int]]:
    """Of each kind: names, found, found as that kind, masks, masks that are right."""
    out = [[0] * 5 for _ in KINDS]
    for name in one.spans:
        mine = out[KINDS.index(name.kind)]
        found = not any(one.text[i].isalnum() and not any(m.start <= i < m.end for m in masks) for i in _letters(one.text, name))
        alike = any(m.kind == name.kind and m.start < name.end and name.start < m.end for m in masks)
        mine[0] += 1
        mine[1] += found
        mine[2] += found and alike
    for mask in masks:
        mine = out[KINDS.index(mask.kind)]
        mine[3] += 1
        mine[4] += any(mask.start < name.end and name.start < mask.end for name in one.spans)
    return out


def _letters(text: str, name: Span) -> range:
    """Where a name's characters stand, a possessive ending aside, which is never masked."""
    return range(name.start, name.end - 2 if text[name.end - 2 : name.end] in ("'s", "’s") else name.end)


def _row(kind: str, counts: Counts, drawn: Counts) -> Row:
    whole, spread = counts.sum(0), drawn @ counts
    figures = [
        Estimate(float(ratio(whole[part], whole[of])), *_between(ratio(spread[:, part], spread[:, of])))
        for part, of in ((1, 0), (2, 0), (4, 3))
    ]
    return Row(kind, int(whole[0]), int(whole[3]), *figures)


def _between(spread: Any) -> tuple[float, float]:
    seen = spread[~np.isnan(spread)]
    low, high = np.percentile(seen, [2.5, 97.5]) if len(seen) else (np.nan, np.nan)
    return float(low), float(high)


def table(rows: Sequence[Row]) -> str:
    """The figures as lines of text."""
    head = f"{'kind':10}{'names':>6}  {'found (95% interval)':24}{'found as its kind':24}{'masks':>6}  precision"
    return "\n".join(
        [head]
        + [f"{r.kind:10}{r.names:6}  {_said(r.recall):24}{_said(r.as_kind):24}{r.masks:6}  {_said(r.precision)}" for r in rows]
    )


def _said(e: Estimate) -> str:
    return "-" if np.isnan(e.value) else f"{e.value:.3f} ({e.low:.3f}-{e.high:.3f})"
