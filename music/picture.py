"""Pictures of pieces as PNG files: one piano roll, or many on a sheet."""

import io
import math
import os
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from files import replacing
from music import pianoroll
from music.pianoroll import FADED, FAINT, INK
from music.piece import Piece
from music.theory import NAMES

DPI = 160
SHADE = "#ffedc2"
MOST_LABELS = 18
MOST_VOICES = 16
# Inches.
LEFT, RIGHT, BELOW, HEADLINE, LEGEND_ROW, GAP = 0.75, 0.3, 0.55, 0.52, 0.23, 0.1
ROLL, DRUM_ROW = 4.2, 0.17
LETTER, SWATCH = 0.072, 0.45


def draw_piece(
    piece: Piece, path_or_file: str | os.PathLike | BinaryIO, title: str | None = None
) -> None:
    """Draws the piano roll of a piece into a PNG file, given by path or open for writing."""
    _deliver(draw_to_png_bytes(piece, title), path_or_file)


def draw_to_png_bytes(piece: Piece, title: str | None = None) -> bytes:
    """The piano roll of a piece as the bytes of a PNG file."""
    width = min(max(pianoroll.width_in_beats(piece) / 16, 10), 18)
    labels = _legend_rows(piece, width - LEFT - RIGHT)
    strip = DRUM_ROW * pianoroll.drum_kinds(piece) + 0.12 if piece.is_drum.any() else 0
    roll = 0 if len(piece) and piece.is_drum.all() else ROLL
    gap = GAP if strip and roll else 0
    height = HEADLINE + LEGEND_ROW * len(labels) + roll + gap + strip + BELOW
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _headline(figure, title, _summary(piece))
    for row, patches in enumerate(labels):
        _legend_row(figure, patches, height - HEADLINE - LEGEND_ROW * row)
    box = (LEFT, BELOW + strip + gap, width - LEFT - RIGHT, roll)
    if roll:
        axes = _place(figure, box, piece)
        pianoroll.paint_pitches(axes, piece)
        _label_pitches(axes)
        step = pianoroll.paint_bars(axes, piece)
    if strip:
        if roll:
            axes.tick_params(labelbottom=False, bottom=False)
        axes = _place(figure, (LEFT, BELOW, box[2], strip), piece)
        names = pianoroll.paint_drums(axes, piece)
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", length=0)
        step = pianoroll.paint_bars(axes, piece)
    _label_bars(axes, piece, step)
    return _png(figure)


def contact_sheet(
    pieces: Sequence[Piece],
    path_or_file: str | os.PathLike | BinaryIO,
    titles: Sequence[str] | None = None,
    shaded: tuple[float, float] | None = None,
) -> None:
    """Draws many small piano rolls on one PNG sheet, in reading order.

    Between the two beats `shaded` each is set off.
    """
    pieces = list(pieces)
    titles = [str(n + 1) for n in range(len(pieces))] if titles is None else list(titles)
    if len(titles) != len(pieces):
        raise ValueError(f"{len(titles)} titles for {len(pieces)} pieces")
    columns = max(1, math.ceil(math.sqrt(len(pieces) / 2)))
    rows = max(1, math.ceil(len(pieces) / columns))
    cell_width, cell_height, margin = 5.0 if columns < 4 else 4.0, 1.75, 0.25
    width, height = columns * cell_width + margin, rows * cell_height + margin
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    for index, (piece, title) in enumerate(zip(pieces, titles, strict=True)):
        row, column = divmod(index, columns)
        box = (
            margin + column * cell_width,
            height - (row + 1) * cell_height,
            cell_width - margin,
            cell_height - 0.4,
        )
        _thumbnail(figure, box, piece, title, shaded)
    _deliver(_png(figure), path_or_file)


def _thumbnail(figure: Figure, box, piece: Piece, title: str, shaded) -> None:
    """Draws a piece without axis labels in `box`: left, bottom, width, height in inches."""
    left, bottom, width, height = box
    strip = min(0.05 + 0.07 * pianoroll.drum_kinds(piece), height) if piece.is_drum.any() else 0
    axes = _place(figure, (left, bottom + strip, width, height - strip), piece)
    pianoroll.paint_pitches(axes, piece)
    panels = [axes]
    if strip:
        panels.append(_place(figure, (left, bottom, width, strip), piece))
        pianoroll.paint_drums(panels[1], piece)
    for axes in panels:
        pianoroll.paint_bars(axes, piece, most_lines=20)
        if shaded is not None:
            axes.axvspan(*shaded, color=SHADE, linewidth=0, zorder=0.5)
        axes.xaxis.set_major_locator(NullLocator())
        axes.yaxis.set_major_locator(NullLocator())
    page_width, page_height = figure.get_size_inches()
    figure.text(
        left / page_width, (bottom + height + 0.06) / page_height,
        pianoroll.printable(title, 48), color=INK, fontsize=8, parse_math=False,
    )  # fmt: skip


