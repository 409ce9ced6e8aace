"""Turns what a caller gives into the exact columns of a piece, or says which one is wrong."""

import numpy as np


def as_integers(name: str, values, dtype, low: int, high: int) -> np.ndarray:
    """A fresh array of `dtype` whose values are whole and in [low, high]."""
    values = np.asarray(values)
    if values.size == 0:
        return values.astype(dtype)
    if values.dtype.kind not in "iu":
        values = _whole(name, values)
    # The ufuncs themselves: on short columns the methods of an array take twice as long.
    flat = values.reshape(-1)
    least, most = np.minimum.reduce(flat), np.maximum.reduce(flat)
    if least < low or most > high:
        wrong = least if least < low else most
        raise ValueError(f"{name} holds {wrong}; it must be between {low} and {high}")
    return values.astype(dtype)


def _whole(name: str, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values % 1 == 0).all():
        return values
    raise ValueError(f"{name} must hold whole numbers; round them first")


def as_bools(name: str, values) -> np.ndarray:
    """A fresh bool array; numbers other than 0 and 1 are refused."""
    values = np.asarray(values)
    if values.dtype != bool and not np.isin(values, (0, 1)).all():
        raise ValueError(f"{name} must hold true or false")
    return values.astype(bool)


def as_tempos(values) -> np.ndarray:
    """Tempo changes (changes, 2) in order, with MIDI's 120 beats a minute until the first."""
    tempos = _changes("tempos", values, (0, 500_000))
    # Three bytes hold a tempo in MIDI.
    as_integers("tempos (microseconds per beat)", tempos[:, 1], np.int64, 1, 2**24 - 1)
    return tempos


def as_time_signatures(values) -> np.ndarray:
    """Meter changes (changes, 3) in order, with MIDI's 4/4 until the first."""
    meters = _changes("time_signatures", values, (0, 4, 4))
    as_integers("time_signatures (numerator)", meters[:, 1], np.int64, 1, 255)
    denominators = as_integers("time_signatures (denominator)", meters[:, 2], np.int64, 1, 2**7)
    if (denominators & (denominators - 1)).any():
        raise ValueError("time_signatures holds a denominator that is not a power of two")
    return meters


def _changes(name: str, values, default: tuple[int, ...]) -> np.ndarray:
    """Rows sorted by tick, one a tick (the last given wins), the first at tick 0."""
    rows = np.asarray([default] if values is None else values)
    if rows.size == 0:
        rows = np.asarray([default])
    if rows.ndim != 2 or rows.shape[1] != len(default):
        raise ValueError(f"{name} has shape {rows.shape}; it must be (changes, {len(default)})")
    rows = as_integers(name, rows, np.int64, 0, 2**31 - 1)
    if rows[0, 0] == 0 and (rows[1:, 0] > rows[:-1, 0]).all():
        return rows
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    rows = rows[np.append(rows[1:, 0] != rows[:-1, 0], True)]
    return rows if rows[0, 0] == 0 else np.concatenate([[default], rows])


def as_names(names, tracks: np.ndarray) -> tuple[str, ...]:
    """Track names as a tuple with a name, be it empty, for every index in `tracks`."""
    needed = int(tracks.max()) + 1 if tracks.size else 0
    if names is None:
        return ("",) * needed
    if isinstance(names, str):
        raise ValueError("track_names must be a sequence of names, one a track")
    names = tuple(names)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"track_names holds {name!r}; every name must be a string")
    if len(names) < needed:
        raise ValueError(f"track holds {needed - 1} but track_names has {len(names)} names")
    return names
