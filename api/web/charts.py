"""Plots, drawn on the server as SVG to be shown as images; the list or table beside each says the same in words.

Lines and bars have colours that stand out on the light page and on the dark one; the words in a plot change with the scheme.
`narrow` is for a phone.
"""

import io
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREY = "#7b868c"
"""Readable on the light page and on the dark one."""
LINE = "#3d8fa3"
DANGER = {"urgent": "#d9534a", "emergency": "#d9534a"}
"""Red is for danger alone; each row of bars carries its name too."""
MOST = 8
"""Days named below the line."""
STYLE = "text { fill: #3f474c !important } @media (prefers-color-scheme: dark) { text { fill: #cdd3d6 !important } }"
WIDE, NARROW = 7.6, 3.7
"""Inches, as are the heights of a row of bars, of a row of `spans` or `parts`, and of what stands below the rows."""
BARS, ROW, BELOW = 0.75, 0.32, 0.45
HOURS = ((1 / 60, "1 min"), (0.25, "15 min"), (1, "1 h"), (6, "6 h"), (24, "1 d"), (72, "3 d"), (168, "7 d"), (720, "30 d"))


ONE = threading.Lock()
"""matplotlib's settings are of the whole process: two plots at once would draw with each other's."""


class Span(NamedTuple):
    """Hours of half of them and of nine in ten; a row of `spans`."""

    name: str
    median: float
    p90: float


class Part(NamedTuple):
    """A share of `cases` with its interval; a row of `parts`."""

    name: str
    share: float
    low: float
    high: float
    cases: int


class Course(NamedTuple):
    """A pair's sessions. `days` are ordinals in order, `names` what to call them; `levels` places on `scale`, lowest first.

    `counts` are lines of whole numbers, `rows` marks by session, `gaps` spans of days to shade.
    """

    days: Sequence[int]
    names: Sequence[str]
    levels: Sequence[int]
    scale: Sequence[str]
    counts: Mapping[str, Sequence[int]]
    rows: Mapping[str, Sequence[bool]]
    gaps: Sequence[tuple[int, int]]


