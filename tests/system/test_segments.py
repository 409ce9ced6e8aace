"""Training is cut into calls of `fit` that together make every step once, in order."""

import pytest

from system.fit import segments


@pytest.mark.parametrize("length", [1, 3, 5, 100])
@pytest.mark.parametrize("stop", [1, 4, 15, 16, 50])
def test_every_step_once_whatever_the_start(stop, length):
    for start in range(stop + 1):
        taken = []
        at = start
        for first, end, steps in segments(start, stop, length):
            assert end > first and steps > 0
            for epoch in range(first, end):
                assert at // length == epoch
                taken += range(at, at + steps)
                at += steps
        assert taken == list(range(start, stop))


def test_a_whole_run_is_one_call():
    assert list(segments(0, 20, 5)) == [(0, 4, 5)]
    assert list(segments(7, 22, 5)) == [(1, 2, 3), (2, 4, 5), (4, 5, 2)]
