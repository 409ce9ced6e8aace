"""The notes representation: what it cuts from a piece, and that decoding gives it back."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from errors import UserError
from music import Piece, midi
from representations.notes import PITCHES, Notes

POP909 = Path(__file__).parents[3] / "shared" / "data" / "POP909.zip"
BEAT = 480


def melody(pitch, duration=1.0, delta=1.0, **kwargs) -> Piece:
    """A piece of consecutive notes, times in beats."""
    pitch = np.asarray(pitch)
    onset = np.cumsum(np.broadcast_to(delta, pitch.shape)) * BEAT
    duration = np.broadcast_to(duration, pitch.shape) * BEAT
    return Piece.from_notes(onset.astype(int), duration.astype(int), pitch, **kwargs)


def random_notes(seed: int, count: int, longest: int = 8 * BEAT):
    """Onset, duration and pitch of notes of which no two of one pitch overlap."""
    rng = np.random.default_rng(seed)
    delta = rng.integers(0, longest + 1, count) * (rng.random(count) < 0.6)
    onset = np.cumsum(delta)
    duration = rng.integers(1, longest + 1, count)
    pitch = rng.integers(21, 109, count)
    free_from, kept = {}, []
    for i in range(count):
        if free_from.get(pitch[i], -1) <= onset[i]:
            free_from[pitch[i]] = onset[i] + duration[i]
            kept.append(i)
    return onset[kept], duration[kept], pitch[kept]


def segments_one_by_one(onset, duration, pitch, longest_duration, longest_delta):
    """What `encode` cuts, note by note: lists of (pitch, duration, delta) in ticks."""
    segments, current, before = [], [], None
    for start, lasts, key in zip(onset, duration, pitch, strict=True):
        gap = 0 if before is None else start - before
        before = start
        if lasts > longest_duration or gap > longest_delta:
            segments.append(current)
            current = []
        if lasts <= longest_duration:
            current.append((key, lasts, gap))
    return [*segments, current]


@pytest.mark.parametrize("pitch", PITCHES)
@pytest.mark.parametrize("seed", range(5))
def test_a_window_comes_back_to_the_tick(pitch, seed):
    onset, duration, key = (column[:128] for column in random_notes(seed, 400))
    piece = Piece.from_notes(onset + 777, duration, key)
    notes = Notes(pitch=pitch)
    windows = notes.encode(piece)
    assert windows.shape == (1, 128, 3) and windows.dtype == np.float32
    other = np.full((1, 128, 3), (20, 7.9, 7.7), np.float32)  # this window is not the corpus
    other[0, 0, 0] = 113
    notes = notes.with_statistics(notes.measure(np.concatenate([windows, other])))
    assert notes.decode(notes.scale(windows)[0]) == Piece.from_notes(
        onset - onset[0], duration, key, tempos=[[0, 500_000]]
    )


@pytest.mark.parametrize("seed", range(20))
def test_segments_are_those_of_a_note_by_note_reading(seed):
    onset, duration, pitch = random_notes(seed, 300, longest=6 * BEAT)
    duration = np.where(np.arange(len(duration)) % 11 == 3, 5 * BEAT + 1, duration // 2 + 1)
    piece = Piece.from_notes(onset, duration, pitch)
    notes = Notes(length=7, max_duration=5, max_delta=5.5)
    order = piece.onset, piece.duration, piece.pitch
    expected = []
    for segment in segments_one_by_one(*order, 5 * BEAT, 5.5 * BEAT):
        for start in range(0, len(segment) - 6, 7):
            window = np.array(segment[start : start + 7]) / (1, BEAT, BEAT)
            window[0, 2] *= start > 0  # later windows of a segment go on from the one before
            expected.append(window)
    assert len(expected) > 3
    np.testing.assert_array_equal(notes.encode(piece), np.array(expected, np.float32))


def test_a_note_at_the_threshold_stays_and_one_tick_more_ends_the_segment():
    at, over = melody([60] * 8, 2.0, 2.0), melody([60] * 8, 2.0, 2 + 1 / BEAT)
    long = melody([60] * 8, [2 + 1 / BEAT if i == 3 else 1 for i in range(8)])
    notes = Notes(length=4, max_duration=2, max_delta=2)
    assert len(notes.encode(at)) == 2
    assert len(notes.encode(over)) == 0
    assert len(notes.encode(long)) == 1  # 3 notes before it, 4 after
    assert len(Notes(length=4, max_duration=2, max_delta=2, on_long="drop").encode(at)) == 2
    assert len(Notes(length=4, max_duration=2, max_delta=2, on_long="drop").encode(long)) == 0


def test_silence_before_the_first_note_is_no_long_rest():
    piece = melody([60, 62, 64, 65], delta=[100, 1, 1, 1])
    window = Notes(length=4, on_long="drop").encode(piece)[0]
    assert window[:, 2].tolist() == [0, 1, 1, 1]


def test_the_beat_is_that_of_the_file():
    piece = Piece.from_notes([0, 96, 192], [48, 24, 96], [60, 61, 62], ticks_per_beat=96)
    window = Notes(length=3).encode(piece)[0]
    assert window.tolist() == [[60, 0.5, 0], [61, 0.25, 1], [62, 1, 1]]


def test_the_longest_piano_track_is_chosen_and_the_first_of_equals():
    tracks = {  # track: (program, drum, notes)
        0: (40, False, 9),
        1: (0, True, 8),
        2: (16, False, 5),
        3: (7, False, 5),
        4: (24, False, 7),
        5: (8, False, 7),
    }
    columns = [
        (4 * i * BEAT, BEAT, 60 + track, program, track, drum)
        for track, (program, drum, count) in tracks.items()
        for i in range(count)
    ]
    onset, duration, pitch, program, track, drum = map(np.array, zip(*columns, strict=True))
    piece = Piece.from_notes(onset, duration, pitch, 80, program, track, drum)
    assert Notes(length=5).encode(piece)[..., 0].tolist() == [[62] * 5]
    others = piece.select(~np.isin(piece.track, (2, 3)))
    assert not len(Notes(length=1).encode(others))


def test_chords_run_from_low_to_high_however_they_were_given():
    piece = Piece.from_notes([0, 0, 0, BEAT], [BEAT] * 4, [67, 60, 64, 62])
    window = Notes(length=4).encode(piece)[0]
    assert window[:, 0].tolist() == [60, 64, 67, 62]
    assert window[:, 2].tolist() == [0, 0, 0, 1]


def test_a_sounding_pitch_is_cut_where_it_begins_again():
    units = np.array([[60, 4, 0], [64, 4, 0], [60, 1, 0], [60, 2, 1.5]], np.float32)
    notes = Notes(length=4)
    notes = notes.with_statistics(notes.measure(units[None]))
    piece = notes.decode(notes.scale(units), velocity=70, program=3, tempo=90)
    assert piece.onset.tolist() == [0, 0, 720]
    assert piece.pitch.tolist() == [60, 64, 60]
    assert piece.duration.tolist() == [720, 1920, 960]
    assert set(piece.velocity) == {70} and set(piece.program) == {3}
    assert piece.tempos.tolist() == [[0, 666667]]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"length": 0}, "length: 0 .* 1$"),
        ({"length": 12.6}, "length: 12.6 .* 13$"),
        ({"length": True}, "length"),
        ({"max_duration": -1.0}, "max_duration: -1.0 .* 0.00208"),
        ({"max_delta": float("nan")}, "max_delta: nan"),
        ({"max_delta": float("inf")}, "max_delta: inf .* 1024$"),
        ({"transpose": 200}, "transpose: 200 .* 127$"),
        ({"transpose": float("inf")}, "transpose: inf .* 127$"),
        ({"pitch": "log frequency"}, "use 'log_frequency'"),
        ({"on_long": "dropped"}, "use 'drop'"),
        ({"statistics": {}}, "statistics"),
        ({"statistics": {"pitch": "midi"}}, "statistics"),
    ],
)
def test_wrong_arguments_are_named_with_the_nearest_right_one(wrong, told):
    with pytest.raises(UserError, match=told):
        Notes(**wrong)


def test_storage_settings_hold_what_shapes_windows_and_not_transposition():
    settings = Notes().storage_settings()
    assert json.loads(json.dumps(settings)) == settings
    assert Notes(transpose=0).storage_settings() == settings
    for other in ({"length": 64}, {"pitch": "midi"}, {"max_delta": 4}, {"on_long": "drop"}):
        assert Notes(**other).storage_settings() != settings


@pytest.mark.skipif(not POP909.exists(), reason="POP909.zip is not beside the repository")
def test_real_songs_come_back_note_for_note():
    notes = Notes()
    with zipfile.ZipFile(POP909) as archive:
        names = [name for name in archive.namelist() if name.endswith(".mid")][:20]
        pieces = [midi.read(archive.read(name)) for name in names]
    per_piece = [notes.encode(piece) for piece in pieces]
    notes = notes.with_statistics(notes.measure(np.concatenate(per_piece)))
    assert sum(map(len, per_piece)) > 80
    for piece, windows in zip(pieces, per_piece, strict=True):
        struck = set(zip(piece.onset.tolist(), piece.pitch.tolist(), strict=True))
        starts = [onset for onset, key in struck if key == windows[0, 0, 0]]
        decoded = notes.decode(notes.scale(windows)[0])
        found = list(zip(decoded.onset.tolist(), decoded.pitch.tolist(), strict=True))
        assert len(found) > 120
        assert any(struck.issuperset((at + start, key) for at, key in found) for start in starts)
