"""How the octuple fills a gap: new events wait in their bars for a time, a pitch and a length.

The window holds the events that stay, before, in and after the gap; and for every bar and track
of the gap new events of which the bar, the instrument, the program and the tempo are known and
the rest is drawn. There are as many as there were, in their order. After the piece's end, or for
a track with no note in all of the gap, there are as many as in an average bar of the track; of a
silent one as many as the corpus has for its part.
"""

from functools import reduce

import numpy as np

from music import Piece, clock
from music.gap import Gap, merged
from representations.octuple_bins import DRUMS, EVERYTHING, tempo_bins
from representations.octuple_reading import (
    BAR,
    DURATION,
    INSTRUMENT,
    PADDING,
    PITCH,
    POSITION,
    PROGRAM,
    TEMPO,
    VELOCITY,
)
from representations.tracks import ARRANGEMENTS, drawable, part_of_tracks, played_by
from representations.view import View

FREE = [POSITION, PITCH, DURATION, VELOCITY]
NEW_BAR, NEW_TRACK = range(2)  # what View.rows tells of each row, -1 of a known one
USUAL = 2.0  # events in a beat where neither piece nor corpus tells


def tracks(octuple, piece: Piece, among: np.ndarray) -> np.ndarray:
    """The tracks of `among` that `octuple`, a representations.octuple.Octuple, can draw."""
    if octuple.arrangement == EVERYTHING:
        return among
    return drawable(piece, octuple.arrangement, among)


def view(octuple, gap: Gap, context: float) -> View:
    """The next window over a gap."""
    part = _parts(octuple, gap)
    there = octuple.events(gap.piece, part[gap.piece.track])
    first, last = _bars(octuple, gap.kept, np.array([gap.start, gap.stop - 1])).tolist()
    last = min(last, first + octuple.bars - 1)
    step, bars, drawn = _places(octuple, gap, first, last + 1)
    begin, stop = _reach(octuple, there, bars, first, last + 1, context)
    step, bars, drawn = (column[bars < stop] for column in (step, bars, drawn))
    new = np.zeros((len(bars), 8), np.int64)
    new[:, BAR], new[:, INSTRUMENT] = bars, part[drawn]
    new[:, PROGRAM] = [_program(octuple, gap, part, track) for track in drawn.tolist()]
    lines = octuple.bins.bar_lines(gap.kept, bars)
    new[:, TEMPO] = tempo_bins(gap.kept, _ticks(octuple, gap, lines))
    rows = np.concatenate([there, new])
    about = np.full((len(rows), 2), PADDING)
    about[len(there) :, NEW_BAR], about[len(there) :, NEW_TRACK] = bars, drawn
    _, offset = octuple.bins.meters_of(there[:, POSITION])
    at = np.append(octuple.bins.bar_lines(gap.kept, there[:, BAR]) + offset, step)
    inside = np.flatnonzero((rows[:, BAR] >= begin) & (rows[:, BAR] < begin + octuple.bars))
    inside = inside[np.lexsort((rows[inside, INSTRUMENT], at[inside]))][: octuple.length]
    known = np.full(octuple.shape, PADDING, np.int32)
    known[: len(inside)] = rows[inside] - np.eye(8, dtype=np.int64)[BAR] * begin
    told = np.full((octuple.length, 2), PADDING)
    told[: len(inside)] = about[inside]
    mask = np.ones(octuple.shape, np.float32)
    mask[np.ix_(told[:, NEW_BAR] >= 0, FREE)] = 0
    return View(known, mask, begin, stop, told)


def read(octuple, gap: Gap, view: View, array: np.ndarray) -> Gap:
    """The gap that is left when the new events of a window are in it."""
    new = view.rows[:, NEW_BAR] >= 0
    bars, drawn = view.rows[new].T
    sizes = np.array(octuple.vocabularies)
    tokens = np.nan_to_num(np.asarray(array, np.float64)[new], nan=0)
    tokens = np.clip(np.rint(tokens), 0, sizes - 1).astype(np.int64)
    _, offset = octuple.bins.meters_of(tokens[:, POSITION])
    start, following = (octuple.bins.bar_lines(gap.kept, at) for at in (bars, bars + 1))
    onset = np.minimum(start + offset, following - 1)
    end = onset + octuple.bins.durations[tokens[:, DURATION]]
    begin, end = (_ticks(octuple, gap, at) for at in (onset, end))
    made = []
    for track in gap.tracks:
        own = drawn == track
        notes = gap.notes(begin[own], (end - begin)[own], tokens[own, PITCH], drawn[own])
        silent = not (merged(gap.kept, gap.old).track == track).any()
        if silent and octuple.arrangement != EVERYTHING:
            part = int(_parts(octuple, gap)[track])
            notes = played_by(ARRANGEMENTS[octuple.arrangement][part], notes)
        made.append(notes)
    line = octuple.bins.bar_lines(gap.kept, np.array([view.stop]))
    until = max(int(_ticks(octuple, gap, line)[0]), gap.start + 1)
    return gap.filled(reduce(merged, made), min(until, gap.stop))


