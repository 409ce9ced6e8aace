"""The block of the roll U-Net."""

import numpy as np
import pytest

from layers.roll_block import RollBlock
from tests.layer_checks import check_layer, made, random

ROLLS, TIME = random(2, 6, 5, 4), random(2, 3, seed=1)


@pytest.mark.parametrize(
    "settings",
    [{}, {"groups": 2, "residual": True}, {"residual": True, "width": 4, "kernel": (3, 1)}],
)
def test_it_is_a_layer(settings):
    check_layer(lambda: RollBlock(**{"width": 6, **settings}), ROLLS, TIME, half_tolerance=0.1)


def test_it_adds_its_input_when_residual():
    plain = made(lambda: RollBlock(4), [ROLLS, TIME])
    added = made(lambda: RollBlock(4, residual=True), [ROLLS, TIME])
    added.set_weights(plain.get_weights())
    np.testing.assert_allclose(added(ROLLS, TIME), plain(ROLLS, TIME) + ROLLS, atol=1e-5)


def test_group_norm_takes_the_scale_of_an_example_away():
    block = made(lambda: RollBlock(4, groups=2), [ROLLS, TIME])
    plain = made(lambda: RollBlock(4), [ROLLS, TIME])
    loud = 100 * ROLLS
    assert np.abs(block(loud, TIME) - block(ROLLS, TIME)).max() < 0.01
    assert np.abs(plain(loud, TIME) - plain(ROLLS, TIME)).max() > 1


def test_the_time_shifts_every_cell_of_its_own_example():
    block = made(lambda: RollBlock(16), [ROLLS, TIME])
    before, after = (
        np.asarray(block(ROLLS, time)) for time in (TIME, TIME + [[0.0] * 3, [2.0] * 3])
    )
    assert np.array_equal(before[0], after[0])
    assert (before[1] != after[1]).any(-1).all()
