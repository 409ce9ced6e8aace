"""Rolls painted straight into bits, eight cells to a byte: what a corpus is encoded with.

A note is two marks, where it begins and where it has ended, and the exclusive or of all marks so
far tells what sounds. So a piece costs as much as it has notes and bytes, and not cells.
"""

import numpy as np


def painted(
    start: np.ndarray,
    end: np.ndarray,
    row: np.ndarray,
    frames: int,
    shape: tuple[int, int],
    onsets: bool,
) -> np.ndarray:
    """The bits of a roll of `frames` frames: uint8 (frames, bytes).

    `start`, `end` and `row` (notes,) are the first frame, the frame after the last, and the row of
    notes of which some frame lies in the roll. `shape` is (bytes, channels); the bits of a frame go
    row by row and channel by channel, as np.packbits has them. With `onsets` the first channel
    tells in which frames notes begin, and the second where they go on.
    """
    width, channels = shape
    bit = row * channels + channels - 1
    first, last, sounding = _merged(np.maximum(start, 0), np.minimum(end, frames), bit)
    marks = np.zeros((frames + 1, width), np.uint8)
    for at in (first, last):
        np.bitwise_xor.at(marks, (at, sounding >> 3), _mask(sounding))
    bits = np.bitwise_xor.accumulate(marks, axis=0)[:-1]
    if onsets:
        inside = start >= 0
        at, bit = start[inside], bit[inside]
        np.bitwise_and.at(bits, (at, bit >> 3), ~_mask(bit))
        np.bitwise_or.at(bits, (at, bit - 1 >> 3), _mask(bit - 1))
    return bits


def _mask(bit: np.ndarray) -> np.ndarray:
    """The byte in which that bit of it is set."""
    return (0x80 >> (bit & 7)).astype(np.uint8)


def _merged(
    start: np.ndarray, end: np.ndarray, bit: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Notes of one bit that overlap as one, since of two marks in a place nothing would be left."""
    order = np.lexsort((start, bit))
    start, end, bit = start[order], end[order], bit[order]
    beyond = end.max(initial=0) + 1  # keeps each bit's ends above those of the bit before
    until = np.maximum.accumulate(end + bit * beyond) - bit * beyond
    begins = np.ones(len(start), bool)
    begins[1:] = (bit[1:] != bit[:-1]) | (start[1:] > until[:-1])
    closes = np.append(begins[1:], True)[: len(start)]
    return start[begins], until[closes], bit[begins]
