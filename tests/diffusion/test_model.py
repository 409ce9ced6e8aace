"""The training model: it adds nothing to network and process, and rounds nothing on the way."""

import keras
import numpy as np
import pytest
from keras import ops

from diffusion.gaussian import Gaussian
from diffusion.model import BANDS, Diffusion
from tests.layer_checks import policy, random


class Affine(keras.Model):
    """A network small enough to compute by hand: scale * noisy + t."""

    def __init__(self):
        super().__init__(autocast=False)
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, noisy, times):
        self.seen = noisy, times
        return self.scale * noisy + ops.reshape(times, (-1, 1, 1))


class Echo:
    """A process whose loss is the network's answer, and which keeps what reaches it."""

    def __init__(self, steps=1000):
        self.steps = steps

    def corrupt(self, x0, t, noise):
        self.corrupted = x0, t, noise
        return ops.zeros_like(x0)

    def show(self, noisy, t):
        return noisy

    def loss(self, prediction, x0, t, noise):
        self.judged = prediction, x0, t, noise
        return ops.mean(prediction, axis=(1, 2))


def batch_of(times):
    """Random data and noise at given times."""
    t = np.asarray(times, "float32")
    return {"x0": random(len(t), 4, 3), "t": t, "noise": random(len(t), 4, 3, seed=1)}


def model_of(process, eager=False, rate=0.0, network=None):
    """A compiled model whose training moves its weight at a given rate."""
    model = Diffusion(network or Affine(), process)
    model.compile(keras.optimizers.SGD(rate), run_eagerly=eager, jit_compile=False)
    return model


def bands(result):
    """The losses by band of time."""
    return [float(result[f"loss_band_{band}"]) for band in range(BANDS)]


@pytest.mark.parametrize("predicts", ["noise", "velocity"])
def test_the_loss_is_the_mean_of_the_process(predicts):
    process = Gaussian(predicts=predicts)
    batch = batch_of([1, 300, 700, 1000])
    noisy = np.asarray(process.corrupt(batch["x0"], batch["t"], batch["noise"]))
    each = np.asarray(process.loss(noisy + batch["t"][:, None, None], **batch))
    for call in ("test_on_batch", "train_on_batch"):
        result = getattr(model_of(process), call)(batch, return_dict=True)
        assert result["loss"] == pytest.approx(np.mean(each), rel=1e-5)
    loss = model_of(process).compute_loss(batch, y_pred=noisy + batch["t"][:, None, None])
    assert float(loss) == pytest.approx(np.mean(each), rel=1e-5)


def test_training_follows_the_gradient_of_that_loss():
    """The mean over examples and numbers of (scale * noisy + t - noise)^2."""
    process, batch = Gaussian(), batch_of([1, 2])
    noisy = np.asarray(process.corrupt(batch["x0"], batch["t"], batch["noise"]), "float64")
    slope = 2 * np.mean((noisy + batch["t"][:, None, None] - batch["noise"]) * noisy)
    model = model_of(process, rate=0.1)
    model.train_on_batch(batch)
    assert float(model.network.scale) == pytest.approx(1 - 0.1 * slope, rel=1e-5)


@pytest.mark.parametrize("steps", [4, 100, 1000])
def test_bands_partition_time(steps):
    """Each time of the process counts in one band, and each band is a quarter of them."""
    times = np.arange(1, steps + 1)
    result = model_of(Echo(steps)).test_on_batch(batch_of(times), return_dict=True)
    assert result["loss"] == pytest.approx(times.mean())
    assert bands(result) == pytest.approx(times.reshape(BANDS, -1).mean(axis=1))


def test_a_time_counts_in_its_own_band_alone():
    for time, band in ((1, 0), (250, 0), (251, 1), (500, 1), (501, 2), (750, 2), (751, 3)):
        result = model_of(Echo(), eager=True).test_on_batch(batch_of([time]), return_dict=True)
        assert bands(result) == [time if place == band else 0 for place in range(BANDS)]


def test_bands_are_means_over_all_batches():
    batch = batch_of([1, 2, 600, 3, 800, 900])
    result = model_of(Echo()).evaluate(batch, batch_size=3, verbose=0, return_dict=True)
    assert bands(result) == pytest.approx([2, 0, 600, 850])
    assert result["loss"] == pytest.approx(np.mean([1, 2, 600, 3, 800, 900]))


@pytest.mark.parametrize("call", ["train_on_batch", "test_on_batch"])
@pytest.mark.parametrize("name", ["float32", "mixed_bfloat16"])
def test_nothing_is_rounded_before_the_process(name, call):
    """Keras would cast the batch to the policy's bfloat16, in which 999 is 1000."""
    batch = batch_of([999, 257])
    with policy(name):
        model = model_of(process := Echo(), eager=True)
        getattr(model, call)(batch)
    prediction, *judged = process.judged
    assert keras.backend.standardize_dtype(prediction.dtype) == "float32"
    for seen in (process.corrupted, judged):
        for found, given in zip(seen, batch.values(), strict=True):
            assert keras.backend.standardize_dtype(found.dtype) == "float32"
            np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("name", ["float32", "mixed_bfloat16"])
def test_the_network_sees_the_times_exactly(name):
    batch = batch_of([999, 257, 1])
    with policy(name):
        model = model_of(Gaussian(), eager=True)
        model.test_on_batch(batch)
    noisy, times = model.network.seen
    np.testing.assert_array_equal(times, batch["t"])
    expected = Gaussian().corrupt(batch["x0"], batch["t"], batch["noise"])
    np.testing.assert_array_equal(noisy, expected)


def test_the_network_is_shown_what_the_process_shows():
    process = Echo()
    process.show = lambda noisy, t: noisy + ops.reshape(t, (-1, 1, 1)) / 8
    model = model_of(process, eager=True)
    model.test_on_batch(batch_of([8, 16]))
    noisy, _ = model.network.seen
    np.testing.assert_array_equal(noisy[:, 0, 0], [1, 2])


def test_it_has_no_weights_beside_the_networks():
    model = model_of(Gaussian())
    model.train_on_batch(batch_of([1, 2]))
    assert [v.path for v in model.trainable_variables] == [v.path for v in model.network.variables]


def test_a_half_precision_answer_is_judged_in_single_precision():
    class Half(keras.Model):
        def call(self, noisy, times):
            return ops.cast(noisy, "bfloat16")

    model = model_of(process := Echo(), eager=True, network=Half())
    model.test_on_batch(batch_of([1, 2]))
    assert keras.backend.standardize_dtype(process.judged[0].dtype) == "float32"