def course(given: Course, narrow: bool) -> bytes:
    """Below each other on one scale of days: levels, counts (each line with a mark of its own), and rows of dots."""

    def draw(axes: "Sequence[Axes]") -> None:
        level, count = axes[0], axes[1]
        level.plot(given.days, given.levels, color=LINE, marker="o", markersize=7, linewidth=2)
        level.set_ylim(-0.4, len(given.scale) - 0.6)
        level.set_yticks(range(len(given.scale)), given.scale)
        for (name, numbers), mark, color in zip(given.counts.items(), "os", (LINE, GREY), strict=True):
            count.plot(given.days, numbers, color=color, marker=mark, markersize=5, linewidth=2, label=name)
        most = max([1, *(n for numbers in given.counts.values() for n in numbers)])
        count.set_ylim(-0.15 * most, most * 1.2)
        count.set_yticks([0, most])
        count.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=10, borderaxespad=0)
        for one in axes[2:]:
            _name_rows(one, list(given.rows))
            for at, marks in enumerate(reversed(list(given.rows.values()))):
                seen = [day for day, there in zip(given.days, marks, strict=True) if there]
                one.plot(seen, [at] * len(seen), "D", color=LINE, markersize=6)
        for one in axes:
            one.grid(axis="y", color=GREY, alpha=0.3)
            one.set_xticks([])
            for first, last in given.gaps:
                one.axvspan(first, last, color=GREY, alpha=0.15, linewidth=0)
        _name_far_days(axes, given, MOST // 2 if narrow else MOST)

    return _drawn(draw, NARROW if narrow else WIDE, _course_heights(len(given.rows)), BELOW)


def course_size(rows: int) -> tuple[int, int, int]:
    """(wide, narrow, height) in pixels of a course with so many rows."""
    return pixels(WIDE), pixels(NARROW), pixels(sum(_course_heights(rows)) + BELOW)


def _course_heights(rows: int) -> list[float]:
    return [1.7, 1.1, *([0.4 * max(rows, 2)] if rows else [])]


def _name_far_days(axes: "Sequence[Axes]", given: Course, most: int) -> None:
    """On one scale; days are named below where the names have room."""
    first, last = given.days[0], given.days[-1]
    room = max(1.0, (last - first) / most)
    named: list[int] = []
    for at, day in enumerate(given.days):
        if not named or day - given.days[named[-1]] >= room:
            named.append(at)
    for one in axes:
        one.set_xlim(first - room * 0.4, last + room * 0.4)
    axes[-1].set_xticks([given.days[at] for at in named], [given.names[at] for at in named])


def bars(days: Sequence[str], rows: Mapping[str, tuple[str, Sequence[int | None]]], narrow: bool) -> bytes:
    """One row of bars for each level: code -> (its name, a number for each of `days`; None, where too few to show, is a dot)."""

    def draw(axes: "Sequence[Axes]") -> None:
        for one, (code, (name, numbers)) in zip(axes, rows.items(), strict=True):
            most = max([n or 0 for n in numbers] + [1])
            one.bar(range(len(numbers)), [n or 0 for n in numbers], width=0.75, color=DANGER.get(code, LINE))
            few = [at for at, n in enumerate(numbers) if n is None]
            one.plot(few, [most * 0.06] * len(few), "o", color=GREY, markersize=3.5)
            one.set_ylim(0, most * 1.12)
            one.set_xlim(-0.6, len(numbers) - 0.4)
            one.set_yticks([0, most])
            one.set_title(name, loc="left", fontsize=10, pad=4)
            one.grid(axis="y", color=GREY, alpha=0.3)
            one.set_xticks([])
        _name_days(axes[-1], days, MOST // 2 if narrow else MOST)

    return _drawn(draw, NARROW if narrow else WIDE, [BARS] * len(rows), BELOW)


def spans(rows: Sequence[Span], narrow: bool, day: str = "d") -> bytes:
    """Waiting times on a scale of minutes to days: a dot at the median, a line to the time within which nine in ten were done.

    `day` is short for days.
    """

    def draw(axes: "Sequence[Axes]") -> None:
        (one,) = axes
        least = HOURS[0][0]
        for at, row in enumerate(reversed(rows)):
            median, p90 = max(row.median, least), max(row.p90, least)
            one.plot([median, p90], [at, at], color=LINE, linewidth=3)
            one.plot([p90], [at], "|", color=LINE, markersize=13, markeredgewidth=3)
            one.plot([median], [at], "o", color=LINE, markersize=9)
        one.set_xscale("log")
        far = max([row.p90 for row in rows] + [1])
        ticks = [(hours, name) for hours, name in HOURS if hours <= far * 4][:: 2 if narrow else 1]
        one.set_xlim(least * 0.7, max(far * 1.5, ticks[-1][0] * 1.2))
        one.set_xticks([hours for hours, _ in ticks], [name.replace(" d", f" {day}") for _, name in ticks])
        one.set_xticks([], minor=True)
        _name_rows(one, [row.name for row in rows])

    return _drawn(draw, NARROW if narrow else WIDE, [ROW * len(rows)], BELOW)


def parts(rows: Sequence[Part], narrow: bool, sign: str = "%") -> bytes:
    """Shares of a whole, each a dot with its 95% interval as a line. `sign` stands after a number."""

    def draw(axes: "Sequence[Axes]") -> None:
        (one,) = axes
        for at, row in enumerate(reversed(rows)):
            one.plot([row.low * 100, row.high * 100], [at, at], color=GREY, linewidth=3)
            one.plot([row.share * 100], [at], "o", color=LINE, markersize=9)
        one.set_xlim(-3, 103)
        one.set_xticks([0, 50, 100] if narrow else [0, 25, 50, 75, 100])
        one.xaxis.set_major_formatter(f"{{x:.0f}}{sign}")
        _name_rows(one, [f"{row.name} ({row.cases})" for row in rows])

    return _drawn(draw, NARROW if narrow else WIDE, [ROW * len(rows)], BELOW)


def pixels(inches: float) -> int:
    """On a page, as the attributes of an image say it."""
    return round(inches * 96)


def _name_days(axes: "Axes", days: Sequence[str], most: int) -> None:
    every = max(1, -(-len(days) // most))
    axes.set_xticks(range(0, len(days), every), list(days)[::every])


def _name_rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_folded(name) for name in reversed(names)])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(axis="x", color=GREY, alpha=0.3)


def _folded(name: str, width: int = 22) -> str:
    """On two lines at most, so that names leave room for what they name."""
    if len(name) <= width:
        return name
    cut = name.rfind(" ", 0, max(width, len(name) // 2 + 4))
    return name if cut < 0 else f"{name[:cut]}\n{name[cut + 1 :]}"


def _drawn(draw: "Callable[[Sequence[Axes]], None]", width: float, heights: Sequence[float], below: float = 0) -> bytes:
    """What `draw` puts on axes of such heights, in inches, one below the other, on nothing: the page shows through."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure  # heavy, so loaded when a plot is asked for

    with ONE, rc_context({"svg.fonttype": "none", "font.family": "sans-serif", "text.color": GREY, "svg.hashsalt": "coach"}):
        figure = Figure(figsize=(width, sum(heights) + below), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.subplots(len(heights), 1, squeeze=False, gridspec_kw={"height_ratios": list(heights)})[:, 0]
        for one in axes:
            one.set_facecolor("none")
            one.tick_params(colors=GREY, length=0)
            for side in one.spines.values():
                side.set_visible(False)
        draw(list(axes))
        out = io.BytesIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return out.getvalue().replace(b"</style>", f" {STYLE}</style>".encode(), 1)
