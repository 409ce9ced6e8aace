"""Absorbing diffusion: what is masked, what it costs, and a bound whose value is known."""

import itertools
import math

import numpy as np
import pytest

from diffusion.absorbing import LAST_WEIGHT, SCHEDULES, Absorbing
from tests.diffusion.markov import Chain

STEPS, LENGTH, VOCABULARIES = 100, 12, (5, 7, 3)
TRACKS = len(VOCABULARIES)
RNG = np.random.default_rng(0)


def process_of(statistics=None, **settings):
    statistics = {"vocabularies": VOCABULARIES, **(statistics or {})}
    return Absorbing(STEPS, statistics=statistics, **settings)


def tokens(count: int, padded: int = 0):
    """Random tokens (count, LENGTH, tracks), the last `padded` rows of which are padding."""
    x0 = np.random.default_rng(1).integers(0, VOCABULARIES, (count, LENGTH, TRACKS))
    x0[:, LENGTH - padded :] = -1
    return x0.astype("int32")


def noise_of(count: int, seed: int = 2):
    shape = (count, *process_of().drawn((LENGTH, TRACKS)))
    return np.random.default_rng(seed).random(shape, "float32")


def masks(process, x0, t, noise):
    """Which tokens `corrupt` masked, once it is sure that it did nothing else."""
    noisy = np.asarray(process.corrupt(x0, t, noise))
    masked = noisy == np.array(VOCABULARIES)
    np.testing.assert_array_equal(noisy[~masked], x0[~masked])
    assert noisy.dtype == np.int32 and not masked[x0 < 0].any()
    return masked


@pytest.mark.parametrize("t", [1, 30, 99, 100])
def test_each_token_is_masked_by_its_own_number(t):
    x0, noise = tokens(200), noise_of(200)
    found = masks(process_of(), x0, np.full(200, t, "float32"), noise)
    np.testing.assert_array_equal(found, noise[:, 2:] < np.float32(t / STEPS))
    assert found.mean() == pytest.approx(t / STEPS, abs=0.02)


@pytest.mark.parametrize("padded", [0, 5])
def test_a_fixed_schedule_masks_the_same_share_of_every_track(padded):
    x0, t = tokens(101, padded), np.arange(101, dtype="float32")
    found = masks(process_of(schedule="fixed"), x0, t, noise_of(101))
    expected = [math.ceil(time * (LENGTH - padded) / STEPS) for time in range(101)]
    np.testing.assert_array_equal(found.sum(1), np.tile(expected, (TRACKS, 1)).T)
    # Which ones is chance, and every track's own.
    half = masks(process_of(schedule="fixed"), tokens(3000), np.full(3000, 50.0), noise_of(3000))
    np.testing.assert_allclose(half.mean(0), 0.5, atol=0.05)
    together = (half[:, :, 0] == half[:, :, 1]).mean()
    assert together == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_last_time_masks_all_and_never_padding(schedule):
    x0 = tokens(50, padded=4)
    found = masks(process_of(schedule=schedule), x0, np.full(50, STEPS, "float32"), noise_of(50))
    np.testing.assert_array_equal(found, x0 >= 0)


def test_times_are_whole_and_even():
    found = process_of().times((np.arange(1000) + 0.5) / 1000)
    np.testing.assert_array_equal(np.unique(found, return_counts=True)[1], [10] * STEPS)
    assert (found.min(), found.max()) == (1, STEPS)


def test_whole_tracks_are_masked_or_given_now_and_then():
    count = 6000
    x0, t = tokens(count), np.full(count, 50.0, "float32")
    found = masks(process_of(whole_tracks=0.4), x0, t, noise_of(count)).mean(1)
    masked, given = (found == 1).mean(), (found == 0).mean()
    assert masked == pytest.approx(0.4 / 3, abs=0.02) and given == pytest.approx(0.4 / 3, abs=0.02)
    # The tracks of one example are told apart: "given this one, write that one".
    both = (found[:, 0] == 1) & (found[:, 1] == 0)
    assert both.mean() == pytest.approx(0.4 / 9, abs=0.01)
    assert (masks(process_of(), x0, t, noise_of(count)).mean(1) == 1).mean() < 0.001


def test_a_single_track_is_never_masked_whole():
    process = Absorbing(STEPS, whole_tracks=1.0, statistics={"vocabularies": [5]})
    noise = np.random.default_rng(0).random((500, LENGTH + 2, 1), "float32")
    noisy = np.asarray(
        process.corrupt(np.zeros((500, LENGTH, 1), "int32"), np.full(500, 50.0, "float32"), noise)
    )
    assert 0.45 < (noisy == 5).mean() < 0.55


