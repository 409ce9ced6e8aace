import io
import itertools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from random_pieces import one_instrument_each, pieces

import music
from errors import UserError
from music import Piece, midi, playable


def chunk(events: list[tuple[int, bytes]]) -> bytes:
    """A track of (tick, message), with waits below 128 ticks."""
    last, data = 0, b""
    for tick, message in events:
        data += bytes([tick - last]) + message
        last = tick
    data += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(data)) + data


def midi_file(*tracks, division: int = 96, form: int = 1) -> bytes:
    head = b"MThd" + struct.pack(">IHHH", 6, form, len(tracks), division)
    return head + b"".join(map(chunk, tracks))


def on(tick, pitch, velocity=64, channel=0):
    return tick, bytes([0x90 | channel, pitch, velocity])


def off(tick, pitch, channel=0):
    return tick, bytes([0x80 | channel, pitch, 0])


def meta(tick, kind, data):
    return tick, bytes([0xFF, kind, len(data)]) + data


def notes_of(piece):
    return list(zip(piece.onset.tolist(), piece.duration.tolist(), piece.pitch.tolist(),
                    strict=True))  # fmt: skip


def test_every_real_file_comes_back_the_same(real_files):
    for name, data in real_files.items():
        piece = midi.read(data)
        assert len(piece) and (piece.duration > 0).all(), name
        assert playable(piece) is piece, name
        assert midi.read(midi.to_bytes(piece)) == piece, name


def test_pretty_midi_reads_what_is_written_from_real_files(real_files):
    pretty_midi = pytest.importorskip("pretty_midi")
    for name, data in list(real_files.items())[::20]:
        piece = midi.read(data)
        other = pretty_midi.PrettyMIDI(io.BytesIO(midi.to_bytes(piece)))
        found = sorted(n.start for part in other.instruments for n in part.notes)
        assert len(found) == len(piece), name
        np.testing.assert_allclose(found, np.sort(piece.seconds_at(piece.onset)), atol=1e-6)


@given(pieces())
@settings(max_examples=150, deadline=None)
def test_any_piece_comes_back_as_its_playable_self(piece):
    assert midi.read(midi.to_bytes(piece)) == playable(piece)


@given(pieces(few_places=True))
@settings(max_examples=150, deadline=None)
def test_crowded_pieces_come_back_as_their_playable_selves(piece):
    plain = playable(piece)
    assert midi.read(midi.to_bytes(piece)) == plain
    assert playable(plain) is plain
    columns = (plain.track, plain.pitch, plain.onset, plain.ends)
    held = sorted(zip(*(column.tolist() for column in columns), strict=True))
    for (track, pitch, _, end), (next_track, next_pitch, _, next_end) in itertools.pairwise(held):
        assert (track, pitch) != (next_track, next_pitch) or end <= next_end
    # Nothing else has moved, and nothing was made longer.
    assert plain.onset.tolist() == piece.onset.tolist()
    assert sorted(plain.pitch.tolist()) == sorted(piece.pitch.tolist())
    assert plain.duration.sum() <= piece.duration.sum()


@given(pieces())
@settings(max_examples=150, deadline=None)
def test_what_midi_can_hold_comes_back_exactly(piece):
    """One instrument a track, no note of a pitch inside another: nothing may change."""
    piece = one_instrument_each(piece)
    ends, keep = {}, np.ones(len(piece), bool)
    for row, (track, pitch, end) in enumerate(
        zip(piece.track.tolist(), piece.pitch.tolist(), piece.ends.tolist(), strict=True)
    ):
        keep[row] = end >= ends.get((track, pitch), 0)
        ends[track, pitch] = max(end, ends.get((track, pitch), 0))
    piece = piece.select(keep)
    assert playable(piece) is piece
    assert midi.read(midi.to_bytes(piece)) == piece


def test_a_note_inside_another_of_its_pitch_ends_it():
    piece = Piece.from_notes([0, 10, 20, 0, 0], [100, 60, 5, 100, 50], [60, 60, 60, 61, 62],
                             track=[0, 0, 0, 0, 1])  # fmt: skip
    assert sorted(notes_of(playable(piece))) == [
        (0, 25, 60), (0, 50, 62), (0, 100, 61), (10, 15, 60), (20, 5, 60),
    ]  # fmt: skip


def test_a_track_of_several_instruments_becomes_one_for_each():
    piece = Piece.from_notes(
        [0, 1, 2, 3, 4], 1, 60, program=[5, 3, 0, 0, 7], is_drum=[0, 0, 1, 0, 0],
        track=[0, 0, 0, 0, 2], track_names=["a", "none", "b"],
    )  # fmt: skip
    split = playable(piece)
    assert split.track_names == ("a", "a", "a", "a", "none", "b")
    assert split.track.tolist() == [2, 1, 3, 0, 5]
    assert split.program.tolist() == piece.program.tolist()
    assert split.is_drum.tolist() == piece.is_drum.tolist()


def test_notes_that_overlap_end_in_the_order_in_which_they_began():
    data = midi_file([on(0, 60, 10), on(5, 60, 20), off(10, 60), off(15, 60)])
    assert notes_of(midi.read(data)) == [(0, 10, 60), (5, 10, 60)]


