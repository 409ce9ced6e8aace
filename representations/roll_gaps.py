"""How a roll fills a gap: a grid of cells, of which those of notes that stay are kept.

The window lies over the gap with music on both sides. A cell is drawn where its whole frame is in
the gap, its pitch too, and no kept note sounds; past the end of the piece and the gap all cells
are drawn and none counts. So the cells around are kept bit for bit, and the notes they come from
to the tick.
"""

import math

import numpy as np

from music.gap import Gap
from representations.view import View, placed

HALF_A_TICK = 0.499  # where frames do not fall on ticks, they are rounded to them


def view(roll, gap: Gap, context: float) -> View:
    """The next window of `roll`, a representations.roll.Roll, over a gap."""
    first, last, end = _span(roll, gap)
    start, stop = placed(first, last, end, roll.shape[0], context)
    known = roll.roll(gap.piece, start / roll.resolution)

    def drawn(time, pitch):
        frame = np.rint(time * roll.resolution)
        inside = (frame >= first) & (frame < last) & (pitch >= gap.low) & (pitch <= gap.high)
        return inside | (frame >= max(last, end))

    mask = roll.mask(drawn, start / roll.resolution)
    return View(known, np.maximum(mask, known.max(axis=2, keepdims=True)), start, stop)


def read(roll, gap: Gap, view: View, array: np.ndarray) -> Gap:
    """The gap that is left when the notes drawn in a window are in it."""
    first, last, _ = _span(roll, gap)
    length = view.stop - view.start
    drawn = np.where(view.mask[:length] == 0, array[:length], 0)
    begin, end, row = roll.notes_in(drawn)
    goes_on = begin == first - view.start
    if roll.onsets:
        goes_on &= drawn[begin, row, 0] < 0.5
    onset, ends = (_ticks(roll, gap, view.start + frame) for frame in (begin, end))

    def notes(which):
        return gap.notes(onset[which], (ends - onset)[which], roll.lowest + row[which])

    until = gap.stop if view.stop >= last else int(_ticks(roll, gap, view.stop))
    return gap.filled(notes(~goes_on), until, notes(goes_on))


def _span(roll, gap: Gap) -> tuple[int, int, int]:
    """First frame wholly in the gap, the one after its last, and the one after the piece's."""
    ticks = np.array([gap.start - HALF_A_TICK, gap.stop + HALF_A_TICK, gap.kept.length_ticks])
    time = gap.kept.beats_at(ticks) if roll.unit == "beats" else gap.kept.seconds_at(ticks)
    first, last, end = time * roll.resolution
    first = math.ceil(first)
    return first, max(first, math.floor(last)), math.ceil(end)


def _ticks(roll, gap: Gap, frame) -> np.ndarray:
    """The ticks of the piece nearest to where frames begin."""
    time = np.asarray(frame) / roll.resolution
    ticks = gap.kept.ticks_at_beats if roll.unit == "beats" else gap.kept.ticks_at
    return np.rint(ticks(time)).astype(np.int64)
