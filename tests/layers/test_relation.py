"""WaveRelation against loops over notes, and what it is for: hearing a key in any key."""

import numpy as np
import pytest

from layers.relation import WaveRelation
from tests.layer_checks import check_layer, random

PERIODS = (12.0, 2.4)


def shown(pitches):
    """Pitches (places,) as a process shows them: the value, then sine and cosine per period."""
    columns = [pitches]
    for period in PERIODS:
        angle = 2 * np.pi * pitches / period
        columns += [np.sin(angle), np.cos(angle)]
    return np.stack(columns, axis=-1)[None].astype("float32")


def related(pitches, **settings):
    return np.asarray(WaveRelation(1, **settings)(shown(np.asarray(pitches, "float64"))))[0]


def test_it_is_a_layer():
    check_layer(lambda: WaveRelation(3, horizons=(2, None)), random(2, 6, 9))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("horizon", [1, 3, None])
def test_it_is_the_mean_of_angle_differences(horizon, causal):
    pitches = np.random.default_rng(0).integers(30, 90, 9)
    found = related(pitches, horizons=(horizon,), causal=causal)
    for i, own in enumerate(pitches):
        near = [
            other
            for j, other in enumerate(pitches)
            if (horizon is None or abs(i - j) < horizon) and (j <= i or not causal)
        ]
        for k, period in enumerate(PERIODS):
            turns = 2 * np.pi * (np.array(near) - own) / period
            assert found[i, 5 + k] == pytest.approx(np.sin(turns).mean(), abs=1e-4)
            assert found[i, 7 + k] == pytest.approx(np.cos(turns).mean(), abs=1e-4)


def test_the_notes_themselves_are_kept():
    pitches = np.array([60, 64, 67, 72])
    assert np.array_equal(related(pitches)[:, :5], shown(pitches)[0])


def test_transposition_changes_nothing_in_the_relations():
    tune = np.array([60, 62, 64, 65, 67, 69, 71, 72])
    assert np.allclose(related(tune)[:, 5:], related(tune + 5)[:, 5:], atol=1e-4)
    assert not np.allclose(related(tune)[:, :5], related(tune + 5)[:, :5], atol=1e-1)


def test_no_note_learns_of_a_later_one():
    pitches = np.random.default_rng(1).integers(30, 90, 12)
    before = related(pitches)
    for place in range(12):
        changed = pitches.copy()
        changed[place] += 1
        after = related(changed)
        assert np.array_equal(before[:place], after[:place])
        assert not np.array_equal(before[place], after[place])


def test_notes_without_waves_pass():
    notes = np.ones((2, 4, 3), "float32")
    assert np.array_equal(np.asarray(WaveRelation(3)(notes)), notes)
