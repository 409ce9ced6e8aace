import numpy as np
import pytest

from music.theory import SCALES, best_scale


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("name", SCALES)
def test_a_scale_with_its_triad_is_recognised(tonic, name):
    steps = np.array(SCALES[name])
    pitches = 48 + tonic + np.concatenate([steps, steps[[0, 2, 4]], [12]])
    assert best_scale(pitches) == (tonic, name, 1.0)


def test_the_share_is_that_of_an_exhaustive_search():
    random = np.random.default_rng(0)
    for _ in range(20):
        pitches, weights = random.integers(0, 128, 30), random.random(30)
        tonic, name, share = best_scale(pitches, weights)
        shares = {
            (t, n): sum(w for p, w in zip(pitches, weights, strict=True) if (p - t) % 12 in steps)
            for n, steps in SCALES.items() for t in range(12)
        }  # fmt: skip
        assert share == pytest.approx(max(shares.values()) / weights.sum())
        assert share == pytest.approx(shares[tonic, name] / weights.sum())


def test_every_scale_has_seven_notes_and_no_pitches_fit_none():
    assert all(len(set(steps)) == 7 for steps in SCALES.values())
    assert best_scale([])[2] == 0.0
    assert best_scale(np.arange(12), scales={"major": SCALES["major"]})[2] == pytest.approx(7 / 12)
    assert best_scale(np.zeros(3, np.uint8)) == (0, "major", 1.0)
