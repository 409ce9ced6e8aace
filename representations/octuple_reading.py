"""Reads events from any tokens: what can be played of them, and the share that is invalid."""

from dataclasses import dataclass

import numpy as np

from representations.octuple_bins import EIGHTHS, METERS, Bins

COLUMNS = BAR, POSITION, PITCH, DURATION, VELOCITY, PROGRAM, TEMPO, INSTRUMENT = range(8)
PADDING = -1
NEEDED = [BAR, POSITION, PITCH, DURATION]


@dataclass(frozen=True)
class Reading:
    """The events that can be played, and when."""

    tokens: np.ndarray  # int64 (events, 8), 0 where there is no such token
    good: np.ndarray  # bool (events, 8): whether there is
    onset: np.ndarray  # int64 (events,), steps
    end: np.ndarray  # int64 (events,), steps
    meters: np.ndarray  # int64 (bars,): the meter of each
    invalid: float  # share of all events that had to be mended or left out


def read(array: np.ndarray, vocabularies: tuple[int, ...], bins: Bins) -> Reading:
    """The events in tokens (events, 8), whatever numbers they are.

    A row without a number from 0 up is padding. An event without a bar, a position, a pitch or a
    duration is left out, and so is one that is there already; a bar beyond the last is the last.
    Of a bar's meters that of most events holds, so that an event of a longer one may move to its
    end. A bar without events is like its neighbours, or of two unlike ones like the longer, since
    it is short bars that stand alone.
    """
    sizes = np.array(vocabularies)
    with np.errstate(invalid="ignore"):  # some of the numbers may be none
        numbers = np.rint(np.asarray(array).astype(np.float64)).reshape(-1, len(sizes))
    there = (numbers >= 0).any(axis=1)
    good = (numbers >= 0) & (numbers < sizes)
    known = good.copy()
    known[:, BAR] = numbers[:, BAR] >= 0
    rows = np.flatnonzero(known[:, NEEDED].all(axis=1))
    good, known = good[rows], known[rows]
    tokens = np.where(known, np.minimum(numbers[rows], sizes - 1), 0).astype(np.int64)
    bar = tokens[:, BAR]
    meter, offset = bins.meters_of(tokens[:, POSITION])
    meters = _meters_of_bars(bar, meter)
    lengths = bins.bar_steps[meters]
    onset = (np.cumsum(lengths) - lengths)[bar] + np.minimum(offset, lengths[bar] - 1)
    what = [onset, *(tokens[:, column] for column in (INSTRUMENT, PROGRAM, PITCH))]
    first = np.sort(np.unique(np.stack(what, axis=1), axis=0, return_index=True)[1])
    valid = good[first].all(axis=1) & (meters[bar] == meter)[first]
    events = np.count_nonzero(there)
    tokens, onset = tokens[first], onset[first]
    return Reading(
        tokens,
        good[first],
        onset,
        onset + bins.durations[tokens[:, DURATION]],
        meters,
        float(1 - np.count_nonzero(valid) / events) if events else 0.0,
    )


def _meters_of_bars(bar: np.ndarray, meter: np.ndarray) -> np.ndarray:
    """The meter of every bar up to the last, from those of the events in it: int64 (bars,)."""
    bars = int(bar.max(initial=-1)) + 1
    votes = np.bincount(bar * len(METERS) + meter, minlength=bars * len(METERS))
    votes = votes.reshape(bars, len(METERS))
    told = np.flatnonzero(votes.any(axis=1))  # the last bar is one of them
    most = votes.argmax(axis=1)[told]
    following = np.searchsorted(told, np.arange(bars))
    before = np.maximum(np.searchsorted(told, np.arange(bars), side="right") - 1, 0)
    longer = np.where(EIGHTHS[most][before] > EIGHTHS[most][following], before, following)
    return most[longer]
