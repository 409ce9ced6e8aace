"""The octuple: exact placing in every meter, windows, bins, and a piece from any tokens."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Octuple as Settings
from errors import UserError
from music import Piece, midi
from representations.octuple import Octuple
from representations.octuple_bins import EIGHTHS, METERS, Bins
from representations.octuple_reading import (
    BAR,
    DURATION,
    INSTRUMENT,
    PITCH,
    POSITION,
    PROGRAM,
    TEMPO,
    VELOCITY,
)
from tests.music.random_pieces import pieces

DATA = Path(__file__).parents[2] / "../shared/data"
STEP = 40  # ticks at 480 a beat
ALL = {"arrangement": "all", "fewest": 1}


def in_meters(seed: int, bars: list[tuple[int, int, int]], silent: float = 0.0) -> Piece:
    """Random notes in (bars, beats, unit) after each other, one at least in each bar."""
    rng = np.random.default_rng(seed)
    signatures, onset, tick = [], [], 0
    for count, beats, unit in bars:
        signatures.append((tick, beats, unit))
        length = 1920 * beats // unit
        for _ in range(count):
            if rng.random() >= silent:
                onset += (tick + rng.integers(0, length // STEP, 5) * STEP).tolist()
            tick += length
    onset = np.array([*onset, tick - STEP])
    return Piece.from_notes(
        onset,
        rng.integers(1, 49, len(onset)) * STEP,
        rng.permutation(len(onset)) % 128,
        rng.integers(0, 32, len(onset)) * 4 + 2,
        rng.integers(0, 3, len(onset)) * 40,
        rng.integers(0, 4, len(onset)),
        tempos=[[0, 500_000], [tick // 2 // STEP * STEP, 250_000]],
        time_signatures=signatures,
    )


def notes_of(piece: Piece, columns=("onset", "duration", "pitch", "velocity", "program", "track")):
    return {name: getattr(piece, name).tolist() for name in columns}


MIXED = [(2, 4, 4), (3, 3, 4), (1, 6, 8), (2, 5, 8), (1, 1, 8), (2, 7, 8), (1, 12, 8), (2, 2, 4)]


@pytest.mark.parametrize(
    "bars", [[(9, *meter)] for meter in METERS if meter != (1, 4)] + [MIXED, MIXED[::-1]]
)
@pytest.mark.parametrize("seed", range(3))
def test_every_meter_and_change_of_meter_is_placed_to_the_tick(bars, seed):
    piece = in_meters(seed, bars)
    octuple = Octuple(**ALL)
    (window,) = octuple.encode(piece)
    events = window[window[:, BAR] >= 0].astype(int)
    # Bars and steps are those that the piece's own bar lines give.
    lines = piece.bars()
    bar = np.searchsorted(lines, piece.onset, side="right") - 1
    assert sorted(events[:, BAR].tolist()) == sorted(bar.tolist())
    meter, offset = octuple.bins.meters_of(events[:, POSITION])
    steps = (piece.onset - lines[bar]) // STEP
    assert sorted(zip(events[:, BAR], offset, strict=True)) == sorted(zip(bar, steps, strict=True))
    decoded = octuple.decode(octuple.scale(window))
    assert notes_of(decoded) == notes_of(piece)
    assert decoded.tempos[:, 1].tolist() == [500_000, 250_000]
    assert [METERS[m] for m in dict.fromkeys(meter.tolist())] == list(
        dict.fromkeys(tuple(row[1:]) for row in bars)
    )
    assert decoded.time_signatures.tolist() == piece.time_signatures.tolist()
    assert octuple.invalid_rate(window) == 0


def test_silent_bars_of_one_meter_cost_no_time():
    for seed in range(20):
        piece = in_meters(seed, [(30, 3, 4)], silent=0.7)
        (window,) = (octuple := Octuple(**ALL)).encode(piece)
        start = piece.bars()[np.searchsorted(piece.bars(), piece.onset[0], side="right") - 1]
        assert octuple.decode(window).onset.tolist() == (piece.onset - start).tolist()


def test_a_bar_that_a_change_cuts_short_is_a_shorter_bar():
    for eighths in range(1, 12):
        change = 1920 + eighths * 240
        onset = np.array([0, 1920, change - 40, change, change + 1440])
        piece = Piece.from_notes(
            onset, np.full(5, 40), [60, 61, 62, 63, 64],
            time_signatures=[[0, 12, 8] if eighths > 7 else [0, 4, 4], [change, 3, 4]],
        )  # fmt: skip
        octuple = Octuple(**ALL)
        decoded = octuple.decode(octuple.encode(piece)[0])
        assert decoded.onset.tolist() == onset.tolist()
        assert change in decoded.bars()


@pytest.mark.parametrize(
    ("told", "read"),
    [((1, 4), (4, 4)), ((2, 2), (4, 4)), ((3, 2), (6, 4)), ((4, 8), (2, 4)), ((15, 16), (4, 4)),
     ((7, 4), (4, 4)), ((12, 16), (3, 4)), ((255, 128), (4, 4))],
)  # fmt: skip
def test_other_meters_are_those_of_equal_bars_or_four_four(told, read):
    onset = np.arange(0, 12) * 480
    piece = Piece.from_notes(onset, onset * 0 + 1, 60, time_signatures=[[0, *told]])
    octuple = Octuple(**ALL)
    (window,) = octuple.encode(piece)
    meter, _ = octuple.bins.meters_of(window[:12, POSITION])
    assert {METERS[m] for m in meter} == {read}
    assert octuple.decode(window).onset.tolist() == onset.tolist()


def test_durations_are_exact_to_four_beats_and_the_nearest_bin_after():
    bins = Bins(12)
    assert bins.durations[:48].tolist() == list(range(1, 49))
    assert bins.durations[-1] == 64 * 12
    steps = np.arange(1, 2000)
    found = bins.durations[bins.duration_bins(steps)]
    nearest = np.abs(bins.durations[:, None] - steps).min(axis=0)
    assert (np.abs(found - steps) == nearest).all()
    assert (nearest[:768] <= steps[:768] / 24).all()


@pytest.mark.parametrize("steps_per_beat", [2, 4, 12, 24])
def test_positions_are_every_step_of_every_meter_once(steps_per_beat):
    bins = Bins(steps_per_beat)
    meter, offset = bins.meters_of(np.arange(bins.first[-1]))
    assert len(set(zip(meter.tolist(), offset.tolist(), strict=True))) == bins.first[-1]
    assert (bins.bar_steps == EIGHTHS * steps_per_beat / 2).all()
    for index, steps in enumerate(bins.bar_steps):
        assert offset[meter == index].tolist() == list(range(steps))


def test_tempos_are_kept_within_half_a_bin():
    beats_a_minute = np.array([15, 30.5, 61, 90, 123.4, 200, 245])
    rates = np.rint(60e6 / beats_a_minute).astype(int)
    onset = np.arange(len(rates)) * 480
    piece = Piece.from_notes(onset, onset * 0 + 40, 60, tempos=np.stack([onset, rates], axis=1))
    octuple = Octuple(**ALL)
    decoded = octuple.decode(octuple.encode(piece)[0])
    assert decoded.tempos[:, 0].tolist() == onset.tolist()
    assert np.abs(np.log2(decoded.tempos[:, 1] / rates)).max() <= 0.5 / 12 + 1e-5
    slow = Piece.from_notes([0], [480], [60], tempos=[[0, 2**24 - 1]])
    assert octuple.encode(slow)[0, 0, TEMPO] == 0


def test_of_notes_alike_the_longest_is_kept():
    piece = Piece.from_notes([0, 3, 0, 0], [400, 80, 900, 40], [60, 60, 60, 61])
    octuple = Octuple(**ALL)
    decoded = octuple.decode(octuple.encode(piece)[0])
    assert decoded.pitch.tolist() == [60, 61] and decoded.duration.tolist() == [920, 40]


def tune(onset, **about) -> Piece:
    onset = np.asarray(onset)
    return Piece.from_notes(onset, onset * 0 + 40, 60 + np.arange(len(onset)) % 12, **about)


def test_windows_are_whole_bars_that_begin_and_end_where_they_should():
    # Bars of 10, 10, 5, 0, 0, 20, 1 notes.
    counts = [10, 10, 5, 0, 0, 20, 1]
    onset = np.concatenate([1920 * bar + 40 * np.arange(n) for bar, n in enumerate(counts)])
    piece = tune(onset)

    def found(**settings):
        windows = Octuple(**{**ALL, **settings}).encode(piece)
        return [(int((w[:, BAR] >= 0).sum()), int(w[:, BAR].max())) for w in windows.astype(int)]

    assert found(length=64) == [(46, 6)]
    assert found(length=45) == [(45, 5), (1, 0)]
    assert found(length=44) == [(25, 2), (21, 1)]
    assert found(length=44, fewest=22) == [(25, 2)]
    assert found(length=15) == [(10, 0), (15, 1), (15, 0), (1, 0)]  # five of twenty are left out
    assert found(bars=2) == [(20, 1), (5, 0), (21, 1)]
    assert found(bars=2, hop=1) == [(20, 1), (15, 1), (5, 0), (21, 1), (1, 0)]


def test_padding_follows_the_events_and_tells_nothing():
    piece = in_meters(0, [(5, 4, 4)])
    octuple = Octuple(length=64, **ALL)
    (window,) = octuple.encode(piece)
    assert window.dtype == np.int16
    assert (window[: len(piece)] >= 0).all() and (window[len(piece) :] == -1).all()
    shuffled = np.insert(window[: len(piece)], np.arange(0, len(piece), 2), -1, axis=0)
    assert octuple.decode(shuffled) == octuple.decode(window)
    assert octuple.invalid_rate(shuffled) == 0
    assert octuple.scale(window).dtype == np.int32
    assert octuple.scale(window).tolist() == window.tolist()
    broken = window.copy()
    broken[3, PITCH] = 128
    assert octuple.scale(broken)[3].tolist() == [-1] * 8


def test_an_arrangement_keeps_its_own_notes_with_chords():
    columns = {
        "onset": [0, 0, 0, 480, 480],
        "pitch": [60, 64, 40, 36, 72],
        "program": [0, 0, 33, 0, 48],
        "track": [0, 0, 1, 2, 3],
        "is_drum": [False, False, False, True, False],
    }
    piece = Piece.from_notes(duration=[480] * 5, **columns, track_names=["melody", "b", "d", "s"])
    octuple = Octuple(arrangement="trio", fewest=1)
    (window,) = octuple.encode(piece)
    assert window[:4, PITCH].tolist() == [60, 64, 40, 36]
    assert window[:4, INSTRUMENT].tolist() == [0, 0, 1, 2]
    assert window[:4, PROGRAM].tolist() == [0, 0, 33, 128]
    decoded = octuple.decode(window)
    assert decoded.track_names == ("Melody", "Bass", "Drums")
    assert decoded.is_drum.tolist() == [False, False, False, True]
    few = Octuple(arrangement="all", instruments=2, fewest=1).encode(piece)[0]
    assert few[:5, INSTRUMENT].tolist() == [0, 0, 1, 1, 1]


def test_transposition_moves_all_but_drums_within_the_extremes():
    rng = np.random.default_rng(0)
    octuple = Octuple(length=16, **ALL)
    windows = np.stack([rng.integers(0, size, (300, 16)) for size in octuple.vocabularies], -1)
    windows = windows.astype(np.int16)
    windows[..., PITCH] = rng.integers(50, 60, (300, 16))
    windows[..., PROGRAM] = np.where(rng.random((300, 16)) < 0.3, 128, 5)
    windows[:, 12:] = -1
    windows[0, 0, [PITCH, PROGRAM]] = 40, 5
    windows[0, 1, [PITCH, PROGRAM]] = 62, 5
    octuple = octuple.with_statistics(json.loads(json.dumps(octuple.measure(windows))))
    assert octuple.statistics["extremes"] == [40, 62]
    assert set(octuple.statistics["lengths"]) == {12}
    moved = octuple.augment(windows, rng.random((300, 1)))
    change = moved.astype(int) - windows
    played = (windows[..., BAR] >= 0) & (windows[..., PROGRAM] != 128)
    shifts = [set(c[p].tolist()) for c, p in zip(change[..., PITCH], played, strict=True)]
    assert all(len(shift) <= 1 for shift in shifts)
    assert set().union(*shifts) == set(range(-6, 7))
    assert not change[0].any()  # it has no room
    assert moved[..., PITCH][played].min() >= 40 and moved[..., PITCH][played].max() <= 62
    change[..., PITCH][played] = 0
    assert not change.any()
    with pytest.raises(UserError, match="statistics"):
        Octuple().augment(windows, np.zeros((300, 1)))
    with pytest.raises(UserError, match="none"):
        octuple.measure(windows[:0])


def test_lengths_are_quantiles_of_the_number_of_events():
    octuple = Octuple(length=200, **ALL)
    windows = np.full((201, 200, 8), -1, np.int16)
    for number, window in enumerate(windows):
        window[:number] = 0
    assert octuple.measure(windows)["lengths"] == list(range(0, 201, 2))


def test_the_pace_is_that_of_each_instrument_in_beats():
    """Eight bars of 3/4 with two notes of one track and one of the other to a bar."""
    beats = np.arange(8) * 3
    piece = Piece.from_notes(
        np.concatenate([beats, beats + 1, beats]) * 480,
        480,
        60,
        track=np.repeat([0, 0, 1], 8),
        time_signatures=[(0, 3, 4)],
    )
    octuple = Octuple(**{**ALL, "instruments": 2})
    windows = octuple.encode(piece)
    assert octuple.measure(np.concatenate([windows, windows]))["pace"] == [0.6667, 0.3333]


def test_invalid_events_are_counted_and_mended_or_left_out():
    octuple = Octuple(**ALL)
    (window,) = octuple.encode(in_meters(1, [(4, 4, 4)]))
    events = window[window[:, BAR] >= 0].astype(int)[:20]
    clean = octuple.decode(events)

    def changed(row, column, value):
        tokens = events.copy()
        tokens[row, column] = value
        return octuple.invalid_rate(tokens) * 20, octuple.decode(tokens, 99, 7, 60)

    for column in (POSITION, PITCH, DURATION):
        for value in (-1, octuple.vocabularies[column], 10**6):
            count, piece = changed(3, column, value)
            assert round(count, 6) == 1 and len(piece) == len(clean) - 1
    for column, name, asked in ((VELOCITY, "velocity", 99), (PROGRAM, "program", 7)):
        count, piece = changed(3, column, 999)
        assert round(count, 6) == 1 and len(piece) == 20
        assert asked in getattr(piece, name).tolist()
    count, piece = changed(19, BAR, 64)  # a bar beyond the last
    assert round(count, 6) == 1 and len(piece) == 20
    assert 63 * 1920 <= piece.onset.max() < 64 * 1920
    count, piece = changed(4, slice(None), events[3])  # twice the same
    assert round(count, 6) == 1 and len(piece) == 19
    # A bar with one event of another meter.
    row = np.flatnonzero(events[:, BAR] == 1)[0]
    count, piece = changed(row, POSITION, octuple.bins.first[METERS.index((3, 4))])
    assert round(count, 6) == 1 and len(piece) == 20
    assert piece.time_signatures.tolist() == [[0, 4, 4]]


def test_without_events_there_is_an_empty_piece():
    for array in (np.full((9, 8), -1), np.full((9, 8), np.nan), np.zeros((0, 8))):
        piece = Octuple().decode(array, tempo=90)
        assert not len(piece) and piece.tempos.tolist() == [[0, 666667]]
        assert Octuple().invalid_rate(array) == 0
    assert not len(Octuple(**ALL).encode(Piece.from_notes([], [], [])))


def test_a_piece_is_told_another_tempo_and_instrument():
    piece = Piece.from_notes(
        [0, 480, 960, 1440],
        240,
        [60, 40, 36, 64],
        program=[7, 33, 0, 7],
        track=[0, 1, 2, 0],
        is_drum=[False, False, True, False],
        tempos=[[0, 500_000], [960, 250_000]],
        track_names=("Melody", "Bass", "Drums"),
    )
    trio = Octuple(arrangement="trio")
    assert trio.overruled(piece) == piece
    assert trio.overruled(piece, tempo=60).tempos.tolist() == [[0, 1_000_000]]
    assert trio.overruled(piece, program=24).program.tolist() == [24, 33, 0, 24]
    assert Octuple(**ALL).overruled(piece, program=24).program.tolist() == [24, 24, 0, 24]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(["bytes", "near", "vocabulary"]),
    dtype=st.sampled_from(["int8", "int16", "uint64", "int64", "float16", "float32", "float64"]),
    arrangement=st.sampled_from(["melody", "trio", "named", "all"]),
)
def test_whatever_the_tokens_a_piece_comes_out(seed, kind, dtype, arrangement):
    octuple = Octuple(length=50, arrangement=arrangement)
    rng = np.random.default_rng(seed)
    if kind == "bytes":
        tokens = np.frombuffer(rng.bytes(400 * np.dtype(dtype).itemsize), dtype).reshape(50, 8)
    else:
        beyond = 2 if kind == "near" else 0
        tokens = rng.integers(-beyond, np.array(octuple.vocabularies) + beyond, (50, 8))
        tokens = np.abs(tokens) if dtype == "uint64" else tokens
        tokens = tokens if dtype == "int8" else tokens.astype(dtype)
    piece = octuple.decode(tokens, velocity=3, program=9, tempo=33.3)
    assert midi.read(midi.to_bytes(piece)) is not None
    assert 0 <= octuple.invalid_rate(tokens) <= 1
    if kind == "vocabulary":
        assert len(piece) > 0


@settings(max_examples=60, deadline=None)
@given(piece=pieces(), hop=st.sampled_from([None, 1, 3]))
def test_any_piece_becomes_valid_events_in_the_order_of_time(piece, hop):
    octuple = Octuple(length=12, bars=4, hop=hop, **ALL)
    for window in octuple.encode(piece):
        events = window[window[:, BAR] >= 0].astype(int)
        assert len(events) and (events >= 0).all() and (events < octuple.vocabularies).all()
        assert (window[len(events) :] == -1).all()
        assert events[0, BAR] == 0 and (np.diff(events[:, BAR]) >= 0).all()
        assert octuple.invalid_rate(window) == 0
        decoded = octuple.decode(window)
        assert len(decoded) == len(events)
        assert sorted(decoded.pitch.tolist()) == sorted(events[:, PITCH].tolist())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"length": 0}, "length: 0 .* 1$"),
        ({"bars": 0}, "bars: 0 .* 1$"),
        ({"steps_per_beat": 3}, "odd"),
        ({"arrangement": "al"}, "use 'all'"),
        ({"instruments": 0}, "instruments: 0 .* 1$"),
        ({"hop": 65}, "hop: 65 .* 64$"),
        ({"fewest": 0}, "fewest"),
        ({"transpose": 128}, "transpose: 128 .* 127$"),
        ({"statistics": {}}, "statistics"),
    ],
)
def test_wrong_arguments_are_named_with_the_nearest_right_one(wrong, told):
    with pytest.raises(UserError, match=told):
        Octuple(**wrong)


def test_the_config_mirrors_the_class_and_settings_hold_what_shapes_windows():
    config = {k: v for k, v in vars(Settings()).items() if k != "kind"}
    assert Octuple(**config) == Octuple()
    found = Octuple().storage_settings()
    assert json.loads(json.dumps(found)) == found
    assert Octuple(transpose=0).storage_settings() == found
    for name, value in {"bars": 8, "hop": 1, "arrangement": "trio", "fewest": 9}.items():
        assert Octuple(**{**config, name: value}).storage_settings() != found


@pytest.mark.parametrize(
    ("name", "part", "arrangement", "every"),
    [("POP909.zip", "", "named", 30), ("lakh_64bars.zip", "trio", "trio", 40),
     ("lakh_64bars.zip", "melody", "melody", 40), ("maestro-v3.0.0-midi.zip", "", "all", 30)],
)  # fmt: skip
def test_real_music_comes_back_as_it_stands_on_the_grid(name, part, arrangement, every):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with zipfile.ZipFile(path) as files:
        names = sorted(n for n in files.namelist() if part in n and n.endswith((".mid", ".midi")))
        songs = [midi.read(files.read(n)) for n in names[::every]]
    octuple = Octuple(arrangement=arrangement, length=20_000, bars=4096, fewest=1)
    for piece in songs:
        (window,) = octuple.encode(piece)
        decoded = octuple.decode(window)
        on_grid = piece.with_resolution(12)
        lines = on_grid.bars() if piece.time_signatures[-1, 1] != 1 else np.arange(0, 10**5, 48)
        start = lines[np.searchsorted(lines, on_grid.onset[0], side="right") - 1]
        wanted = zip(on_grid.onset - start, on_grid.track, on_grid.pitch, strict=True)
        found = list(zip(decoded.onset / 40, decoded.track, decoded.pitch, strict=True))
        assert sorted(set(wanted)) == sorted(found)
