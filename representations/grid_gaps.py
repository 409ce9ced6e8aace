"""How a grid fills a gap: the tokens of some lines at some steps are drawn, all others are known.

The window lies over the gap from bar line to bar line, with music on both sides. A token is drawn
where its step is in the gap and no kept note of its line sounds; past the end of the piece and the
gap all are drawn and none counts. A line that no track plays goes to an empty track of its name.
"""

from functools import reduce

import numpy as np

from music import Piece, clock
from music.gap import Gap, merged
from representations.grid_cut import BEATS, lines_of
from representations.lines import HOLD, OFF, Lines, drum_notes, melodic_notes
from representations.tracks import ARRANGEMENTS, part_of_tracks, played_by
from representations.view import View, placed

HALF_A_TICK = 0.499  # where steps do not fall on ticks, they are rounded to them


def view(grid, gap: Gap, context: float) -> View:
    """The next window over a gap."""
    bar = grid.steps_per_bar
    first, last, end = _span(grid, gap)
    spans = first // bar, -(-last // bar), -(-end // bar)
    start, stop = (at * bar for at in placed(*spans, grid.bars, context))
    known = window(grid, gap, gap.piece, start)
    kept = window(grid, gap, gap.kept, start)
    step = start + np.arange(grid.shape[0])
    drawn = np.isin(np.arange(grid.shape[1]), list(_lines_drawn(grid, gap).values()))
    busy = kept.sounding != HOLD
    if gap.low > 0 or gap.high < 127:
        busy &= _melodic(grid)  # of a set of drums some may stay while others are drawn
    free = drawn & ((step >= first) & (step < last))[:, None] & ~busy
    free |= (step >= max(last, end))[:, None]
    tokens = known.tokens.copy()
    # What the gap holds ends with it, where nothing else begins there.
    after = (step == last)[:, None] & drawn & (known.sounding == HOLD) & _melodic(grid)
    tokens[after & ~free] = OFF
    return View(tokens.astype(np.int32), 1 - free.astype(np.float32), start, min(stop, last))


def read(grid, gap: Gap, view: View, array: np.ndarray) -> Gap:
    """The gap that is left when the notes drawn in a window are in it."""
    first, last, _ = _span(grid, gap)
    tokens = grid.valid(np.asarray(array))
    parts = ARRANGEMENTS[grid.arrangement]
    notes, tails = [], []
    for track, line in _lines_drawn(grid, gap).items():
        if parts[line].is_drum:
            onset, duration, pitch = drum_notes(tokens[:, line])
        else:
            onset, duration, pitch = melodic_notes(tokens[:, line], grid.lowest)
        begin, end = view.start + onset, view.start + onset + duration
        inside = (begin >= first) & (begin < view.stop) & (view.mask[onset, line] == 0)
        notes.append(_made(grid, gap, begin, end, pitch, track, inside))
        goes_on = (begin < first) & (end > first) & (not parts[line].is_drum)
        tail = _made(grid, gap, np.full_like(begin, first), end, pitch, track, goes_on)
        ended = (gap.new.ends == gap.start) & (gap.new.track == track)
        tails.append(tail.select(np.isin(tail.pitch, gap.new.pitch[ended])))
    until = gap.stop if view.stop >= last else _tick(grid, gap, view.stop)
    return gap.filled(reduce(merged, notes), until, reduce(merged, tails))


def window(grid, gap: Gap, piece: Piece, start: int) -> Lines:
    """The lines of a window that begins at step `start` of a piece with the tracks of `gap`."""
    length = grid.shape[0]
    beat, per_beat = piece.ticks_per_beat, grid.steps_per_bar // BEATS
    part = part_of_tracks(_whole(gap), grid.arrangement, gap.tracks)[piece.track]
    onset = clock.rescale(piece.onset, beat, per_beat)
    rows = np.flatnonzero((part >= 0) & (onset < start + length))
    onset = onset[rows]
    end = clock.rescale(piece.ends[rows], beat, per_beat)
    end = np.clip(end, onset + 1, start + length)
    lines = lines_of(grid, piece.pitch[rows], part[rows], onset, end, start + length)
    tokens = lines.tokens[start:].copy()
    tokens[0] = lines.sounding[start]
    return Lines(tokens, lines.sounding[start:], lines.fates)


def _made(grid, gap: Gap, begin, end, pitch, track: int, which: np.ndarray) -> Piece:
    """Some notes from step `begin` to `end` as a piece."""
    onset, ends = (_tick(grid, gap, at[which]) for at in (begin, end))
    made = gap.notes(onset, ends - onset, pitch[which], np.full(len(onset), track))
    if (_whole(gap).track == track).any():
        return made
    return played_by(ARRANGEMENTS[grid.arrangement][_lines_drawn(grid, gap)[track]], made)


def _whole(gap: Gap) -> Piece:
    """The piece as it was, which alone tells what each of its tracks plays."""
    return merged(gap.kept, gap.old)


def _lines_drawn(grid, gap: Gap) -> dict[int, int]:
    """By track that is drawn its line; of several tracks of one line the first."""
    line = part_of_tracks(_whole(gap), grid.arrangement, gap.tracks)
    first = {}
    for track in gap.tracks:
        if line[track] >= 0:
            first.setdefault(int(line[track]), track)
    return {track: line for line, track in first.items()}


def _melodic(grid) -> np.ndarray:
    return np.array([not part.is_drum for part in ARRANGEMENTS[grid.arrangement]])


def _span(grid, gap: Gap) -> tuple[int, int, int]:
    """First step that begins in the gap, the one after its last, the one after the piece's."""
    ticks = np.array([gap.start, gap.stop, gap.kept.length_ticks]) - HALF_A_TICK
    steps = np.ceil(gap.kept.beats_at(ticks) * (grid.steps_per_bar // BEATS))
    first, last, end = np.maximum(steps, 0).astype(int).tolist()
    return first, max(first, last), end


def _tick(grid, gap: Gap, step):
    """The tick nearest to where steps begin."""
    return clock.rescale(step, grid.steps_per_bar // BEATS, gap.kept.ticks_per_beat)
