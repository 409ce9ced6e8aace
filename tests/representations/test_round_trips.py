"""Real songs through encode and decode, note for note, wherever a representation can hold them."""

from math import ceil

import numpy as np
import pytest

from datasets.columns import piece_from
from datasets.crew import Crew
from datasets.pop909 import Pop909
from music import Piece
from music.overlaps import without_overlaps
from representations.grid import Grid
from representations.notes import Notes
from representations.octuple import Octuple
from representations.roll import Roll
from tests.datasets.material import DATA

ARCHIVE = DATA / "POP909.zip"
pytestmark = pytest.mark.skipif(not ARCHIVE.exists(), reason="POP909.zip is not here")


@pytest.fixture(scope="module")
def songs() -> list[Piece]:
    """A dozen songs on their beats."""
    corpus = Pop909(ARCHIVE, limit=12)
    return [piece_from(columns) for _, columns in corpus.examples("train", Crew(0))]


def one_track(song: Piece, name: str, resolution: int) -> Piece:
    """A track by itself, in steps of a beat's division, no note struck while its key is down."""
    part = song.select(song.track == song.track_names.index(name)).with_resolution(resolution)
    columns = without_overlaps(part.onset, part.duration, part.pitch)
    return Piece.from_notes(*columns, ticks_per_beat=resolution)


def told(piece: Piece, resolution: int) -> list[tuple]:
    """(onset, end, pitch) of every note, in steps."""
    step = piece.ticks_per_beat / resolution
    columns = (piece.onset / step, piece.ends / step, piece.pitch)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def test_notes(songs):
    windows = 0
    for song in songs:
        piano = one_track(song, "PIANO", 480)
        gaps = np.diff(piano.onset) > 8 * 480
        if gaps.any() or (piano.duration > 8 * 480).any():
            continue
        encoded = Notes().encode(piano)
        notes = Notes().with_statistics(Notes().measure(encoded))
        for place, window in enumerate(notes.scale(encoded)):
            rows = slice(128 * place, 128 * (place + 1))
            wanted = Piece.from_notes(
                piano.onset[rows] - piano.onset[rows][0], piano.duration[rows], piano.pitch[rows]
            )
            assert told(notes.decode(window), 480) == told(wanted, 480)
            windows += 1
    assert windows > 30


def test_rolls(songs):
    for song in songs:
        piano = one_track(song, "PIANO", 24)
        beats = ceil(piano.length_ticks / 24)
        roll = Roll(length=beats, lowest=0, highest=127, onsets=True, random_start=False)
        (window,) = roll.scale(roll.encode(piano))
        assert told(roll.decode(window), 24) == told(piano, 24)


def test_grids(songs):
    for song in songs:
        melody = one_track(song, "MELODY", 4)
        last = np.append(np.diff(melody.onset) > 0, True)  # the top of notes struck together
        after = np.append(melody.onset[last][1:], melody.length_ticks)
        line = Piece.from_notes(
            melody.onset[last],
            np.minimum(melody.duration[last], after - melody.onset[last]),
            melody.pitch[last],
            ticks_per_beat=4,
        )
        bars = ceil(line.length_ticks / 16)
        grid = Grid(bars=bars, hop=bars, lowest=0, highest=127)
        (window,) = grid.scale(grid.encode(line))
        assert told(grid.decode(window), 4) == told(line, 4)


def test_octuples(songs):
    octuple = Octuple(arrangement="named", length=20_000, bars=4096, fewest=1)
    for song in songs:
        short = song.with_resolution(12)
        short = short.select(short.duration <= 4 * 12)  # longer ones are rounded
        short = Piece.from_notes(
            short.onset,
            short.duration,
            short.pitch,
            velocity=short.velocity,
            track=short.track,
            ticks_per_beat=12,
            track_names=short.track_names,
        )
        (window,) = octuple.encode(short)
        decoded = octuple.decode(octuple.scale(window))
        start = short.onset[0] // 48 * 48  # a window begins at a bar
        for track in range(3):
            found, wanted = (p.select(p.track == track) for p in (decoded, short))
            moved = [(on - start, end - start, key) for on, end, key in told(wanted, 12)]
            assert set(told(found, 12)) <= set(moved)
            # Equal places and keys are one event.
            assert {(on, key) for on, _, key in told(found, 12)} == {
                (on, key) for on, _, key in moved
            }
