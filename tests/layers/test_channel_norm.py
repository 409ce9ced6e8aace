"""ChannelNorm and GELU against their formulas in NumPy."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from layers.channel_norm import ChannelNorm, gelu
from tests.layer_checks import check_layer, influence, made, random


def layer_norm(sequence, scale, shift, epsilon=1e-5):
    """Layer normalisation in float64."""
    sequence = np.asarray(sequence, "float64")
    mean = sequence.mean(axis=-1, keepdims=True)
    variance = sequence.var(axis=-1, keepdims=True)
    return (sequence - mean) / np.sqrt(variance + epsilon) * scale + shift


def test_it_is_a_layer():
    check_layer(ChannelNorm, random(2, 5, 12))


@pytest.mark.parametrize("width", [2, 8, 48])
@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_it_is_layer_normalisation(width, offset):
    sequence = 2 * random(3, 4, width) + offset
    norm = made(ChannelNorm, [sequence])
    expected = layer_norm(sequence, *norm.get_weights())
    np.testing.assert_allclose(norm(sequence), expected, atol=1e-4)


@pytest.mark.parametrize("width", [8, 48, 96, 256])
@pytest.mark.parametrize("offset", [0.0, 3.0])
def test_half_precision_costs_no_more_than_its_digits(width, offset):
    """Also where 1 / width has no exact bfloat16."""
    sequence = np.asarray(ops.cast(random(3, 4, width) + offset, "bfloat16")).astype("float32")
    norm = made(lambda: ChannelNorm(dtype="mixed_bfloat16"), [sequence])
    found = norm(sequence)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    expected = layer_norm(sequence, *norm.get_weights())
    np.testing.assert_allclose(ops.cast(found, "float32"), expected, rtol=0.02, atol=0.04)


def test_places_do_not_see_each_other():
    assert np.array_equal(
        influence(made(ChannelNorm, [random(2, 6, 8)]), random(2, 6, 8)), np.eye(6)
    )


def test_a_constant_becomes_the_shift():
    norm = made(ChannelNorm, [random(1, 3, 8)])
    constant = norm(np.full((1, 3, 8), 4.0, "float32"))
    np.testing.assert_allclose(constant[0, 0], norm.shift, atol=1e-5)


def test_gelu_is_its_sigmoid_form():
    values = np.linspace(-6, 6, 101, dtype="float32")
    expected = values / (1 + np.exp(-1.702 * values))
    np.testing.assert_allclose(gelu(ops.convert_to_tensor(values)), expected, atol=1e-6)
    exact = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in values]
    np.testing.assert_allclose(expected, exact, atol=0.021)
