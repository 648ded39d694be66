"""The brief for the next session, for a terminal."""

from collections.abc import Iterator

from coach.faces.text import Page
from coach.values import Brief, Standing

_STATES = {
    "broken": "agreed, and seems not to hold",
    "unspoken": "unspoken, so far as the notes show",
    "asked": "asked about, not settled",
    "agreed": "said or agreed",
}


def render_brief(brief: Brief, *, colour: bool = False, width: int = 88) -> str:
    """One page: the agenda first, then what it rests on."""
    page = Page(colour, width)
    count = "no note yet" if not brief.sessions else f"after {brief.sessions} note{'s' if brief.sessions > 1 else ''}"
    lines = [page.head(f"The next session ({count})")]
    if brief.quiet:
        lines += page.wrap(brief.quiet, "  ! ", "    ")
    for number, text in enumerate(brief.agenda, 1):
        lines += page.wrap(text, f"  {number}. ", "     ")
    lines.append("")
    for title, body in (
        ("Expectations", [line for e in brief.expectations for line in _standing(e, page)]),
        ("Not yet done", _list(brief.open, page)),
        ("Dropped", _list(brief.dropped, page)),
        ("What has changed", _list(brief.changes, page)),
    ):
        lines += [page.head(title), *body, ""] if body else []
    lines += page.wrap("A guess by software from the notes alone, for your judgement.", dim=True)
    return "\n".join(lines) + "\n"


def _standing(e: Standing, page: Page) -> Iterator[str]:
    since = f", since note {e.since}" if e.since else ""
    yield from page.wrap(f"The {e.holder}: {e.statement}", "  * ", "    ")
    yield from page.wrap(f"{_STATES.get(e.state, e.state)}{since}", "    ", "    ", dim=True)


def _list(texts: tuple[str, ...], page: Page) -> list[str]:
    return [line for text in texts for line in page.wrap(text, "  * ", "    ")]
