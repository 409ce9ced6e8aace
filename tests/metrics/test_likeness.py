"""The measures of likeness on small pieces worked out by hand."""

import math

import numpy as np
import pytest

from metrics import distributions, likeness
from music import Piece

C_MAJOR = [60, 62, 64, 65, 67, 69, 71, 72]


def piece(pitches, durations=480, deltas=240):
    onsets = np.arange(len(pitches)) * deltas
    return Piece.from_notes(onsets, np.full(len(pitches), durations), np.array(pitches))


def test_identity_costs_nothing():
    pieces = [piece(C_MAJOR), piece(C_MAJOR[::-1], 240, 120)]
    assert likeness.duration_divergence(pieces, pieces) == 0
    assert likeness.delta_divergence(pieces, pieces) == 0
    assert likeness.pitch_class_divergence(pieces, pieces) == 0


def test_divergence_of_two_coins():
    found = distributions.divergence(np.array([1e6, 1e6]), np.array([3e6, 1e6]))
    assert found == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), abs=1e-6)


def test_an_empty_bin_costs_more_the_more_notes_say_so():
    few = distributions.divergence(np.array([10, 0]), np.array([5, 5]))
    many = distributions.divergence(np.array([1000, 0]), np.array([500, 500]))
    assert 0 < few < many < math.inf


def test_polyphony_is_counted_where_something_sounds():
    chords = Piece.from_notes([0, 0, 0, 2000], [480, 480, 480, 480], [60, 64, 67, 60])
    assert likeness.polyphony([chords, piece(C_MAJOR, 240, 240)]) == pytest.approx(1.5)


def test_in_scale_counts_the_notes_outside():
    assert likeness.in_scale([piece(C_MAJOR)]) == 1
    assert likeness.in_scale([piece([*C_MAJOR * 4, 61, 63])]) == pytest.approx(32 / 34)


def test_rhythm_is_read_in_sixteenths_of_the_files_own_beat():
    fast, slow = piece(C_MAJOR, 240, 120), piece(C_MAJOR, 480, 240)
    doubled = slow.with_resolution(960)
    assert likeness.duration_divergence([slow], [doubled]) == 0
    assert likeness.duration_divergence([fast], [slow]) > 1
    assert likeness.delta_divergence([fast], [slow]) > 1


def test_pitch_classes_are_counted_from_the_tonic():
    tune = [*C_MAJOR, 67, 60]  # more of the tonic triad than of the relative minor's
    here, there = piece(tune), piece([p + 5 for p in tune])
    assert likeness.pitch_class_divergence([here], [there]) == pytest.approx(0, abs=1e-9)
