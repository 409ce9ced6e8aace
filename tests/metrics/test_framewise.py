"""Framewise self-similarity: the overlap of Gaussians against quadrature, and known pieces."""

import math

import numpy as np
import pytest

from metrics import framewise
from metrics.floors import shuffled_bars
from metrics.framewise import gaussian_overlap, overlaps
from tests.metrics.small import other_order, songs, table, tune


def density(x, mean, deviation):
    return np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))


def by_quadrature(m, s, n, u):
    x = np.linspace(min(m - 9 * s, n - 9 * u), max(m + 9 * s, n + 9 * u), 400_001)
    return np.trapezoid(np.minimum(density(x, m, s), density(x, n, u)), x)


PAIRS = (
    (0, 1, 0, 1),
    (0, 1, 2, 1),
    (0, 1, 0, 3),
    (0, 1, 2, 3),
    (60, 5, 64, 0.5),
    (1, 2, -4, 0.3),
    (0, 1, 0.5, 1.0001),
)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_overlap_is_the_area_under_both(pair):
    m, s, n, u = pair
    assert gaussian_overlap(*pair) == pytest.approx(by_quadrature(*pair), abs=2e-6)
    assert gaussian_overlap(n, u, m, s) == pytest.approx(gaussian_overlap(*pair), abs=1e-12)


def test_equal_deviations_have_a_closed_form():
    expected = math.erfc(3 / (2 * math.sqrt(2)))  # two normals three deviations apart
    assert gaussian_overlap(0, 1, 3, 1) == pytest.approx(expected)


def test_the_narrowest_are_either_one_or_apart():
    assert gaussian_overlap(60, 0.01, 60, 0.01) == 1
    assert gaussian_overlap(60, 0.01, 62, 0.01) == 0


def test_pairs_of_windows_are_counted_by_hop():
    for bars, pairs in ((4, 0), (5, 0), (6, 1), (8, 2), (64, 30)):
        assert overlaps(table(tune([60, 62, 64, 65] * bars)))[0, 0] == pairs


def test_a_repeated_bar_overlaps_wholly_and_a_leap_not_at_all():
    assert overlaps(table(tune([60, 62, 64, 65] * 8)))[0].tolist() == [2, 2, 2, 2, 2, 2]
    leap = overlaps(table(tune([60] * 8 + [90] * 8 + [120] * 8)))[0]
    # Windows: 60 and 90, 90 and 120, each of mean 75 and 105 with deviation 15.
    expected = math.erfc(30 / 15 / (2 * math.sqrt(2)))
    assert leap[:3] == pytest.approx([1, expected, expected**2])
    assert leap[3:].tolist() == [1, 1, 1]


def test_windows_without_notes_are_left_out():
    piece = tune([60] * 16 + [61] * 16, every=np.repeat(1.0, 32))
    assert overlaps(table(piece))[0, 0] == 2
    start = tune([60] * 16, start=32.0)
    assert overlaps(table(start))[0, 0] == 1  # of five windows the last two hold notes


def test_consistency_and_variance_by_hand():
    consistency, variance = framewise.measures()[:2]
    # Overlaps 0.5, 0.7 against 0.8, 0.9, 1.0.
    ours = np.array([2, 1.2, 0.74, 0, 0, 0.0])
    data = np.array([3, 2.7, 2.45, 0, 0, 0.0])
    assert consistency.score(ours, data) == pytest.approx(1 - 0.3 / 0.9)
    assert variance.score(ours, data) == pytest.approx(1 - abs(0.01 - 0.02 / 3) / (0.02 / 3))
    assert consistency.score(ours * 0 + [1, 0, 0, 1, 0, 0], data) == 0  # clipped, not negative
    assert np.isnan(consistency.score(ours * 0, data))


def test_neither_key_nor_the_order_of_tracks_matters():
    pieces = songs(8)
    expected = overlaps(table(*pieces))
    assert overlaps(table(*(p.transpose(3) for p in pieces))) == pytest.approx(expected)
    assert overlaps(table(*map(other_order, pieces))) == pytest.approx(expected)


def test_shuffled_bars_vary_less_than_the_data():
    whole = table(*songs(40))
    shuffled = shuffled_bars(whole, np.random.default_rng(0).random(len(whole.bar_start)))
    for measure in framewise.measures()[:2]:
        ours, data = (measure.parts(t).sum(axis=0) for t in (shuffled, whole))
        assert measure.score(data, data) == 1
        assert measure.score(ours, data) < 1
