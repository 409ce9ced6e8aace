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

    Those that begin while one sounds are left out.
    """
    own, theirs = keys(piece), keys(others)
    ends = piece.ends
    for key in np.intersect1d(own, theirs):
        rows, at = np.flatnonzero(own == key), np.flatnonzero(theirs == key)
        begins, last = others.onset[at], np.maximum.accumulate(others.ends[at])
        place = np.searchsorted(begins, piece.onset[rows], side="right")
        busy = (place > 0) & (last[np.maximum(place - 1, 0)] > piece.onset[rows])
        following = np.append(begins, 2 * LATEST)[place]
        ends[rows] = np.where(busy, 0, np.minimum(ends[rows], following))
    left = ends > piece.onset
    return replace(piece, duration=np.where(left, ends - piece.onset, 1)).select(left)
