"""Scoring of reports against labelled notes, by the same rules as the project's score.py.

A reported signal is right where a gold signal of the same label overlaps it. Of reported spans of one label that overlap each
other only the one with the highest score counts; a span of more than 400 characters is a false alarm. The tables of the
families count signals that hold now (and unspoken expectations); for harm, self-harm and suicide the person must be right too.
"""

import collections
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from coach.taxonomy import FAMILIES, GRAVE, LEVELS

Row = Mapping[str, Any]
Span = tuple[int, int, Row]
LONGEST_EVIDENCE = 400


def score(gold: Sequence[Row], reports: Sequence[Row], errors: list[tuple[str, str, str, str]] | None = None) -> dict[str, Any]:
    """All figures as one dict; `gold` by the labelling guide, `reports` by the report contract, paired by id.

    `errors`, where given, is filled with (what, note id, label, words).
    """
    by_id = {r["id"]: r for r in reports}
    empty: Row = {"signals": [], "triage": {"level": "none"}, "stage": {}}
    tally: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0, 0])
    others: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0, 0])
    agree = collections.Counter[str]()
    levels = collections.Counter[tuple[str, str]]()
    for note in gold:
        report = by_id.get(note["id"], empty)
        want, have = list(gold_spans(note)), findings(report)
        _compare(want, have, agree)
        _tally(want, have, tally, others)
        if errors is not None:
            errors += _errors(note, want, have)
        levels[note["triage"], report["triage"]["level"]] += 1
        if note["stage"] != "unclear":
            agree["stages"] += 1
            agree["stage"] += report.get("stage", {}).get("name") == note["stage"]
    result: dict[str, Any] = {"notes": len(gold), "missing": [n["id"] for n in gold if n["id"] not in by_id]}
    for family in FAMILIES:
        result[family] = _family({k: v for k, v in tally.items() if k.startswith(family + ".")})
    result["assertions"] = {value: _prf(*others[value]) for value in ("present", "negated", "past", "hypothetical")}
    result["explicit"] = _prf(*others["explicit"])
    result["assertion_accuracy"] = agree["assertion"] / max(1, agree["matched"])
    result["about_accuracy"] = agree["about"] / max(1, agree["matched"])
    result["stage_accuracy"] = agree["stage"] / max(1, agree["stages"])
    result["triage"] = _triage(levels)
    return result


def gold_spans(note: Row) -> Iterator[Span]:
    for signal in note["signals"]:
        start = note["text"].find(signal["quote"])
        yield start, start + len(signal["quote"]), signal


def counts(signal: Row) -> bool:
    if signal["assertion"] != "present":
        return False
    return not signal["label"].startswith("expectation.") or signal.get("status") == "implicit"


def overlap(a: Span | tuple[int, int], b: Span | tuple[int, int]) -> bool:
    return min(a[1], b[1]) - max(a[0], b[0]) > 0


def findings(report: Row) -> list[Span]:
    kept: list[Span] = []
    for s in sorted(report["signals"], key=lambda s: -s.get("score", 0)):
        span = (s["start"], s["end"], s)
        if s["end"] > s["start"] and not any(k[2]["label"] == s["label"] and overlap(k, span) for k in kept):
            kept.append(span)
    return kept


def _same(gold: Span, said: Span) -> bool:
    label = gold[2]["label"]
    return bool(
        label == said[2]["label"]
        and overlap(gold, said)
        and said[1] - said[0] <= LONGEST_EVIDENCE
        and (label not in GRAVE or gold[2]["about"] == said[2]["about"])
    )


def _count(want: Sequence[Span], have: Sequence[Span], keep: Callable[[Row], bool]) -> tuple[int, int, int]:
    gold, said = [w for w in want if keep(w[2])], [h for h in have if keep(h[2])]
    tp = sum(any(_same(g, s) for s in said) for g in gold)
    fp = sum(not any(_same(g, s) for g in gold) for s in said)
    return tp, fp, len(gold) - tp


def _compare(want: Sequence[Span], have: Sequence[Span], agree: "collections.Counter[str]") -> None:
    for g in want:
        hit = next((s for s in have if s[2]["label"] == g[2]["label"] and overlap(g, s)), None)
        if hit:
            agree["matched"] += 1
            agree["assertion"] += hit[2]["assertion"] == g[2]["assertion"]
            agree["about"] += hit[2]["about"] == g[2]["about"]


