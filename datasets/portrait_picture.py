"""The picture of a corpus: its histograms on one page."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from files import replacing

BARS, INK = "#3b6ea5", "#333333"
PANELS = {
    # name: title, what a bin is worth, every how many of those there is a mark
    "pitch": ("pitch (MIDI number)", 1, 12),
    "duration": ("duration (beats)", 1 / 12, 1),
    "position": ("onset within the beat (24ths)", 1, 6),
    "velocity": ("velocity", 1, 16),
    "polyphony": ("notes sounding at an onset", 1, 4),
    "minutes": ("length of a piece (minutes)", 1, 5),
    "notes": ("notes of a piece (powers of two)", 1, 4),
}


def draw(portrait: dict[str, Any], path: Path, title: str) -> None:
    """Draws every histogram of a portrait into a PNG at `path`."""
    figure = Figure(figsize=(13, 6.2), dpi=110, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(
        f"{title}: {portrait['pieces']:,} pieces, {portrait['notes']:,} notes, "
        f"{portrait['hours']:,.1f} hours",
        color=INK,
        parse_math=False,
    )
    grid = figure.subplots(2, 4).flat
    for axes, (name, (label, unit, step)) in zip(grid, PANELS.items(), strict=False):
        _paint(axes, np.array(portrait["histograms"][name], float), unit, step)
        axes.set_title(label, fontsize=10, color=INK)
    list(figure.axes)[-1].set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def _paint(axes, counts: np.ndarray, unit: float, step: float) -> None:
    share = counts / max(counts.sum(), 1)
    axes.bar(np.arange(len(counts)) * unit, share, width=unit, color=BARS)
    axes.set_xticks(np.arange(0, len(counts) * unit, step))
    axes.tick_params(labelsize=7, colors=INK)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if unit == 1:
        held = np.flatnonzero(counts)
        low, high = (held[0], held[-1]) if len(held) else (0, len(counts) - 1)
        axes.set_xlim(low - 1, high + 1)
