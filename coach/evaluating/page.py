"""The report as one self-contained HTML page: no script, nothing from elsewhere, every value escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coach.errors import MissingDependency

TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, the first cell of each its head. `shades` (0 to 1, as `rows` without the first cell) colours cells.

    A `folded` table opens on a click.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    shades: Sequence[Sequence[float]] = ()
    folded: bool = False
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report. `plot` is SVG that plots.py drew ("" for none), `alt` what it shows, in words."""

    title: str
    words: Sequence[str]
    tables: Sequence[Table] = ()
    plot: str = ""
    alt: str = ""


def render(title: str, words: Sequence[str], sections: Sequence[Section]) -> str:
    """Raises MissingDependency where jinja2 is not installed."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise MissingDependency("jinja2", "report") from None
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(title=title, words=words, sections=sections)
