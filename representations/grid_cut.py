"""Cuts a piece into the windows of a grid, and tells what became of its notes."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from music import Piece, clock
from representations.lines import FATES, FIRST_PITCH, Lines, drum_line, melodic_lines
from representations.meter import sections
from representations.tracks import ARRANGEMENTS, part_of_notes

BEATS = 4  # in a bar
LONGEST = 8192  # bars of a section, five hours at 100; a damaged file may tell of millions
LOST = ("late", "covered", "out_of_range", "other_tracks", "other_sections")
OTHER_TRACKS, OTHER_SECTIONS = len(FATES), len(FATES) + 1


def cut(grid, piece: Piece) -> tuple[np.ndarray, dict[str, int]]:
    """The windows of a piece, int16 (windows, steps, lines), and its notes counted by fate.

    `grid` is the Grid whose settings hold; its `extract` says what is counted.
    """
    part = part_of_notes(piece, grid.arrangement)
    fates = np.full(len(piece), OTHER_SECTIONS)
    fates[part < 0] = OTHER_TRACKS
    windows = [np.zeros((0, *grid.shape), np.int16)]
    # Sections too short for a window are many where the tempo changes with every beat. A bar for
    # the one that is not full, and one for a note that is rounded past the last.
    shortest = (grid.fullness * grid.bars - 2) * BEATS * piece.ticks_per_beat
    for start, stop in _sections(grid, piece) if (part >= 0).any() else ():
        if stop - start > shortest:
            windows.append(_windows(grid, piece, part, start, stop, fates))
    counts = np.bincount(fates, minlength=len(LOST) + 1)[1:].tolist()
    return np.concatenate(windows), {"notes": len(piece), **dict(zip(LOST, counts, strict=True))}


def _sections(grid, piece: Piece) -> list[tuple[int, int]]:
    found = sections(piece, grid.signatures, grid.strict_tempo)
    whole = found == [(0, piece.length_ticks)]
    return found if whole or grid.on_change == "split" else []


def _windows(
    grid, piece: Piece, part: np.ndarray, start: int, stop: int, fates: np.ndarray
) -> np.ndarray:
    """The windows of the section from tick `start` to `stop`: int16 (windows, steps, lines).

    Writes into `fates` (notes,) what became of the notes in them.
    """
    length, bar = grid.shape[0], grid.steps_per_bar
    beat, per_beat = piece.ticks_per_beat, bar // BEATS
    onset = clock.rescale(piece.onset - start, beat, per_beat)
    steps = int(clock.rescale(stop - start, beat, per_beat))
    if stop == piece.length_ticks:
        steps = max(steps, int(onset.max()) + 1)  # a last short note is rounded to begin there
    steps = min(steps, LONGEST * bar)
    inside = np.flatnonzero((part >= 0) & (onset >= 0) & (onset < steps))
    bars = -(-steps // bar)
    if not len(inside) or bars < grid.bars * grid.fullness:
        return np.zeros((0, *grid.shape), np.int16)
    steps = max(bars * bar, length)
    onset = onset[inside]
    end = clock.rescale(piece.ends[inside] - start, beat, per_beat)
    end = np.clip(end, onset + 1, steps)
    lines = lines_of(grid, piece.pitch[inside], part[inside], onset, end, steps)
    starts = np.arange(0, steps - length + 1, grid.hop * bar)
    windows = sliding_window_view(lines.tokens, length, axis=0)[starts].transpose(0, 2, 1).copy()
    windows[:, 0] = lines.sounding[starts]
    struck = windows >= [1 if p.is_drum else FIRST_PITCH for p in ARRANGEMENTS[grid.arrangement]]
    kept = struck.any(axis=1).all(axis=1)
    told = np.zeros(steps, bool)
    for at in starts[kept]:
        told[at : at + length] = True
    told = told[onset]
    fates[inside[told]] = lines.fates[told]
    return windows[kept]


def lines_of(
    grid, pitch: np.ndarray, part: np.ndarray, onset: np.ndarray, end: np.ndarray, steps: int
) -> Lines:
    """All the lines of the notes, which last from step `onset` to `end`."""
    parts = ARRANGEMENTS[grid.arrangement]
    drums = np.array([about.is_drum for about in parts])
    played = np.flatnonzero(~drums[part])
    columns = onset[played], end[played], pitch[played].astype(np.int64), part[played]
    lines = melodic_lines(*columns, (steps, len(parts)), grid.lowest, grid.highest)
    if not drums.any():
        return lines
    struck = np.flatnonzero(drums[part])
    line = drum_line(onset[struck], pitch[struck], steps)
    fates = np.empty(len(pitch), np.int8)
    fates[played], fates[struck] = lines.fates, line.fates
    tokens = np.where(drums, line.tokens, lines.tokens)
    return Lines(tokens, np.where(drums, line.sounding, lines.sounding), fates)
