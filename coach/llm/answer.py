"""A model's answer -> findings. Code checks all of it: words that are not in the note, unknown labels and wrong types are dropped.

Offsets are found here, never taken from a model.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from coach.errors import MissingDependency
from coach.llm.protocol import Masked
from coach.taxonomy import family
from coach.values import Finding, Sentence

SCORE: Final = 0.6
"""Score of a model's finding: it counts as seen, and is no surer than that. Not a measured probability."""
CERTAIN: Final = 0.7
"""How certain its assertion is taken to be: below what a sure cue may correct (coach/detect/merge.py)."""
LONGEST: Final = 200_000
MOST_ROWS: Final = 100
_STARTS: Final = 50
_ALIKE: Final = ("'‘’‛`´", '"“”„«»', "-‐‑–—", "…")
"""Characters that models write for one another; the report shows the note's own."""


@dataclass(frozen=True, slots=True)
class _Plain:
    """A note shown as it is."""

    text: str

    def place(self, start: int, end: int) -> tuple[int, int]:
        return start, end


@dataclass(frozen=True, slots=True)
class Answer:
    """What held of an answer, and how much was dropped, by reason ("quote", "label", "type")."""

    findings: tuple[Finding, ...]
    dropped: tuple[tuple[str, int], ...]


def parse(answer: str, name: str = "signals") -> list[Any] | None:
    """The rows of the first JSON object in `answer` that has a list of that name; None where there is none."""
    text = answer[:LONGEST]
    decoder = json.JSONDecoder()
    for m, _ in zip(re.finditer(r"\{", text), range(_STARTS), strict=False):
        try:
            found, _end = decoder.raw_decode(text, m.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get(name), list):
            rows: list[Any] = found[name]
            return rows
    return None


def check(
    rows: Sequence[Any], schema: Mapping[str, Any], text: str, sentences: Sequence[Sentence], masked: Masked | None = None
) -> Answer:
    """Rows held against their schema and the note. Raises MissingDependency without jsonschema.

    `masked` is the note as the model saw it, where it did not see `text` itself; offsets are always those of `text`.
    """
    try:
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
    except ImportError:
        raise MissingDependency("jsonschema", "llm") from None
    validator = Draft202012Validator(schema)
    dropped: Counter[str] = Counter(type=max(0, len(rows) - MOST_ROWS))
    taken: set[tuple[str, int]] = set()
    findings = []
    for row in rows[:MOST_ROWS]:
        reason = _fault(list(validator.iter_errors(row)), row)
        place = None if reason else _place(row, masked or _Plain(text), sentences, taken)
        if place is None:
            dropped[reason or "quote"] += 1
        else:
            taken.add((row["label"], place[0]))
            findings.append(_finding(row, *place))
    return Answer(tuple(findings), tuple(sorted((k, n) for k, n in dropped.items() if n)))


def _fault(errors: Sequence[Any], row: Any) -> str | None:
    """Why a row cannot be used, None where it can."""
    if any(list(e.path) == ["label"] and e.validator == "enum" for e in errors):
        return "label"
    if errors or (family(row["label"]) == "expectation") != (row["status"] is not None):
        return "type"
    return None


def _finding(row: Mapping[str, Any], start: int, end: int) -> Finding:
    return Finding(row["label"], start, end, SCORE, "model", row["about"], row["assertion"], row["status"], certain=CERTAIN)


def _place(
    row: Mapping[str, Any], shown: Masked, sentences: Sequence[Sentence], taken: set[tuple[str, int]]
) -> tuple[int, int] | None:
    """Where the quote stands: the first place that this label has not taken yet, cut to the sentence that holds most of it."""
    for m in _quotes(row["quote"], shown.text):
        first, last = shown.place(*m.span())
        inside = [(max(s.start, first), min(s.end, last)) for s in sentences if s.start < last and first < s.end]
        if not inside:
            continue
        start, end = max(inside, key=lambda span: span[1] - span[0])
        if (row["label"], start) not in taken:
            return start, end
    return None


def _quotes(quote: str, text: str) -> Iterator[re.Match[str]]:
    """Every place of the quote's words, whatever the blank space between them and the kind of its quotation marks and dashes."""
    words = quote.split()
    if len("".join(words)) < 3:
        return
    pattern = r"\s+".join("".join(_like(c) for c in word) for word in words)
    left, right = (r"(?<!\w)" if words[0][0].isalnum() else ""), (r"(?!\w)" if words[-1][-1].isalnum() else "")
    yield from re.finditer(left + pattern + right, text)


def _like(c: str) -> str:
    group = next((alike for alike in _ALIKE if c in alike), None)
    return f"[{re.escape(group)}]" if group else re.escape(c)
