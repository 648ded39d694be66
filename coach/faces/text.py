"""The report for a terminal: the note with its evidence marked, help if needed, what may be unspoken, follow-ups."""

import textwrap
from collections.abc import Iterator

from coach.faces.marks import ENGLISH, marked, name, runs, safe, shown
from coach.taxonomy import family
from coach.values import Expectation, Note, Referral, Report, SecondReading, Standing
from coach.wording.words import Words

_LEVELS = {
    "none": "Nothing here stood out.",
    "watch": "Something to keep an eye on. For you, at the next session.",
    "concern": "Worth acting on: point to help, and tell program staff within days.",
    "urgent": "Please act today: tell program staff the same day.",
    "emergency": "Act now. Call for help, and do not leave the person alone.",
}
IN_ENGLISH = "The guidance cards are in English."
_COLOURS = {"expectation": "36", "distress": "35", "relationship": "33", "danger": "31", "head": "1", "dim": "2"}


def render(note: Note, report: Report, *, colour: bool = False, width: int = 88, words: Words = ENGLISH) -> str:
    """The whole report as lines of at most `width` characters (quotes and addresses may be longer).

    `words` is the language of the face; the report has its own already.
    """
    page = Page(colour, width, words)
    lines = [page.head(words.fill("Report of {id}", id=safe(report.id))), *_top(report, page), "", *_note(note, report, page), ""]
    for part in (_signals, _help, _expectations, _follow_ups, _handing_over, _unsure, _sources):
        body = list(part(report, page))
        lines += [*body, ""] if body else []
    close = words.fill("A guess by software, for your judgement. It does not diagnose, and {went}.", went=went(report, words))
    lines += page.wrap(close, dim=True)
    return "\n".join(lines) + "\n"


def went(report: Report, words: Words = ENGLISH) -> str:
    """Where the note's text went: "nothing was sent anywhere", but for a language model that has an address."""
    sent = [told for told in (report.second, report.rephrased) if told and told.sent_to]
    if not sent:
        return words.fill("nothing was sent anywhere")
    second = min(sent, key=lambda told: told.fault is not None)
    if second.fault:
        return words.fill("the text may have been sent to the language model at {address}", address=second.sent_to)
    return words.fill("the text was sent to the language model at {address}", address=second.sent_to)


def second_line(report: Report, words: Words = ENGLISH) -> str | None:
    """What came of asking a language model too, as one sentence or two; None where none is set up."""
    second = report.second
    if second is None:
        return None
    if second.fault:
        line = "Language model ({name}): {fault} This is the report without it."
        return words.fill(line, name=second.name, fault=second.fault)
    lost = sum(n for _, n in second.dropped)
    line = "Language model ({name}): {kept} signals."
    if lost:
        line = "Language model ({name}): {kept} signals; {lost} dropped, which did not stand in the note or were not as asked."
    told = words.fill(line, name=second.name, kept=second.kept, lost=lost)
    if not report.aside:
        return told
    more = "The trained reader alone saw {count} more: they count for the level and are not shown."
    return f"{told} {words.fill(more, count=len(report.aside))}"


def rephrased_line(told: SecondReading | None, words: Words = ENGLISH) -> str | None:
    """What came of having the advice reworded; None where nobody asked for it."""
    if told is None:
        return None
    if told.fault:
        line = "Wording by a language model ({name}): {fault} The words are the coach's own."
        return words.fill(line, name=told.name, fault=told.fault)
    line = "Wording by a language model ({name}): {kept} reworded; {lost} stand as composed, since the rewording did not hold."
    return words.fill(line, name=told.name, kept=told.kept, lost=sum(n for _, n in told.dropped))


class Page:
    """How to colour and wrap, and in which language."""

    def __init__(self, colour: bool, width: int, words: Words = ENGLISH) -> None:
        self.colour, self.width, self.words = colour, width, words

    def paint(self, text: str, kind: str) -> str:
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if self.colour else text

    def head(self, text: str) -> str:
        return self.paint(text, "head")

    def title(self, english: str) -> str:
        return self.head(self.words.fill(english))

    def wrap(self, text: str, first: str = "", rest: str = "", *, dim: bool = False) -> list[str]:
        lines = textwrap.wrap(
            safe(text), self.width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        ) or [first.rstrip()]
        return [self.paint(line, "dim") if dim else line for line in lines]


def _top(report: Report, page: Page) -> Iterator[str]:
    level, words = report.triage.level, page.words
    line = words.fill("{name}: {title}", name=words.say(level).upper(), title=words.fill(_LEVELS[level]))
    yield page.paint(line, "danger") if level in ("urgent", "emergency") else line
    for reason in report.triage.reasons:
        yield from page.wrap(reason, "  - ", "    ")
    if report.read_reason:
        yield from page.wrap(words.fill("Not fully read: {reason}", reason=report.read_reason), "  ! ", "    ")
    if told := second_line(report, words):
        yield from page.wrap(told, "  ! " if report.second and report.second.fault else "  - ", "    ")
    if told := rephrased_line(report.rephrased, words):
        yield from page.wrap(told, "  - ", "    ")
    if report.stage.name != "unclear":
        yield words.fill("Stage of the relationship: {stage}", stage=words.fill(report.stage.name))


