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
