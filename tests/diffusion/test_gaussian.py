"""The Gaussian process against closed forms, and its samplers against exact denoisers."""

import numpy as np
import pytest
from keras import ops

from diffusion.gaussian import PREDICTIONS, SCHEDULES, Gaussian
from diffusion.sampling import Sampler

MEANS, DEVIATIONS = np.array([-1.0, 1.5]), np.array([0.2, 0.4])
SHARES = np.array([0.3, 0.7])


def exact(process, means, deviations, shares):
    """The perfect answer for data drawn, number by number, from a mixture of Gaussians."""

    def denoise(noisy, t):
        signal, spread = process._at(t, noisy)
        clean = 0.0
        weights, posterior = [], []
        for mean, deviation, share in zip(means, deviations, shares, strict=True):
            variance = (signal * deviation) ** 2 + spread**2
            off = noisy - signal * mean
            weights.append(np.log(share) - 0.5 * off**2 / variance - 0.5 * ops.log(variance))
            posterior.append(mean + signal * deviation**2 / variance * off)
        weights = ops.softmax(ops.stack(weights, axis=-1), axis=-1)
        clean = ops.sum(weights * ops.stack(posterior, axis=-1), axis=-1)
        noise = (noisy - signal * clean) / spread
        answers = {"noise": noise, "clean": clean, "velocity": signal * noise - spread * clean}
        return answers[process.predicts]

    return denoise


def mixture_distribution(values, means, deviations, shares):
    """The distribution function of the mixture at `values`."""
    erf = np.vectorize(__import__("math").erf)
    each = [
        share * 0.5 * (1 + erf((values - mean) / deviation / np.sqrt(2)))
        for mean, deviation, share in zip(means, deviations, shares, strict=True)
    ]
    return sum(each)


def kolmogorov_distance(drawn, distribution):
    """The largest gap between the drawn values' distribution and the given one."""
    drawn = np.sort(drawn)
    expected = distribution(drawn)
    ranks = np.arange(len(drawn) + 1) / len(drawn)
    return max(np.abs(ranks[1:] - expected).max(), np.abs(ranks[:-1] - expected).max())


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_time_has_its_closed_form_marginal(schedule):
    process = Gaussian(steps=50, schedule=schedule)
    rng = np.random.default_rng(0)
    x0, noise = 0.7, rng.standard_normal(40_000).astype("float32")
    for t in range(1, 51):
        noisy = np.asarray(
            process.corrupt(np.full_like(noise, x0), np.full(len(noise), t, "float32"), noise)
        )
        assert noisy.mean() == pytest.approx(process.signal[t] * x0, abs=0.02)
        assert noisy.std() == pytest.approx(process.spread[t], abs=0.02)
    assert np.allclose(process.signal**2 + process.spread**2, 1)
    assert (np.diff(process.signal) < 0).all() and process.signal[0] == 1


def test_the_published_schedule_ends_in_noise():
    process = Gaussian()
    assert process.spread[1] == pytest.approx(0.01)
    assert process.signal[-1] ** 2 == pytest.approx(4.036e-5, rel=1e-3)


def test_every_step_from_the_first_to_the_last_is_trained():
    process = Gaussian(steps=1000)
    times = process.times(np.linspace(0, 1, 100_000, endpoint=False))
    assert set(times) == set(range(1, 1001))
    assert process.plan(50)[0] == 1000 and process.plan(50)[-1] == 0


@pytest.mark.parametrize("predicts", PREDICTIONS)
@pytest.mark.parametrize("sees", ["unit", "symmetric", "standard"])
def test_the_target_gives_the_clean_array_back_and_costs_nothing(predicts, sees):
    statistics = {"mean": [0.2, 0.5], "std": [0.1, 0.3]}
    process = Gaussian(predicts=predicts, sees=sees, statistics=statistics)
    rng = np.random.default_rng(1)
    x0 = rng.random((16, 5, 2)).astype("float32")
    noise = rng.standard_normal(x0.shape).astype("float32")
    t = np.linspace(1, 700, 16).astype("float32")
    noisy = process.corrupt(x0, t, noise)
    target = process.target(x0, t, noise)
    clean = process.outward(np.asarray(process.clean(noisy, t, target)))
    assert np.allclose(clean, x0, atol=2e-3)
    assert np.allclose(process.loss(target, x0, t, noise), 0)
    loss = process.loss(target + np.float32(2.0), x0, t, noise)
    assert np.allclose(loss, 4, rtol=1e-4) and loss.shape == (16,)


@pytest.mark.parametrize("predicts", PREDICTIONS)
@pytest.mark.parametrize(
    ("sampler", "steps", "bound"), [("ddpm", 1000, 0.03), ("ddim", 200, 0.03), ("dpmpp", 50, 0.03)]
)
def test_samplers_recover_a_mixture_of_gaussians(sampler, steps, bound, predicts):
    process = Gaussian(predicts=predicts, clip=False, schedule="linear")
    denoise = exact(process, MEANS, DEVIATIONS, SHARES)
    drawer = Sampler(denoise, process, (64,), sampler, steps, batch_size=128, chunk=100)
    drawn = drawer.sample(128, seed=3, progress=False).ravel()
    assert (
        kolmogorov_distance(drawn, lambda v: mixture_distribution(v, MEANS, DEVIATIONS, SHARES))
        < bound
    )


