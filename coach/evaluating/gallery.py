"""What went wrong, by class: each labelled or reported signal that counts and is not right stands in exactly one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coach.evaluation import Span, counts, findings, gold_spans, overlap
from coach.taxonomy import family

Row = Mapping[str, Any]
CLASSES = ("missed", "false", "wrong topic", "wrong assertion", "wrong person")
MEANING = {
    "missed": "labelled, and nothing that could stand for it reported there",
    "false": "reported, and nothing that it could stand for labelled there",
    "wrong topic": "another label of the same family was reported there",
    "wrong assertion": "the label is right, but not whether it holds now, is denied, past or supposed, or was spoken",
    "wrong person": "the label is right, but not whose it is (the figures mind that for harm, self-harm and suicide alone)",
}
MOST_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Error:
    """One error. `gold` and `said` name label, assertion and person, None where there is none; `quote` is a note's text."""

    what: str
    note: str
    family: str
    gold: str | None
    said: str | None
    quote: str


def errors(gold: Sequence[Row], reports: Sequence[Row]) -> list[Error]:
    """All errors of the notes; `reports` in the order of `gold`."""
    return [e for note, report in zip(gold, reports, strict=True) for e in _of_note(note, report)]


def table(found: Sequence[Error]) -> Counter[tuple[str, str]]:
    """How many of each (class, family)."""
    return Counter((e.what, e.family) for e in found)


def shown(found: Sequence[Error], withheld: frozenset[str]) -> dict[str, list[Error]]:
    """Some errors of each class, spread evenly, for people to read; none of the notes `withheld` (ids): nobody reads held-out notes."""
    open_ = [e for e in found if e.note not in withheld]
    return {what: _spread([e for e in open_ if e.what == what]) for what in CLASSES}


def _spread(found: list[Error]) -> list[Error]:
    most = min(MOST_SHOWN, len(found))
    return [found[i * len(found) // most] for i in range(most)]


def _of_note(note: Row, report: Row) -> Iterator[Error]:
    want, said = list(gold_spans(note)), findings(report)
    matched = _matched(want, said)
    for i, g in enumerate(want):
        best = matched.get(i)
        what = CLASSES[0] if best is None else _class(g, best)
        if what and (counts(g[2]) or (best is not None and counts(best[2]))):
            yield Error(what, note["id"], family(g[2]["label"]), _words(g[2]), best and _words(best[2]), g[2]["quote"])
    for s in said:
        if s not in matched.values() and counts(s[2]):
            label = s[2]["label"]
            yield Error("false", note["id"], family(label), None, _words(s[2]), note["text"][s[0] : s[1]])


def _matched(want: Sequence[Span], said: Sequence[Span]) -> dict[int, Span]:
    """Place of a labelled span -> what was reported there: its own label first, then another of its family that is no one else's."""
    matched: dict[int, Span] = {}
    for own in (True, False):
        for i, g in enumerate(want):
            free = [s for s in said if own or s not in matched.values()]
            here = [s for s in free if overlap(g, s) and _fits(g, s, own)]
            if here and i not in matched:
                matched[i] = min(here, key=lambda s: _distance(g, s))
    return matched


def _fits(g: Span, s: Span, own: bool) -> bool:
    a, b = g[2]["label"], s[2]["label"]
    return bool(a == b if own else family(a) == family(b))


def _distance(g: Span, s: Span) -> tuple[bool, bool, bool]:
    """Nearest first: same label, then same assertion, then same person."""
    return g[2]["label"] != s[2]["label"], _held(g[2]) != _held(s[2]), g[2]["about"] != s[2]["about"]


def _class(g: Span, s: Span) -> str | None:
    label, held, person = _distance(g, s)
    return "wrong topic" if label else "wrong assertion" if held else "wrong person" if person else None


def _held(signal: Row) -> tuple[str, str | None]:
    return signal["assertion"], signal.get("status")


def _words(signal: Row) -> str:
    return ", ".join(filter(None, (signal["label"], *_held(signal), signal["about"])))
