"""A piece as a few dozen numbers, so that sets of pieces can be compared as clouds of points."""

import numpy as np

from metrics import distributions, repetition, texture
from metrics.measure import ratio
from metrics.table import STEPS, Table, per_piece

NAMES = (
    "pitch mean (octaves)", "pitch deviation (octaves)", "interval on a track (octaves)",
    "duration mean (log2 beats)", "duration deviation", "inter-onset mean (log2 of beats + 1/4)",
    "inter-onset deviation", "velocity mean (/127)", "velocity deviation",
    "notes per bar (log2 of 1 +)", "share of drums", "polyphony (log2)", "pitch-class entropy",
    "scale consistency", "empty bars", "groove consistency", "bar similarity",
    *(f"bar similarity, {lag} apart" for lag in repetition.LAGS),
    "onsets on a beat", "onsets on an eighth", "onsets on a sixteenth", "onsets off the grid",
    *(f"degree {n}" for n in range(12)),
)  # fmt: skip


@per_piece
def features(table: Table) -> np.ndarray:
    """The numbers that `NAMES` names of every piece: float64 (pieces, 37).

    Where a piece has nothing to tell one by, as the interval of a single note, it is 0.
    """
    notes = table.pitched
    gap, gap_piece = distributions.onset_intervals(table)
    order, begins = notes.line
    interval = np.abs(np.diff(notes.pitch[order], prepend=0))[~begins] / 12
    similarity = repetition.similarity(table)
    columns = [
        *_mean_and_deviation(notes.pitch / 12, notes.piece, table.pieces),
        _mean_and_deviation(interval, gap_piece, table.pieces)[0],
        *_mean_and_deviation(np.log2(notes.duration), notes.piece, table.pieces),
        *_mean_and_deviation(np.log2(gap + 1 / 4), gap_piece, table.pieces),
        *_mean_and_deviation(notes.velocity / 127, notes.piece, table.pieces),
        np.log2(1 + texture.notes_per_bar(table)),
        ratio(table.total(table.is_drum), table.total()),
        np.log2(texture.polyphony(table)),
        texture.pitch_class_entropy(table),
        texture.scale_consistency(table),
        texture.empty_bars(table),
        texture.groove_consistency(table),
        *ratio(similarity[:, ::2], similarity[:, 1::2]).T,
        *_levels(notes).T,
        *_shares(distributions.degrees(table)).T,
    ]
    return np.nan_to_num(np.stack(columns, axis=1))


def _mean_and_deviation(values, piece, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    number, total, squares = (
        np.bincount(piece, weights, minlength=pieces) for weights in (None, values, values**2)
    )
    mean = ratio(total, number)
    return mean, np.sqrt(np.maximum(ratio(squares, number) - mean**2, 0))


def _levels(notes: Table) -> np.ndarray:
    """Share of a piece's onsets on a beat, else on an eighth, a sixteenth, or on none of them."""
    place = notes.place * STEPS
    step = np.rint(place).astype(int)
    level = np.where(step % 4 == 0, 0, np.where(step % 2 == 0, 1, 2))
    level = np.where(np.abs(place - step) < 0.1, level, 3)
    return _shares(notes.count(level, 4))


def _shares(counts: np.ndarray) -> np.ndarray:
    return ratio(counts, counts.sum(axis=1, keepdims=True))
