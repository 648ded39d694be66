"""The benchmarks' drawings, as files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def _canvas(**options: Any) -> Any:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained", **options)


def bars(path: Path, names: Sequence[str], figures: Mapping[str, Sequence[float]]) -> None:
    """A panel a figure, a bar a name; the first name, ours, stands out. `figures` are in the order of the names."""
    drawing, panels = _canvas(ncols=len(figures), figsize=(11, 0.6 + 0.5 * len(names)), sharey=True)
    colours = ["#1f6f5c", *["#b9c4c0"] * (len(names) - 1)]
    for panel, (title, values) in zip(panels, figures.items(), strict=True):
        drawn = panel.barh(names, values, color=colours)
        panel.bar_label(drawn, fmt=lambda value: f"{value:.3g}" if value < 100 else f"{value:.0f}", padding=3, fontsize=8)
        panel.set_title(title, fontsize=9)
        panel.set_xlim(0, max(values) * 1.2)
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].invert_yaxis()
    drawing.savefig(path, dpi=110)


def curves(path: Path, lines: Mapping[str, Mapping[int, float]], level: float, level_name: str, change: int) -> None:
    """Milliseconds a query against passages, both by powers of ten, with a level to compare with and the point of change."""
    drawing, axes = _canvas(figsize=(9, 4))
    for name, points in lines.items():
        axes.plot(list(points), list(points.values()), marker="o", label=name)
    axes.axhline(level, color="#777777", linestyle=":", label=level_name)
    axes.axvline(change, color="#777777", linestyle="--", linewidth=1, label=f"a graph above {change:,} passages")
    axes.set(xscale="log", yscale="log", xlabel="passages", ylabel="ms a query", title="Search: time against passages")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    drawing.savefig(path, dpi=110)


def load(
    path: Path,
    answers: Mapping[str, Sequence[float]],
    stored: Sequence[tuple[float, float]],
    memory: Sequence[tuple[float, float]],
    pace: Sequence[tuple[float, float]],
    alerts: Sequence[tuple[float, float]],
    burst: tuple[float, float],
    late: float,
) -> None:
    """Five panels by seconds since the start: answers a second by kind, time of what was stored, MB held, core-ms of a fixed piece of
    work, from note to alert."""
    drawing, panels = _canvas(nrows=5, figsize=(10, 12), sharex=True)
    end = max((at for times in answers.values() for at in times), default=1.0)
    colours = {"stored": "#1f6f5c", "429": "#d9a441", "503": "#b9c4c0", "other": "#b3261e"}
    edges = [5.0 * n for n in range(int(end // 5) + 2)]
    named = [name for name in answers if answers[name]]
    panels[0].hist(
        [answers[name] for name in named],
        bins=edges,
        weights=[[0.2] * len(answers[name]) for name in named],
        stacked=True,
        label=named,
        color=[colours[name] for name in named],
    )
    panels[0].set(ylabel="answers a second")
    panels[0].legend(fontsize=8)
    for panel, points, words in ((panels[1], stored, "s until stored"), (panels[4], alerts, "s from note to alert")):
        if points:
            panel.scatter(*zip(*points, strict=True), s=4, color=colours["stored"])
        panel.set(yscale="log", ylabel=words)
    panels[2].plot(*zip(*memory, strict=True), color=colours["stored"])
    panels[2].set(ylabel="MB held", ylim=(0, 1.2 * max(mb for _, mb in memory)))
    panels[3].plot(*zip(*pace, strict=True), color="#777777")
    panels[3].set(ylabel="core-ms of a fixed\npiece of work", ylim=(0, 1.2 * max(ms for _, ms in pace)))
    panels[4].axhline(late, color="#777777", linestyle=":", label="late")
    panels[4].legend(fontsize=8)
    panels[4].set(xlabel="seconds")
    for panel in panels:
        panel.axvspan(*burst, color="#d9a441", alpha=0.12)
        panel.grid(alpha=0.3)
    drawing.savefig(path, dpi=110)
