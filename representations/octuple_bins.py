"""The bins of the octuple's vocabularies: positions in bars, durations, velocities, tempos."""

from dataclasses import dataclass, field

import numpy as np

from music import Piece, clock

# Every meter whose bars a position may lie in; of two of equal length the first stands for both
# where a bar is cut short.
METERS = (
    *((4, 4), (3, 4), (2, 4), (6, 4), (5, 4), (1, 4)),
    *((6, 8), (12, 8), (9, 8), (7, 8), (5, 8), (3, 8), (1, 8)),
)
EIGHTHS = np.array([beats * 8 // unit for beats, unit in METERS])  # in a bar of each
UNKNOWN = 1, 4  # what POP909 writes where it knows no meter; read as 4/4
COARSER = 4  # times that the bins of durations become twice as wide
VELOCITY_BIN = 4
TICKS_PER_BEAT = 480  # of decoded pieces
EVERYTHING = "all"  # the arrangement of all tracks as they are
DRUMS = 128  # the program of the drums
SLOWEST, PER_OCTAVE = 15, 12  # beats a minute, which makes 120 a bin, and bins to twice as fast
BEATS_A_MINUTE = SLOWEST * 2 ** (np.arange(4 * PER_OCTAVE + 1) / PER_OCTAVE)
MICROSECONDS = np.rint(60_000_000 / BEATS_A_MINUTE).astype(np.int64)


@dataclass(frozen=True)
class Bins:
    """Tables for a number of steps to the beat, which must be even.

    - position: the meter of the bar and the steps since it began, one meter after the other in
      the order of METERS. So a bar says how long it is, and no decoder has to guess.
    - duration: 1 to 4 beats of steps each, and then four times two beats of bins, each time
      twice as wide, which ends at 64 beats; the nearest bin, the longest for all beyond.
    """

    steps_per_beat: int
    bar_steps: np.ndarray = field(init=False, repr=False, compare=False)  # (meters,)
    first: np.ndarray = field(init=False, repr=False, compare=False)  # position of each, and all
    durations: np.ndarray = field(init=False, repr=False, compare=False)  # (bins,) in steps

    def __post_init__(self) -> None:
        steps = EIGHTHS * self.steps_per_beat // 2
        widths = np.repeat(2 ** np.arange(1, COARSER + 1), 2 * self.steps_per_beat)
        lasts = np.cumsum(np.append(np.ones(4 * self.steps_per_beat, np.int64), widths))
        object.__setattr__(self, "bar_steps", steps)
        object.__setattr__(self, "first", np.append(0, np.cumsum(steps)))
        object.__setattr__(self, "durations", lasts)

    def positions(self, piece: Piece, onset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The bar and the position of onsets (notes,) in steps."""
        start, number, meter = _segments(piece, self.steps_per_beat)
        segment = np.searchsorted(start, onset, side="right") - 1
        bars, offset = np.divmod(onset - start[segment], self.bar_steps[meter][segment])
        return number[segment] + bars, self.first[meter][segment] + offset

    def bar_lines(self, piece: Piece, bar: np.ndarray) -> np.ndarray:
        """The step at which bars (any,) begin, after the piece's end too."""
        start, number, meter = _segments(piece, self.steps_per_beat)
        segment = np.searchsorted(number, bar, side="right") - 1
        return start[segment] + (bar - number[segment]) * self.bar_steps[meter][segment]

    def meters_of(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The meter (its index) and the steps since the bar began of positions."""
        meter = np.searchsorted(self.first, position, side="right") - 1
        return meter, position - self.first[meter]

    def duration_bins(self, steps: np.ndarray) -> np.ndarray:
        """The bin nearest to each duration in steps, the shorter of two."""
        between = (self.durations[1:] + self.durations[:-1]) / 2
        return np.searchsorted(between, steps)


def tempo_bins(piece: Piece, ticks: np.ndarray) -> np.ndarray:
    """The bin of the tempo at `ticks` (any,), in equal steps of its logarithm: int64."""
    octaves = np.log2(60_000_000 / SLOWEST / piece.tempos[:, 1])
    bins = np.clip(np.rint(octaves * PER_OCTAVE), 0, len(BEATS_A_MINUTE) - 1).astype(np.int64)
    return bins[np.searchsorted(piece.tempos[:, 0], ticks, side="right") - 1]


def tempo_changes(onset: np.ndarray, rates: np.ndarray, otherwise: int) -> np.ndarray:
    """Changes (changes, 2) of the tempo that notes (ticks, microseconds a beat) tell.

    Of notes struck together the first one tells; from the start on it is that of the first.
    """
    if not len(onset):
        return np.array([[0, otherwise]])
    at, first = np.unique(onset, return_index=True)
    rates = rates[first]
    new = np.append(True, rates[1:] != rates[:-1])
    at[0] = 0
    return np.stack([at[new], rates[new]], axis=1)


def meter_changes(meters: np.ndarray) -> np.ndarray | None:
    """Time signatures (changes, 3) at 480 ticks to the beat of bars (bars,) of these meters."""
    if not len(meters):
        return None
    new = np.append(True, meters[1:] != meters[:-1])
    ticks = EIGHTHS[meters] * (TICKS_PER_BEAT // 2)
    return np.column_stack([(np.cumsum(ticks) - ticks)[new], np.array(METERS)[meters[new]]])


def _segments(piece: Piece, steps_per_beat: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where bars begin to be of one meter: the step, the number of the bar, the meter's index.

    A meter changes at the eighth nearest to where the piece says. A bar that is not over then is
    one of a shorter meter, or two.
    """
    meters = piece.time_signatures
    changed = np.append(True, (meters[1:, 1:] != meters[:-1, 1:]).any(axis=1))
    at = clock.rescale(meters[changed, 0], piece.ticks_per_beat, 2)
    kinds = [_meter(*row) for row in meters[changed, 1:].tolist()]
    found, number = [], 0
    for eighth, stop, kind in zip(at.tolist(), [*at[1:].tolist(), None], kinds, strict=True):
        if stop is None:
            found.append((eighth, number, kind))
            continue
        while eighth < stop:
            kind = kind if EIGHTHS[kind] <= stop - eighth else _longest_within(stop - eighth)
            bars = (stop - eighth) // int(EIGHTHS[kind])
            found.append((eighth, number, kind))
            eighth, number = eighth + bars * int(EIGHTHS[kind]), number + bars
    start, number, kind = np.array(found, np.int64).T
    return start * (steps_per_beat // 2), number, kind


def _meter(beats: int, unit: int) -> int:
    """The index of a meter, or of one with bars of the same length; otherwise of 4/4."""
    if (beats, unit) in METERS and (beats, unit) != UNKNOWN:
        return METERS.index((beats, unit))
    same = np.flatnonzero(EIGHTHS * unit == beats * 8)
    return int(same[0]) if len(same) and (beats, unit) != UNKNOWN else 0


def _longest_within(eighths: int) -> int:
    fits = np.where(eighths >= EIGHTHS, EIGHTHS, 0)
    return int(fits.argmax())
