"""Every preset at every size: it builds, and all of it learns."""

import functools

import keras
import numpy as np
import pytest

from config import PRESETS, SIZES, resolve
from datasets.stream import Stream
from diffusion.model import Diffusion
from music import Piece
from system.build import build, representation
from tests.layer_checks import still

BASE_PARAMETERS = {"notes": 12e6, "roll": 2.4e6}
EVERY = [(model, size) for model, preset in PRESETS.items() for size in SIZES[preset.network.kind]]


def random_piece(notes: int = 600) -> Piece:
    """A piece long enough for any representation."""
    rng = np.random.default_rng(0)
    onset = np.cumsum(rng.integers(0, 4, notes) * 120)
    return Piece.from_notes(onset, rng.integers(1, 8, notes) * 120, rng.integers(36, 96, notes))


@functools.cache
def built(model: str, size: str):
    """A preset's system and windows to train it on."""
    config = resolve(model, size, "demo", {})
    plain = representation(config)
    windows = plain.encode(random_piece())
    measure = getattr(plain, "measure", lambda windows: {})
    return build(config, measure(windows)), windows


@pytest.mark.parametrize(("model", "size"), EVERY)
def test_it_builds_and_larger_sizes_are_larger(model, size):
    system, _ = built(model, size)
    parameters = system.network.count_params()
    if size == "base":
        assert parameters == pytest.approx(BASE_PARAMETERS[model], rel=0.1)
    else:
        assert parameters < 0.5 * BASE_PARAMETERS[model]


@pytest.mark.parametrize("model", PRESETS)
def test_one_step_moves_every_variable(model):
    system, windows = built(model, "tiny")
    process = system.process
    stream = Stream(windows, system.representation, process.times, process.noise, batch_size=4)
    diffusion = Diffusion(system.network, process)
    diffusion.compile(keras.optimizers.SGD(1.0), jit_compile=False)
    variables = system.network.trainable_variables
    before = [np.array(variable.numpy()) for variable in variables]
    loss = diffusion.train_on_batch(stream.batch(0), return_dict=True)["loss"]
    assert np.isfinite(loss)
    assert not still(variables, before)
    assert {v.path for v in variables} == {v.path for v in diffusion.trainable_variables}
