"""The notes representation: how it scales, transposes and decodes numbers of a network."""

import json

import numpy as np
import pytest

from errors import UserError
from music import midi
from representations import notes as module
from representations.notes import PITCHES, Notes

BEAT = 480


def random_windows(seed=0, windows=5, length=16):
    rng = np.random.default_rng(seed)
    pitch = rng.integers(30, 91, (windows, length))
    times = rng.integers(0, 8 * BEAT + 1, (windows, length, 2)) / BEAT
    return np.dstack([pitch, times]).astype(np.float32)


@pytest.mark.parametrize("pitch", PITCHES)
def test_statistics_are_those_of_the_scaled_corpus(pitch, monkeypatch, tmp_path):
    windows = random_windows(windows=9)
    np.save(tmp_path / "windows.npy", windows)
    notes = Notes(length=16, pitch=pitch)
    statistics = notes.measure(windows)
    monkeypatch.setattr(module, "CHUNK", 2)
    mapped = notes.measure(np.load(tmp_path / "windows.npy", mmap_mode="r"))
    np.testing.assert_allclose(statistics["std"], mapped["std"], rtol=1e-12)
    notes = notes.with_statistics(json.loads(json.dumps(mapped)))
    scaled = notes.scale(windows)
    assert scaled.dtype == np.float32 and scaled.shape == windows.shape
    assert scaled.min() >= 0
    np.testing.assert_array_equal(scaled.max(axis=(0, 1)), 1)
    np.testing.assert_allclose(scaled.mean(axis=(0, 1), dtype=float), statistics["mean"], 1e-6)
    np.testing.assert_allclose(scaled.std(axis=(0, 1), dtype=float), statistics["std"], 1e-6)
    assert (statistics["lowest_pitch"], statistics["highest_pitch"]) == (
        windows[..., 0].min(),
        windows[..., 0].max(),
    )


def test_pitch_is_scaled_as_documented():
    windows = np.array([[[45, 1, 0], [57, 1, 1], [69, 2, 1]]], np.float32)
    expected = {
        "frequency": ([0.25, 0.5, 1], 440.0),
        "log_frequency": ([0, 0.5, 1], 2.0),
        "midi": ([45 / 69, 57 / 69, 1], 69.0),
    }
    for pitch, (levels, maximum) in expected.items():
        notes = Notes(length=3, pitch=pitch)
        statistics = notes.measure(windows)
        assert statistics["maximum"] == pytest.approx([maximum, 2, 1])
        scaled = notes.with_statistics(statistics).scale(windows)[0]
        np.testing.assert_allclose(scaled[:, 0], levels, rtol=1e-6)
        np.testing.assert_allclose(scaled[:, 1:], [[0.5, 0], [0.5, 1], [1, 1]])


@pytest.mark.parametrize("pitch", PITCHES)
def test_the_nearest_pitch_is_taken(pitch):
    notes = Notes(length=16, pitch=pitch)
    windows = random_windows()
    notes = notes.with_statistics(notes.measure(windows))
    keys = np.arange(int(windows[..., 0].min()), int(windows[..., 0].max()) + 1)
    units = np.stack([keys, np.ones_like(keys), np.ones_like(keys)], -1).astype(np.float32)
    scaled = notes.scale(units)
    below, above = scaled[:-1].copy(), scaled[1:].copy()
    gap = above[:, 0] - below[:, 0]
    below[:, 0] += 0.49 * gap
    above[:, 0] -= 0.49 * gap
    np.testing.assert_array_equal(notes.unscale(below)[:, 0], keys[:-1])
    np.testing.assert_array_equal(notes.unscale(above)[:, 0], keys[1:])


