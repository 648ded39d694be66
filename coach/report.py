"""Report -> the JSON object of docs/report-contract.md. Fields may be added; those of the contract stay."""

from collections.abc import Mapping, Sequence
from typing import Any

from coach.errors import InputError
from coach.values import (
    Correction,
    Expectation,
    FollowUp,
    GuidanceHit,
    Handoff,
    Referral,
    Report,
    SecondReading,
    Signal,
    Stage,
    Triage,
    Uncertain,
    WholeNote,
)


def to_dict(report: Report) -> dict[str, Any]:
    """Plain dicts, lists, strings and numbers, ready for json.dumps."""
    made = {
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
        "follow_ups": [_follow_up(f) for f in report.follow_ups],
        "guidance": [_hit(g) for g in report.guidance],
        "resources": [_referral(r) for r in report.resources],
        "handoff": _rows(report.handoff, ("kind", "text", "guidance")),
        "corrections": [_correction(c) for c in report.corrections],
        "model": {"name": report.model_name, "version": report.model_version},
    }
    if report.whole:
        made["whole_note"] = _rows([report.whole], ("levels", "score", "otherwise", "urgent_from"))[0]
    if report.aside:
        made["set_aside"] = [_signal(s) for s in report.aside]
    if report.rephrased:
        made["rephrased"] = _second(report.rephrased)
    return {**made, "language_model": _second(report.second)} if report.second else made


def from_dict(given: Mapping[str, Any]) -> Report:
    """What `to_dict` gave, as a report again, less its help services, which are looked up anew. Raises InputError."""
    try:
        return Report(
            id=given["id"],
            language=given["language"],
            read=given["coverage"]["read"],
            read_reason=given["coverage"]["reason"],
            triage=_made(Triage, given["triage"]),
            stage=_made(Stage, given["stage"]),
            signals=_signals(given["signals"]),
            aside=_signals(given.get("set_aside", ())),
            uncertain=tuple(_made(Uncertain, u) for u in given["uncertain"]),
            expectations=tuple(_made(Expectation, e) for e in given["expectations"]),
            follow_ups=tuple(_made(FollowUp, f) for f in given["follow_ups"]),
            guidance=tuple(_made(GuidanceHit, g) for g in given["guidance"]),
            resources=(),
            model_name=given["model"]["name"],
            model_version=given["model"]["version"],
            corrections=tuple(_made(Correction, c) for c in given.get("corrections", ())),
            handoff=tuple(_made(Handoff, h) for h in given.get("handoff", ())),
            second=_second_of(given.get("language_model")),
            rephrased=_second_of(given.get("rephrased")),
            whole=_made(WholeNote, given["whole_note"]) if given.get("whole_note") else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"This is no report of the coach: {type(error).__name__} at {error}.") from None


def _signals(rows: Sequence[Mapping[str, Any]]) -> tuple[Signal, ...]:
    return tuple(_made(Signal, {"who": None, **row}) for row in rows)


def _made(kind: type[Any], row: Mapping[str, Any]) -> Any:
    """A value of `kind` from the fields that it knows: newer reports may have more."""
    names = [name for name in kind.__dataclass_fields__ if name in row]
    return kind(**{name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in names})


def _second(second: SecondReading) -> dict[str, Any]:
    row = {name: getattr(second, name) for name in ("name", "fault", "kept", "sent_to")}
    return {**row, "dropped": dict(second.dropped)}


def _second_of(given: Mapping[str, Any] | None) -> SecondReading | None:
    return _made(SecondReading, {**given, "dropped": list(given.get("dropped", {}).items())}) if given else None


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


def _follow_up(f: FollowUp) -> dict[str, Any]:
    (row,) = _rows([f], ("kind", "text", "why", "signals", "guidance"))
    return {**row, "composed": f.composed} if f.composed else row


def _hit(g: GuidanceHit) -> dict[str, Any]:
    (row,) = _rows([g], ("id", "title", "excerpt", "source", "score"))
    return {**row, "own": True} if g.own else row


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _referral(referral: Referral) -> dict[str, Any]:
    names = ("id", "name", "call", "text", "chat", "url", "hours", "languages", "regions", "note", "source", "source_date")
    (row,) = _rows([referral.resource], (*names, "verified_on"))
    return {**row, "why": referral.why, "caveat": referral.caveat}


def _correction(c: Correction) -> dict[str, Any]:
    return {"start": c.start, "end": c.end, "quote": c.quote, "message": c.message, "replaced_by": c.replaced_by}
