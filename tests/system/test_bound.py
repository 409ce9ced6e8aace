"""The likelihood bound as evaluate.py takes it."""

import numpy as np
import pytest
from keras import ops

from config import Config
from diffusion.binomial import Binomial
from system.build import System
from system.evaluation import bound

RATIO = 0.25


class Cells:
    """Windows that are arrays already, of cells that know nothing of one another."""

    shape, draws = (8, 8), 0

    def scale(self, windows):
        return windows.astype("float32")


class Own:
    """A process whose `bound` is another process."""

    def __init__(self, judge):
        self.judge = judge

    def bound(self):
        return self.judge


def know_nothing(inputs, training):
    """What a network answers that adds nothing to what each cell tells of itself."""
    return ops.zeros_like(inputs[0])


def test_the_bound_of_cells_by_chance_is_their_entropy():
    windows = np.random.default_rng(0).random((512, 8, 8)) < RATIO
    system = System(Config(), Cells(), Binomial(steps=20, ratio=RATIO), know_nothing)
    found = bound.per_window(system, windows, seed=0)
    entropy = -(RATIO * np.log2(RATIO) + (1 - RATIO) * np.log2(1 - RATIO))
    error = found.std() / np.sqrt(len(found))
    assert len(found) == 512 and error < 0.1
    assert found.mean() == pytest.approx(entropy, abs=4 * error)


def test_a_process_may_leave_the_bound_to_another():
    judge = Binomial(steps=20, ratio=RATIO)
    process, measure = bound._judge(Own(judge))
    assert process is judge and measure == judge.loss
    process, measure = bound._judge(judge)
    assert process is judge and measure == judge.bound
