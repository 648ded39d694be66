"""What staff see of a note: the sentences that gave rise to a flag, with up to two around them, and not the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.reviews.schemas import Evidence
from coach import sentences

AROUND = 2


def evidence(text: str, report: Mapping[str, Any]) -> list[Evidence]:
    """One passage for each run of sentences around the signals that led to the level."""
    spans = [(s.start, s.end) for s in sentences(text)]
    signals = [report["signals"][i] for i in report["triage"]["signals"]]
    wanted: set[int] = set()
    for signal in signals:
        hit = [n for n, (a, b) in enumerate(spans) if a < signal["end"] and signal["start"] < b]
        wanted |= {n for h in hit for n in range(h - AROUND, h + AROUND + 1) if 0 <= n < len(spans)}
    return [_passage(text, spans[run[0]][0], spans[run[-1]][1], signals) for run in _runs(sorted(wanted))]


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    out: list[list[int]] = []
    for n in numbers:
        if out and n == out[-1][-1] + 1:
            out[-1].append(n)
        else:
            out.append([n])
    return out


def _passage(text: str, start: int, end: int, signals: Sequence[Mapping[str, Any]]) -> Evidence:
    marks = [
        (max(s["start"], start) - start, min(s["end"], end) - start, str(s["label"]))
        for s in signals
        if s["start"] < end and start < s["end"]
    ]
    return Evidence(text=text[start:end], marks=sorted(set(marks)))
