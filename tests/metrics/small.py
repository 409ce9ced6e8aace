"""Small pieces whose measures can be worked out by hand, and a set that is like music."""

import numpy as np

from datasets.demo import Demo
from metrics.table import Table
from music import Piece

BEAT = 480


def tune(pitches, beats=1.0, every=None, start=0.0, **columns) -> Piece:
    """Notes one after another, each `beats` long and `every` beats apart, from beat `start`."""
    number = len(pitches)
    every = beats if every is None else every
    lengths = np.broadcast_to(np.asarray(beats, float), number)
    onset = start + np.arange(number) * np.asarray(every, float)
    return notes([(o, d, p) for o, d, p in zip(onset, lengths, pitches, strict=True)], **columns)


def notes(rows, **columns) -> Piece:
    """A piece of (onset, duration, pitch) in beats."""
    onset, duration, pitch = np.array(rows, float).reshape(-1, 3).T
    return Piece.from_notes(
        np.rint(onset * BEAT).astype(int),
        np.rint(duration * BEAT).astype(int),
        pitch.astype(int),
        **columns,
    )


def table(*pieces: Piece) -> Table:
    """The table of some pieces."""
    return Table.of(pieces)


def songs(count: int = 40) -> list[Piece]:
    """Songs of the demo corpus: they have keys, bars, phrases, three tracks."""
    return [piece for _, piece in Demo(count * 2).pieces("train")][:count]


def transposed(piece: Piece, by: int) -> Piece:
    """The piece moved by some semitones."""
    return piece.transpose(by)


def other_order(piece: Piece) -> Piece:
    """The same music with its tracks numbered the other way round."""
    last = len(piece.track_names) - 1
    return Piece(
        piece.onset, piece.duration, piece.pitch, piece.velocity, piece.program,
        last - piece.track, piece.is_drum, piece.ticks_per_beat, piece.tempos,
        piece.time_signatures, piece.track_names[::-1],
    )  # fmt: skip
