"""Whole reports and briefs in a language. Quotes, names of services and guidance cards stay as they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coach.values import Brief, Referral, Report
from coach.wording.words import Words


def reworded(report: Report, words: Words) -> Report:
    """The same report; what the library says in it is said in the language of `words`."""
    if words.language == "en":
        return report
    say = words.say
    second = report.second
    return replace(
        report,
        read_reason=say(report.read_reason) if report.read_reason else None,
        triage=replace(report.triage, reasons=tuple(map(say, report.triage.reasons))),
        uncertain=tuple(replace(u, question=say(u.question)) for u in report.uncertain),
        expectations=tuple(replace(e, statement=say(e.statement), ask=say(e.ask)) for e in report.expectations),
        follow_ups=tuple(replace(f, text=say(f.text), why=say(f.why)) for f in report.follow_ups),
        guidance=tuple(replace(g, source=say(g.source)) if g.own else g for g in report.guidance),
        resources=tuple(_referral(r, words) for r in report.resources),
        corrections=tuple(replace(c, message=say(c.message)) for c in report.corrections),
        handoff=tuple(replace(h, text=say(h.text)) for h in report.handoff),
        second=replace(second, fault=say(second.fault)) if second and second.fault else second,
    )


def _referral(r: Referral, words: Words) -> Referral:
    """The name is a service's own but for "Your local emergency number"."""
    service = r.resource
    service = replace(service, name=words.say(service.name), hours=words.hours(service.hours) if service.hours else None)
    return Referral(service, words.say(r.why), words.say(r.caveat) if r.caveat else None)


def reworded_row(row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The same of a report's JSON object, such as one that was stored; of its help services too."""
    if words.language == "en":
        return dict(row)
    made: dict[str, Any] = {
        **row,
        "coverage": _said(row["coverage"], words, "reason"),
        "triage": {**row["triage"], "reasons": [words.say(r) for r in row["triage"]["reasons"]]},
    }
    for name, keys in _ROWS.items():
        made[name] = [_said(one, words, *keys) for one in row.get(name, ())]
    made["guidance"] = [_said(g, words, "source") if g.get("own") else g for g in row.get("guidance", ())]
    for service in made["resources"]:
        service["hours"] = words.hours(service["hours"]) if service.get("hours") else None
    if row.get("language_model"):
        made["language_model"] = _said(row["language_model"], words, "fault")
    return made


_ROWS = {
    "uncertain": ("question",),
    "expectations": ("statement", "ask"),
    "follow_ups": ("text", "why"),
    "resources": ("name", "why", "caveat"),
    "corrections": ("message",),
    "handoff": ("text",),
}


def _said(row: Mapping[str, Any], words: Words, *keys: str) -> dict[str, Any]:
    return {**row, **{key: words.say(row[key]) for key in keys if row.get(key)}}


def reworded_brief(brief: Brief, words: Words) -> Brief:
    """The plan of the next session."""
    say = words.say
    return replace(
        brief,
        expectations=tuple(
            replace(e, statement=say(e.statement), ask=say(e.ask) if e.ask else e.ask) for e in brief.expectations
        ),
        open=tuple(map(say, brief.open)),
        dropped=tuple(map(say, brief.dropped)),
        changes=tuple(map(say, brief.changes)),
        quiet=say(brief.quiet) if brief.quiet else brief.quiet,
        agenda=tuple(map(say, brief.agenda)),
    )
