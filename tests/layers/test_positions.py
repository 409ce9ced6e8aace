"""Sinusoids of place and of time, and that no time is rounded on the way."""

import numpy as np
import pytest
from keras import ops

from layers.positions import BarPositions, PositionEncoding, TimeEmbedding, sinusoids
from tests.layer_checks import check_layer, made, policy, random


def waves(values, width, longest=10_000.0):
    """Sines, then cosines, in float64."""
    frequencies = longest ** (-np.arange(width // 2) / (width // 2))
    angles = np.asarray(values, "float64")[..., None] * frequencies
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)


@pytest.mark.parametrize("width", [2, 8, 64])
@pytest.mark.parametrize("longest", [100.0, 10_000.0])
def test_sinusoids_are_sines_and_cosines_from_short_to_long(width, longest):
    values = np.array([[0.0, 1.0, 2.5], [100.0, 999.0, 1000.0]], "float32")
    found = sinusoids(values, width, longest)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, waves(values, width, longest), atol=2e-4)


def test_sinusoids_take_whole_numbers():
    whole = np.arange(5)
    np.testing.assert_array_equal(sinusoids(whole, 8), sinusoids(whole.astype("float32"), 8))


def test_the_position_encoding_is_a_layer():
    check_layer(PositionEncoding, random(2, 6, 8))


def test_the_position_encoding_adds_the_sinusoids_of_the_index():
    sequence = random(2, 7, 8)
    expected = sequence + waves(np.arange(7), 8)
    np.testing.assert_allclose(PositionEncoding()(sequence), expected, atol=1e-6)


def test_places_past_256_are_told_apart_in_half_precision():
    silence = np.zeros((1, 512, 64), "float32")
    encoded = ops.cast(PositionEncoding(dtype="mixed_bfloat16")(silence), "float32")
    np.testing.assert_allclose(encoded[0], waves(np.arange(512), 64), atol=0.005)


def test_the_time_embedding_is_a_layer():
    check_layer(lambda: TimeEmbedding(8), np.array([1.0, 250.0, 999.0], "float32"))


def test_the_time_embedding_is_an_mlp_over_sinusoids():
    times = np.array([1.0, 37.0, 999.0], "float32")
    embedding = made(lambda: TimeEmbedding(16), [times])
    hidden, hidden_bias, out, out_bias = embedding.get_weights()
    inner = waves(times, 16) @ hidden + hidden_bias
    expected = inner / (1 + np.exp(-inner)) @ out + out_bias
    np.testing.assert_allclose(embedding(times), expected, atol=2e-4)


def test_half_precision_does_not_round_times():
    """997 to 1000 are one number in bfloat16."""
    times = np.array([997.0, 998.0, 999.0, 1000.0], "float32")
    exact = made(lambda: TimeEmbedding(32), [times])
    with policy("mixed_bfloat16"):
        half = made(lambda: TimeEmbedding(32), [times])
    half.set_weights(exact.get_weights())
    found = np.asarray(ops.cast(half(times), "float32"))
    assert len(np.unique(found, axis=0)) == 4
    np.testing.assert_allclose(found, exact(times), atol=0.05)


def test_bar_positions_are_a_layer():
    check_layer(lambda: BarPositions(4), random(2, 10, 8))


def test_a_place_is_told_by_its_step_and_its_bar():
    """The same step of two bars differs by what the bars differ by, whichever the step."""
    layer = made(lambda: BarPositions(4), [random(1, 16, 8)])
    added = np.asarray(layer(np.zeros((1, 16, 8), "float32")))[0].reshape(4, 4, 8)
    between = added[1:] - added[:1]
    np.testing.assert_allclose(between, np.repeat(between[:, :1], 4, axis=1), atol=1e-5)
    assert len(np.unique(added.reshape(16, 8).round(4), axis=0)) == 16
