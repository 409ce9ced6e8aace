"""A piece as the columns that a corpus stores, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from music import Piece

# Ticks fit 31 bits, as MIDI tools count them; narrow columns are most of a corpus's size.
NOTES = {
    "onset": np.int32,
    "duration": np.int32,
    "pitch": np.uint8,
    "velocity": np.uint8,
    "program": np.uint8,
    "track": np.int16,
    "is_drum": np.uint8,
}
CHANGES = {"tempos": 2, "time_signatures": 3}  # rows of int32
NAMES = "track_names"


def columns_of(piece: Piece) -> dict[str, Any]:
    """Everything a piece holds, in the types that are stored."""
    columns: dict[str, Any] = {
        name: getattr(piece, name).astype(dtype) for name, dtype in NOTES.items()
    }
    for name in CHANGES:
        columns[name] = getattr(piece, name).astype(np.int32)
    columns["ticks_per_beat"] = piece.ticks_per_beat
    columns[NAMES] = [name.encode("utf-8", "replace") for name in piece.track_names]
    return columns


def piece_from(columns: Mapping[str, Any]) -> Piece:
    """The piece that `columns_of` took apart."""
    return Piece(
        **{name: columns[name] for name in (*NOTES, *CHANGES)},
        ticks_per_beat=int(columns["ticks_per_beat"]),
        track_names=tuple(
            name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
            for name in columns[NAMES]
        ),
    )
