"""How the table of notes fills a gap: by going on from the notes before it.

Where all pitches are drawn, the window holds notes before the gap and then new ones; those that
fall into the gap are taken, up to the last chord, which may be incomplete and is begun anew in the
next window. How many will fit is not known, so what comes after the gap cannot be in the window,
and a causal network would not hear it.

Where only some pitches are, a note of theirs gets a new pitch and duration at its old time, and
all other notes of the part are in the window, before and after.
"""

import numpy as np

from music.gap import Gap, merged
from music.piece import Piece
from representations.view import View, placed

PITCH, DURATION, DELTA = range(3)


def view(notes, gap: Gap, context: float) -> View:
    """The next window of `notes`, a representations.notes.Notes, over a gap."""
    if gap.low > 0 or gap.high < 127:
        return _repitching(notes, gap, context)
    before = _part(gap, gap.piece)
    before = before.select(before.onset < gap.start)
    count = min(int(context * notes.length), len(before))
    # After so long a rest a window begins anew, as `encode` has it.
    if len(before) and gap.start - before.onset[-1] > notes.max_delta * gap.kept.ticks_per_beat:
        count = 0
    rows = before.select(np.arange(len(before)) >= len(before) - count)
    known, mask = _empty(notes)
    known[:count] = _table(rows)
    mask[:count] = 1
    mask[0, DELTA] = 1
    start = int(rows.onset[-1]) if count else gap.start
    return View(notes.scale(known), mask, start, gap.stop)


def read(notes, gap: Gap, view: View, array: np.ndarray) -> Gap:
    """The gap that is left when the new notes of a window are in it."""
    table = notes.unscale(array).astype(np.float64)
    beat = gap.kept.ticks_per_beat
    if view.rows is not None:
        return _repitched(gap, view, table)
    table = table[view.mask[:, PITCH] == 0]
    onset = view.start + np.rint(np.cumsum(table[:, DELTA]) * beat).astype(np.int64)
    if onset[-1] < gap.start:
        # All of it fell into the rest before the gap, and so would more and more windows: the rest
        # is kept, and the new notes begin after it.
        onset += gap.start - view.start
    # A sixteenth a window at least: notes without end at one moment must not go on for ever.
    until = min(max(int(onset[-1]), gap.start + max(beat // 4, 1)), gap.stop)
    taken = onset < until
    made = gap.notes(onset[taken], table[taken, DURATION] * beat, table[taken, PITCH])
    return gap.filled(made, until)


def _repitching(notes, gap: Gap, context: float) -> View:
    """A window in which the pitches and durations of the gap's old notes are free."""
    part, drawn = _with_old(gap)
    first = int(np.searchsorted(part.onset, gap.start))
    last = int(np.searchsorted(part.onset, gap.stop))
    begin, end = placed(first, max(last, first + 1), len(part), notes.length, context)
    rows = np.arange(begin, min(begin + notes.length, len(part)))
    known, mask = _empty(notes)
    known[: len(rows)] = _table(part.select(np.isin(np.arange(len(part)), rows)))
    mask[: len(rows)] = 1
    mask[: len(rows), :DELTA] = ~drawn[rows, None]
    stop = int(part.onset[end]) if end < last else gap.stop
    return View(notes.scale(known), mask, gap.start, max(stop, gap.start + 1), rows)


def _repitched(gap: Gap, view: View, table: np.ndarray) -> Gap:
    """The gap that is left when old notes before `view.stop` have their new pitches."""
    part, drawn = _with_old(gap)
    taken = drawn[view.rows] & (part.onset[view.rows] < view.stop)
    table = table[: len(view.rows)][taken]
    pitch = _folded(table[:, PITCH].astype(np.int64), gap.low, gap.high)
    onset = part.onset[view.rows[taken]]
    made = gap.notes(onset, table[:, DURATION] * gap.kept.ticks_per_beat, pitch)
    return gap.filled(made, min(view.stop, gap.stop))


def _with_old(gap: Gap) -> tuple[Piece, np.ndarray]:
    """The part with the old notes still to be drawn again, and which of its notes they are."""
    there, old = _part(gap, gap.piece), gap.old.select(gap.old.onset >= gap.start)
    is_old = np.repeat([False, True], [len(there), len(old)])
    columns = [
        np.concatenate([getattr(part, name) for part in (there, old)])
        for name in ("velocity", "duration", "pitch", "onset")
    ]
    return merged(there, old), is_old[np.lexsort(columns)]


def _part(gap: Gap, piece: Piece) -> Piece:
    return piece.select(piece.track == gap.home)


def _empty(notes) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(notes.shape, np.float32), np.zeros(notes.shape, np.float32)


def _table(part: Piece) -> np.ndarray:
    """Rows (notes, 3) in musical units of consecutive notes."""
    onset = part.onset / part.ticks_per_beat
    columns = part.pitch, part.duration / part.ticks_per_beat, np.diff(onset, prepend=onset[:1])
    return np.stack(columns, axis=-1).astype(np.float32)


def _folded(pitch: np.ndarray, low: int, high: int) -> np.ndarray:
    """Pitches brought into low..high by octaves, or to the nearer end where no octave fits."""
    up = -(-np.maximum(low - pitch, 0) // 12) * 12
    down = -(-np.maximum(pitch - high, 0) // 12) * 12
    return np.clip(pitch + up - down, low, high)