def _tally(want: list[Span], have: list[Span], tally: dict[str, list[int]], others: dict[str, list[int]]) -> None:
    def add(into: list[int], keep: Callable[[Row], bool]) -> None:
        for i, n in enumerate(_count(want, have, keep)):
            into[i] += n

    for label in {s["label"] for _, _, s in want + have}:
        add(tally[label], lambda s, label=label: s["label"] == label and counts(s))  # type: ignore[misc]
    for value in ("present", "negated", "past", "hypothetical"):
        add(others[value], lambda s, v=value: not s["label"].startswith("expectation.") and s["assertion"] == v)  # type: ignore[misc]
    add(others["explicit"], lambda s: s.get("status") == "explicit" and s["assertion"] == "present")


def _errors(note: Row, want: Sequence[Span], have: Sequence[Span]) -> list[tuple[str, str, str, str]]:
    live, due = [h for h in have if counts(h[2])], [w for w in want if counts(w[2])]
    missed = [("missed", note["id"], g[2]["label"], g[2]["quote"]) for g in due if not any(_same(g, s) for s in live)]
    alarms = [
        ("false alarm", note["id"], s[2]["label"], note["text"][s[0] : s[1]]) for s in live if not any(_same(g, s) for g in due)
    ]
    return missed + alarms


def _prf(tp: int, fp: int, fn: int) -> dict[str, float]:
    p = tp / (tp + fp) if tp + fp else 0.0
    r = tp / (tp + fn) if tp + fn else 0.0
    return {"precision": p, "recall": r, "f1": 2 * p * r / (p + r) if p + r else 0.0, "gold": tp + fn, "reported": tp + fp}


def _family(mine: Mapping[str, list[int]]) -> dict[str, Any]:
    total = [sum(v[i] for v in mine.values()) for i in range(3)]
    labels = {k: _prf(v[0], v[1], v[2]) for k, v in sorted(mine.items())}
    seen = [v["f1"] for v in labels.values() if v["gold"]]
    return {**_prf(total[0], total[1], total[2]), "macro_f1": sum(seen) / len(seen) if seen else 0.0, "labels": labels}


def _triage(table: "collections.Counter[tuple[str, str]]") -> dict[str, Any]:
    rank: dict[str, int] = {level: i for i, level in enumerate(LEVELS)}
    total = max(1, sum(table.values()))

    def share(among: Callable[[int, int], bool], hit: Callable[[int, int], bool]) -> float:
        base = sum(n for (g, p), n in table.items() if among(rank[g], rank[p]))
        good = sum(n for (g, p), n in table.items() if among(rank[g], rank[p]) and hit(rank[g], rank[p]))
        return good / base if base else 0.0

    return {
        "accuracy": sum(n for (g, p), n in table.items() if g == p) / total,
        "within_one": sum(n for (g, p), n in table.items() if abs(rank[g] - rank[p]) <= 1) / total,
        "grave_recall": share(lambda g, p: g >= 3, lambda g, p: p >= 3),
        "grave_precision": share(lambda g, p: p >= 3, lambda g, p: g >= 3),
        "emergency_recall": share(lambda g, p: g == 4, lambda g, p: p == 4),
        "grave_left_below_concern": sum(n for (g, p), n in table.items() if rank[g] >= 3 and rank[p] < 2),
        "calm_raised_to_grave": sum(n for (g, p), n in table.items() if rank[g] <= 1 and rank[p] >= 3),
        "table": {g: {p: table[g, p] for p in LEVELS} for g in LEVELS},
    }


def render(result: Mapping[str, Any]) -> str:
    """The figures as plain text, one line a label."""
    lines = [f"{result['notes']} notes, {len(result['missing'])} without a report"]
    for family in FAMILIES:
        r = result[family]
        lines.append(_line(family, r) + f"  macro F1 {r['macro_f1']:.3f}")
        lines += ["    " + _line(label, v) for label, v in r["labels"].items()]
    lines += [_line(name, r) for name, r in {**result["assertions"], "explicit": result["explicit"]}.items()]
    accuracy = (f"{k} {result[k + '_accuracy']:.3f}" for k in ("assertion", "about", "stage"))
    lines.append("accuracy: " + "  ".join(accuracy))
    t = result["triage"]
    lines.append(
        "triage: " + "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in t.items() if k != "table")
    )
    lines.append("gold \\ reported  " + " ".join(f"{p:>9s}" for p in LEVELS))
    lines += [f"{g:>15s}  " + " ".join(f"{t['table'][g][p]:9d}" for p in LEVELS) for g in LEVELS]
    return "\n".join(lines)


def _line(name: str, r: Mapping[str, float]) -> str:
    return (
        f"{name:32s} P {r['precision']:.3f}  R {r['recall']:.3f}  F1 {r['f1']:.3f}  "
        f"({int(r['gold'])} gold, {int(r['reported'])} reported)"
    )
