"""How near a set of pieces comes to a corpus, by what its notes are one by one."""

from collections.abc import Iterable

import numpy as np

from music import Piece, best_scale

SIXTEENTHS = 16  # a bin each up to a bar of 4/4; what is longer shares the last
SMOOTHING = (
    0.5  # notes added to each bin, so that an empty one does not make the divergence infinite
)


def in_scale(pieces: Iterable[Piece]) -> float:
    """Mean share of a piece's notes in the major or minor scale that fits it best, 0 to 1.

    Independent uniform pitch classes give about 0.6 at 128 notes, a piece in one key 1.
    """
    return float(np.mean([best_scale(piece.pitch)[2] for piece in pieces]))


def duration_divergence(pieces: Iterable[Piece], reference: Iterable[Piece]) -> float:
    """KL divergence (nats) of the pieces' durations, in sixteenths, from the reference's."""
    return divergence(_sixteenths(pieces, _durations), _sixteenths(reference, _durations))


def delta_divergence(pieces: Iterable[Piece], reference: Iterable[Piece]) -> float:
    """KL divergence (nats) of the times between onsets, in sixteenths, from the reference's."""
    return divergence(_sixteenths(pieces, _deltas), _sixteenths(reference, _deltas))


def pitch_class_divergence(pieces: Iterable[Piece], reference: Iterable[Piece]) -> float:
    """KL divergence (nats) of pitch classes above each piece's best tonic from the reference's."""
    return divergence(_degrees(pieces), _degrees(reference))


def divergence(counts: np.ndarray, reference: np.ndarray) -> float:
    """KL(reference || counts) of two histograms (bins,), each smoothed and made to sum to 1."""
    p, q = (np.asarray(c, "float64") + SMOOTHING for c in (reference, counts))
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum(p * np.log(p / q)))


def _sixteenths(pieces: Iterable[Piece], beats_of) -> np.ndarray:
    counts = np.zeros(SIXTEENTHS + 2)
    for piece in pieces:
        steps = np.minimum(np.rint(beats_of(piece) * 4).astype(int), SIXTEENTHS + 1)
        counts += np.bincount(steps, minlength=SIXTEENTHS + 2)
    return counts


def _degrees(pieces: Iterable[Piece]) -> np.ndarray:
    counts = np.zeros(12)
    for piece in pieces:
        tonic = best_scale(piece.pitch)[0]
        counts += np.bincount((piece.pitch.astype(int) - tonic) % 12, minlength=12)
    return counts


def _durations(piece: Piece) -> np.ndarray:
    return piece.duration / piece.ticks_per_beat


def _deltas(piece: Piece) -> np.ndarray:
    return np.diff(piece.onset) / piece.ticks_per_beat
