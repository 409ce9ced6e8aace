"""What single pieces are like: their key, how full they are, how they fill their bars.

Each function gives one value a piece, NaN where a piece has nothing to tell it by. They say what
a piece is, not whether it is good: the value to come near is that of the data.
"""

import numpy as np

from metrics.distributions import pitch_classes
from metrics.measure import Measure, mean, means, ratio
from metrics.table import STEPS, Table, per_piece
from music.theory import best_scales


@per_piece
def scale_consistency(table: Table) -> np.ndarray:
    """Share of a piece's notes in the major or minor scale that fits it best (Mogren, 2016).

    Independent uniform pitches give about 0.6 at 128 notes, a piece in one key 1.
    """
    heard = pitch_classes(table)
    return np.where(heard.any(axis=1), best_scales(heard)[2], np.nan)


@per_piece
def pitch_class_entropy(table: Table) -> np.ndarray:
    """-sum p log2 p of a piece's pitch classes, in bits: 0 for one, log2 12 = 3.58 for all alike.

    Wu and Yang, "The jazz transformer on the front line" (2020), there of one or four bars.
    """
    heard = pitch_classes(table)
    p = ratio(heard, heard.sum(axis=1, keepdims=True))
    return -np.sum(p * np.log2(np.where(p > 0, p, 1.0)), axis=1) + 0.0


@per_piece
def polyphony(table: Table) -> np.ndarray:
    """Notes that sound at once, on average over the time in which any sounds; drums left out.

    The sum of the durations over the length of their union.
    """
    notes = table.pitched
    if not len(notes):
        return np.full(table.pieces, np.nan)
    ends = notes.onset + notes.duration
    # One running maximum for all pieces: each is lifted above the end of the one before it.
    lift = notes.piece * (ends.max() + 1.0)
    order = np.argsort(notes.onset + lift, kind="stable")
    begin, end = (notes.onset + lift)[order], (ends + lift)[order]
    before = np.concatenate([[-np.inf], np.maximum.accumulate(end)[:-1]])
    heard = np.maximum(end - np.maximum(begin, before), 0.0)
    union = np.bincount(notes.piece[order], heard, minlength=table.pieces)
    return ratio(notes.total(notes.duration), union)


@per_piece
def empty_bars(table: Table) -> np.ndarray:
    """Share of a piece's bars in which nothing sounds, its last bar being that of its last note."""
    first = table.bar
    # The bar in which a note ends, seen from the last moment at which it sounds.
    reach = table.onset + table.duration - 1e-6
    lift = (table.bar_start.max(initial=0) + reach.max(initial=0) + 1.0) * 2
    owner = np.repeat(np.arange(table.pieces), np.diff(table.first_bar))
    lines = table.bar_start + owner * lift
    last = np.searchsorted(lines, np.maximum(reach, table.onset) + table.piece * lift, "right") - 1
    bars = table.first_bar[-1]
    sounding = np.bincount(first, minlength=bars + 1) - np.bincount(last + 1, minlength=bars + 1)
    silent = np.cumsum(sounding)[:bars] == 0
    return ratio(np.bincount(owner, silent, minlength=table.pieces), np.diff(table.first_bar))


@per_piece
def groove_consistency(table: Table) -> np.ndarray:
    """1 - the mean share of sixteenths in which the onsets of adjacent bars differ (Wu and Yang).

    A sixteenth counts once however many notes, drums too, begin on it. Only adjacent bars of one
    length are compared; two empty ones agree. A piece that repeats one rhythm has 1.
    """
    steps = np.rint(table.bar_length * STEPS).astype(int)
    first_step = np.concatenate([[0], np.cumsum(steps)])
    struck = np.zeros(first_step[-1] + 1, bool)
    struck[first_step[table.step_bar] + np.minimum(table.step, steps[table.step_bar] - 1)] = True
    owner = np.repeat(np.arange(table.pieces), np.diff(table.first_bar))
    pair = np.flatnonzero((owner[1:] == owner[:-1]) & (steps[1:] == steps[:-1]))
    # Every sixteenth of the earlier bar of a pair beside the same one of the later.
    length = steps[pair]
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    differ = (
        struck[np.repeat(first_step[pair], length) + within]
        != (struck[np.repeat(first_step[pair + 1], length) + within])
    )
    apart = np.bincount(np.repeat(np.arange(len(pair)), length), differ, minlength=len(pair))
    pairs = np.bincount(owner[pair], minlength=table.pieces)
    agree = np.bincount(owner[pair], 1 - apart / length, minlength=table.pieces)
    return ratio(agree, pairs)


@per_piece
def notes_per_bar(table: Table) -> np.ndarray:
    """Notes, drums too, over bars."""
    return table.total() / np.diff(table.first_bar)


LEVELS = {
    "scale consistency": (scale_consistency, "share", 0.0, 1.0),
    "pitch-class entropy": (pitch_class_entropy, "bits", 0.0, np.log2(12)),
    "polyphony": (polyphony, "notes", 1.0, np.inf),
    "notes per bar": (notes_per_bar, "notes", 0.0, np.inf),
    "empty bars": (empty_bars, "share", 0.0, 1.0),
    "groove consistency": (groove_consistency, "share", 0.0, 1.0),
}


def measures() -> list[Measure]:
    """The mean over pieces of each of the above."""
    return [level(name, "Pieces", *rest) for name, rest in LEVELS.items()]


def level(name, group, value, unit, low, high) -> Measure:
    """The mean over pieces of what `value` gives each, to be held against the reference's."""
    return Measure(name, group, unit, None, lambda table: means(value(table)), mean, low, high)
