"""POP909's notes on their beats.

In its files beats are as long as the resolution says and begin anywhere between two of them, by
0.08 to 0.86 of a beat, so that no note stands where a grid looks for it. The annotation tells
where beats and bars begin; moving everything by one and the same number of ticks puts them there.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from datasets.columns import columns_of
from datasets.ingest import READER, Ingest
from datasets.parsing import piece_of
from datasets.sources import Dropped, Source
from music import Piece

USUAL_BAR = 4  # beats
STEADY = 0.9  # how well beats must agree on where they begin: 1 to the tick, 0 not at all


@dataclass(frozen=True)
class IngestOnBeats(Ingest):
    """A song to the columns of its piece, with the seconds by which its notes were moved."""

    def __call__(self, source: Source) -> dict[str, Any]:
        piece = piece_of(READER.read(source), self.rules)
        moved, seconds = piece, 0.0
        if self.rules.align and source.beside:
            moved = on_beats(piece, _beats(source.beside))
            seconds = float(moved.seconds_at(moved.onset[0]) - piece.seconds_at(piece.onset[0]))
        return columns_of(moved) | {"moved": seconds}


def on_beats(piece: Piece, beats: np.ndarray) -> Piece:
    """The piece with its beats on multiples of its resolution and most bars on those of four.

    `beats` (beats, 3) are seconds and two flags, the second of which marks where a bar begins.
    Notes and changes of tempo and meter move together, the shortest way that leaves no note
    before 0. Where the beats are not steady, nothing moves.
    """
    shift = shift_of(piece, beats)
    if not shift:
        return piece
    return replace(
        piece,
        onset=piece.onset + shift,
        tempos=_moved(piece.tempos, shift),
        time_signatures=_moved(piece.time_signatures, shift),
    )


def shift_of(piece: Piece, beats: np.ndarray) -> int:
    """The ticks by which notes have to move."""
    if not len(beats) or not len(piece):
        return 0
    beat = piece.ticks_per_beat
    turns = np.exp(2j * np.pi * piece.ticks_at(beats[:, 0]) / beat).mean()
    if abs(turns) < STEADY:
        return 0
    phase = np.angle(turns) / (2 * np.pi) * beat
    numbers = np.rint((piece.ticks_at(beats[:, 0]) - phase) / beat).astype(np.int64)
    first = numbers[beats[:, 2] == 1]
    bar = Counter(np.diff(first).tolist()).most_common(1)[0][0] if len(first) > 1 else USUAL_BAR
    begins = np.bincount(first % bar, minlength=bar).argmax() if len(first) and bar > 0 else 0
    length = max(bar, 1) * beat
    shift = -round(phase + begins * beat) % length
    back = shift - length
    return back if -back <= min(shift, int(piece.onset[0])) else shift


def _moved(changes: np.ndarray, shift: int) -> np.ndarray:
    """Changes at their new ticks; what held from the beginning still does."""
    ticks = np.where(changes[:, 0] == 0, 0, np.maximum(changes[:, 0] + shift, 0))
    return np.column_stack([ticks, changes[:, 1:]])


def table(text: str, numbers: int) -> tuple[np.ndarray, list[str]]:
    """The leading numbers of each line as float32 (lines, numbers), and its last word."""
    words, lines = text.split(), len(text.splitlines())
    try:
        if len(words) != 3 * lines:
            raise ValueError("a line is broken")
        columns = [list(map(float, words[i::3])) for i in range(numbers)]
    except ValueError:  # lines that are whole are kept
        rows = [row for row in map(str.split, text.splitlines()) if _is_whole(row, numbers)]
        words = [word for row in rows for word in row]
        columns = [list(map(float, words[i::3])) for i in range(numbers)]
    return np.array(columns, np.float32).T, words[2::3]


def _is_whole(row: list[str], numbers: int) -> bool:
    try:
        return len(row) == 3 and bool(np.isfinite([float(word) for word in row[:numbers]]).all())
    except ValueError:
        return False


def _beats(source: Source) -> np.ndarray:
    try:
        return table(READER.read(source).decode("utf-8", "replace"), 3)[0]
    except Dropped:
        return np.zeros((0, 3), np.float32)
