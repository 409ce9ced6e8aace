"""Musical time: the tempo map between ticks and seconds, and where the bar lines fall."""

import numpy as np

MICROSECONDS = 1e6


def seconds_at(ticks, tempos: np.ndarray, ticks_per_beat: int) -> np.ndarray:
    """Seconds at `ticks` (any shape) under `tempos` (changes, 2), float64."""
    ticks = np.asarray(ticks, np.float64)
    starts, rates = tempos.T
    segment = np.maximum(np.searchsorted(starts, ticks, side="right") - 1, 0)
    elapsed = _elapsed(tempos)[segment] + (ticks - starts[segment]) * rates[segment]
    return elapsed / (ticks_per_beat * MICROSECONDS)


def ticks_at(seconds, tempos: np.ndarray, ticks_per_beat: int) -> np.ndarray:
    """Ticks at `seconds` (any shape) under `tempos` (changes, 2), float64 and unrounded."""
    elapsed = np.asarray(seconds, np.float64) * (ticks_per_beat * MICROSECONDS)
    starts, rates = tempos.T
    corners = _elapsed(tempos)
    segment = np.maximum(np.searchsorted(corners, elapsed, side="right") - 1, 0)
    return starts[segment] + (elapsed - corners[segment]) / rates[segment]


def _elapsed(tempos: np.ndarray) -> np.ndarray:
    """Time at each tempo change, in microseconds times ticks per beat: exact integers."""
    starts, rates = tempos.T
    return np.concatenate([[0], np.cumsum(np.diff(starts) * rates[:-1])])


def bar_lines(time_signatures: np.ndarray, ticks_per_beat: int, end: int) -> np.ndarray:
    """Tick of every bar that begins before `end`, int64; a change of meter begins a bar."""
    starts, numerators, denominators = time_signatures.T
    stops = np.minimum(np.append(starts[1:], end), max(end, 1))
    lines = []
    for start, stop, numerator, denominator in zip(
        starts, stops, numerators, denominators, strict=True
    ):
        # Bars in whole ticks over a denominator: an odd resolution must not drift.
        length = 4 * ticks_per_beat * int(numerator)
        count = max(0, -(-(int(stop) - int(start)) * int(denominator) // length))
        lines.append(start + (np.arange(count) * length + denominator // 2) // denominator)
    return np.unique(np.concatenate([[0], *lines])).astype(np.int64)


def rescale(ticks: np.ndarray, old: int, new: int) -> np.ndarray:
    """`ticks` at `old` ticks per beat as whole ticks at `new`, halves rounded up, int64."""
    return (2 * ticks * new + old) // (2 * old)
