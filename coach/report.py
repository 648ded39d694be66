"""Report -> the JSON object of docs/report-contract.md. Fields may be added; those of the contract stay."""

from collections.abc import Sequence
from typing import Any

from coach.values import Correction, Referral, Report, Signal


def to_dict(report: Report) -> dict[str, Any]:
    """Plain dicts, lists, strings and numbers, ready for json.dumps."""
    return {
        "id": report.id,
        "language": report.language,
        "coverage": {"read": report.read, "reason": report.read_reason},
        "triage": {
            "level": report.triage.level,
            "reasons": list(report.triage.reasons),
            "signals": list(report.triage.signals),
        },
        "stage": {"name": report.stage.name, "confidence": report.stage.confidence},
        "signals": [_signal(s) for s in report.signals],
        "uncertain": [{"signal": u.signal, "question": u.question} for u in report.uncertain],
        "expectations": _rows(report.expectations, ("topic", "holder", "statement", "ask", "signals", "guidance")),
        "follow_ups": _rows(report.follow_ups, ("kind", "text", "why", "signals", "guidance")),
        "guidance": _rows(report.guidance, ("id", "title", "excerpt", "source", "score")),
        "resources": [_referral(r) for r in report.resources],
        "corrections": [_correction(c) for c in report.corrections],
        "model": {"name": report.model_name, "version": report.model_version},
    }


def _signal(s: Signal) -> dict[str, Any]:
    return {
        "label": s.label,
        "start": s.start,
        "end": s.end,
        "quote": s.quote,
        "about": s.about,
        "assertion": s.assertion,
        "status": s.status,
        "score": s.score,
        "sources": list(s.sources),
        "who": s.who,
    }


def _rows(items: Sequence[object], names: Sequence[str]) -> list[dict[str, Any]]:
    return [{name: _plain(getattr(item, name)) for name in names} for item in items]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _referral(referral: Referral) -> dict[str, Any]:
    names = ("id", "name", "call", "text", "chat", "url", "hours", "languages", "regions", "note", "source", "source_date")
    (row,) = _rows([referral.resource], (*names, "verified_on"))
    return {**row, "why": referral.why, "caveat": referral.caveat}


def _correction(c: Correction) -> dict[str, Any]:
    return {"start": c.start, "end": c.end, "quote": c.quote, "message": c.message, "replaced_by": c.replaced_by}
