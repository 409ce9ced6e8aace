"""What a shard holds of a piece: a tf.Example, written byte by byte.

TFDS would check and convert each value of each piece, which costs more than to parse the file it
came from. Columns are arrays whose bytes are what is stored, so all there is to do is to put names
and lengths between them (protobuf's wire format, in which a map is a list of its entries).
"""

import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

# Field 1 of every message here, and fields 2 and 3, each of a length that is told.
FIRST, SECOND, THIRD = b"\x0a", b"\x12", b"\x1a"


def example(entries: bytes) -> bytes:
    """A tf.Example with the entries of one or more calls of `entries_of`, joined."""
    return _field(FIRST, entries)


def entries_of(values: Mapping[str, Any]) -> bytes:
    """Named values as TFDS stores them: arrays as their bytes, words, lists of words, numbers."""
    return b"".join(
        _field(FIRST, _field(FIRST, name.encode()) + _field(SECOND, _feature(value)))
        for name, value in values.items()
    )


def _feature(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return _words([value.tobytes()])
    if isinstance(value, str | bytes):
        return _words([value])
    if isinstance(value, int):
        return _field(THIRD, _field(FIRST, _varint(value & 2**64 - 1)))
    if isinstance(value, float):
        return _field(SECOND, _field(FIRST, struct.pack("<f", value)))
    return _words(value)


def _words(values: Iterable[str | bytes]) -> bytes:
    encoded = (value.encode() if isinstance(value, str) else value for value in values)
    return _field(FIRST, b"".join([_field(FIRST, value) for value in encoded]))


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """A number of any size, seven bits a byte, the lowest first."""
    if number < 0x80:
        return bytes((number,))
    low = []
    while number > 0x7F:
        low.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*low, number))
