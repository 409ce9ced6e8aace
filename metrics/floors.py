"""What a table of measures stands beside: the data in halves, out of order, and noise."""

from dataclasses import replace

import numpy as np

from metrics.table import STEPS, Table


def halves(pieces: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of some pieces dealt by chance into two halves, each in rising order."""
    order = np.random.default_rng(seed).permutation(pieces)
    return np.sort(order[: pieces // 2]), np.sort(order[pieces // 2 :])


def shuffled_bars(table: Table, uniform: np.ndarray) -> Table:
    """Every piece with its bars in the order of `uniform` (bars,), notes kept whole within them."""
    owner = np.repeat(np.arange(table.pieces), np.diff(table.first_bar))
    order = np.lexsort((uniform, owner))  # the bar that now stands at each place
    length = table.bar_length[order]
    before = np.cumsum(length) - length
    start = before - before[table.first_bar[:-1]][owner]
    where = np.empty(len(order), int)
    where[order] = np.arange(len(order))
    bar = where[table.bar]
    return _sorted(
        replace(
            table,
            bar=bar,
            onset=start[bar] + table.place,
            bar_start=start,
            bar_length=length,
        )
    )


def another_piece(table: Table) -> Table:
    """The pieces in another order: at each place the one after it, the first at the last."""
    number = (table.piece - 1) % table.pieces
    bars = np.diff(table.first_bar)
    new_bars = np.roll(bars, -1)
    first = np.concatenate([[0], np.cumsum(new_bars)])
    turn = bars[0] if table.pieces else 0
    return _sorted(
        replace(
            table,
            piece=number,
            bar=table.bar - table.first_bar[table.piece] + first[number],
            first_bar=first,
            bar_start=np.roll(table.bar_start, -turn),
            bar_length=np.roll(table.bar_length, -turn),
        )
    )


def random_notes(table: Table, uniform: np.ndarray) -> Table:
    """White noise: every note moved to a sixteenth of its piece, a pitch and a length by chance.

    `uniform` (notes, 3) in [0, 1). Pitches lie in the range of the table's, lengths are 1 to 16
    sixteenths; how many notes each piece has, and on which tracks, stays.
    """
    bars = np.diff(table.first_bar)
    owner = np.repeat(np.arange(table.pieces), bars)
    end = np.bincount(owner, table.bar_length, minlength=table.pieces)
    onset = np.floor(uniform[:, 0] * end[table.piece] * STEPS) / STEPS
    low, high = table.pitched.pitch.min(initial=127), table.pitched.pitch.max(initial=0)
    pitch = low + np.floor(uniform[:, 1] * max(high - low + 1, 1)).astype(int)
    lift = end.max(initial=0) + 1
    lines = table.bar_start + owner * lift
    bar = np.searchsorted(lines, onset + table.piece * lift, side="right") - 1
    return _sorted(
        replace(
            table,
            onset=onset,
            duration=np.floor(1 + uniform[:, 2] * 16) / STEPS,
            pitch=np.where(table.is_drum, table.pitch, pitch),
            bar=bar,
            place=onset - table.bar_start[bar],
        )
    )


def _sorted(table: Table) -> Table:
    return table.keep(np.lexsort((table.pitch, table.track, table.onset, table.piece)))
