"""What is asked for in bars, beats, seconds, pitches and tracks, and the gap that comes of it."""

import numpy as np
import pytest

from errors import UserError
from music import Piece
from music.where import Where

BEAT = 100


class AllTracks:
    """Stands for a representation that draws every track."""

    def tracks(self, piece, among):
        return among


def song(**changes) -> Piece:
    """Ten bars of quarter notes at 60 beats a minute, 120 from beat 8 on: three tracks."""
    onset = np.tile(np.arange(40) * BEAT, 3)
    given = {
        "pitch": np.repeat([72, 60, 48], 40),
        "program": np.repeat([73, 0, 32], 40),
        "track": np.repeat([0, 1, 2], 40),
        "ticks_per_beat": BEAT,
        "tempos": [[0, 1_000_000], [8 * BEAT, 500_000]],
        "track_names": ("Melody", "", "BASS"),
    }
    return Piece.from_notes(onset, BEAT, **{**given, **changes})


@pytest.mark.parametrize(
    ("asked", "beats"),
    [
        ({"bars": (2, 4)}, (8, 16)),
        ({"bars": (None, 4)}, (0, 16)),
        ({"bars": (8, None)}, (32, 40)),
        ({"bars": (8, 20)}, (32, 80)),  # past the end: the song goes on
        ({"beats": (2.5, 7)}, (2.5, 7)),
        ({"seconds": (4, 10)}, (4, 12)),  # one beat a second up to beat 8, then two
        ({"seconds": (10, None)}, (12, 40)),
        ({"first_half": True}, (0, 20)),
        ({"pitches": (60, 60)}, (0, 40)),
        ({"bars": (2, 6), "beats": (10, 40), "seconds": (0, 14)}, (10, 20)),
        ({"bars": (4, 8), "first_half": True}, (16, 20)),
    ],
)
def test_times_are_those_of_the_song_and_several_hold_together(asked, beats):
    assert Where(**asked).ticks(song()) == tuple(beat * BEAT for beat in beats)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"bars": (8, 12), "beats": (0, 3)}, "bars and beats have no time in common"),
        ({"bars": (4, 6), "beats": (16, 24), "seconds": (0, 5)}, "bars and beats and seconds have"),
        ({"seconds": (14, 16), "first_half": True}, "seconds and first_half have no time in"),
        ({"bars": (30, 40), "beats": (0, 3)}, "it has 10 bars"),
        ({"bars": (30, 40)}, "it has 10 bars"),
    ],
)
def test_ranges_that_exclude_each_other_are_told_from_those_past_the_end(asked, said):
    with pytest.raises(UserError, match=said):
        Where(**asked).ticks(song())


def test_bars_are_counted_through_changes_of_meter():
    meters = [[0, 3, 4], [6 * BEAT, 6, 8], [12 * BEAT, 4, 4]]
    piece = song(time_signatures=meters)  # lines at beats 0 3 6 9 12 16 20 ..
    for bars, beats in (((1, 3), (3, 9)), ((3, 5), (9, 16)), ((4, 30), (12, 116))):
        assert Where(bars=bars).ticks(piece) == tuple(beat * BEAT for beat in beats)
    odd = song(time_signatures=[[0, 7, 16]])
    assert Where(bars=(4, 8)).ticks(odd) == (7 * BEAT, 14 * BEAT)


def test_a_note_goes_only_if_it_lies_wholly_inside():
    piece = song()
    held = Piece.from_notes(
        np.append(piece.onset, [350, 700]),
        np.append(piece.duration, [100, 150]),
        np.append(piece.pitch, [80, 81]),
        track=np.append(piece.track, [0, 0]),
        ticks_per_beat=BEAT,
        track_names=piece.track_names,
    )
    gap = Where(bars=(1, 2)).gap(held, AllTracks())
    assert sorted(set(gap.old.pitch.tolist())) == [48, 60, 72]
    assert (gap.old.onset >= 400).all() and (gap.old.ends <= 800).all() and len(gap.old) == 12
    assert len(gap.kept) + len(gap.old) == len(held)
    assert {80, 81} <= set(gap.kept.pitch.tolist())


