"""Which track is the melody, which the bass, which are the drums."""

from dataclasses import replace

import numpy as np
import pytest

from music import Piece
from representations.tracks import part_of_notes, part_of_tracks


def song(*tracks, names=None) -> Piece:
    """A piece of tracks (program, is_drum, onsets, pitches), each note one beat long."""
    rows = [
        (onset * 480, pitch, program, index, is_drum)
        for index, (program, is_drum, onsets, pitches) in enumerate(tracks)
        for onset, pitch in zip(onsets, np.broadcast_to(pitches, len(onsets)), strict=True)
    ]
    onset, pitch, program, track, is_drum = zip(*rows, strict=True)
    return Piece.from_notes(
        onset, np.full(len(onset), 480), pitch, 80, program, track, is_drum, track_names=names
    )


def parts(piece, arrangement):
    """The part of each track; its notes must agree."""
    found = part_of_notes(piece, arrangement)
    by_track = [set(found[piece.track == t].tolist()) for t in range(len(piece.track_names))]
    assert all(len(part) == 1 for part in by_track)
    return [part.pop() for part in by_track]


LOW_PIANO = (0, False, range(16), 50)
FLUTE = (73, False, range(0, 16, 2), 76)
BASS = (34, False, range(16), 40)
KIT = (0, True, range(16), 36)


def test_the_melody_is_the_high_line_of_one_voice():
    assert parts(song(LOW_PIANO, FLUTE, BASS, KIT), "melody") == [-1, 0, -1, -1]
    assert parts(song(FLUTE, LOW_PIANO), "melody") == [0, -1]
    chords = (0, False, [0, 0, 0, *range(1, 14)], [80, 76, 73] + [78] * 13)
    full_chords = (48, False, np.repeat(range(12), 3), np.tile([72, 76, 79], 12))
    assert parts(song(full_chords, (40, False, range(12), 70)), "melody") == [-1, 0]
    assert parts(song((40, False, range(12), 70), chords), "melody") == [-1, 0]


def test_a_track_that_seldom_plays_is_no_melody_however_high():
    bells = (9, False, [0, 8], 100)
    assert parts(song(LOW_PIANO, FLUTE, bells), "melody") == [-1, 0, -1]


def test_a_name_says_more_than_height():
    names = ("Lead vocals", "Flute", "Bass")
    assert parts(song(LOW_PIANO, FLUTE, BASS, names=names), "melody") == [0, -1, -1]
    names = ("Melody", "MELODY 2", "")  # of two the better
    assert parts(song(LOW_PIANO, FLUTE, BASS, names=names), "melody") == [-1, 0, -1]


def test_a_named_track_of_drums_is_no_melody():
    names = ("", "Lead drums")
    assert parts(song(LOW_PIANO, KIT, names=names), "melody") == [0, -1]


def test_a_trio_is_melody_bass_and_every_drum_track():
    second_bass = (32, False, [0, 4], 38)
    piece = song(second_bass, KIT, BASS, LOW_PIANO, FLUTE, KIT)
    assert parts(piece, "trio") == [-1, 2, 1, -1, 0, 2]
    assert parts(song(BASS, KIT), "trio") == [1, 2]
    assert parts(song(FLUTE), "trio") == [0]


def test_the_first_of_equal_tracks_is_taken():
    assert parts(song(FLUTE, FLUTE), "melody") == [0, -1]
    assert parts(song(FLUTE, BASS, BASS), "trio") == [0, 1, -1]


def test_named_tracks_go_by_name_in_any_case_and_order():
    piece = song(LOW_PIANO, FLUTE, BASS, FLUTE, names=("piano", "Bridge ", "x", "MELODY"))
    assert parts(piece, "named") == [2, 1, -1, 0]


def test_a_song_without_named_tracks_has_a_melody_and_a_piano_to_be_filled_in():
    """Training takes none of its tracks, but a model can hear them and write beside them."""
    guitar, bass, lead, drums = LOW_PIANO, BASS, FLUTE, KIT
    names = ["Guitar", "Bass", "Lead", "Drums"]
    band = song(guitar, bass, lead, drums, names=names)
    assert parts(band, "named") == [-1, -1, -1, -1]
    assert part_of_tracks(band, "named").tolist() == [2, -1, 0, -1]
    asked = replace(band, track_names=(*names, "PIANO"))
    assert part_of_tracks(asked, "named", (4,)).tolist() == [-1, -1, 0, -1, 2]
    called = song(guitar, lead, names=["piano", "Flute"])
    assert part_of_tracks(called, "named").tolist() == [2, 0]
    alone = song(drums, bass, names=["", ""])
    assert part_of_tracks(alone, "named").tolist() == [-1, -1]


@pytest.mark.parametrize("arrangement", ["melody", "trio", "named"])
def test_a_piece_without_notes_has_no_parts(arrangement):
    assert not len(part_of_notes(Piece.from_notes([], [], []), arrangement))
