"""Halving and doubling time: exact values, and who sees whom."""

import numpy as np
import pytest

from layers.resample import DoubleTime, HalveTime
from tests.layer_checks import check_layer, influence, random


def column(*values):
    """A sequence (1, places, 1)."""
    return np.array(values, "float32")[None, :, None]


def values(sequence):
    """The numbers in a sequence (1, places, 1)."""
    return np.asarray(sequence)[0, :, 0].tolist()


@pytest.mark.parametrize("layer", [HalveTime, DoubleTime])
@pytest.mark.parametrize("causal", [True, False])
def test_they_are_layers(layer, causal):
    check_layer(lambda: layer(causal), random(2, 6, 3))


def test_halving_takes_the_larger_of_a_place_and_the_one_before():
    assert values(HalveTime()(column(1, 9, 2, 3, -4, -5))) == [1, 9, 3]
    assert values(HalveTime()(column(-7, -9, -8, -3))) == [-7, -8]


def test_halving_without_causality_takes_the_larger_of_a_pair():
    assert values(HalveTime(causal=False)(column(1, 9, 2, 3, -4, -5))) == [9, 3, -4]


def test_doubling_repeats():
    assert values(DoubleTime()(column(1, 5, -2))) == [1, 1, 5, 5, -2, -2]


def test_doubling_without_causality_interpolates():
    assert values(DoubleTime(causal=False)(column(0, 4, 8))) == [0, 1, 3, 5, 7, 8]
    assert values(DoubleTime(causal=False)(column(3))) == [3, 3]


@pytest.mark.parametrize("layer", [HalveTime, DoubleTime])
@pytest.mark.parametrize("causal", [True, False])
def test_channels_and_examples_are_kept_apart(layer, causal):
    sequence = random(3, 8, 4)
    together = np.asarray(layer(causal)(sequence))
    for example in range(3):
        for channel in range(4):
            alone = layer(causal)(sequence[example, None, :, channel, None])
            np.testing.assert_array_equal(together[example, :, channel], np.asarray(alone)[0, :, 0])


def test_halving_then_doubling_never_looks_ahead():
    seen = influence(lambda x: DoubleTime()(HalveTime()(x)), np.zeros((1, 8, 1), "float32"))
    assert not np.tril(seen, -1).any()
    covered = [[place for place in range(8) if seen[place, out]] for out in range(8)]
    assert covered == [[0], [0], [1, 2], [1, 2], [3, 4], [3, 4], [5, 6], [5, 6]]


def test_without_causality_they_look_ahead():
    flat = np.zeros((1, 8, 1), "float32")
    assert np.tril(influence(lambda x: DoubleTime()(HalveTime(causal=False)(x)), flat), -1).any()
    assert np.tril(influence(lambda x: DoubleTime(causal=False)(HalveTime()(x)), flat), -1).any()


@pytest.mark.parametrize("causal", [True, False])
def test_an_odd_length_is_refused(causal):
    with pytest.raises(ValueError, match="even"):
        HalveTime(causal)(random(4, 5, 2))
