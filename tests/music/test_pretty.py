import io

import numpy as np
import pytest

from music import Piece, midi
from music.pretty import from_pretty_midi, to_pretty_midi

pretty_midi = pytest.importorskip("pretty_midi")


def test_there_and_back_is_the_same_piece(real_files):
    for name, data in list(real_files.items())[::10]:
        piece = midi.read(data)
        assert from_pretty_midi(to_pretty_midi(piece)) == piece, name


def test_times_in_seconds_are_those_of_the_piece():
    piece = Piece.from_notes(
        np.arange(40) * 123, 77, 60 + np.arange(40) % 3, 1 + np.arange(40),
        program=np.arange(40) % 2 * 9, track=np.arange(40) % 2, track_names=["a", "b"],
        tempos=[(0, 500_001), (480, 1_234_567), (2000, 200_000)],
        time_signatures=[(0, 3, 4), (1440, 6, 8)], ticks_per_beat=240,
    )  # fmt: skip
    there = to_pretty_midi(piece)
    rows = [(note.start, note.end, note.velocity) for part in there.instruments
            for note in part.notes]  # fmt: skip
    starts, ends, velocities = map(np.array, zip(*sorted(rows), strict=True))
    np.testing.assert_allclose(starts, piece.seconds_at(piece.onset), atol=1e-9)
    np.testing.assert_allclose(ends, piece.seconds_at(piece.ends), atol=1e-9)
    assert velocities.tolist() == piece.velocity.tolist()
    assert [part.name for part in there.instruments] == ["a", "b"]
    assert [part.program for part in there.instruments] == [0, 9]
    # The same object by pretty_midi's own writer and reader, then ours.
    file = io.BytesIO()
    there.write(file)
    assert midi.read(file.getvalue()).onset.tolist() == piece.onset.tolist()
    assert from_pretty_midi(there) == piece


def test_a_score_made_by_hand():
    music = pretty_midi.PrettyMIDI(resolution=220, initial_tempo=93.7)
    drums = pretty_midi.Instrument(0, is_drum=True, name="kit")
    drums.notes = [pretty_midi.Note(90, 36, 1.0, 1.0), pretty_midi.Note(90, 38, 599.5, 600.0)]
    music.instruments = [pretty_midi.Instrument(40, name="rest"), drums]
    piece = from_pretty_midi(music)
    a_tick = 60 / 93.7 / 220
    np.testing.assert_allclose(piece.seconds_at(piece.onset), [1.0, 599.5], atol=a_tick)
    assert piece.onset.tolist() == [music.time_to_tick(1.0), music.time_to_tick(599.5)]
    assert piece.duration[0] == 1
    # Hours later the notes are still on the beats that pretty_midi has them on.
    drums.notes.append(pretty_midi.Note(90, 38, 20_000.0, 20_001.0))
    assert from_pretty_midi(music).onset[-1] == music.time_to_tick(20_000.0)
    assert piece.is_drum.all() and piece.track_names == ("rest", "kit")


def test_empty_pieces():
    piece = Piece.from_notes([], [], [], track_names=["rest"])
    assert from_pretty_midi(to_pretty_midi(piece)) == piece
    assert len(from_pretty_midi(pretty_midi.PrettyMIDI())) == 0
