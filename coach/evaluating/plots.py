"""The plots, drawn by matplotlib as SVG that stands inside the page and takes its colours, light or dark, from it."""

import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coach.errors import MissingDependency
from coach.evaluating.bootstrap import Estimate
from coach.evaluating.curves import PrecisionRecall, Reliability
from coach.evaluating.robust import Effect
from coach.taxonomy import FAMILIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, LINE = "#010203", "#040506"
COLOURS = {"expectation": "#0a0b01", "distress": "#0a0b02", "relationship": "#0a0b03"}
_IN_PAGE = {
    INK: "currentColor",
    LINE: "var(--line)",
    COLOURS["expectation"]: "var(--e)",
    COLOURS["distress"]: "var(--d)",
    COLOURS["relationship"]: "var(--r)",
}
"""Stand-in colours -> what the page's style sheet gives them."""
_STYLES = {"expectation": ("-", "o"), "distress": ("--", "s"), "relationship": (":", "^")}
_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "coach",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "axes.edgecolor": LINE,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.labelsize": 11,
    "xtick.major.pad": 8,
    "grid.color": LINE,
    "legend.frameon": False,
}


def intervals(rows: Sequence[tuple[str, Estimate]]) -> str:
    """Each figure as a dot, its interval as a bar; the first row on top."""
    with _figure(7.6, 0.5 * len(rows) + 0.8) as drawn:
        axes = drawn.plain()
        _bars(axes, [e for _, e in rows], INK, "o")
        axes.set_yticks(range(len(rows)), [name for name, _ in rows])
        axes.set_xlim(0, 1)
    return drawn.svg("figures")


def reliability(found: Sequence[Reliability]) -> str:
    """One panel a level; a dot's area grows with the notes it stands for."""
    with _figure(7.6, 6.6) as drawn:
        for axes, one in zip(drawn.panels(2, 2), found, strict=True):
            axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle="--")
            said, so, notes = zip(*one.points, strict=True)
            axes.plot(said, so, color=COLOURS["expectation"], linewidth=1.5)
            axes.scatter(
                said, so, s=[18 + 3 * n for n in notes], color=COLOURS["expectation"], alpha=0.7, linewidths=0, clip_on=False
            )
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), title=f"{one.level} or graver, error {one.error:.3f}")
        drawn.figure.supxlabel("probability that the reader gives")
        drawn.figure.supylabel("share of notes labelled so")
    return drawn.svg("reliability")


def precision_recall(found: Sequence[PrecisionRecall]) -> str:
    with _figure(7.6, 4.6) as drawn:
        axes = drawn.plain()
        for one in found:
            style = _STYLES[one.family][0]
            axes.plot(one.recall, one.precision, color=COLOURS[one.family], linestyle=style, linewidth=2, label=one.family)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        axes.legend()
    return drawn.svg("curves")


def learning(runs: Sequence[Mapping[str, Any]]) -> str:
    """F1 over the notes trained on; of runs on the same text only the first."""
    first: dict[float, Mapping[str, Any]] = {}
    for run in runs:
        first.setdefault(run["notes"] * run["share"], run)
    with _figure(7.6, 4) as drawn:
        axes = drawn.plain()
        for name in FAMILIES:
            style, marker = _STYLES[name]
            points = sorted((x, run[name]) for x, run in first.items())
            axes.plot(*zip(*points, strict=True), color=COLOURS[name], linestyle=style, marker=marker, linewidth=2, label=name)
        axes.set(xlabel="notes trained on", ylabel="F1", ylim=(0, 1), xlim=(0, None))
        axes.legend()
    return drawn.svg("learning")


def effects(found: Sequence[Effect]) -> str:
    """What each change does to the F1 of each family, with intervals."""
    with _figure(8.6, 0.34 * len(found) + 1) as drawn:
        ends = [x for e in found for name in FAMILIES for x in (e.difference[f"{name} F1"].low, e.difference[f"{name} F1"].high)]
        seen = [x for x in ends if not math.isnan(x)] or [0.0]
        for place, (axes, name) in enumerate(zip(drawn.panels(1, 3), FAMILIES, strict=True)):
            axes.axvline(0, color=INK, linewidth=1)
            _bars(axes, [e.difference[f"{name} F1"] for e in found], COLOURS[name], _STYLES[name][1])
            axes.set_yticks(range(len(found)), [f"{e.variant.axis}: {e.variant.name}" for e in found] if place == 0 else [])
            axes.set(title=name, xlim=(min(seen) - 0.02, max(seen) + 0.02))
        drawn.figure.supxlabel("change of F1")
    return drawn.svg("effects")


def _bars(axes: "Axes", found: Sequence[Estimate], colour: str, marker: str) -> None:
    for y, e in enumerate(found):
        axes.plot([e.low, e.high], [y, y], color=colour, linewidth=2)
        axes.plot([e.value], [y], color=colour, marker=marker, markersize=6)
    axes.set_ylim(len(found) - 0.5, -0.5)


class _figure:
    """A figure under the page's style, and its SVG. Raises MissingDependency where matplotlib is not installed."""

    def __init__(self, width: float, height: float) -> None:
        try:
            from matplotlib import rc_context
            from matplotlib.figure import Figure  # heavy, so loaded when a report is asked for
        except ImportError:
            raise MissingDependency("matplotlib", "report") from None
        self._style = rc_context(_RC)
        self.figure = Figure(figsize=(width, height), layout="constrained")

    def __enter__(self) -> "_figure":
        self._style.__enter__()
        return self

    def __exit__(self, *reason: Any) -> None:
        out = io.StringIO()
        if reason[0] is None:
            self.figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
        self._style.__exit__(*reason)
        self._svg = out.getvalue()

    def plain(self) -> "Axes":
        return self.panels(1, 1)[0]

    def panels(self, rows: int, columns: int) -> "list[Axes]":
        made = list(self.figure.subplots(rows, columns, squeeze=False).ravel())
        for axes in made:
            axes.set_axisbelow(True)
            axes.tick_params(length=0)
            for side in axes.spines.values():
                side.set_visible(False)
            axes.grid(alpha=0.6)
        return made

    def svg(self, name: str) -> str:
        return inline(self._svg, name)


def inline(svg: str, name: str) -> str:
    """matplotlib's SVG file as an element of a page: no head, its own ids, the page's colours. Who shows it names it in words."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'<svg ([^>]*?)\b(?:width|height)="[^"]*"([^>]*?)\b(?:width|height)="[^"]*"', r"<svg \1\2", svg, count=1)
    for stand_in, colour in _IN_PAGE.items():
        svg = svg.replace(stand_in, colour)
    return svg.strip()
