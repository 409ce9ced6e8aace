"""Every preset at every size: it builds, and all of it learns."""

import functools

import keras
import numpy as np
import pytest

from config import PRESETS, SIZES, resolve
from datasets.demo import Demo
from datasets.stream import Stream, noise_shape
from diffusion.model import Diffusion
from system.build import build, representation
from tests.layer_checks import still

BASE_PARAMETERS = {
    "notes": 12e6,
    "roll": 2.4e6,
    "melody": 78e6,
    "trio": 78e6,
    "melody_octuple": 76e6,
    "trio_octuple": 76e6,
}
EVERY = [(model, size) for model, preset in PRESETS.items() for size in SIZES[preset.network.kind]]


@functools.lru_cache(maxsize=3)  # the largest are a third of a gigabyte
def built(model: str, size: str):
    """A preset's system and windows to train it on."""
    config = resolve(model, size, "demo", {})
    plain = representation(config)
    windows = np.concatenate([plain.encode(piece) for _, piece in Demo(songs=6).pieces("train")])
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
    shape = noise_shape(process, system.representation)
    stream = Stream(
        windows, system.representation, process.times, process.noise, 4, noise_shape=shape
    )
    diffusion = Diffusion(system.network, process)
    diffusion.compile(keras.optimizers.SGD(1.0), jit_compile=False)
    variables = system.network.trainable_variables
    before = [np.array(variable.numpy()) for variable in variables]
    loss = diffusion.train_on_batch(stream.batch(0), return_dict=True)["loss"]
    assert np.isfinite(loss)
    assert not still(variables, before)
    assert {v.path for v in variables} == {v.path for v in diffusion.trainable_variables}