@pytest.mark.parametrize(("sampler", "steps"), [("ddpm", 1000), ("ddim", 100), ("dpmpp", 25)])
def test_samplers_recover_two_points(sampler, steps):
    process = Gaussian(clip=False)
    points, shares = np.array([0.0, 1.0]), np.array([0.25, 0.75])
    denoise = exact(process, points, np.array([1e-3, 1e-3]), shares)
    drawer = Sampler(denoise, process, (64,), sampler, steps, batch_size=64, chunk=100)
    drawn = drawer.sample(64, seed=5, progress=False).ravel()
    assert np.abs(drawn - np.round(drawn)).max() < 0.03
    assert set(np.round(drawn)) == {0.0, 1.0}
    assert np.round(drawn).mean() == pytest.approx(0.75, abs=0.03)


def test_the_second_order_is_worth_its_name():
    """At equal steps DPM-Solver++ ends nearer the exact flow than DDIM."""
    process = Gaussian(clip=False)
    denoise = exact(process, MEANS, DEVIATIONS, SHARES)

    def flow(sampler, steps):
        drawer = Sampler(denoise, process, (32,), sampler, steps, batch_size=32, chunk=250)
        return drawer.sample(32, seed=7, progress=False)

    limit = flow("ddim", 1000)
    assert np.abs(flow("dpmpp", 40) - limit).mean() < 0.5 * np.abs(flow("ddim", 40) - limit).mean()


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpmpp"])
def test_what_the_mask_holds_comes_out_unchanged(sampler):
    process = Gaussian(steps=100, sees="symmetric")
    rng = np.random.default_rng(2)
    known = rng.random((3, 8)).astype("float32")
    mask = (rng.random((3, 8)) < 0.5).astype("float32")
    denoise = exact(process, [0.0], [0.5], [1.0])
    drawer = Sampler(denoise, process, (8,), sampler, 20, batch_size=2, chunk=7)
    drawn = drawer.sample(3, seed=1, known=known, mask=mask, progress=False)
    assert np.array_equal(drawn[mask == 1], known[mask == 1])
    assert not np.isclose(drawn[mask == 0], known[mask == 0]).any()


def test_held_parts_steer_the_rest():
    """With two numbers that are always equal, holding one draws the other beside it."""
    process = Gaussian(clip=False)

    def denoise(noisy, t):
        signal, spread = process._at(t, noisy)
        both = ops.sum(noisy, axis=-1, keepdims=True)
        clean = signal * both / (2 * signal**2 + spread**2)
        return (noisy - signal * clean) / spread

    drawer = Sampler(denoise, process, (2,), "ddpm", 1000, batch_size=400, chunk=250)
    known = np.tile(np.array([1.3, 0.0], "float32"), (400, 1))
    mask = np.tile(np.array([1.0, 0.0], "float32"), (400, 1))
    drawn = drawer.sample(400, seed=2, known=known, mask=mask, progress=False)
    assert drawn[:, 1].mean() == pytest.approx(1.3, abs=0.15)


@pytest.mark.parametrize("sampler", ["ddpm", "dpmpp"])
def test_a_piece_depends_on_its_seed_and_number_alone(sampler):
    process = Gaussian(steps=50)
    denoise = exact(process, MEANS, DEVIATIONS, SHARES)

    def draw(batch_size, chunk, seed=0):
        drawer = Sampler(denoise, process, (4,), sampler, 10, batch_size, chunk)
        return drawer.sample(5, seed=seed, progress=False)

    reference = draw(5, 10)
    assert np.allclose(draw(2, 3), reference, atol=1e-5)
    assert not np.allclose(draw(5, 10, seed=1), reference)
    assert len({piece.tobytes() for piece in reference}) == 5


def test_waves_are_what_the_clean_value_has_on_average():
    """Against sampling clean values that could lie behind a noisy one."""
    statistics = {"mean": [0.3], "std": [0.2], "periods": [[0.5, 0.1]]}
    process = Gaussian(schedule="cosine", sees="standard", statistics=statistics)
    t, noisy = np.array([120.0], "float32"), np.array([[[0.4]]], "float32")
    signal, spread = process.signal[120], process.spread[120]
    behind = (0.4 - spread * np.random.default_rng(0).standard_normal(400_000)) / signal
    shown = np.asarray(process.show(noisy, t))[0, 0]
    assert len(shown) == process.shown((1,))[0] == 5
    expected = [0.4]
    for period in (0.5 / 0.2, 0.1 / 0.2):
        angle = 2 * np.pi * behind / period
        expected += [np.sin(angle).mean(), np.cos(angle).mean()]
    assert np.allclose(shown, expected, atol=5e-3)


def test_waves_vanish_in_noise_and_can_be_turned_off():
    statistics = {"periods": [[0.5, 0.25], [1.0, 0.1]]}
    noisy = np.random.default_rng(1).standard_normal((3, 4, 2)).astype("float32")
    last = np.full(3, 1000, "float32")
    shown = np.asarray(Gaussian(statistics=statistics).show(noisy, last))
    assert np.isfinite(shown).all() and np.allclose(shown[..., 2:], 0, atol=1e-6)
    plain = Gaussian(statistics=statistics, waves=False)
    assert plain.shown((7, 2)) == (7, 2) and plain.show(noisy, last) is noisy


def test_wrong_options_are_named():
    with pytest.raises(ValueError, match="schedule 'sine'"):
        Gaussian(schedule="sine")
    with pytest.raises(ValueError, match="sees 'all'"):
        Gaussian(sees="all")
    with pytest.raises(ValueError, match="standard"):
        Gaussian(sees="standard")
    with pytest.raises(ValueError, match="sampler 'euler'"):
        Sampler(None, Gaussian(), (1,), "euler", 10)
