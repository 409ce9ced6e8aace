"""The Fréchet distance against its closed forms, and the clouds it measures."""

import numpy as np
import pytest

from metrics import frechet
from metrics.features import NAMES, features
from music import Piece
from tests.metrics.small import other_order, songs, table, tune


def cloud(mean, deviation, count=4000, seed=0):
    """Vectors whose means and standard deviations are exactly these, and uncorrelated."""
    mean, deviation = np.asarray(mean, float), np.asarray(deviation, float)
    x = np.random.default_rng(seed).standard_normal((count, len(mean)))
    x -= x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(x.T @ x / count)).T
    return mean + x * deviation


def distance(ours, data):
    return frechet.frechet(*(frechet.moments(v).sum(axis=0) for v in (ours, data)))


def test_a_cloud_is_at_no_distance_from_itself():
    vectors = cloud([1, 2, 3], [1, 2, 0.5])
    assert distance(vectors, vectors) == pytest.approx(0, abs=1e-8)


def test_two_normals_have_a_closed_form():
    # In the reference's deviations: ((4 - 1) / 2)^2 + (6 / 2 - 1)^2, then a shift of one alone.
    assert distance(cloud([4], [6]), cloud([1], [2], seed=1)) == pytest.approx(1.5**2 + 2**2)
    ours, data = cloud([0, 5, 1], [1, 3, 2]), cloud([0, 2, 1], [1, 3, 4], seed=1)
    assert distance(ours, data) == pytest.approx(1 + 0.25)


def test_correlation_counts():
    """2 - 2 sqrt(1 - r^2)... of equal variances: tr = 4 - 2 (sqrt(1 + r) + sqrt(1 - r))."""
    plain, r = cloud([0, 0], [1, 1]), 0.8
    turned = cloud([0, 0], [1, 1], seed=1) @ np.linalg.cholesky([[1, r], [r, 1]]).T
    assert distance(turned, plain) == pytest.approx(4 - 2 * (np.sqrt(1 + r) + np.sqrt(1 - r)))


def test_it_has_no_unit():
    ours, data, unit = cloud([1, 2], [1, 1]), cloud([0, 0], [2, 3], seed=1), np.array([1000, 0.7])
    assert distance(ours * unit, data * unit) == pytest.approx(distance(ours, data))


def test_the_leading_axes_are_resamples():
    ours, data = (frechet.moments(cloud([m], [1], 50)).sum(axis=0) for m in (0, 1))
    both = frechet.frechet(np.stack([ours, data]), data)
    assert both == pytest.approx([frechet.frechet(ours, data), 0], abs=1e-8)


def test_diversity_is_the_distance_of_two_different_pieces():
    vectors = np.array([[0.0, 0], [3, 4], [3, 4]])
    unit = frechet.units(vectors)
    pairs = [((vectors[i] - vectors[j]) / unit) ** 2 for i, j in ((0, 1), (0, 2), (1, 2))]
    sums = frechet.moments(vectors).sum(axis=0)
    assert frechet.diversity(sums, sums) == pytest.approx(np.sqrt(np.sum(pairs) / 3))
    same = frechet.moments(np.repeat(vectors[:1], 5, axis=0)).sum(axis=0)
    assert frechet.diversity(same, sums) == 0


def test_the_nearest_is_found():
    distance, which = frechet.nearest(
        np.array([[0.0, 0], [10, 10]]), np.array([[9.0, 10], [3, 4], [0, 8]]), np.ones(2)
    )
    assert which.tolist() == [1, 0] and distance == pytest.approx([5, 1])


def test_another_embedding_takes_the_place_of_ours():
    def lengths(of):
        return of.total()[:, None]

    measure, spread = frechet.measures(lengths)
    short, long = table(tune([60] * 3), tune([60] * 5)), table(tune([60] * 7), tune([60] * 9))
    sums = [measure.parts(t).sum(axis=0) for t in (long, short)]
    assert measure.score(*sums) == pytest.approx(16)  # four notes more, of deviation 1
    assert spread.score(*sums) == pytest.approx(2)


def test_every_feature_has_a_name_and_knows_its_piece_alone():
    pieces = [*songs(5), Piece.from_notes([], [], []), tune([60])]
    found = features(table(*pieces))
    assert found.shape == (7, len(NAMES)) and np.isfinite(found).all()
    alone = np.concatenate([features(table(p)) for p in pieces])
    assert found == pytest.approx(alone)
    assert features(table(*map(other_order, pieces))) == pytest.approx(found)


def test_features_by_hand():
    piece = tune([60, 64, 67, 72] * 2, beats=0.5, velocity=127)
    row = dict(zip(NAMES, features(table(piece))[0], strict=True))
    assert row["pitch mean (octaves)"] == pytest.approx(65.75 / 12)
    assert row["interval on a track (octaves)"] == pytest.approx(
        (4 + 3 + 5 + 12 + 4 + 3 + 5) / 7 / 12
    )
    assert row["duration mean (log2 beats)"] == -1 and row["duration deviation"] == 0
    assert row["velocity mean (/127)"] == 1
    assert row["notes per bar (log2 of 1 +)"] == pytest.approx(np.log2(9))
    assert row["onsets on a beat"] == row["onsets on an eighth"] == 0.5
    assert (row["degree 0"], row["degree 4"], row["degree 7"]) == (0.5, 0.25, 0.25)


def test_only_the_pitch_hears_the_key():
    pieces = songs(6)
    moved = features(table(*(p.transpose(3) for p in pieces))) - features(table(*pieces))
    assert moved[:, 0] == pytest.approx(0.25)
    assert np.abs(moved[:, 1:]).max() < 1e-9
