"""How well a gap of some bars was filled, beside what stood there.

Original and filling are two tables of the same pieces in the same order; the gap is bars `first`
to `last`, that one not counted, by the original's bar lines. Each function gives one value a
piece, NaN where there is nothing to tell it by. A note that begins in the gap and ends after it was
not to be drawn anew, so that it counts as recovered by nobody.
"""

from dataclasses import dataclass

import numpy as np

from metrics.measure import ratio
from metrics.table import STEPS, Table

OFF, FIRST_PITCH = 1, 2  # tokens: 0 goes on as before, 1 falls silent, then the pitches


@dataclass(frozen=True)
class Gap:
    """Where a gap lies in each piece, in beats: two of float64 (pieces,)."""

    begin: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, original: Table, first: int, last: int) -> "Gap":
        """Bars `first` to `last` of every piece, cut at the end of a shorter one."""
        ends = np.append(original.bar_start, 0) + np.append(original.bar_length, 0)
        below, above = original.first_bar[:-1], original.first_bar[1:]
        last_bar = np.minimum(below + last, above) - 1
        first_bar = np.minimum(below + first, above - 1)
        begin = np.where(below + first < above, original.bar_start[first_bar], ends[above - 1])
        return cls(begin, np.maximum(ends[last_bar], begin))

    def holds(self, table: Table) -> np.ndarray:
        """Whether each note begins in it: bool (notes,)."""
        onset = np.rint(table.onset * STEPS) / STEPS
        return (onset >= self.begin[table.piece]) & (onset < self.end[table.piece])

    def holds_whole(self, table: Table) -> np.ndarray:
        """Whether each note also ends in it."""
        end = np.rint((table.onset + table.duration) * STEPS) / STEPS
        return self.holds(table) & (end <= self.end[table.piece])


def pitch_accuracy(original: Table, filled: Table, gap: Gap) -> np.ndarray:
    """Share of the gap's notes whose pitch the filling strikes at the same sixteenth."""
    return _found(original, filled, gap, lambda t: t.pitch + 128 * t.is_drum)


def duration_accuracy(original: Table, filled: Table, gap: Gap) -> np.ndarray:
    """Share of the gap's notes at whose sixteenth the filling has one as long in sixteenths."""
    return _found(
        *(original.pitched, filled.pitched, gap),
        lambda t: np.clip(np.rint(t.duration * STEPS), 1, 255).astype(int),
    )


def token_accuracy(original: Table, filled: Table, gap: Gap) -> np.ndarray:
    """Share of the gap's sixteenths, over the tracks of the original, with the same token.

    A sixteenth's token is the highest pitch that begins there, else "off" where the last note
    ends, else "on as before", as a model of tokens sees a track (Plasser et al., 2023).
    """
    length = np.rint((gap.end - gap.begin) * STEPS).astype(int)
    tracks = 1 + int(max(original.track.max(initial=0), filled.track.max(initial=0)))
    ours, theirs = (_tokens(t, gap, tracks, int(length.max(initial=0))) for t in (original, filled))
    used = np.zeros((original.pieces, tracks), bool)
    used[original.piece, original.track] = True
    counted = used[..., None] & (np.arange(ours.shape[-1]) < length[:, None, None])
    return ratio((counted & (ours == theirs)).sum(axis=(1, 2)), counted.sum(axis=(1, 2)))


def edge_intervals(table: Table, gap: Gap) -> tuple[np.ndarray, np.ndarray]:
    """Mean interval in semitones into the gap and out of it, over the pitched tracks.

    From the last note before an edge to the first after it, the highest where several begin.
    """
    notes = table.pitched
    order, begins = notes.line
    onset, pitch, piece = notes.onset[order], notes.pitch[order], notes.piece[order]
    # The order of a line is by pitch at equal onsets: the last of them is the highest.
    top = np.append((np.diff(onset) != 0) | begins[1:], np.ones(min(len(onset), 1), bool))
    inside = gap.holds(notes)[order][top]
    pitch, piece = pitch[top], piece[top]
    line = np.cumsum(begins)[top]
    jump = np.abs(np.diff(pitch)).astype(float)
    same = np.diff(line) == 0
    edges = []
    for crossing in (~inside[:-1] & inside[1:], inside[:-1] & ~inside[1:]):
        at = np.flatnonzero(crossing & same)
        number = np.bincount(piece[at], minlength=table.pieces)
        edges.append(ratio(np.bincount(piece[at], jump[at], minlength=table.pieces), number))
    return edges[0], edges[1]


def kept(original: Table, filled: Table, gap: Gap) -> np.ndarray:
    """Share of the notes outside the gap that stand unchanged in the filled piece."""

    def rows(table: Table) -> np.ndarray:
        outside = ~gap.holds(table)
        step = np.rint(np.stack([table.onset, table.duration], 1) * STEPS).astype(int)
        return _keys(table, step[:, 0], step[:, 1] * 256 + table.pitch + 128 * table.is_drum)[
            outside
        ]

    wanted = rows(original)
    there = np.isin(wanted, rows(filled))
    piece = original.piece[~gap.holds(original)]
    return ratio(
        np.bincount(piece, there, minlength=original.pieces),
        np.bincount(piece, minlength=original.pieces),
    )


def _found(original: Table, filled: Table, gap: Gap, feature) -> np.ndarray:
    """Share of each piece's notes in the gap that have one of the same feature at their place."""
    keys, there = (
        _keys(t, np.rint(t.onset * STEPS).astype(int), feature(t)) for t in (original, filled)
    )
    wanted = gap.holds_whole(original)
    found = np.isin(keys[wanted], there[gap.holds(filled)])
    piece = original.piece[wanted]
    return ratio(
        np.bincount(piece, found, minlength=original.pieces),
        np.bincount(piece, minlength=original.pieces),
    )


def _keys(table: Table, step: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """One number for a note's piece, sixteenth and feature: int64 (notes,)."""
    return (table.piece << 44) | (step << 24) | feature


def _tokens(table: Table, gap: Gap, tracks: int, length: int) -> np.ndarray:
    """The tokens of the gap, int64 (pieces, tracks, length)."""
    begin = np.rint(gap.begin * STEPS).astype(int)[table.piece]
    onset = np.rint(table.onset * STEPS).astype(int) - begin
    end = np.rint((table.onset + table.duration) * STEPS).astype(int) - begin
    end = np.maximum(end, onset + 1)
    size = length + 2
    line = (table.piece * tracks + table.track) * size
    change = np.zeros(table.pieces * tracks * size, int)
    # What sounds before the gap stands in a sixteenth of its own, so that its end is heard.
    np.add.at(change, line + np.clip(onset + 1, 0, size - 1), 1)
    np.add.at(change, line + np.clip(end + 1, 0, size - 1), -1)
    shape = (table.pieces, tracks, size)
    sounding = np.cumsum(change.reshape(shape), axis=-1) > 0
    struck = np.zeros(table.pieces * tracks * size, int)
    inside = (onset >= 0) & (onset < length)
    np.maximum.at(struck, (line + onset + 1)[inside], table.pitch[inside] + FIRST_PITCH)
    struck = struck.reshape(shape)
    silenced = sounding[..., :-1] & ~sounding[..., 1:]
    token = np.where(struck[..., 1:] > 0, struck[..., 1:], np.where(silenced, OFF, 0))
    return token[..., :-1]
