"""Small charts as SVG, drawn in the page's own colours (see style.css)."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from system.evaluation.terminal import figure
from system.evaluation.verdict import Line

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BELOW = 8, 8, 8, 22
STRIP = 150


def histogram(title: str, samples: np.ndarray, data: np.ndarray, labels: Sequence[str]) -> str:
    """Two histograms of equal bins: the data as bars, the samples as a line over them."""
    ours, others = (np.asarray(c, float) / max(np.sum(c), 1e-300) for c in (samples, data))
    used = np.flatnonzero((ours > 0) | (others > 0))
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, len(ours))
    if last - first < 12:
        last = min(len(ours), first + 12)
    ours, others, labels = ours[first:last], others[first:last], labels[first:last]
    step = (WIDTH - LEFT - RIGHT) / max(len(ours), 1)
    top = max(ours.max(initial=0), others.max(initial=0), 1e-9)

    def height(share):
        return TOP + (HEIGHT - TOP - BELOW) * (1 - share / top)

    bars = "".join(
        f'<rect class="data" x="{LEFT + n * step + 0.1 * step:.1f}" y="{height(v):.1f}" '
        f'width="{0.8 * step:.1f}" height="{height(0) - height(v):.1f}"/>'
        for n, v in enumerate(others)
        if v > 0
    )
    corners = [(LEFT + (n + side) * step, height(v)) for n, v in enumerate(ours) for side in (0, 1)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    every = max(1, math.ceil(len(labels) / 12))
    names = "".join(
        f'<text x="{LEFT + (n + 0.5) * step:.1f}" y="{HEIGHT - 8}">{escape(label)}</text>'
        for n, label in enumerate(labels)
        if n % every == 0
    )
    return _svg(
        f"{title}: samples over data",
        f'{bars}<polyline class="samples" points="{line}"/>'
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height(0):.1f}" '
        f'y2="{height(0):.1f}"/>{names}',
    )


def curve(series: dict[str, list[tuple[float, float]]], below: str) -> str:
    """Lines of (x, y), named at their ends, over one axis of x; y on a logarithmic scale."""
    points = [p for line in series.values() for p in line if p[1] > 0 and math.isfinite(p[1])]
    if not points:
        return ""
    width, height, right = 720, 240, 110
    xs, ys = [p[0] for p in points], [math.log10(p[1]) for p in points]
    x0, x1 = min(xs), max(max(xs), min(xs) + 1e-9)
    y0, y1 = min(ys), max(max(ys), min(ys) + 0.05)

    def place(x, y):
        across = 48 + (width - 48 - right) * (x - x0) / (x1 - x0)
        return across, TOP + (height - TOP - 34) * (1 - (math.log10(y) - y0) / (y1 - y0))

    drawn = ""
    for number, (name, line) in enumerate(series.items()):
        shown = [place(x, y) for x, y in line if y > 0 and math.isfinite(y)]
        if not shown:
            continue
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in shown)
        x, y = shown[-1]
        drawn += f'<polyline class="line line{number}" points="{path}"/>'
        drawn += f'<text class="name line{number}" x="{x + 6:.1f}" y="{y + 4:.1f}">{escape(name)}'
        drawn += "</text>"
    for level in (y0, (y0 + y1) / 2, y1):
        y = place(x0, 10**level)[1]
        drawn += f'<line class="rule" x1="48" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        drawn += f'<text class="left" x="42" y="{y + 4:.1f}">{figure(10**level)}</text>'
    for x in (x0, x1):
        drawn += f'<text x="{place(x, 10**y0)[0]:.1f}" y="{height - 12}">{x:g}</text>'
    middle = (48 + width - right) / 2
    drawn += f'<text x="{middle:.1f}" y="{height - 12}">{escape(below)}</text>'
    return _svg("training curve", drawn, width, height)


def strip(line: Line) -> str:
    """How far from the ideal the samples lie, and the floors: 0 to the left, the farthest right.

    The scale is that of square roots, or noise would press all else together.
    """
    offs = {name: line.off(value) for name, value in line.floors.items()}
    ours = line.off(line.value)
    known = [off for off in (*offs.values(), ours) if math.isfinite(off)]
    if not known or not math.isfinite(ours):
        return ""
    farthest = max(*known, 1e-12)

    def across(off):
        return 6 + (STRIP - 12) * math.sqrt(off / farthest)

    marks = "".join(
        f'<circle class="floor floor{number}" cx="{across(off):.1f}" cy="9" r="3.5">'
        f"<title>{escape(name)}: {figure(line.floors[name].value)}</title></circle>"
        for number, (name, off) in enumerate(offs.items())
        if math.isfinite(off)
    )
    marks += f'<circle class="ours" cx="{across(ours):.1f}" cy="9" r="4.5">'
    marks += f"<title>samples: {figure(line.value.value)}</title></circle>"
    rail = f'<line class="rule" x1="6" x2="{STRIP - 6}" y1="9" y2="9"/>'
    return _svg(f"{line.name}: distance from the ideal", rail + marks, STRIP, 18, "strip")


def _svg(title: str, content: str, width=WIDTH, height=HEIGHT, kind="chart") -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}">{content}</svg>'
    )
