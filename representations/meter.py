"""Sections of a piece in one meter, and which meters a representation reads."""

import re
from collections.abc import Iterable

import numpy as np

from errors import UserError
from music import Piece


def check_signatures(signatures: Iterable[str]) -> None:
    """A UserError unless every signature is written as "4/4" is."""
    for signature in signatures:
        found = re.fullmatch(r"([1-9]\d{0,2})/(\d+)", str(signature))
        if not found or int(found[1]) > 255 or int(found[2]) not in (1, 2, 4, 8, 16, 32, 64, 128):
            raise UserError(f"signatures: {signature!r} is no time signature; write such as 4/4")


def sections(
    piece: Piece, signatures: tuple[str, ...] | None, strict_tempo: bool
) -> list[tuple[int, int]]:
    """Ticks (start, stop) of the stretches of one signature, of one of those given if any are.

    With `strict_tempo` a change of tempo ends a stretch too. The last stops where the last note
    does; one that starts after it is no stretch.
    """
    end = piece.length_ticks
    meters = piece.time_signatures
    changed = np.append(True, (meters[1:, 1:] != meters[:-1, 1:]).any(axis=1))
    starts = meters[changed, 0]
    if strict_tempo:
        tempos = piece.tempos
        moved = np.append(True, tempos[1:, 1] != tempos[:-1, 1])
        starts = np.union1d(starts, tempos[moved, 0])
    starts = starts[starts < end]
    stops = np.append(starts[1:], end)
    rows = np.searchsorted(meters[:, 0], starts, side="right") - 1
    return [
        (start, stop)
        for start, stop, row in zip(starts.tolist(), stops.tolist(), rows.tolist(), strict=False)
        if signatures is None or f"{meters[row, 1]}/{meters[row, 2]}" in signatures
    ]
