"""The report as one self-contained HTML page: no script, no outside address, readable without colour."""

from collections.abc import Sequence
from html import escape

from coach.faces.marks import ENGLISH, name, runs, safe, shown
from coach.faces.text import IN_ENGLISH, reach, rephrased_line, second_line, went, whose
from coach.taxonomy import family
from coach.values import GuidanceHit, Note, Report
from coach.wording.words import Words

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2430;--page:#fbfaf7;--soft:#5d6675;--line:#d9d6cd;--e:#0b6b6b;--d:#6b3fa0;--r:#8a5a00;--red:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8e6e1;--page:#171a1f;--soft:#a3abb8;--line:#3a4049;--e:#6fd0cf;--d:#c7a6f5;--r:#e9bd6a;--red:#ff8a80}}
body{margin:0;background:var(--page);color:var(--ink);font:1.05rem/1.6 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:1.2rem}h1{font-size:1.35rem}h2{font-size:1.1rem;margin:1.8rem 0 .4rem}
.note{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);border-radius:.5rem;padding:1rem}
mark{background:none;color:inherit;border-bottom:3px solid var(--d)}mark.expectation{border-bottom-style:dotted;border-color:var(--e)}
mark.relationship{border-bottom-style:dashed;border-color:var(--r)}sup{font-size:.7em;color:var(--soft)}
.why,.soft{color:var(--soft);font-size:.95rem}.danger{border-left:.4rem solid var(--red);padding-left:.8rem}
li{margin:.5rem 0;overflow-wrap:anywhere}a{color:inherit}
"""
_TITLES = {
    "none": "Nothing here stood out",
    "watch": "Something to keep an eye on",
    "concern": "Worth acting on within days",
    "urgent": "Please act today",
    "emergency": "Act now, and do not leave the person alone",
}


def render_page(outcomes: Sequence[tuple[Note, Report]], words: Words = ENGLISH) -> str:
    """One page with a section for each note. All of a note's text is escaped. `words` is the language of the page."""
    body = "".join(_section(note, report, words) for note, report in outcomes)
    places = dict.fromkeys(
        went(report, words) for _, report in outcomes if any(told and told.sent_to for told in (report.second, report.rephrased))
    )
    sent = words.fill(" and ").join(places) or words.fill("nothing was sent anywhere")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>'
        f"{_e(words.fill('Conversation coach: report'))}</title>"
        f"<style>{_STYLE}</style></head><body><main>{body}"
        f'<p class="soft">{_e(words.fill("A guess by software, for your judgement. It does not diagnose, and {went}.", went=sent))}</p>'
        "</main></body></html>"
    )


def _section(note: Note, report: Report, words: Words) -> str:
    level = report.triage.level
    danger = ' class="danger"' if level in ("urgent", "emergency") else ""
    reasons = "".join(f"<li>{_e(r)}</li>" for r in report.triage.reasons)
    unread = f"<p><strong>{_e(words.fill('Not fully read.'))}</strong> {_e(report.read_reason)}</p>" if report.read_reason else ""
    unread += "".join(
        f"<p>{_e(line)}</p>" for line in (second_line(report, words), rephrased_line(report.rephrased, words)) if line
    )
    title = words.fill("{name}: {title}", name=report.id, title=words.fill(_TITLES[level]))
    ask = "Ask: {ask}"
    parts = (
        f"<section><div{danger}><h1>{_e(title)}</h1>{unread}<ul>{reasons}</ul></div>",
        f'<h2>{_e(words.fill("The note"))}</h2><div class="note">{_marked(note, report, words)}</div>',
        _list(words.fill("What was seen"), [_e(name(report.signals[i], words)) for i in shown(report)], ordered=True),
        _list(
            words.fill("Help"),
            [f'{_e(reach(r, words))}<br><span class="why">{_e(r.why)} {_e(r.caveat or "")}</span>' for r in report.resources],
        ),
        _list(words.fill("Numbers to correct"), [_e(c.message) for c in report.corrections]),
        _list(
            words.fill("What may be unspoken"),
            [f'{_e(whose(e, words))}<br><span class="why">{_e(words.fill(ask, ask=e.ask))}</span>' for e in report.expectations],
        ),
        _list(
            words.fill("What to do next"),
            [f'{_e(f.text)}<br><span class="why">{_e(f.why)} {_e(", ".join(f.guidance))}</span>' for f in report.follow_ups],
            ordered=True,
        ),
        _list(
            words.fill("Handing over well"),
            [f'{_e(line.text)} <span class="why">{_e(line.guidance)}</span>' for line in report.handoff],
        ),
        _list(words.fill("What the coach could not tell"), [_e(u.question) for u in report.uncertain]),
        _list(words.fill("Guidance cited"), [_card(g, words) for g in report.guidance], before=_in_english(words)),
        "</section>",
    )
    return "".join(parts)


def _card(g: GuidanceHit, words: Words) -> str:
    if words.language == "en":
        return f"{_e(g.id)}: {_e(g.title)}. {_e(g.source)}"
    return f'{_e(g.id)} : <span lang="en">{_e(g.title)}. {_e(g.source)}</span>'


def _in_english(words: Words) -> str:
    return "" if words.language == "en" else f'<p class="soft">{_e(words.fill(IN_ENGLISH))}</p>'


def _marked(note: Note, report: Report, words: Words) -> str:
    numbers = {i: n for n, i in enumerate(shown(report), 1)}
    out = []
    for run in runs(note.text, report.signals):
        piece = _e(note.text[run.start : run.end])
        if run.signals:
            ends = sorted(numbers[i] for i in run.signals if report.signals[i].end == run.end)
            label = "; ".join(name(report.signals[i], words) for i in run.signals)
            kind = family(report.signals[run.signals[0]].label)
            piece = f'<mark class="{kind}" title="{_e(label)}">{piece}</mark>'
            piece += f"<sup>{','.join(map(str, ends))}</sup>" if ends else ""
        out.append(piece)
    return "".join(out)


def _list(title: str, items: Sequence[str], *, ordered: bool = False, before: str = "") -> str:
    tag = "ol" if ordered else "ul"
    return f"<h2>{_e(title)}</h2>{before}<{tag}>{''.join(f'<li>{i}</li>' for i in items)}</{tag}>" if items else ""


def _e(text: str | None) -> str:
    return escape(safe(text or ""))
