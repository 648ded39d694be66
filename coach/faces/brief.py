"""The brief for the next session, for a terminal."""

from collections.abc import Iterator

from coach.faces.marks import ENGLISH
from coach.faces.text import Page, rephrased_line, whose
from coach.values import Brief, Standing
from coach.wording.words import Words

_STATES = {
    "broken": "agreed, and seems not to hold",
    "unspoken": "unspoken, so far as the notes show",
    "asked": "asked about, not settled",
    "agreed": "said or agreed",
}


def render_brief(brief: Brief, *, colour: bool = False, width: int = 88, words: Words = ENGLISH) -> str:
    """One page: the agenda first, then what it rests on. `words` is the language of the face; the brief has its own already."""
    page = Page(colour, width, words)
    lines = [page.head(words.fill("The next session ({count})", count=_count(brief.sessions, words)))]
    if brief.quiet:
        lines += page.wrap(brief.quiet, "  ! ", "    ")
    if told := rephrased_line(brief.rephrased, words):
        lines += page.wrap(told, "  - ", "    ")
    for number, text in enumerate(brief.agenda, 1):
        lines += page.wrap(text, f"  {number}. ", "     ")
    lines.append("")
    for title, body in (
        ("Expectations", [line for e in brief.expectations for line in _standing(e, page)]),
        ("Not yet done", _list(brief.open, page)),
        ("Dropped", _list(brief.dropped, page)),
        ("What has changed", _list(brief.changes, page)),
    ):
        lines += [page.title(title), *body, ""] if body else []
    lines += page.wrap(words.fill("A guess by software from the notes alone, for your judgement."), dim=True)
    return "\n".join(lines) + "\n"


def _count(sessions: int, words: Words) -> str:
    if not sessions:
        return words.fill("no note yet")
    return words.fill("after {count} note" if sessions == 1 else "after {count} notes", count=sessions)


def _standing(e: Standing, page: Page) -> Iterator[str]:
    state = page.words.fill(_STATES.get(e.state, e.state))
    since = page.words.fill("{state}, since note {number}", state=state, number=e.since) if e.since else state
    yield from page.wrap(whose(e, page.words), "  * ", "    ")
    yield from page.wrap(since, "    ", "    ", dim=True)


def _list(texts: tuple[str, ...], page: Page) -> list[str]:
    return [line for text in texts for line in page.wrap(text, "  * ", "    ")]
