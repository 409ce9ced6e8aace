"""Framewise self-similarity: do neighbouring stretches of a track resemble each other as they do
in the data?

Windows of four bars with a hop of two; in each, a Gaussian is fitted to the pitches and one to
the durations of a track, and the overlap of neighbouring windows' Gaussians is taken. With m and
v the mean and the variance of that overlap over all pairs of a set,

    consistency = max(0, 1 - |m - m_data| / m_data),   variance = max(0, 1 - |v - v_data| / v_data)

after Mittal et al., "Symbolic music generation with diffusion models" (2021). There the overlap
is taken at one crossing of the two densities; here it is the whole area under both, so that it is
1 for equal Gaussians and symmetric. A Gaussian's deviation is at least `NARROWEST`, or a window
of one repeated pitch would have none. Pairs with a window without notes are left out.
"""

import math

import numpy as np

from metrics.measure import Measure, ratio
from metrics.table import STEPS, Table, per_piece

HOP = 2  # bars; a window is two of them
NARROWEST = 0.01  # semitones, and sixteenths


@per_piece
def overlaps(table: Table) -> np.ndarray:
    """Number, sum and sum of squares of the overlaps of pitch, then of duration: (pieces, 6)."""
    notes = table.pitched
    return np.concatenate(
        [_sums(notes, notes.pitch.astype(float)), _sums(notes, notes.duration * STEPS)], axis=1
    )


def gaussian_overlap(mean, deviation, other_mean, other_deviation) -> np.ndarray:
    """Area under both of two normal densities, elementwise, from 0 to 1."""
    arrays = np.broadcast_arrays(mean, deviation, other_mean, other_deviation)
    m, s, n, u = (np.asarray(a, float) for a in arrays)
    swap = s > u  # the narrower one first
    m, n, s, u = np.where(swap, n, m), np.where(swap, m, n), np.minimum(s, u), np.maximum(s, u)
    s = np.maximum(s, 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        # The densities cross where a z^2 - 2 b z - c = 0, with z the distance from m.
        a = 1 / s**2 - 1 / u**2
        b = (m - n) / u**2
        c = (m - n) ** 2 / u**2 + 2 * np.log(u / s)
        root = np.sqrt(np.maximum(b**2 + a * c, 0))
        low, high = (b - root) / a, (b + root) / a
        wide = _below(m + high, n, u) - _below(m + low, n, u)
        narrow = _below(m + high, m, s) - _below(m + low, m, s)
        apart = 1 - narrow + wide
    alike = np.isclose(s, u, rtol=1e-9, atol=0)
    return np.clip(np.where(alike, 2 * _below(-np.abs(m - n) / 2, 0, u), apart), 0.0, 1.0)


def measures() -> list[Measure]:
    """Consistency and variance of pitch and of duration."""
    found = []
    for first, feature in ((0, "pitch"), (3, "duration")):
        for name, of in (("consistency", _mean), ("variance", _variance)):
            score = _against(first, of)
            name = f"{feature} {name}"
            found.append(Measure(name, "Framewise", "", 1.0, overlaps, score, 0.0, 1.0))
    return found


def _sums(notes: Table, values: np.ndarray) -> np.ndarray:
    """Number, sum and sum of squares of the overlaps of a feature (notes,): (pieces, 3)."""
    bars = np.diff(notes.first_bar)
    tracks = int(notes.track.max(initial=0)) + 1
    hops = bars // HOP
    # Rows of hops, one for each track of each piece, and one more for what is past the last.
    width = int(hops.max(initial=0)) + 1
    hop = np.minimum((notes.bar - notes.first_bar[notes.piece]) // HOP, hops[notes.piece])
    place = (notes.piece * tracks + notes.track) * width + hop
    size = notes.pieces * tracks * width
    sums = [
        np.bincount(place, weights, minlength=size).reshape(notes.pieces, tracks, width)[..., :-1]
        for weights in (None, values, values**2)
    ]
    inside = np.arange(width - 1) < hops[:, None, None]
    number, total, squares = (
        s[..., :-1] * inside[..., 1:] + s[..., 1:] * inside[..., 1:] for s in sums
    )
    mean = ratio(total, number)
    deviation = np.sqrt(np.maximum(ratio(squares, number) - mean**2, 0))
    deviation = np.maximum(deviation, NARROWEST)
    pair = np.isfinite(mean[..., :-1]) & np.isfinite(mean[..., 1:])
    piece = np.nonzero(pair)[0]
    area = gaussian_overlap(
        *(a[..., :-1][pair] for a in (mean, deviation)),
        *(a[..., 1:][pair] for a in (mean, deviation)),
    )
    count = [np.bincount(piece, w, minlength=notes.pieces) for w in (None, area, area**2)]
    return np.stack(count, axis=1).astype(float)


_erf = np.frompyfunc(math.erf, 1, 1)


def _below(x, mean, deviation) -> np.ndarray:
    """Share of a normal distribution below x."""
    scaled = np.nan_to_num((x - mean) / (deviation * math.sqrt(2)), nan=0.0)
    return 0.5 * (1 + np.asarray(_erf(scaled), float))


def _mean(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., 1], sums[..., 0])


def _variance(sums: np.ndarray) -> np.ndarray:
    return np.maximum(ratio(sums[..., 2], sums[..., 0]) - _mean(sums) ** 2, 0)


def _against(first: int, of):
    """1 - |f - f_data| / f_data, not below 0; where the data's is 0, whether ours is too."""

    def score(sums, reference):
        ours, data = of(sums[..., first : first + 3]), of(reference[..., first : first + 3])
        off = np.where(data > 0, np.abs(ours - data) / np.where(data > 0, data, 1), ours > 0)
        return np.where(np.isfinite(ours + data), np.maximum(0.0, 1 - off), np.nan)

    return score