def _reach(octuple, there, new: np.ndarray, first: int, end: int, context: float):
    """The bar with which the window begins, and the one after the last that it draws.

    Bars first..end - 1 are to be drawn; `new` (events,) are the bars of the new events.
    """
    bar = there[:, BAR]
    before = np.arange(first, max(0, first - int(context * octuple.bars)) - 1, -1)
    held = np.searchsorted(bar, first) - np.searchsorted(bar, before)
    begin = int(before[held <= context * octuple.length][-1])
    held = np.searchsorted(bar, first) - np.searchsorted(bar, begin)
    each = np.diff(np.searchsorted(bar, np.arange(first, end + 1)))
    each += np.bincount(new - first, minlength=end - first)
    fits = int(np.searchsorted(held + np.cumsum(each), octuple.length, side="right"))
    # One bar at least: of one with too many events the last are left out.
    return begin, min(end, first + max(fits, 1), begin + octuple.bars)


def _places(octuple, gap: Gap, first: int, end: int):
    """The step, the bar and the track of every new event in bars first..end - 1, by step.

    The step is where an old event was, or where one of so many to the bar would be.
    """
    left = np.flatnonzero(gap.old.onset >= gap.start)
    step = clock.rescale(gap.old.onset[left], gap.kept.ticks_per_beat, octuple.steps_per_beat)
    columns = [(step, octuple.bins.positions(gap.kept, step)[0], gap.old.track[left])]
    whole = merged(gap.kept, gap.old)
    after = int(_bars(octuple, whole, np.array(max(whole.length_ticks - 1, 0)))) + 1
    for track in gap.tracks:
        bar = np.arange(first, end)
        if (gap.old.track == track).any():
            bar = bar[bar >= after]
        each = np.arange(count := _usual(octuple, gap, track))
        start, following = (octuple.bins.bar_lines(gap.kept, at)[:, None] for at in (bar, bar + 1))
        step = (start + (following - start) * each // count).ravel()
        columns.append((step, np.repeat(bar, count), np.full(len(step), track)))
    step, bar, track = (np.concatenate(column) for column in zip(*columns, strict=True))
    chosen = np.flatnonzero((bar >= first) & (bar < end))
    chosen = chosen[np.argsort(step[chosen], kind="stable")]
    return step[chosen], bar[chosen], track[chosen].astype(np.int64)


def _usual(octuple, gap: Gap, track: int) -> int:
    """Events in an average bar of a track; of a silent one, in a bar of its part in the corpus."""
    piece = gap.piece
    own = piece.track == track
    if own.any():
        bars = len(np.unique(_bars(octuple, piece, piece.onset[own])))
        return max(1, round(np.count_nonzero(own) / bars))
    pace = (octuple.statistics or {}).get("pace")
    part = int(_parts(octuple, gap)[track])
    each = pace[part] if pace and pace[part] else USUAL
    bar = _bars(octuple, gap.kept, np.array(gap.start))
    start, following = octuple.bins.bar_lines(gap.kept, np.array([bar, bar + 1]))
    return max(1, round(each * (following - start) / octuple.steps_per_beat))


def _parts(octuple, gap: Gap) -> np.ndarray:
    """The part that each track plays, or -1: (tracks,)."""
    if octuple.arrangement == EVERYTHING:
        return np.arange(len(gap.kept.track_names)).clip(max=octuple.instruments - 1)
    return part_of_tracks(merged(gap.kept, gap.old), octuple.arrangement, gap.tracks)


def _program(octuple, gap: Gap, part: np.ndarray, track: int) -> int:
    about = gap.instruments[track]
    silent = not (merged(gap.kept, gap.old).track == track).any()
    if silent and octuple.arrangement != EVERYTHING:
        own = ARRANGEMENTS[octuple.arrangement][int(part[track])]
        program = about["program"] if own.program is None else own.program
        return DRUMS if own.is_drum else program
    return DRUMS if about["is_drum"] else about["program"]


def _bars(octuple, piece: Piece, ticks: np.ndarray) -> np.ndarray:
    """The bars in which `ticks` (any,) lie."""
    steps = ticks * octuple.steps_per_beat // piece.ticks_per_beat
    return octuple.bins.positions(piece, steps)[0]


def _ticks(octuple, gap: Gap, steps: np.ndarray) -> np.ndarray:
    return clock.rescale(steps, octuple.steps_per_beat, gap.kept.ticks_per_beat)
