"""Bits painted by their marks, against cells painted one by one."""

import numpy as np
import pytest

from representations.roll_bits import painted


def by_cells(start, end, row, frames: int, pitches: int, onsets: bool) -> np.ndarray:
    """The same roll, cell after cell."""
    sounds = np.zeros((frames, pitches), bool)
    struck = np.zeros((frames, pitches), bool)
    for first, last, pitch in zip(start, end, row, strict=True):
        sounds[max(first, 0) : last, pitch] = True
        if first >= 0:
            struck[first, pitch] = True
    channels = [struck, sounds & ~struck] if onsets else [sounds]
    return np.packbits(np.stack(channels, axis=-1).reshape(frames, -1), axis=1)


@pytest.mark.parametrize("onsets", [False, True])
@pytest.mark.parametrize(("frames", "pitches"), [(1, 1), (7, 3), (40, 13), (96, 88)])
@pytest.mark.parametrize("notes", [0, 1, 20, 300])
def test_any_notes_give_the_cells_that_they_sound_in(onsets, frames, pitches, notes):
    """Among them those that overlap, begin before the roll, end after it, or touch."""
    rng = np.random.default_rng([frames, notes])
    for _ in range(10):
        end = rng.integers(1, frames + 20, notes)
        start = np.minimum(rng.integers(-20, frames, notes), end - 1)
        row = rng.integers(0, pitches, notes)
        expected = by_cells(start, end, row, frames, pitches, onsets)
        shape = (expected.shape[1], 1 + onsets)
        found = painted(start, end, row, frames, shape, onsets)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, expected)
