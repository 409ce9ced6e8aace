"""Paints a piece onto matplotlib axes: pitches as a roll, drums as a strip of strokes."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba

from music.instruments import DRUM_KINDS, KIND_OF_KEY, PROGRAM_NAMES
from music.piece import Piece

# Okabe and Ito's palette, then shades of Paul Tol's muted one: apart for colour-blind eyes too.
PALETTE = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
    "#882255", "#332288", "#999933", "#117733", "#AA4499", "#44AA99",
)  # fmt: skip
DRUM_COLOUR = "#3A3A44"
INK, FADED, FAINT, KEY_SHADE = "#2B2B33", "#6B6B76", "#C9C9D2", "#F5F5F8"
BLACK_KEYS = (1, 3, 6, 8, 10)
FEWEST_SEMITONES = 24
FAINTEST_NOTE = 0.25


def voices(piece: Piece) -> list[tuple[np.ndarray, str, str]]:
    """Rows, colour and label of each instrument heard, in the order of tracks."""
    key = (piece.track.astype(np.int64) << 8) | (piece.is_drum << 7) | piece.program
    instruments = np.unique(key)
    alike = len(np.unique(instruments & 255)) == 1
    found, hue = [], 0
    for instrument in instruments:
        track, is_drum, program = instrument >> 8, instrument >> 7 & 1, instrument & 127
        colour = DRUM_COLOUR if is_drum else PALETTE[hue % len(PALETTE)]
        sound = "Drums" if is_drum else PROGRAM_NAMES[program]
        label = _label(printable(piece.track_names[track], 28), sound, alike)
        found.append((np.flatnonzero(key == instrument), colour, label))
        hue += not is_drum
    return found


def _label(name: str, sound: str, alike: bool) -> str:
    """The track's name, with what it sounds like where the name and the others do not tell."""
    if not name:
        return sound
    told = set(name.lower().split()) & set(sound.lower().split())
    return name if told or alike else f"{name} ({sound})"


def printable(text: str, longest: int = 60) -> str:
    """The text on one line, without what no font can draw."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def paint_pitches(axes: Axes, piece: Piece) -> None:
    """Draws the pitched notes; the horizontal axis is beats, the vertical one MIDI pitch."""
    shown = np.flatnonzero(~piece.is_drum)
    low, high = _pitch_range(piece.pitch[shown])
    axes.set_ylim(low - 0.5, high + 0.5)
    pitches = np.arange(low, high + 1)
    _shade(axes, piece, pitches[np.isin(pitches % 12, BLACK_KEYS)])
    _rule(axes, piece, pitches[pitches % 12 == 0] - 0.5)
    if not len(piece):
        axes.text(0.5, 0.5, "no notes", transform=axes.transAxes, ha="center", va="center",
                  color=FADED, fontsize=9, style="italic")  # fmt: skip
    for rows, colour, _ in voices(piece):
        rows = rows[~piece.is_drum[rows]]
        _add_notes(axes, piece, rows, piece.pitch[rows].astype(float), colour, 0.84)


def paint_drums(axes: Axes, piece: Piece) -> list[str]:
    """Draws the drums in one row for each kind of drum struck; returns the kinds, bottom first."""
    rows = np.flatnonzero(piece.is_drum)
    kinds = np.asarray(KIND_OF_KEY)[piece.pitch[rows]]
    used, height = np.unique(kinds, return_inverse=True)
    axes.set_ylim(-0.65, len(used) - 0.35)
    _rule(axes, piece, np.arange(len(used)), width=0.5)
    _add_notes(axes, piece, rows, height.astype(float), DRUM_COLOUR, 0.62, strokes=True)
    return [DRUM_KINDS[kind] for kind in used]


def drum_kinds(piece: Piece) -> int:
    """How many kinds of drum are struck: the rows that `paint_drums` draws."""
    return len(np.unique(np.asarray(KIND_OF_KEY)[piece.pitch[piece.is_drum]]))


def paint_bars(axes: Axes, piece: Piece, most_lines: int = 80) -> int:
    """Draws bar lines, thinned to every 2nd, 4th, ... in a long piece; returns that step."""
    beats = piece.beats_at(piece.bars())
    step = 1
    while len(beats) / step > most_lines:
        step *= 2
    low, high = axes.get_ylim()
    lines = [((beat, low), (beat, high)) for beat in beats[::step]]
    axes.add_collection(LineCollection(lines, colors=FAINT, linewidths=0.6, zorder=1))
    return step


def width_in_beats(piece: Piece) -> float:
    """Beats from the left edge to the right: whole bars that hold the piece, at least one."""
    bars = piece.bars()
    _, numerator, denominator = piece.time_signatures[
        np.searchsorted(piece.time_signatures[:, 0], bars[-1], side="right") - 1
    ]
    return float(piece.beats_at(bars[-1]) + 4 * numerator / denominator)


def _pitch_range(pitches: np.ndarray) -> tuple[int, int]:
    """Lowest and highest pitch to show: what is played and some air, two octaves at least."""
    low, high = (int(pitches.min()), int(pitches.max())) if pitches.size else (60, 72)
    low, high = low - 2, high + 2
    missing = max(0, FEWEST_SEMITONES - (high - low))
    low, high = low - missing // 2, high + missing - missing // 2
    shift = max(0, -low) - max(0, high - 127)
    return max(0, low + shift), min(127, high + shift)


def _shade(axes: Axes, piece: Piece, pitches: np.ndarray) -> None:
    width = width_in_beats(piece)
    bands = _rectangles(np.zeros(len(pitches)), np.full(len(pitches), width), pitches, 1.0)
    axes.add_collection(PolyCollection(bands, facecolors=KEY_SHADE, linewidths=0, zorder=0))


def _rule(axes: Axes, piece: Piece, heights: np.ndarray, width: float = 0.7) -> None:
    end = width_in_beats(piece)
    lines = [((0, height), (end, height)) for height in heights]
    axes.add_collection(LineCollection(lines, colors=FAINT, linewidths=width, zorder=1))


def _add_notes(axes, piece, rows, heights, colour, thickness, strokes=False) -> None:
    """Adds one rectangle a note of `rows`, the fainter the softer."""
    start = piece.beats_at(piece.onset[rows])
    length = piece.beats_at(piece.duration[rows])
    pixel = width_in_beats(piece) / max(axes.get_window_extent().width, 1)
    if strokes:
        # A drum has an onset and no length that can be heard.
        length = np.full_like(length, max(2.5 * pixel, 0.06))
    # A sliver of air parts repeated notes; the shortest note still shows.
    length = np.maximum(length - np.minimum(0.12 * length, 1.5 * pixel), 1.5 * pixel)
    colours = np.tile(to_rgba(colour), (len(rows), 1))
    colours[:, 3] = FAINTEST_NOTE + (1 - FAINTEST_NOTE) * piece.velocity[rows] / 127
    boxes = _rectangles(start, start + length, heights, thickness)
    axes.add_collection(PolyCollection(boxes, facecolors=colours, linewidths=0, zorder=2))


def _rectangles(left, right, centre, height) -> np.ndarray:
    """Corners (boxes, 4, 2) of boxes from `left` to `right` about `centre`."""
    bottom, top = centre - height / 2, centre + height / 2
    corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)
