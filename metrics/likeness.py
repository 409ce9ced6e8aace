"""How near a set of pieces comes to a corpus, by what its notes are one by one.

The few figures that model cards and benchmarks quote; `metrics.judge` has them all.
"""

from collections.abc import Callable, Iterable

import numpy as np

from metrics import distributions, texture
from metrics.table import Table
from music import Piece


def in_scale(pieces: Iterable[Piece]) -> float:
    """Mean share of a piece's notes in the major or minor scale that fits it best, 0 to 1."""
    return float(np.mean(np.nan_to_num(texture.scale_consistency(Table.of(pieces)))))


def polyphony(pieces: Iterable[Piece]) -> float:
    """Mean over pieces of how many notes sound at once where any does."""
    return float(np.nanmean(texture.polyphony(Table.of(pieces))))


def duration_divergence(pieces: Iterable[Piece], reference: Iterable[Piece]) -> float:
    """KL divergence (nats) of the pieces' durations, in sixteenths, from the reference's."""
    return _divergence(distributions.durations, pieces, reference)


def delta_divergence(pieces: Iterable[Piece], reference: Iterable[Piece]) -> float:
    """KL divergence (nats) of the times between onsets, in sixteenths, from the reference's."""
    return _divergence(distributions.intervals, pieces, reference)


def pitch_class_divergence(pieces: Iterable[Piece], reference: Iterable[Piece]) -> float:
    """KL divergence (nats) of pitch classes above each piece's best tonic from the reference's."""
    return _divergence(distributions.degrees, pieces, reference)


def _divergence(histogram: Callable, pieces: Iterable[Piece], reference: Iterable[Piece]) -> float:
    counts, others = (histogram(Table.of(p)).sum(axis=0) for p in (pieces, reference))
    return float(distributions.divergence(counts, others))
