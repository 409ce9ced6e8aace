"""Squeeze-and-excitation and its running mean against NumPy."""

import numpy as np
import pytest
from keras import ops

from layers.squeeze_excite import SqueezeExcite, running_mean
from tests.layer_checks import check_layer, influence, made, random


@pytest.mark.parametrize("causal", [True, False])
def test_it_is_a_layer(causal):
    check_layer(lambda: SqueezeExcite(causal=causal), random(2, 6, 8))


@pytest.mark.parametrize("places", [1, 2, 7, 32])
def test_the_running_mean_is_that_of_past_and_present(places):
    sequence = random(2, places, 3)
    expected = np.stack([sequence[:, : i + 1].mean(axis=1) for i in range(places)], axis=1)
    np.testing.assert_allclose(running_mean(sequence), expected, atol=1e-6)
    half = running_mean(ops.cast(sequence, "bfloat16"))
    assert half.dtype == "bfloat16"
    np.testing.assert_allclose(ops.cast(half, "float32"), expected, atol=0.03)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("ratio", [1, 16])
def test_the_gate_scales_each_channel_by_what_all_of_them_say(causal, ratio):
    sequence = random(2, 5, 8)
    layer = made(lambda: SqueezeExcite(ratio, causal), [sequence])
    squeeze, squeeze_bias, excite, excite_bias = layer.get_weights()
    if causal:
        summary = np.cumsum(sequence, axis=1) / np.arange(1, 6)[:, None]
    else:
        summary = sequence.mean(axis=1, keepdims=True)
    hidden = summary @ squeeze + squeeze_bias
    hidden = hidden / (1 + np.exp(-1.702 * hidden))
    gate = 1 / (1 + np.exp(-(hidden @ excite + excite_bias)))
    np.testing.assert_allclose(layer(sequence), sequence * gate, atol=1e-5)


def test_the_ratio_narrows_the_squeeze():
    narrow, wide = (made(lambda r=r: SqueezeExcite(r), [random(1, 4, 64)]) for r in (4, 2))
    assert [layer.get_weights()[0].shape for layer in (narrow, wide)] == [(64, 16), (64, 32)]


def test_a_causal_gate_sees_the_past_and_no_future():
    layer = made(SqueezeExcite, [random(2, 9, 8)])
    assert np.array_equal(influence(layer, random(2, 9, 8)), np.triu(np.ones((9, 9))))


def test_a_gate_that_is_not_causal_sees_everything():
    layer = made(lambda: SqueezeExcite(causal=False), [random(2, 9, 8)])
    assert influence(layer, random(2, 9, 8)).all()