def test_tracks_go_by_name_or_number_and_pitches_include_both_ends():
    for names in (("melody",), ("0",), ("MELODY", "melody")):
        gap = Where(tracks=names).gap(song(), AllTracks())
        assert gap.tracks == (0,) and set(gap.old.pitch) == {72}
        assert gap.instruments[0] == {"program": 73, "is_drum": False, "velocity": 80}
    assert Where(keep_tracks=("Melody",)).gap(song(), AllTracks()).tracks == (1, 2)
    assert Where(tracks=("0", "2"), keep_tracks=("BASS",)).gap(song(), AllTracks()).tracks == (0,)
    gap = Where(tracks=("1", "bass"), pitches=(48, 60)).gap(song(), AllTracks())
    assert gap.tracks == (1, 2) and set(gap.old.pitch) == {48, 60}
    assert set(Where(pitches=(49, 71)).gap(song(), AllTracks()).old.pitch) == {60}
    assert set(Where(pitches=(None, 59)).gap(song(), AllTracks()).old.pitch) == {48}


def test_a_part_that_the_model_plays_is_added_where_the_piece_lacks_it():
    class Trio(AllTracks):
        parts = ("Melody", "Bass", "Drums")

    alone = song().select(song().track == 0)
    for names, tracks in ((("drums",), (3,)), (("DRUMS", "bass", "0"), (0, 2, 3))):
        gap = Where(tracks=names).gap(alone, Trio())
        assert gap.tracks == tracks and gap.stop == alone.length_ticks
        assert gap.piece.track_names == ("Melody", "", "BASS", "Drums")
        assert len(gap.kept) == (0 if 0 in tracks else len(alone))
    with pytest.raises(UserError, match="there is no 'drums'"):
        Where(tracks=("drums",)).gap(alone, AllTracks())
    with pytest.raises(UserError, match="--keep_tracks: there is no 'drums'"):
        Where(keep_tracks=("drums",)).gap(alone, Trio())


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"bars": (12, 14)}, "10 bars, 40 beats, 24.0 seconds"),
        ({"bars": (0, 2), "beats": (8, 12)}, "nothing of it"),
        ({"tracks": ("Bas",)}, "'Bas'; it has Melody, number 1, BASS"),
        ({"tracks": ("3",)}, "'3'"),
        ({"keep_tracks": ("Bas",)}, "--keep_tracks: there is no 'Bas'"),
    ],
)
def test_what_is_not_there_is_said(asked, told):
    with pytest.raises(UserError, match=told) as error:
        Where(**asked).gap(song(), AllTracks())
    assert "\n" not in str(error.value)


def test_new_notes_stay_inside_and_never_meet_a_kept_one_of_their_pitch():
    gap = Where(bars=(1, 2), tracks=("melody",), pitches=(60, 80)).gap(song(), AllTracks())
    onset = [300, 400, 500, 500, 790, 800]
    made = gap.notes(onset, [500, 50, 900, 20, 100, 10], [70, 59, 71, 71, 72, 70])
    rows = zip(made.onset.tolist(), made.ends.tolist(), made.pitch.tolist(), strict=True)
    assert list(rows) == [(500, 800, 71), (790, 800, 72)]
    assert set(made.track) == {0} and set(made.program) == {73}


def test_new_notes_give_way_to_kept_ones_inside_the_gap():
    piece = Piece.from_notes([0, 450], [100, 600], [60, 64], ticks_per_beat=BEAT)
    gap = Where(bars=(1, 2)).gap(
        Piece.from_notes([0, 450], [100, 600], [60, 64], ticks_per_beat=BEAT), AllTracks()
    )
    assert gap.kept == piece  # the second reaches out of the bar
    made = gap.notes([400, 500, 500], [300, 300, 300], [64, 64, 65])  # the second has no room
    assert list(zip(made.onset, made.ends, made.pitch, strict=True)) == [
        (400, 450, 64),
        (500, 800, 65),
    ]


def test_what_a_windows_end_cut_is_joined_and_kept_notes_are_not():
    piece = Piece.from_notes([300], [100], [61], ticks_per_beat=BEAT)
    gap = Where(bars=(1, 5)).gap(piece, AllTracks())
    tail = gap.notes([400], [50], [61])
    gap = gap.filled(gap.notes([500, 600], [300, 100], [62, 63]), 800, tail)
    assert len(gap.piece) == 4 and piece.onset[0] == gap.kept.onset[0]
    tails = gap.notes([800, 800], [100, 30], [62, 63])
    gap = gap.filled(gap.notes([900], [100], [62]), 1600, tails)
    found = sorted(zip(gap.piece.onset, gap.piece.ends, gap.piece.pitch, strict=True))
    assert found == [
        (300, 400, 61),
        (400, 450, 61),
        (500, 900, 62),
        (600, 700, 63),
        (800, 830, 63),
        (900, 1000, 62),
    ]
