"""Histograms counted by hand, and the two figures that compare them."""

import math

import numpy as np
import pytest

from metrics import distributions
from metrics.distributions import divergence, overlap
from music import Piece
from tests.metrics.small import notes, other_order, songs, table, tune


def counts(histogram, piece):
    """{bin: notes} of one piece."""
    row = histogram(table(piece))[0]
    return {int(bin): float(row[bin]) for bin in np.flatnonzero(row)}


def test_pitches_and_their_classes():
    piece = tune([60, 72, 61, 61])
    assert counts(distributions.pitches, piece) == {60: 1, 72: 1, 61: 2}
    assert counts(distributions.pitch_classes, piece) == {0: 2, 1: 2}


def test_degrees_are_counted_from_the_tonic():
    in_d = tune([62, 66, 69, 62, 64, 66, 67, 69, 71, 73, 74])
    assert counts(distributions.degrees, in_d) == {0: 3, 2: 1, 4: 2, 5: 1, 7: 2, 9: 1, 11: 1}


def test_durations_in_sixteenths_the_longest_together():
    piece = notes([(0, 0.25, 60), (1, 1, 60), (2, 1.02, 60), (4, 4, 60), (8, 4.3, 60), (16, 9, 60)])
    assert counts(distributions.durations, piece) == {1: 1, 4: 2, 16: 1, 17: 2}


def test_intervals_between_onsets_stay_on_their_track():
    rows = [(0, 1, 60), (0, 1, 64), (1, 1, 62), (0.5, 1, 40), (3.5, 1, 41)]
    piece = notes(rows, track=np.array([0, 0, 0, 1, 1]))
    assert counts(distributions.intervals, piece) == {0: 1, 4: 1, 12: 1}


def test_velocities_and_places():
    piece = tune([60] * 5, beats=0.75, velocity=np.array([80, 83, 84, 1, 127]))
    assert counts(distributions.velocities, piece) == {20: 2, 21: 1, 0: 1, 31: 1}
    assert counts(distributions.places, piece) == {0: 1, 3: 1, 6: 1, 9: 1, 12: 1}


def test_densities_count_bars_and_not_notes():
    piece = notes([(0, 1, 60), (1, 1, 60), (9, 1, 60), (9.5, 1, 60)])
    assert counts(distributions.densities, piece) == {2: 2, 0: 1}


def test_drums_are_counted_by_themselves():
    piece = notes([(0, 1, 36), (0, 1, 60), (1, 1, 36)], is_drum=np.array([True, False, True]))
    assert counts(distributions.drum_sounds, piece) == {36: 2}
    assert counts(distributions.pitches, piece) == {60: 1}


def test_divergence_and_overlap_of_two_coins():
    ours, data = np.array([1e6, 1e6]), np.array([3e6, 1e6])
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert divergence(ours, data) == pytest.approx(expected, abs=1e-6)
    assert overlap(ours, data) == pytest.approx(0.75)
    assert divergence(np.stack([ours, data]), data).tolist() == [
        pytest.approx(expected, abs=1e-6),
        0,
    ]


def test_what_shares_nothing_overlaps_nowhere_and_diverges_finitely():
    ours, data = np.array([10.0, 0]), np.array([0, 10.0])
    assert overlap(ours, data) == 0
    assert divergence(ours, data) == pytest.approx((10 / 11) * math.log(21))


def test_nothing_cannot_be_compared():
    empty, some = np.zeros(3), np.ones(3)
    for figure in (divergence, overlap):
        assert np.isnan(figure(empty, some)) and np.isnan(figure(some, empty))


@pytest.mark.parametrize("name", list(distributions.HISTOGRAMS))
def test_pieces_do_not_mix_and_tracks_have_no_order(name):
    histogram = distributions.HISTOGRAMS[name]
    pieces = [*songs(5), Piece.from_notes([], [], []), *songs(2)]
    together = histogram(table(*pieces))
    assert np.array_equal(together, np.concatenate([histogram(table(p)) for p in pieces]))
    assert np.array_equal(together, histogram(table(*map(other_order, pieces))))


@pytest.mark.parametrize("name", sorted(set(distributions.HISTOGRAMS) - {"pitch", "pitch class"}))
def test_what_is_not_of_absolute_pitch_does_not_know_the_key(name):
    histogram, pieces = distributions.HISTOGRAMS[name], songs(5)
    moved = histogram(table(*(p.transpose(5) for p in pieces)))
    assert np.array_equal(moved, histogram(table(*pieces)))
