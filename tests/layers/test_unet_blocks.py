"""The steps down and up: what they add of time, and who sees whom."""

import numpy as np
import pytest

from layers.unet_blocks import DownBlock, UpBlock
from tests.layer_checks import check_layer, influence, made, random

PLACES = 8
LONG, SHORT, TIME = random(2, PLACES, 6), random(2, PLACES // 2, 8, seed=1), random(2, 5, seed=2)


def down(causal=True):
    return DownBlock(8, 3, causal)


def up(causal=True):
    return UpBlock(6, 3, causal)


@pytest.mark.parametrize("causal", [True, False])
def test_the_step_down_is_a_layer(causal):
    check_layer(lambda: down(causal), LONG, TIME)


@pytest.mark.parametrize("causal", [True, False])
def test_the_step_up_is_a_layer(causal):
    check_layer(lambda: up(causal), SHORT, LONG, TIME)


@pytest.mark.parametrize(("make", "inputs"), [(down, [LONG]), (up, [SHORT, LONG])])
def test_time_is_added_alike_to_every_place(make, inputs):
    block = made(make, [*inputs, TIME])
    later = TIME + 1
    difference = np.asarray(block(*inputs, later)) - np.asarray(block(*inputs, TIME))
    shift, bias = block.shift.get_weights()
    expected = (later / (1 + np.exp(-later)) - TIME / (1 + np.exp(-TIME))) @ shift
    np.testing.assert_allclose(
        difference, np.broadcast_to(expected[:, None], difference.shape), atol=1e-5
    )


def test_the_step_down_sees_the_past_and_no_future():
    """Place j of the result stands where place 2j of the input did."""
    block = made(down, [LONG, TIME])
    seen = influence(lambda x: block(x, TIME), LONG)
    before = np.arange(PLACES)[:, None] <= 2 * np.arange(PLACES // 2)
    assert np.array_equal(seen, before)


def test_the_step_up_sees_the_past_and_no_future():
    block = made(up, [SHORT, LONG, TIME])
    out = np.arange(PLACES)
    deep = influence(lambda x: block(x, LONG, TIME), SHORT)
    assert np.array_equal(deep, 2 * np.arange(PLACES // 2)[:, None] <= out)
    skip = influence(lambda x: block(SHORT, x, TIME), LONG)
    assert np.array_equal(skip, out[:, None] <= out)


def test_without_causality_both_see_everything():
    block = made(lambda: down(False), [LONG, TIME])
    assert influence(lambda x: block(x, TIME), LONG).all()
    block = made(lambda: up(False), [SHORT, LONG, TIME])
    assert influence(lambda x: block(x, LONG, TIME), SHORT).all()
    assert influence(lambda x: block(SHORT, x, TIME), LONG).all()
