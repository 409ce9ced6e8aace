"""The grid: exact round trips, what is cut where, and what becomes of notes that do not fit."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Grid as Settings
from errors import UserError
from music import Piece, midi
from representations.grid import Grid
from tests.music.random_pieces import pieces

DATA = Path(__file__).parents[2] / "../shared/data"
STEP = 120  # ticks at 480 a beat
SMALL = {"bars": 4, "hop": 4}


def tune(onset, pitch, duration=1, scale=STEP, **about) -> Piece:
    """A melody; onsets and durations in steps."""
    onset = np.asarray(onset)
    duration = np.broadcast_to(duration, onset.shape)
    return Piece.from_notes(onset * scale, duration * scale, pitch, **about)


def random_window(rng, grid: Grid) -> np.ndarray:
    """A window as `encode` makes them: a note in the first bar and last, no idle off."""
    tokens = np.zeros(grid.shape, np.int64)
    for line, size in enumerate(grid.vocabularies):
        if size == 512:
            tokens[:, line] = rng.integers(0, 512, len(tokens)) * (rng.random(len(tokens)) < 0.3)
            continue
        tokens[:, line] = rng.integers(2, size, len(tokens)) * (rng.random(len(tokens)) < 0.3)
        tokens[[0, -1], line] = 2
        off = np.flatnonzero((tokens[:, line] == 0) & (rng.random(len(tokens)) < 0.2))
        tokens[off, line] = 1
        events = np.flatnonzero(tokens[:, line])
        idle = events[1:][(tokens[events[1:], line] == 1) & (tokens[events[:-1], line] == 1)]
        tokens[idle, line] = 0
    return tokens


@pytest.mark.parametrize("arrangement", ["melody", "trio", "named"])
@pytest.mark.parametrize("steps_per_bar", [16, 12, 48])
@pytest.mark.parametrize("seed", range(4))
def test_windows_decode_to_pieces_that_encode_to_them(arrangement, steps_per_bar, seed):
    grid = Grid(bars=8, hop=8, arrangement=arrangement, steps_per_bar=steps_per_bar)
    window = random_window(np.random.default_rng(seed), grid)
    piece = grid.decode(window)
    again, told = grid.extract(piece)
    assert again.dtype == np.int16 and again.tolist() == [window.tolist()]
    assert told.pop("notes") == len(piece) and not any(told.values())
    assert grid.decode(again[0]) == piece
    assert midi.read(midi.to_bytes(piece)) == piece


def test_a_tune_comes_back_with_its_silences_at_any_resolution():
    onset, pitch, duration = [2, 3, 20, 63], [60, 62, 60, 108], [1, 5, 40, 1]
    for scale in (STEP, 55, 1):
        piece = tune(onset, pitch, duration, scale, ticks_per_beat=4 * scale)
        grid = Grid(**SMALL)
        (window,) = grid.encode(piece)
        assert window[:9, 0].tolist() == [0, 0, 41, 43, 0, 0, 0, 0, 1]
        assert grid.decode(window) == tune(onset, pitch, duration, track_names=("Melody",))


def test_onsets_and_ends_go_to_the_nearest_step_and_no_note_is_lost():
    piece = Piece.from_notes([59, 60, 500, 7600], [100, 1, 55, 1], [60, 62, 64, 65])
    (window,) = Grid(**SMALL).encode(piece)
    at = np.flatnonzero(window[:, 0])
    assert at.tolist() == [0, 1, 2, 4, 5, 63]
    assert window[at, 0].tolist() == [41, 43, 1, 45, 1, 46]


def test_a_note_that_is_rounded_past_the_end_has_a_bar_of_its_own():
    piece = tune([0, 63], [60, 62])
    late = Piece.from_notes([0, 64 * STEP - 5], [STEP, 4], [60, 62])
    assert len(Grid(**SMALL).encode(piece)) == 1
    grid = Grid(bars=5, hop=1, fullness=1)
    assert not len(grid.encode(piece)) and len(grid.encode(late)) == 1


def test_windows_begin_every_hop_as_long_as_they_are_full():
    onset = np.arange(5, 10 * 16, 4)  # ten bars
    windows = Grid(bars=4, hop=3).encode(tune(onset, np.arange(len(onset)) + 40, duration=4))
    assert len(windows) == 3
    for first, window in zip((0, 48, 96), windows, strict=True):
        struck = np.flatnonzero(window[:, 0] >= 2)
        kept = onset[(onset >= first) & (onset < first + 64)] - first
        # What sounds when a window begins is struck there.
        assert struck.tolist() == [0] * (first > 0) + kept.tolist()
    assert windows[1][0, 0] == 40 - 21 + 2 + (48 - 5) // 4


@pytest.mark.parametrize(("fullness", "expected"), [(0.75, 1), (0.76, 0), (0, 1)])
def test_a_short_section_is_filled_with_silence_if_it_is_full_enough(fullness, expected):
    piece = tune([0, 40], [60, 62], 2)  # three bars
    windows = Grid(bars=4, hop=4, fullness=fullness).encode(piece)
    assert len(windows) == expected
    assert not windows[:, 43:].any()


def test_a_section_of_another_signature_is_left_out_or_costs_the_piece():
    bar = 4 * 480
    signatures = [[0, 4, 4], [4 * bar, 3, 4], [4 * bar + 3 * 480 * 4, 4, 4]]
    onset = np.arange(0, 11 * 16)
    piece = tune(onset, 40 + onset % 50, time_signatures=signatures)
    windows, told = Grid(bars=4, hop=1, fullness=1).extract(piece)
    assert windows[:, :, 0].tolist() == [
        (40 + onset[:64] % 50 - 19).tolist(),
        (40 + onset[112:176] % 50 - 19).tolist(),
    ]
    assert told["other_sections"] == 48
    assert not len(Grid(bars=4, hop=1, on_change="drop").encode(piece))
    both = Grid(bars=3, hop=3, fullness=1, signatures=("4/4", "3/4"))
    assert len(both.encode(piece)) == 3


def test_tempo_is_nothing_to_a_grid_unless_it_is_strict():
    piece = tune(np.arange(128), 60, tempos=[[0, 500_000], [64 * STEP, 400_000]])
    assert len(Grid(bars=8, hop=8, fullness=1).encode(piece)) == 1
    assert len(Grid(bars=8, hop=8, fullness=1, strict_tempo=True).encode(piece)) == 0
    strict = Grid(bars=4, hop=1, fullness=1, strict_tempo=True)
    assert len(strict.encode(piece)) == 2
    assert len(Grid(bars=4, strict_tempo=True, on_change="drop", hop=1).encode(piece)) == 0
    same = tune(np.arange(128), 60, tempos=[[0, 500_000], [64 * STEP, 500_000]])
    assert len(Grid(bars=8, hop=8, strict_tempo=True, on_change="drop").encode(same)) == 1


def test_a_window_in_which_a_line_is_silent_is_dropped():
    melody, bass, drums = (np.arange(0, 128, 4) for _ in range(3))
    bass = bass[bass < 64]
    piece = Piece.from_notes(
        np.concatenate([melody, bass, drums]) * STEP,
        np.full(len(melody) + len(bass) + len(drums), STEP),
        np.repeat([60, 40, 36], [len(melody), len(bass), len(drums)]),
        program=np.repeat([0, 33, 0], [len(melody), len(bass), len(drums)]),
        track=np.repeat([0, 1, 2], [len(melody), len(bass), len(drums)]),
        is_drum=np.repeat([False, False, True], [len(melody), len(bass), len(drums)]),
    )
    windows, told = Grid(bars=4, hop=4, arrangement="trio").extract(piece)
    assert len(windows) == 1
    assert told["other_sections"] == 32
    assert len(Grid(bars=4, hop=4).encode(piece)) == 2
    assert not len(Grid(bars=4, hop=4, arrangement="named").encode(piece))


def test_transposition_stays_within_the_extremes_of_each_line():
    grid = Grid(arrangement="trio", bars=4, hop=4, transpose=6)
    rng = np.random.default_rng(0)
    windows = np.stack([random_window(rng, grid) for _ in range(200)]).astype(np.int16)
    windows[..., :2] = np.where(windows[..., :2] >= 2, windows[..., :2] % 30 + 20, windows[..., :2])
    windows[1:, :, 1] = np.where(windows[1:, :, 1] >= 2, 45, windows[1:, :, 1])
    grid = grid.with_statistics(json.loads(json.dumps(grid.measure(windows))))
    uniform = rng.random((200, 1))
    uniform[:2, 0] = 0, 1 - 1e-12
    before = windows.copy()
    moved = grid.augment(windows, uniform)
    assert (windows == before).all() and moved.dtype == np.int16
    assert (moved[..., 2] == windows[..., 2]).all()
    pitched = windows[..., :2] >= 2
    assert (moved[..., :2][~pitched] == windows[..., :2][~pitched]).all()
    shifts = set()
    for was, now, mask in zip(windows[..., :2], moved[..., :2], pitched, strict=True):
        shift = set((now[mask].astype(int) - was[mask]).tolist())
        assert len(shift) == 1
        shifts |= shift
    for line, (low, high) in enumerate(grid.statistics["extremes"][:2]):
        tokens = moved[..., line][pitched[..., line]]
        assert low <= tokens.min() and tokens.max() <= high
    narrow = windows[1:2].copy()
    narrow[..., 0] = np.where(narrow[..., 0] >= 2, 35, narrow[..., 0])
    drawn = grid.augment(np.repeat(narrow, 500, 0), rng.random((500, 1)))
    found = drawn[..., 0].max(axis=1) - 35
    assert sorted(set(found.tolist())) == list(range(-6, 5))  # the bass has four semitones above


def test_augment_without_statistics_says_what_is_missing():
    with pytest.raises(UserError, match="statistics"):
        Grid().augment(np.zeros((1, 1024, 1), np.int16), np.zeros((1, 1)))


def test_statistics_count_tokens_and_tell_the_vocabularies():
    grid = Grid(arrangement="trio", bars=1, hop=1)
    windows = np.zeros((2, 16, 3), np.int16)
    windows[0, 0] = 5, 70, 511
    windows[1, 3] = 9, 70, 1
    found = grid.measure(windows)
    assert found["vocabularies"] == [90, 90, 512] == list(grid.sizes["vocabularies"])
    assert found["counts"][0][0] == 30 and found["counts"][2][511] == 1
    assert found["extremes"] == [[5, 9], [70, 70], None]
    with pytest.raises(UserError, match="none"):
        grid.measure(windows[:0])


def test_scaled_tokens_are_int32_of_their_vocabularies():
    grid = Grid(arrangement="trio", bars=1, hop=1)
    windows = np.full((2, 16, 3), 511, np.int16)
    scaled = grid.scale(windows)
    assert scaled.dtype == np.int32 and scaled[0, 0].tolist() == [0, 0, 511]


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float32", "float64", "bool"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_whatever_the_tokens_a_piece_comes_out(dtype, data):
    grid = Grid(bars=1, hop=1, arrangement=data.draw(st.sampled_from(["melody", "trio", "named"])))
    size = grid.shape[0] * grid.shape[1] * np.dtype(dtype).itemsize
    seed = data.draw(st.integers(0, 2**32))
    drawn = np.random.default_rng(seed).bytes(size)
    tokens = (np.frombuffer(drawn, "uint8") & 1).astype(bool) if dtype == "bool" else drawn
    array = np.frombuffer(tokens, dtype).reshape(grid.shape)
    if data.draw(st.booleans()) and dtype != "bool":
        array = (np.nan_to_num(array) % 100).astype(dtype)
    piece = grid.decode(array, velocity=64, program=5, tempo=77.7)
    assert piece.length_ticks <= 4 * 480
    assert midi.read(midi.to_bytes(piece)) is not None
    assert set(piece.velocity) <= {64}


@settings(max_examples=40, deadline=None)
@given(piece=pieces(), arrangement=st.sampled_from(["melody", "trio"]), strict=st.booleans())
def test_any_piece_can_be_encoded_and_every_note_is_accounted_for(piece, arrangement, strict):
    grid = Grid(bars=2, hop=1, fullness=0, arrangement=arrangement, strict_tempo=strict,
                signatures=("4/4", "3/4", "7/8"))  # fmt: skip
    windows, told = grid.extract(piece)
    assert told["notes"] == len(piece)
    assert sum(told.values()) - told["notes"] <= len(piece) and min(told.values()) >= 0
    for window in windows:
        decoded = grid.decode(window)
        assert len(np.unique(decoded.track)) == grid.shape[1]
        (again,) = grid.encode(decoded)
        assert again.tolist() == window.tolist()


def test_a_note_at_the_end_of_time_costs_neither_memory_nor_the_rest():
    piece = Piece.from_notes([0, 4, 2**31 - 5], [1, 1, 1], [60, 62, 64], ticks_per_beat=1)
    windows, told = Grid(**SMALL).extract(piece)
    assert len(windows) == 1 and told["other_sections"] == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"bars": 0}, "bars: 0 .* 1$"),
        ({"steps_per_bar": 18}, "multiple of 4"),
        ({"arrangement": "trios"}, "use 'trio'"),
        ({"lowest": 70, "highest": 60}, "highest"),
        ({"signatures": ("4/5",)}, "4/5"),
        ({"signatures": ("four",)}, "four"),
        ({"on_change": "splitt"}, "use 'split'"),
        ({"hop": 65}, "hop: 65 .* 64$"),
        ({"fullness": 1.5}, "fullness"),
        ({"transpose": -1}, "transpose"),
        ({"statistics": {}}, "statistics"),
    ],
)
def test_wrong_arguments_are_named_with_the_nearest_right_one(wrong, told):
    with pytest.raises(UserError, match=told):
        Grid(**wrong)


def test_the_config_mirrors_the_class_and_settings_hold_what_shapes_windows():
    config = {k: v for k, v in vars(Settings()).items() if k != "kind"}
    assert Grid(**config) == Grid()
    found = Grid().storage_settings()
    assert json.loads(json.dumps(found)) == found
    assert Grid(transpose=0).storage_settings() == found
    for name, value in {"bars": 8, "hop": 1, "strict_tempo": True, "signatures": ("3/4",)}.items():
        assert Grid(**{**config, "hop": 8, name: value}).storage_settings() != found


def archive(name, part, every):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with zipfile.ZipFile(path) as files:
        names = sorted(n for n in files.namelist() if part in n and n.endswith(".mid"))
        return [midi.read(files.read(n)) for n in names[::every]]


@pytest.mark.parametrize(("part", "arrangement"), [("melody/", "melody"), ("trio/", "trio")])
def test_the_lakh_extracts_come_back_note_for_note(part, arrangement):
    grid = Grid(arrangement=arrangement)
    for piece in archive("lakh_64bars.zip", part, 10):
        windows, told = grid.extract(piece)
        assert len(windows) == 1 and told.pop("notes") == len(piece) and not any(told.values())
        decoded = grid.decode(windows[0])
        melodic = ~piece.is_drum
        columns = [
            (p.beats_at(p.onset)[m], p.beats_at(p.duration)[m], p.pitch[m], p.track[m])
            for p, m in ((piece, melodic), (decoded, ~decoded.is_drum))
        ]
        for wanted, found in zip(*columns, strict=True):
            assert wanted.tolist() == found.tolist()
        strokes = [
            (p.beats_at(p.onset)[p.is_drum].tolist(), p.pitch[p.is_drum].tolist())
            for p in (piece, decoded)
        ]
        assert strokes[0] == strokes[1]


def test_pop909_songs_keep_their_melodies():
    grid = Grid(arrangement="named", signatures=("4/4", "2/4", "1/4"), hop=64)
    songs = archive("POP909.zip", ".mid", 20)
    kept = notes = 0
    for piece in songs:
        windows = grid.encode(piece)
        for window in windows:
            (again,) = grid.encode(grid.decode(window))
            assert again.tolist() == window.tolist()
            notes += int((window[:, 0] >= 2).sum())
        kept += bool(len(windows))
    assert kept > 0.9 * len(songs) and notes > 100 * kept
