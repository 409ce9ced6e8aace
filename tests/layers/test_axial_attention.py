"""Attention along one axis of a roll."""

import numpy as np
import pytest

from layers.axial_attention import AxialAttention
from tests.layer_checks import check_layer, made, random

ROLLS = random(2, 4, 5, 6)


@pytest.mark.parametrize("axis", ["frames", "pitches"])
def test_it_is_a_layer(axis):
    check_layer(lambda: AxialAttention(axis, heads=2), ROLLS)


@pytest.mark.parametrize("axis", ["frames", "pitches"])
def test_a_cell_sees_its_own_row_and_no_other(axis):
    layer = made(lambda: AxialAttention(axis, heads=2), [ROLLS])
    changed = ROLLS.copy()
    changed[0, 1, 2, 0] += 1.0
    seen = (np.asarray(layer(changed)) != np.asarray(layer(ROLLS))).any(-1)
    expected = np.zeros_like(seen)
    expected[(0, slice(None), 2) if axis == "frames" else (0, 1)] = True
    assert np.array_equal(seen, expected)


@pytest.mark.parametrize("axis", ["frames", "pitches"])
def test_it_knows_the_places_of_its_own_axis_alone(axis):
    layer = made(lambda: AxialAttention(axis, heads=2), [ROLLS])
    same = np.ones_like(ROLLS)
    answer = np.asarray(layer(same))
    along, across = (1, 2) if axis == "frames" else (2, 1)
    assert np.ptp(answer, axis=along).max() > 1e-2
    assert np.ptp(answer, axis=across).max() < 1e-5


def test_another_axis_is_refused():
    with pytest.raises(ValueError, match="'time' is neither frames nor pitches"):
        AxialAttention("time")
