"""WaveTally against loops over notes, and what it is for: one matrix hears a key."""

import numpy as np
import pytest

from layers.tally import WaveTally
from tests.layer_checks import check_layer, random

PERIODS = (12.0, 2.4)


def shown(pitches, damp=1.0):
    """Pitches (places,) as a process shows them: the value, then sine and cosine per period."""
    columns = [pitches]
    for period in PERIODS:
        angle = 2 * np.pi * pitches / period
        columns += [damp * np.sin(angle), damp * np.cos(angle)]
    return np.stack(columns, axis=-1)[None].astype("float32")


def tallied(pitches, damp=1.0, **settings):
    return np.asarray(WaveTally(1, **settings)(shown(np.asarray(pitches, "float64"), damp)))[0]


def test_it_is_a_layer():
    check_layer(lambda: WaveTally(3, horizons=(2, None)), random(2, 6, 9))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("horizon", [1, 3, None])
def test_it_sums_waves_over_the_root_of_their_number(horizon, causal):
    pitches = np.random.default_rng(0).integers(30, 90, 9)
    found = tallied(pitches, horizons=(horizon,), causal=causal)
    for i in range(9):
        near = np.array(
            [
                other
                for j, other in enumerate(pitches)
                if (horizon is None or abs(i - j) < horizon) and (j <= i or not causal)
            ]
        )
        for k, period in enumerate(PERIODS):
            turns, root = 2 * np.pi * near / period, np.sqrt(len(near))
            assert found[i, 5 + 2 * k] == pytest.approx(np.sin(turns).sum() / root, abs=0.02)
            assert found[i, 6 + 2 * k] == pytest.approx(np.cos(turns).sum() / root, abs=0.02)


def test_the_values_are_kept_and_damped_waves_are_restored():
    pitches = np.array([60, 63, 67, 72])
    clear, damped = tallied(pitches), tallied(pitches, damp=0.2)
    assert np.array_equal(clear[:, 0], pitches)
    assert np.allclose(damped, clear, atol=0.02)
    assert np.abs(tallied(pitches, damp=1e-6)[:, 1:]).max() < 0.01


def test_one_matrix_tells_keys_apart():
    """Of 12 major keys, the tallied fifths of notes drawn from one lie nearest to its own."""
    scale = np.array([0, 2, 4, 5, 7, 9, 11])
    whole = np.stack(
        [
            tallied(np.tile(60 + key + scale, 8), horizons=(None,), causal=False)[0, 7:]
            for key in range(12)
        ]
    )
    rng = np.random.default_rng(2)
    for key in range(12):
        notes = 48 + key + rng.choice(scale, 600) + 12 * rng.integers(0, 3, 600)
        heard = whole @ tallied(notes, horizons=(None,), causal=False)[0, 7:]
        assert heard.argmax() == key


def test_no_note_learns_of_a_later_one():
    pitches = np.random.default_rng(1).integers(30, 90, 12)
    before = tallied(pitches)
    for place in range(12):
        changed = pitches.copy()
        changed[place] += 1
        after = tallied(changed)
        assert np.array_equal(before[:place], after[:place])
        assert not np.array_equal(before[place], after[place])


def test_notes_without_waves_pass():
    notes = np.ones((2, 4, 3), "float32")
    assert np.array_equal(np.asarray(WaveTally(3)(notes)), notes)