def test_odd_notes():
    data = midi_file([on(0, 36, channel=9), off(0, 36, channel=9), on(1, 60), on(1, 61),
                      on(9, 60, velocity=0)])  # fmt: skip
    piece = midi.read(data)
    # Instant drum hits are heard; what is never released is not a note.
    assert sorted(notes_of(piece)) == [(0, 1, 36), (1, 8, 60)]
    assert piece.is_drum.tolist() == [True, False]


def test_a_repeated_note_is_released_before_it_is_struck_again():
    data = midi.to_bytes(Piece.from_notes([0, 10], 10, 60))
    assert data.index(bytes([0x80, 60])) < data.index(bytes([0x90, 60]), data.index(b"\x90") + 1)


def test_each_channel_and_program_of_a_chunk_is_a_track():
    data = midi_file(
        [meta(0, 3, b"all"), (0, b"\xc0\x05"), (0, b"\xc1\x06"), on(0, 60), on(1, 61, channel=1),
         on(2, 36, channel=9), off(9, 60), off(9, 61, 1), off(9, 36, 9)], form=0,
    )  # fmt: skip
    piece = midi.read(data)
    assert piece.track_names == ("all",) * 3
    assert piece.track.tolist() == [0, 1, 2]
    assert piece.program.tolist()[:2] == [5, 6] and piece.is_drum.tolist() == [False, False, True]


def test_tempo_and_meter_from_any_chunk_in_any_order():
    data = midi_file(
        [meta(0, 0x58, bytes([3, 2, 24, 8])), meta(0, 0x51, b"\x07\xa1\x21")],
        [meta(0, 0x51, b"\0\0\0"), meta(64, 0x51, b"\xff\xff\xff"), on(64, 60), off(70, 60)],
        [meta(32, 0x51, b"\0\0\1"), meta(32, 0x58, bytes([5, 7, 24, 8])),
         meta(32, 0x58, bytes([5, 30, 24, 8]))],
    )  # fmt: skip
    piece = midi.read(data)
    assert piece.tempos.tolist() == [[0, 500_001], [32, 1], [64, 2**24 - 1]]
    assert piece.time_signatures.tolist() == [[0, 3, 4], [32, 5, 128]]


def test_names_of_any_encoding_are_read_and_kept():
    names = {"ピアノ".encode(): "ピアノ", "ピアノ".encode("shift-jis"): None,
             "Flöte".encode("latin-1"): "Fl\ufffdte", b"": "", b" x\0 ": " x\0 "}  # fmt: skip
    for raw, expected in names.items():
        piece = midi.read(midi_file([meta(0, 3, raw), on(0, 60), off(9, 60)]))
        assert expected is None or piece.track_names == (expected,)
        assert midi.read(midi.to_bytes(piece)) == piece
    half = Piece.from_notes(0, 1, 60, track_names=["\ud800"])
    assert midi.read(midi.to_bytes(half)).track_names == ("?",)


def test_tracks_without_notes_and_pieces_without_tracks():
    piece = Piece.from_notes(0, 9, 60, track=1, track_names=["", "solo", "rest", ""])
    assert midi.read(midi.to_bytes(piece)) == piece
    bare = Piece.from_notes([], [], [], tempos=[(0, 1), (7, 2)], time_signatures=[(0, 7, 8)])
    assert midi.read(midi.to_bytes(bare)) == bare
    # The softest and lowest of notes is one all the same, unless it lasts no time at all.
    soft = Piece.from_notes(0, 1, 0, 1)
    assert midi.read(midi.to_bytes(soft)) == soft


def test_more_tracks_than_channels():
    piece = Piece.from_notes(np.zeros(40), 9, 60, program=np.arange(40), track=np.arange(40))
    assert midi.read(midi.to_bytes(piece)) == piece


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "less than"),
        (b"no music at all", "MThd"),
        (midi_file([on(0, 60), off(9, 60)])[:-6], "length"),
        (midi_file([on(0, 60), off(9, 60)], division=0xE728), "ticks per quarter"),
        (midi_file([on(0, 60), off(9, 60)], division=0), "ticks_per_beat"),
        (midi_file([on(0, 200), off(9, 60)]), "200"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path, data, reason):
    path = tmp_path / "bad.mid"
    path.write_bytes(data)
    with pytest.raises(UserError, match=f"bad.mid: .*{reason}.*; leave it out"):
        midi.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    for path in (tmp_path / "none.mid", tmp_path):
        with pytest.raises(UserError, match=path.name):
            midi.read(path)


def test_damaged_files_are_refused_or_read_but_never_worse(real_files):
    random = np.random.default_rng(0)
    for data in list(real_files.values())[:20]:
        for _ in range(10):
            damaged = np.frombuffer(data[:4000], np.uint8).copy()
            damaged[random.integers(0, len(damaged), 3)] = random.integers(0, 256, 3)
            damaged[18:22] = np.frombuffer(struct.pack(">I", len(damaged) - 22), np.uint8)
            try:
                piece = midi.read(damaged.tobytes())
            except UserError:
                continue
            assert (piece.duration > 0).all()


def test_writing_replaces_the_file_or_leaves_it(tmp_path):
    path = tmp_path / "piece.mid"
    piece = Piece.from_notes(0, 9, 60, track_names=["x"])
    music.write(piece, path)
    assert music.read(path) == music.read(str(path)) == piece
    too_long = Piece.from_notes(2**28, 9, 60)
    with pytest.raises(ValueError, match="ticks"):
        music.write(too_long, path)
    assert music.read(path) == piece
    assert [entry.name for entry in tmp_path.iterdir()] == ["piece.mid"]
