"""How much the bars of a piece resemble one another, near and far.

Two bars, each a set of (track, pitch, sixteenth) where notes begin, are as alike as the Dice
coefficient 2 |A and B| / (|A| + |B|) says: 1 when the same notes begin in both, 0 when none is
shared. Pairs in which a bar is empty tell nothing and are left out.
"""

from collections.abc import Iterator

import numpy as np

from metrics.measure import Measure, ratio
from metrics.table import Table, per_piece

LAGS = (1, 2, 4, 8)  # bars apart: phrases are built of these
MOST_BARS = 256  # of a piece, its first, since the pairs grow with their square
CELLS = 1 << 24  # more than a bar can tell apart


@per_piece
def similarity(table: Table) -> np.ndarray:
    """Sum and number of the similarities of bars: (pieces, 2 + 2 lags).

    First over all pairs of bars, then over those of each of `LAGS`.
    """
    found = np.zeros((table.pieces, 2 + 2 * len(LAGS)))
    for piece, alike, defined in _matrices(table):
        np.fill_diagonal(defined, False)
        found[piece, :2] = alike[defined].sum() / 2, defined.sum() / 2
        for place, lag in enumerate(LAGS, 1):
            valid = defined.diagonal(lag)
            found[piece, 2 * place :][:2] = alike.diagonal(lag)[valid].sum(), valid.sum()
    return found


def bar_similarity(table: Table, lag: int | None = None) -> np.ndarray:
    """Mean similarity of a piece's bars, of all pairs or of those `lag` bars apart: (pieces,)."""
    place = 0 if lag is None else 1 + LAGS.index(lag)
    sums = similarity(table)
    return ratio(sums[:, 2 * place], sums[:, 2 * place + 1])


def _matrices(table: Table) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Piece, similarity of each pair of its bars (bars, bars), and whether neither is empty."""
    bar = table.step_bar - table.first_bar[table.piece]
    kind = (table.track * 128 + table.pitch) * 256 + np.minimum(table.step, 255)
    inside = bar < MOST_BARS
    keys = np.sort(((table.piece * MOST_BARS + bar) * CELLS + kind)[inside])
    # A note struck twice at once is one element of its bar's set.
    keys = keys[np.diff(keys, prepend=-1) > 0]
    piece, bar, kind = keys // CELLS // MOST_BARS, keys // CELLS % MOST_BARS, keys % CELLS
    bounds = np.searchsorted(piece, np.arange(table.pieces + 1))
    for number in range(table.pieces):
        rows = slice(bounds[number], bounds[number + 1])
        if bounds[number] == bounds[number + 1]:
            continue
        cells, column = np.unique(kind[rows], return_inverse=True)
        bars = int(bar[rows].max()) + 1
        struck = np.zeros((bars, len(cells)), np.float32)
        struck[bar[rows], column] = 1
        size = struck.sum(axis=1)
        filled = size > 0
        total = np.maximum(size[:, None] + size, 1)
        yield number, 2 * (struck @ struck.T).astype(float) / total, filled[:, None] & filled


def measures() -> list[Measure]:
    """Similarity of all pairs of bars and of those a given number of bars apart."""
    names = ["bar similarity", *(f"bar similarity, {lag} apart" for lag in LAGS)]
    return [
        Measure(name, "Pieces", "share", None, similarity, _pooled(place), 0.0, 1.0)
        for place, name in enumerate(names)
    ]


def _pooled(place: int):
    """The similarity of a set: the mean over the pairs of bars of all its pieces."""

    def score(sums, reference):
        return ratio(sums[..., 2 * place], sums[..., 2 * place + 1])

    return score
