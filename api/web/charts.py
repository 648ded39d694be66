"""Plots, drawn on the server as SVG; the list beside each says the same in words."""

import io
from collections.abc import Sequence

GREY = "#7b868c"
"""Readable on the light page and on the dark one."""
LINE = "#3d8fa3"
MOST = 8
"""Days named below the line."""


def levels(days: Sequence[str], reached: Sequence[int], names: Sequence[str]) -> bytes:
    """A line of levels by session, as SVG to be shown as an image.

    `days` are the labels below, `reached` each session's level as its place in `names`, the levels' names, lowest first.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure  # heavy, so loaded when a plot is asked for

    with rc_context({"svg.fonttype": "none", "font.family": "sans-serif", "text.color": GREY}):
        figure = Figure(figsize=(7.6, 2.3), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot(facecolor="none")
        axes.plot(range(len(reached)), reached, color=LINE, marker="o", markersize=7, linewidth=2)
        axes.set_ylim(-0.4, len(names) - 0.6)
        axes.set_yticks(range(len(names)), names)
        every = max(1, -(-len(days) // MOST))
        axes.set_xticks(range(0, len(days), every), list(days)[::every])
        axes.tick_params(colors=GREY, length=0)
        axes.grid(axis="y", color=GREY, alpha=0.3)
        for side in axes.spines.values():
            side.set_visible(False)
        out = io.BytesIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return out.getvalue()