def _place(figure: Figure, box, piece: Piece) -> Axes:
    """Axes as wide as the piece in `box`: left, bottom, width, height in inches."""
    page_width, page_height = figure.get_size_inches()
    left, bottom, width, height = box
    axes = figure.add_axes(
        (left / page_width, bottom / page_height, width / page_width, height / page_height)
    )
    axes.set_xlim(0, pianoroll.width_in_beats(piece))
    for spine in axes.spines.values():
        spine.set_color(FAINT)
        spine.set_linewidth(0.7)
    axes.tick_params(colors=FADED, labelsize=8, length=3, width=0.7)
    return axes


def _label_pitches(axes: Axes) -> None:
    low, high = (round(limit) for limit in axes.get_ylim())
    pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    if len(pitches) < 4:
        pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 in (0, 4, 7)]
    # Middle C is C4.
    axes.set_yticks(pitches, [f"{NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in pitches])


def _label_bars(axes: Axes, piece: Piece, step: int) -> None:
    bars = piece.bars()
    while len(bars) / step > MOST_LABELS:
        step *= 2
    numbers = np.arange(0, len(bars), step)
    axes.xaxis.set_major_locator(FixedLocator(piece.beats_at(bars[numbers])))
    axes.set_xticklabels([str(number + 1) for number in numbers])
    axes.set_xlabel("Bar", color=FADED, fontsize=8.5)


def _headline(figure: Figure, title: str | None, summary: str) -> None:
    width, height = figure.get_size_inches()
    level = 1 - 0.28 / height
    # What is left beside the summary, in letters of the title's size.
    words = pianoroll.printable(title or "", int((width - LEFT - RIGHT - 4) / 0.135))
    if words:
        figure.text(LEFT / width, level, words, color=INK, fontsize=13, weight="bold",
                    va="center", parse_math=False)  # fmt: skip
    figure.text(1 - RIGHT / width, level, summary, color=FADED, fontsize=8.5, va="center",
                ha="right")  # fmt: skip


def _legend_rows(piece: Piece, room: float) -> list[list[Patch]]:
    """Swatches with their labels, as many in a row as fit into `room` inches."""
    found = pianoroll.voices(piece)
    entries = [(colour, label) for _, colour, label in found[:MOST_VOICES]]
    if len(found) > MOST_VOICES:
        entries.append(("none", f"and {len(found) - MOST_VOICES} more"))
    rows, used = [], room
    for colour, label in entries:
        needed = SWATCH + LETTER * len(label)
        if used + needed > room:
            rows.append([])
            used = 0
        rows[-1].append(Patch(color=colour, label=label))
        used += needed
    return rows


def _legend_row(figure: Figure, patches: list[Patch], top: float) -> None:
    width, height = figure.get_size_inches()
    legend = figure.legend(
        handles=patches, loc="upper left", bbox_to_anchor=(LEFT / width, top / height),
        ncols=len(patches), frameon=False, fontsize=8.5, labelcolor=INK, borderaxespad=0,
        borderpad=0, handlelength=1.0, handleheight=0.8, handletextpad=0.5, columnspacing=1.6,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)


def _summary(piece: Piece) -> str:
    minutes, seconds = divmod(round(piece.duration_seconds), 60)
    clock = f"{minutes}:{seconds:02d}" if minutes else f"{piece.duration_seconds:.3g} s"
    tempos = np.rint(60e6 / piece.tempos[:, 1]).astype(int)
    meters = dict.fromkeys(f"{top}/{bottom}" for _, top, bottom in piece.time_signatures.tolist())
    bars, notes = len(piece.bars()) if len(piece) else 0, len(piece)
    facts = (
        f"{notes:,} note{'s' * (notes != 1)}",
        f"{bars} bar{'s' * (bars != 1)}",
        ", ".join(list(meters)[:3]) + (" …" if len(meters) > 3 else ""),
        "–".join(map(str, sorted({tempos.min(), tempos.max()}))) + " bpm",
        clock,
    )
    return "   ·   ".join(facts)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # Without the version of matplotlib in it, so that equal pieces give equal files.
    figure.savefig(buffer, format="png", dpi=figure.dpi, metadata={"Software": None})
    return buffer.getvalue()


def _deliver(data: bytes, path_or_file: str | os.PathLike | BinaryIO) -> None:
    if hasattr(path_or_file, "write"):
        path_or_file.write(data)
        return
    with replacing(path_or_file) as temporary:
        temporary.write_bytes(data)