def test_transposition_reaches_every_shift_that_fits_and_no_other():
    windows = np.zeros((4, 2, 3), np.float32)
    windows[..., 0] = [[50, 53], [41, 43], [40, 70], [66, 69]]
    notes = Notes(length=2, transpose=6)
    notes = notes.with_statistics(notes.measure(windows))  # 40 to 70
    allowed = [range(-6, 7), range(-1, 7), range(0, 1), range(-6, 2)]
    uniforms = np.linspace(0, 1, 1001)  # 1 itself included: rounding may produce it
    before = windows.copy()
    shifts = []
    for uniform in uniforms:
        moved = notes.augment(windows, np.full((4, notes.draws), uniform))
        difference = moved - windows
        assert not difference[..., 1:].any() and moved.dtype == windows.dtype
        assert (difference[:, 0, 0] == difference[:, 1, 0]).all()
        shifts.append(difference[:, 0, 0])
    np.testing.assert_array_equal(windows, before)
    for window, expected in enumerate(allowed):
        found, counts = np.unique([shift[window] for shift in shifts], return_counts=True)
        assert found.tolist() == list(expected)
        assert counts.max() - counts.min() <= 2  # equally likely


def test_transposition_of_one_window_does_not_depend_on_the_others():
    windows, uniform = random_windows(), np.random.default_rng(0).random((5, 1))
    notes = Notes(length=16)
    notes = notes.with_statistics(notes.measure(windows))
    together = notes.augment(windows, uniform)
    for i in range(5):
        np.testing.assert_array_equal(
            notes.augment(windows[i : i + 1], uniform[i : i + 1])[0], together[i]
        )


def test_a_window_outside_the_corpus_is_left_where_it_is_or_brought_nearer():
    notes = Notes(length=16)
    notes = notes.with_statistics(notes.measure(random_windows()))
    strange = np.full((1, 16, 3), 100, np.float32)
    shifts = [notes.augment(strange, np.array([[u]]))[0, 0, 0] - 100 for u in (0, 0.5, 0.999)]
    assert shifts == sorted(shifts) and shifts[0] == -6 and shifts[-1] == 0
    assert notes.scale(strange).max() == 1
    strange[..., 0] = 10
    shifts = [notes.augment(strange, np.array([[u]]))[0, 0, 0] - 10 for u in (0, 0.5, 0.999)]
    assert shifts == sorted(shifts) and shifts[0] == 0 and shifts[-1] == 6


@pytest.mark.parametrize("seed", range(10))
def test_any_numbers_decode_to_a_piece_that_midi_can_hold(seed):
    rng = np.random.default_rng(seed)
    notes = Notes()
    notes = notes.with_statistics(notes.measure(random_windows()))
    array = rng.normal(0.3, 0.5, (128, 3)) ** 3
    array[:, 2] *= rng.random(128) < 0.5
    broken = rng.integers(0, 128, 20), rng.integers(0, 3, 20)
    array[broken] = rng.choice([np.nan, np.inf, -np.inf, 1e300, -1e300], 20)
    piece = notes.decode(array)
    assert 0 < len(piece) <= 128
    assert piece.onset.min() == 0 and piece.duration.min() >= 1
    for key in np.unique(piece.pitch):
        voice = piece.pitch == key
        assert (piece.onset[voice][1:] >= piece.ends[voice][:-1]).all()
    assert midi.read(midi.to_bytes(piece)) == piece


def test_empty_and_hopeless_arrays_decode_too():
    notes = Notes(length=16)
    notes = notes.with_statistics(notes.measure(random_windows()))
    assert len(notes.decode(np.zeros((0, 3)))) == 0
    assert len(notes.decode(np.full((16, 3), np.nan))) == 1  # the same note sixteen times


def test_degenerate_corpora_scale_without_a_warning():
    windows = np.full((1, 4, 3), (60, 1, 0), np.float32)
    for pitch in PITCHES:
        notes = Notes(length=4, pitch=pitch)
        notes = notes.with_statistics(notes.measure(windows))
        with np.errstate(all="raise"):
            np.testing.assert_array_equal(notes.unscale(notes.scale(windows)), windows)


def test_statistics_are_needed_and_of_the_same_pitch_option():
    with pytest.raises(UserError, match="statistics"):
        Notes().decode(np.zeros((128, 3)))
    with pytest.raises(UserError, match="none to measure"):
        Notes().measure(np.zeros((0, 128, 3)))
    statistics = Notes(length=16).measure(random_windows())
    with pytest.raises(UserError, match="pitch='frequency'"):
        Notes(pitch="midi").with_statistics(statistics)
    with pytest.raises(UserError, match="out of range"):
        Notes(statistics=statistics | {"maximum": [1.0, float("nan"), 1.0]})