def _note(note: Note, report: Report, page: Page) -> Iterator[str]:
    """The note with its evidence: a mark for each place, closed with the numbers of what was seen there; a mark in another pairs."""
    yield page.title("The note")
    pieces = []
    numbers = {i: n for n, i in enumerate(shown(report), 1)}
    places = marked(report.signals)
    mark, close = ("", "") if page.colour else ("«", "»")
    for run in runs(note.text, report.signals):
        words = safe(note.text[run.start : run.end])
        if not run.signals:
            pieces.append(words)
            continue
        ends = [rows for (_, end), rows in places if end == run.end]
        opened = sum(start == run.start for (start, _), _ in places)
        kind = family(report.signals[run.signals[0]].label)
        tail = "".join(f"{close}[{','.join(map(str, sorted(numbers[i] for i in rows)))}]" for rows in ends)
        pieces.append(page.paint(mark * opened + words, kind) + tail)
    for line in "".join(pieces).split("\n"):
        yield from textwrap.wrap(
            line, page.width, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        ) or [""]


def _signals(report: Report, page: Page) -> Iterator[str]:
    for number, i in enumerate(shown(report), 1):
        if number == 1:
            yield page.title("What was seen")
        s = report.signals[i]
        yield f"  [{number}] " + page.paint(name(s, page.words), family(s.label))


def _help(report: Report, page: Page) -> Iterator[str]:
    if report.resources:
        yield page.title("Help, should it be needed" if report.triage.level in ("none", "watch") else "Help")
    for referral in report.resources:
        yield from page.wrap(reach(referral, page.words), "  * ", "    ")
        yield from page.wrap(referral.why, "    ", "    ", dim=True)
        if referral.caveat:
            yield from page.wrap(referral.caveat, "    ", "    ", dim=True)
    for correction in report.corrections:
        yield from page.wrap(correction.message, "  ! ", "    ")


def _handing_over(report: Report, page: Page) -> Iterator[str]:
    """After what is to be done now: it is much the same each time."""
    if report.handoff:
        yield page.title("Handing over well")
    for line in report.handoff:
        yield from page.wrap(f"{line.text} [{line.guidance}]", "  - ", "    ")


def reach(referral: Referral, words: Words = ENGLISH) -> str:
    """'9-8-8: Suicide Crisis Helpline: call 988, text 988 (24/7)'."""
    r = referral.resource
    ways = [
        words.fill("call {number}", number=r.call) if r.call else "",
        words.fill("text {number}", number=r.text) if r.text else "",
        (r.chat or r.url or "") if not r.call else "",
    ]
    hours = f" ({r.hours})" if r.hours else ""
    return words.fill("{name}: {ways}", name=r.name, ways=", ".join(w for w in ways if w)) + hours


def _expectations(report: Report, page: Page) -> Iterator[str]:
    if report.expectations:
        yield page.title("What may be unspoken")
    for e in report.expectations:
        yield from page.wrap(whose(e, page.words), "  * ", "    ")
        yield from page.wrap(page.words.fill("To bring it into the open: {ask}", ask=e.ask), "    ", "    ")


def whose(e: Expectation | Standing, words: Words = ENGLISH) -> str:
    """'The mentee: May be counting on …'."""
    lines = {"mentee": "The mentee: {statement}", "mentor": "The mentor: {statement}", "other": "The other: {statement}"}
    return words.fill(lines[e.holder], statement=e.statement)


def _follow_ups(report: Report, page: Page) -> Iterator[str]:
    if report.follow_ups:
        yield page.title("What to do next")
    for number, f in enumerate(report.follow_ups, 1):
        cards = f" [{', '.join(f.guidance)}]" if f.guidance else ""
        yield from page.wrap(
            page.words.fill("{kind}: {text}", kind=page.words.fill(f.kind), text=f.text), f"  {number}. ", "     "
        )
        yield from page.wrap(page.words.fill("Why: {why}", why=f.why) + cards, "     ", "     ", dim=True)


def _unsure(report: Report, page: Page) -> Iterator[str]:
    if report.uncertain:
        yield page.title("What the coach could not tell")
    numbers = {i: n for n, i in enumerate(shown(report), 1)}
    for u in report.uncertain:
        yield from page.wrap(f"[{numbers[u.signal]}] {u.question}", "  ? ", "    ")


def _sources(report: Report, page: Page) -> Iterator[str]:
    if report.guidance:
        yield page.title("Guidance cited")
        if page.words.language != "en":
            yield from page.wrap(page.words.fill(IN_ENGLISH), "  ", "    ")
    for g in report.guidance:
        yield from page.wrap(f"[{g.id}] {g.title}. {g.source}", "  ", "    ", dim=True)