def weight(weighting: str, t: float) -> float:
    if weighting == "elbo":
        return STEPS / t
    return LAST_WEIGHT if t == STEPS else 1 - t / STEPS


@pytest.mark.parametrize("padded", [0, 5])
@pytest.mark.parametrize("weighting", ["elbo", "reweighted_elbo", "mlm"])
def test_the_loss_is_the_weighted_cross_entropy_of_the_masked(weighting, padded):
    t = np.array([1, 30, 99, 100], "float32")
    x0, noise = tokens(4, padded), noise_of(4)
    prediction = np.random.default_rng(3).normal(size=(4, LENGTH, sum(VOCABULARIES)))
    process = process_of(weighting=weighting)
    found = process.loss(prediction.astype("float32"), x0, t, noise)
    masked = masks(process, x0, t, noise)
    for example in range(4):
        bits = 0.0
        for row, track in zip(*np.nonzero(masked[example]), strict=True):
            start = sum(VOCABULARIES[:track])
            logits = prediction[example, row, start : start + VOCABULARIES[track]]
            shares = np.exp(logits) / np.exp(logits).sum()
            bits -= np.log2(shares[x0[example, row, track]])
        if weighting == "mlm":
            expected = bits / max(masked[example].sum(), 1)
        else:
            expected = weight(weighting, t[example]) * bits / ((LENGTH - padded) * TRACKS)
        assert float(found[example]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("weighting", ["elbo", "reweighted_elbo"])
def test_a_whole_track_weighs_as_at_its_own_time(weighting):
    """Masked in an example of a low time it is no more surprising than at the last time."""
    process = process_of(weighting=weighting, whole_tracks=1.0)
    noise = np.full((1, LENGTH + 2, TRACKS), 0.999, "float32")
    noise[0, 1] = [0.1, 0.5, 0.9]  # masked, given, as the example
    logits = np.zeros((1, LENGTH, sum(VOCABULARIES)), "float32")
    found = process.loss(logits, tokens(1), np.array([1.0], "float32"), noise)
    expected = weight(weighting, STEPS) * np.log2(VOCABULARIES[0]) / TRACKS
    assert float(found[0]) == pytest.approx(expected, rel=1e-5)


def test_the_fully_masked_start_has_its_share_of_the_loss():
    """One part in `steps` of all that is trained, as in the bound; published, none at all."""
    times = np.arange(1, STEPS + 1)
    parts = np.array([weight("reweighted_elbo", t) * t / STEPS for t in times])
    assert parts[-1] / parts.sum() == pytest.approx(1 / STEPS, rel=0.02)
    process = process_of(weighting="reweighted_elbo")
    logits = np.zeros((1, LENGTH, sum(VOCABULARIES)), "float32")
    found = process.loss(logits, tokens(1), np.array([STEPS], "float32"), noise_of(1))
    assert float(found[0]) == pytest.approx(LAST_WEIGHT * np.log2(VOCABULARIES).mean(), rel=1e-5)


CHAIN = Chain()


def bound_of(chain, ratios, shares, **settings):
    """The mean loss over all arrays, all masks and times steps * ratios, weighted by `shares`."""
    process = Absorbing(STEPS, **settings, statistics=chain.statistics).judge()
    cells = len(chain.sizes)
    patterns = np.array(list(itertools.product([False, True], repeat=cells)))
    x0 = np.repeat(chain.sequences, len(patterns), axis=0).reshape(-1, *chain.shape)
    masked = np.tile(patterns, (len(chain.sequences), 1)).reshape(x0.shape)
    noise = np.zeros((len(x0), chain.shape[0] + 2, chain.shape[1]), "float32")
    noise[:, 2:] = np.where(masked, 0.0, 0.99999994)
    count = patterns.sum(axis=1)
    total = 0.0
    for ratio, share in zip(ratios, shares, strict=True):
        t = np.full(len(x0), ratio * STEPS, "float32")
        noisy = process.corrupt(x0.astype("int32"), t, noise)
        np.testing.assert_array_equal(np.asarray(noisy) == chain.vocabularies, masked)
        each = process.loss(chain.denoise(noisy, t), x0.astype("int32"), t, noise)
        chance = ratio**count * (1 - ratio) ** (cells - count)
        weights = np.outer(chain.joint, chance).reshape(-1)
        total += share * (np.asarray(each, "float64") * weights).sum()
    return total


@pytest.mark.parametrize("chain", [CHAIN, Chain(3, (3,), seed=1)])
def test_the_bound_of_a_perfect_network_is_the_entropy(chain):
    """With time continuous: the integral over t / steps, exact by Gauss and Legendre's rule.

    Masked at random, each token is predicted from a random set of the others, as in a random
    order; whatever the order, the logarithms add up to log p(x0).
    """
    nodes, shares = np.polynomial.legendre.leggauss(4)
    settings = {"schedule": "fixed", "weighting": "mlm", "whole_tracks": 0.5}
    found = bound_of(chain, (nodes + 1) / 2, shares / 2, **settings)
    assert found == pytest.approx(chain.entropy, rel=1e-4)


def test_a_bound_in_few_steps_is_above_the_entropy():
    """Two steps: half of the cells at once cost what they tell of each other."""
    found = {}
    for steps in (1, 2, 8):
        ratios = [STEPS * time / steps / STEPS for time in range(1, steps + 1)]
        ratios = [min(ratio, 1 - 1e-6) for ratio in ratios]
        found[steps] = bound_of(CHAIN, ratios, np.full(steps, 1 / steps))
    assert found[1] > found[2] > found[8] > CHAIN.entropy
    alone = [each[0].astype("float64") for each in CHAIN.marginals([CHAIN.sizes])]
    entropies = [-(p * np.log2(np.maximum(p, 1e-30))).sum() for p in alone]
    assert found[1] == pytest.approx(np.mean(entropies), rel=1e-3)


def test_the_logits_are_those_of_the_tracks():
    prediction = np.random.default_rng(0).normal(size=(2, LENGTH, 15)).astype("float32")
    found = [np.asarray(each) for each in process_of(temperature=2.0).logits(prediction)]
    assert [each.shape[-1] for each in found] == [5, 7, 3]
    np.testing.assert_allclose(np.concatenate(found, -1), prediction / 2, rtol=1e-6)


def test_new_arrays_begin_masked():
    noise = np.random.default_rng(0).random((40, LENGTH, TRACKS), "float32")
    found = np.asarray(process_of().start(noise))
    np.testing.assert_array_equal(found, np.broadcast_to(VOCABULARIES, found.shape))


def test_new_arrays_have_the_lengths_of_the_corpus():
    process = process_of({"lengths": [2, 4, 12]})
    noise = np.random.default_rng(0).random((2000, LENGTH, TRACKS), "float32")
    found = np.asarray(process.start(noise))
    rows = (found >= 0).all(-1)
    assert (rows == (found >= 0).any(-1)).all() and (np.diff(rows.astype(int)) <= 0).all()
    lengths = rows.sum(1)
    assert (lengths.min(), lengths.max()) == (2, 12)
    assert (lengths <= 4).mean() == pytest.approx(0.5 + 0.5 / 16, abs=0.04)
    np.testing.assert_array_equal(found[rows], np.broadcast_to(VOCABULARIES, found[rows].shape))


def test_known_padding_stays_and_other_padding_is_opened():
    x = np.full((1, 4, 3), -1, "int32")
    x[0, :2] = VOCABULARIES
    known = np.array([[[1, 2, 0]] * 3 + [[-1] * 3]], "int32")
    mask = np.array([[[1, 0, 0], [0, 0, 0], [0, 1, 0], [1, 1, 1]]])
    found = np.asarray(process_of().hold(x, known, mask))[0]
    assert found.tolist() == [[1, 7, 3], [5, 7, 3], [5, 2, 3], [-1, -1, -1]]


def test_a_plan_is_even_or_slower_at_first():
    np.testing.assert_allclose(process_of().plan(8), np.arange(8, -1, -1) * 12.5)
    slow = process_of(power=2.0).plan(10)
    np.testing.assert_allclose(slow, 100 - np.arange(11) ** 2, atol=1e-5)
    with pytest.raises(ValueError, match="power"):
        process_of(power=0.0)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"schedule": "linear"}, "schedule 'linear' is none of random, fixed"),
        ({"weighting": "l1"}, "weighting 'l1' is none of"),
        ({"temperature": 0.0}, "temperature 0.0 is not above 0"),
        ({"top_k": 0}, "top_k 0 leaves nothing to draw"),
        ({"top_p": 1.5}, "top_p 1.5 is not above 0"),
        ({"statistics": {}}, "needs the sizes"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings, told):
    with pytest.raises(ValueError, match=told):
        Absorbing(**{"statistics": {"vocabularies": [3]}, **settings})
