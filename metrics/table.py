"""The notes of many pieces in one table: what every measure is a function of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps

import numpy as np

from music import Piece

STEPS = 4  # sixteenths in a beat: the grid on which rhythm is counted
COLUMNS = ("piece", "onset", "duration", "pitch", "velocity", "track", "is_drum", "bar", "place")


@dataclass(frozen=True, eq=False)
class Table:
    """Notes of `pieces` pieces, in order of piece and within it of onset, track and pitch.

    Times are in beats, so that files of different resolutions compare. Bars are numbered through
    all pieces: those of piece i are `first_bar[i]` to `first_bar[i + 1]`.
    """

    piece: np.ndarray  # int64 (notes,), rising
    onset: np.ndarray  # float64 (notes,), beats from the piece's beginning
    duration: np.ndarray  # float64 (notes,), beats
    pitch: np.ndarray  # int64 (notes,)
    velocity: np.ndarray  # int64 (notes,)
    track: np.ndarray  # int64 (notes,), numbered in each piece
    is_drum: np.ndarray  # bool (notes,)
    bar: np.ndarray  # int64 (notes,), numbered through all pieces
    place: np.ndarray  # float64 (notes,), beats from the bar line
    first_bar: np.ndarray  # int64 (pieces + 1,)
    bar_start: np.ndarray  # float64 (bars,), beats from the piece's beginning
    bar_length: np.ndarray  # float64 (bars,), beats
    known: dict = field(default_factory=dict, init=False)  # what `per_piece` worked out

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> "Table":
        """The table of some pieces; a piece without notes has one empty bar."""
        columns, starts, lengths = [], [], []
        bars = 0
        for number, piece in enumerate(pieces):
            start, length = _bars(piece)
            beat = float(piece.ticks_per_beat)
            onset = piece.onset / beat
            bar = np.searchsorted(start, onset, side="right") - 1
            columns.append(
                (
                    np.full(len(piece), number),
                    onset,
                    piece.duration / beat,
                    piece.pitch,
                    piece.velocity,
                    piece.track,
                    piece.is_drum,
                    bar + bars,
                    onset - start[bar],
                )
            )
            starts.append(start)
            lengths.append(length)
            bars += len(start)
        kinds = (int, float, float, int, int, int, bool, int, float)
        joined = [
            np.concatenate([np.zeros(0, kind), *(row[n] for row in columns)]).astype(kind)
            for n, kind in enumerate(kinds)
        ]
        first = np.concatenate([[0], np.cumsum([len(start) for start in starts], dtype=int)])
        return cls(*joined, first, *(np.concatenate([np.zeros(0), *a]) for a in (starts, lengths)))

    def __len__(self) -> int:
        return len(self.piece)

    @property
    def pieces(self) -> int:
        """How many pieces there are, with and without notes."""
        return len(self.first_bar) - 1

    @cached_property
    def pitched(self) -> "Table":
        """The table without the notes of drums."""
        return self.keep(~self.is_drum) if self.is_drum.any() else self

    @cached_property
    def step(self) -> np.ndarray:
        """Sixteenth of the bar nearest to each onset, int64 (notes,); the bar's end is 0."""
        step = np.rint(self.place * STEPS).astype(int)
        return np.where(step >= np.rint(self.bar_length[self.bar] * STEPS), 0, step)

    @cached_property
    def step_bar(self) -> np.ndarray:
        """The bar in which `step` lies: one late where an onset rounds up to the next bar line."""
        late = (self.step == 0) & (self.place > self.bar_length[self.bar] / 2)
        last = self.first_bar[self.piece + 1] - 1
        return np.minimum(self.bar + late, last)

    @cached_property
    def line(self) -> tuple[np.ndarray, np.ndarray]:
        """Notes in order of piece, track and onset, and where a line of them begins (notes,)."""
        key = self.piece * (int(self.track.max(initial=0)) + 1) + self.track
        order = np.argsort(key, kind="stable")
        begins = np.diff(key[order], prepend=-1) != 0
        return order, begins

    def keep(self, mask: np.ndarray) -> "Table":
        """The notes where `mask` (notes,) is true; pieces and bars stay, emptier."""
        return replace(self, **{name: getattr(self, name)[mask] for name in COLUMNS})

    def take(self, chosen: np.ndarray) -> "Table":
        """The pieces of the given numbers, in rising order, as a table of their own."""
        chosen = np.unique(chosen)
        mask = np.isin(self.piece, chosen)
        bars = np.diff(self.first_bar)
        first = np.concatenate([[0], np.cumsum(bars[chosen])])
        kept = np.repeat(np.isin(np.arange(self.pieces), chosen), bars)
        new = self.keep(mask)
        number = np.searchsorted(chosen, new.piece)
        taken = replace(
            new,
            piece=number,
            bar=new.bar - self.first_bar[new.piece] + first[number],
            first_bar=first,
            bar_start=self.bar_start[kept],
            bar_length=self.bar_length[kept],
        )
        taken.known.update({of: rows[chosen] for of, rows in self.known.items()})
        return taken

    def count(self, bins: np.ndarray, size: int, weights: np.ndarray | None = None) -> np.ndarray:
        """How many notes of each piece fall into each of `size` bins: float64 (pieces, size)."""
        flat = np.bincount(self.piece * size + bins, weights, minlength=self.pieces * size)
        return flat.reshape(self.pieces, size).astype(float)

    def total(self, values: np.ndarray | None = None) -> np.ndarray:
        """The sum of a value (notes,) over each piece, or its number of notes: (pieces,)."""
        return np.bincount(self.piece, values, minlength=self.pieces).astype(float)


def per_piece(function: Callable[[Table], np.ndarray]) -> Callable[[Table], np.ndarray]:
    """Has a function of tables to (pieces, ...) keep its result with the table.

    Several measures ask for the same, and a part of the pieces has the same rows of it: each must
    come of its piece alone.
    """

    @wraps(function)
    def kept(table: Table) -> np.ndarray:
        if function not in table.known:
            table.known[function] = function(table)
        return table.known[function]

    return kept


def _bars(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    """Start and length in beats of each bar of a piece."""
    lines = piece.bars()
    changes, numerators, denominators = piece.time_signatures.T
    meter = np.maximum(np.searchsorted(changes, lines, side="right") - 1, 0)
    start = lines / float(piece.ticks_per_beat)
    length = (4 * numerators / denominators)[meter]
    length[:-1] = np.minimum(length[:-1], np.diff(start))  # a change of meter cuts a bar short
    return start, length
