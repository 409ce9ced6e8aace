"""Harmony against loops over cells, and what it is for: every key is read alike."""

import numpy as np
import pytest

from layers.harmony import Harmony
from tests.layer_checks import check_layer, made, random

TIME = random(2, 6, seed=1)


def harmony(**settings):
    return Harmony(4, **{"horizons": (2, None), "inner": 8, **settings})


def test_it_is_a_layer():
    check_layer(harmony, random(2, 5, 26, 2), TIME)


@pytest.mark.parametrize("horizon", [1, 3, None])
def test_each_class_is_told_the_sums_of_all_twelve_counted_from_itself(horizon):
    rolls = random(1, 6, 26, 2)
    layer = harmony(horizons=(horizon,))
    made(lambda: layer, [rolls, TIME[:1]])
    layer.own.set_weights([np.zeros((1, 4))])
    heard = []
    layer.read = lambda told: heard.append(np.asarray(told)) or np.zeros((1, 6, 12, 8), "float32")
    layer(rolls, TIME[:1])
    for frame in range(6):
        near = [f for f in range(6) if horizon is None or abs(f - frame) < horizon]
        for name in range(12):
            for above in range(12):
                rows = [p for p in range(26) if p % 12 == (name + above) % 12]
                cells = rolls[0, near][:, rows]
                expected = cells.sum() / np.sqrt(cells.size)
                assert heard[0][0, frame, name, above] == pytest.approx(expected, abs=1e-4)


def test_a_key_is_read_alike_in_every_transposition():
    rolls, layer = random(1, 6, 36, 1), harmony()
    made(lambda: layer, [rolls, TIME[:1]])
    plain, moved = (np.asarray(layer(r, TIME[:1])) for r in (rolls, np.roll(rolls, 5, axis=2)))
    np.testing.assert_allclose(np.roll(plain, 5, axis=2), moved, atol=1e-5)


def test_an_octave_apart_only_what_a_pitch_itself_holds_differs():
    rolls, layer = random(1, 6, 36, 1), harmony()
    made(lambda: layer, [rolls, TIME[:1]])
    found = np.asarray(layer(rolls, TIME[:1]))
    assert not np.allclose(found[:, :, 12:], found[:, :, :-12], atol=1e-2)
    layer.own.set_weights([np.zeros_like(w) for w in layer.own.get_weights()])
    found = np.asarray(layer(rolls, TIME[:1]))
    np.testing.assert_allclose(found[:, :, 12:], found[:, :, :-12], atol=1e-5)


def test_a_sum_of_noise_has_the_same_size_whatever_is_summed():
    layer, rolls = harmony(horizons=(1, 4, None)), random(8, 48, 88, 6)
    made(lambda: layer, [rolls, np.repeat(TIME[:1], 8, axis=0)])
    heard = []
    layer.read = lambda told: heard.append(np.asarray(told)) or np.zeros((8, 48, 12, 8), "float32")
    layer(rolls, np.repeat(TIME[:1], 8, axis=0))
    size = heard[0].reshape(8, 48, 12, 3, 12).std(axis=(0, 1, 2, 4))
    assert np.allclose(size, 1, atol=0.25)
