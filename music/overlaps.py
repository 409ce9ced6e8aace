"""Notes of one pitch that sound together, which no keyboard and no MIDI file can tell apart."""

from dataclasses import replace

import numpy as np

from music.piece import LATEST, Piece


def without_overlaps(
    onset: np.ndarray, duration: np.ndarray, key: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends a note where its key sounds again, and of two struck at once keeps the longer."""
    order = np.lexsort((-duration, onset, key))
    onset, duration, key = onset[order], duration[order], key[order]
    again = (onset[1:] == onset[:-1]) & (key[1:] == key[:-1])
    first = np.concatenate([np.ones(min(len(onset), 1), bool), ~again])
    onset, duration, key = onset[first], duration[first], key[first]
    gap = np.where(key[1:] == key[:-1], onset[1:] - onset[:-1], duration[:-1])
    duration[:-1] = np.minimum(duration[:-1], gap)
    return onset, duration, key


def keys(piece: Piece) -> np.ndarray:
    """What tells notes apart that can sound together: track and pitch in one number, (notes,)."""
    return (piece.track.astype(np.int64) << 7) | piece.pitch


def cut(piece: Piece, others: Piece) -> Piece:
    """Notes of `piece`, ended where one of `others` of their track and pitch begins.

    One that begins while such a note sounds waits for its end, or is left out where that takes
    more than half of it.
    """
    own, theirs = keys(piece), keys(others)
    onset, ends = piece.onset.copy(), piece.ends
    for key in np.intersect1d(own, theirs):
        rows, at = np.flatnonzero(own == key), np.flatnonzero(theirs == key)
        begins, last = others.onset[at], np.maximum.accumulate(others.ends[at])
        place = np.searchsorted(begins, onset[rows], side="right")
        ends[rows] = np.minimum(ends[rows], np.append(begins, 2 * LATEST)[place])
        sounding = np.where(place > 0, last[np.maximum(place - 1, 0)], 0)
        onset[rows] = np.maximum(onset[rows], sounding)
    left = (ends > onset) & (2 * (onset - piece.onset) <= piece.duration)
    return replace(piece.select(left), onset=onset[left], duration=(ends - onset)[left])
