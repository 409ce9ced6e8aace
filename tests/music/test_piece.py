import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_pieces import pieces

from music import Piece

EMPTY = Piece.from_notes([], [], [])


def test_from_notes_spreads_single_values_and_sorts():
    piece = Piece.from_notes(
        onset=[480, 0, 0, 0, 0], duration=[10, 9, 8, 8, 7], pitch=[1, 64, 62, 62, 90],
        velocity=[1, 2, 9, 3, 4], track=[0, 1, 1, 1, 0],
    )  # fmt: skip
    assert piece.onset.tolist() == [0, 0, 0, 0, 480]
    assert piece.track.tolist() == [0, 1, 1, 1, 0]
    assert piece.pitch.tolist() == [90, 62, 62, 64, 1]
    assert piece.velocity.tolist() == [4, 3, 9, 2, 1]
    assert piece.program.tolist() == [0] * 5 and not piece.is_drum.any()
    assert piece.track_names == ("", "")
    assert [piece.onset.dtype, piece.pitch.dtype, piece.track.dtype] == [
        np.int64, np.uint8, np.int16,
    ]  # fmt: skip


@given(pieces(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_notes_are_given_does_not_matter(piece, random):
    shuffled = list(range(len(piece)))
    random.shuffle(shuffled)
    columns = ("onset", "duration", "pitch", "velocity", "program", "track", "is_drum")
    again = Piece(
        *(getattr(piece, name)[shuffled] for name in columns),
        piece.ticks_per_beat, piece.tempos, piece.time_signatures, piece.track_names,
    )  # fmt: skip
    assert again == piece
    assert pickle.loads(pickle.dumps(piece)) == piece
    rows = zip(piece.onset, piece.track, piece.pitch, piece.duration, piece.velocity, strict=True)
    rows = [tuple(int(value) for value in row) for row in rows]
    assert rows == sorted(rows)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("onset", [-1]), ("onset", [0.5]), ("onset", [float("nan")]), ("onset", ["a"]),
        ("duration", [0]), ("duration", [1, 2]), ("pitch", [128]), ("pitch", [-1]),
        ("velocity", [0]), ("velocity", [128]), ("velocity", [[64]]), ("program", [128]),
        ("track", [-1]), ("track", [3]), ("is_drum", [2]), ("ticks_per_beat", 0),
        ("tempos", [(0, 0)]), ("tempos", [0, 500_000]), ("tempos", [(0, 2**24)]),
        ("tempos", [(-1, 500_000)]), ("time_signatures", [(0, 4, 3)]),
        ("time_signatures", [(0, 0, 4)]), ("time_signatures", [(0, 4)]),
        ("track_names", "Piano"), ("track_names", [None, "", ""]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_name(field, value):
    given = {"onset": [0], "duration": [1], "pitch": [60], "track_names": ["", "", ""]}
    with pytest.raises(ValueError, match=field):
        Piece.from_notes(**given | {field: value})


def test_pieces_do_not_change_under_their_owners():
    onset = np.array([5, 0])
    piece = Piece.from_notes(onset, 1, 60)
    onset[:] = 99
    assert piece.onset.tolist() == [0, 5]
    for column in (piece.onset, piece.tempos, pickle.loads(pickle.dumps(piece)).pitch):
        with pytest.raises(ValueError):
            column[...] = 0
    with pytest.raises(AttributeError):
        piece.onset = onset


def test_pieces_are_equal_by_value_alone():
    piece = Piece.from_notes([0, 5], 1, 60, track_names=["a"])
    assert piece == Piece.from_notes([5, 0], 1, 60, track_names=["a"])
    for other in (
        Piece.from_notes([0, 5], 1, 61, track_names=["a"]),
        Piece.from_notes([0, 5], 1, 60, track_names=["b"]),
        Piece.from_notes([0, 5], 1, 60, track_names=["a"], ticks_per_beat=96),
        Piece.from_notes([0, 5], 1, 60, track_names=["a"], tempos=[(0, 400_000)]),
        Piece.from_notes([0], 1, 60, track_names=["a"]),
        "piece",
    ):
        assert piece != other


def test_tempo_and_meter_start_at_tick_zero_and_the_last_given_wins():
    piece = Piece.from_notes([], [], [], tempos=[(960, 1), (480, 2), (480, 3)],
                             time_signatures=[(0, 3, 4), (0, 6, 8)])  # fmt: skip
    assert piece.tempos.tolist() == [[0, 500_000], [480, 3], [960, 1]]
    assert piece.time_signatures.tolist() == [[0, 6, 8]]
    assert EMPTY.time_signatures.tolist() == [[0, 4, 4]]


def test_seconds_follow_the_tempo_map():
    piece = Piece.from_notes(1920, 480, 60, tempos=[(0, 500_000), (960, 250_000)])
    assert piece.seconds_at([0, 480, 960, 1440, 1920]).tolist() == [0, 0.5, 1.0, 1.25, 1.5]
    assert piece.ticks_at([0, 0.5, 1.0, 1.25, 1.5]).tolist() == [0, 480, 960, 1440, 1920]
    assert piece.duration_seconds == 1.75
    assert piece.seconds_at([[480], [960]]).shape == (2, 1)
    assert piece.seconds_at(480) == 0.5
    assert piece.beats_at([240, 480]).tolist() == [0.5, 1.0]
    assert piece.ticks_at_beats([0.5, 1.0]).tolist() == [240, 480]


@given(pieces())
@settings(max_examples=60, deadline=None)
def test_ticks_and_seconds_are_inverse(piece):
    ticks = np.arange(0, 30_000, 7)
    seconds = piece.seconds_at(ticks)
    assert (np.diff(seconds) > 0).all()
    # A slow stretch before a fast one leaves fewer digits for the ticks of the latter.
    digits = seconds[-1] / piece.tempos[:, 1].min() * 1e6 * piece.ticks_per_beat
    np.testing.assert_allclose(piece.ticks_at(seconds), ticks, atol=1e-12 * digits + 1e-9)


def test_bars_follow_the_meter():
    def ends_at(tick, meters=None, beat=480):
        piece = Piece.from_notes(tick - 1, 1, 60, time_signatures=meters, ticks_per_beat=beat)
        return piece.bars().tolist()

    assert EMPTY.bars().tolist() == [0]
    assert ends_at(1920) == [0]
    assert ends_at(1921) == [0, 1920]
    assert ends_at(4000, [(0, 3, 4)]) == [0, 1440, 2880]
    # A change in the middle of a bar begins one; a change after the end is never reached.
    assert ends_at(4000, [(0, 4, 4), (2400, 6, 8), (9000, 1, 4)]) == [0, 1920, 2400, 3840]
    # Bars of 3.5 ticks do not drift.
    assert ends_at(14, [(0, 7, 8)], beat=1) == [0, 4, 7, 11]


def test_transpose_leaves_drums_and_refuses_to_leave_the_range():
    piece = Piece.from_notes([0, 0], 1, [60, 36], is_drum=[False, True])
    assert sorted(piece.transpose(-12).pitch.tolist()) == [36, 48]
    assert piece.transpose(5).transpose(-5) == piece
    with pytest.raises(ValueError, match="pitch holds 128"):
        piece.transpose(68)


def test_select_keeps_rows_and_everything_else():
    piece = Piece.from_notes([0, 1, 2], 1, 60, track=[0, 1, 2], tempos=[(0, 7)])
    kept = piece.select(piece.track != 1)
    assert kept.onset.tolist() == [0, 2] and kept.track_names == ("", "", "")
    assert kept.tempos.tolist() == [[0, 7]]
    with pytest.raises(ValueError, match="keep_mask"):
        piece.select([True])


@given(pieces(), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_a_finer_resolution_and_back_is_the_same_piece(piece, times):
    if piece.ticks_per_beat * times >= 2**15:
        return
    finer = piece.with_resolution(piece.ticks_per_beat * times)
    assert (finer.onset == piece.onset * times).all()
    np.testing.assert_allclose(finer.seconds_at(finer.ends), piece.seconds_at(piece.ends))
    assert finer.with_resolution(piece.ticks_per_beat) == piece


def test_a_cut_begins_in_the_tempo_and_the_meter_that_were_in_force():
    piece = Piece.from_notes(
        onset=[0, 960, 1000, 1920, 2400], duration=480, pitch=[60, 62, 64, 65, 67],
        tempos=[(0, 500_000), (480, 250_000), (1200, 1_000_000), (3000, 300_000)],
        time_signatures=[(0, 4, 4), (960, 3, 4)],
    )  # fmt: skip
    cut = piece.between(960, 2400)
    assert cut.onset.tolist() == [0, 40, 960] and cut.pitch.tolist() == [62, 64, 65]
    assert cut.tempos.tolist() == [[0, 250_000], [240, 1_000_000], [2040, 300_000]]
    assert cut.time_signatures.tolist() == [[0, 3, 4]]
    assert piece.between(0, piece.length_ticks) == piece
    seconds = piece.seconds_at([1000, 1920]) - piece.seconds_at(960)
    assert np.allclose(cut.seconds_at([40, 960]), seconds)


def test_a_coarser_resolution_keeps_every_note():
    piece = Piece.from_notes([0, 241, 950], [1, 300, 5], 60, tempos=[(479, 9), (481, 8)])
    coarse = piece.with_resolution(1)
    assert coarse.onset.tolist() == [0, 1, 2]
    assert coarse.duration.tolist() == [1, 1, 1]
    assert coarse.tempos.tolist() == [[0, 500_000], [1, 8]]


def test_the_room_opens_quickly_and_without_heavy_guests():
    script = "import music, sys; assert not {'matplotlib', 'pretty_midi', 'keras'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", script], check=True)
