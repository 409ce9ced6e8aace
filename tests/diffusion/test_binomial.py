"""The binomial process against its chain, written out, and its samplers against exact answers."""

import itertools

import numpy as np
import pytest
from keras import ops

from diffusion.binomial import LOSSES, RANGES, Binomial
from diffusion.sampling import Sampler

RATIO = 0.2
CELLS = 3
STATES = np.array(list(itertools.product([0.0, 1.0], repeat=CELLS)), "float32")
# Three cells that depend on each other: all alike four times in five.
SHARES = np.array([0.5, 0.04, 0.03, 0.04, 0.02, 0.04, 0.03, 0.3])


def steps_of(process):
    """The chain cell by cell: (steps, 2, 2), P(value after | value before) of each step."""
    chain = []
    for t in range(1, process.steps + 1):
        kept = (1 - process.beta[t]) / (1 - process.beta[t - 1])
        fresh = np.array([1 - process.ratio, process.ratio])
        chain.append(kept * np.eye(2) + (1 - kept) * fresh)
    return np.array(chain)


def log_odds(probability):
    probability = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.log(probability / (1 - probability))


def clean_given_noisy(process, t):
    """P(clean state | noisy state) at time t for the cells above: (clean, noisy)."""
    beta = process.beta[t]
    one = STATES * (1 - beta) + process.ratio * beta  # (clean, cells)
    likelihood = np.prod(
        np.where(STATES[None] == 1, one[:, None], 1 - one[:, None]), axis=-1
    )  # (clean, noisy)
    joint = SHARES[:, None] * likelihood
    return joint / joint.sum(0)


def exact(process):
    """The answer of a perfect network: each clean cell's odds given all noisy ones."""
    marginals = np.stack(
        [np.zeros((8, CELLS))]
        + [clean_given_noisy(process, t).T @ STATES for t in range(1, process.steps + 1)]
    ).astype("float32")

    def denoise(noisy, t):
        index = ops.cast(ops.sum(noisy * np.array([4.0, 2.0, 1.0], "float32"), axis=-1), "int32")
        table = ops.convert_to_tensor(log_odds(marginals).astype("float32"))
        odds = ops.take(ops.reshape(table, (-1, CELLS)), ops.cast(t, "int32") * 8 + index, axis=0)
        return odds - process.odds_alone(noisy, t)

    return denoise


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_marginals_are_those_of_the_chain_and_end_in_noise(power):
    process = Binomial(steps=10, ratio=RATIO, power=power)
    for x0 in (0.0, 1.0):
        state = np.array([1 - x0, x0])
        for t, step in enumerate(steps_of(process), 1):
            state = state @ step
            chance = process.chance(np.full((1, 1), x0, "float32"), np.array([t], "float32"))
            assert float(chance[0, 0]) == pytest.approx(state[1], abs=1e-6)
        assert state[1] == pytest.approx(RATIO)


def test_the_published_schedule_is_the_default():
    process = Binomial(ratio=RATIO)
    assert process.beta[1:] == pytest.approx((np.arange(100) + 1) / 100)
    assert set(process.times(np.linspace(0, 1, 10_000, endpoint=False))) == set(range(1, 101))
    assert process.plan(100).tolist() == list(range(100, -1, -1))
    assert process.plan(30)[[0, -1]].tolist() == [100, 0] and len(set(process.plan(30))) == 31


def test_corruption_has_its_density():
    process = Binomial(steps=10, ratio=RATIO)
    noise = np.random.default_rng(0).random((1, 100_000), dtype="float32")
    for t in range(1, 11):
        for x0 in (0.0, 1.0):
            noisy = process.corrupt(np.full_like(noise, x0), np.array([t], "float32"), noise)
            expected = x0 * (1 - t / 10) + RATIO * t / 10
            assert float(np.mean(noisy)) == pytest.approx(expected, abs=5e-3)
    assert np.mean(process.start(noise)) == pytest.approx(RATIO, abs=5e-3)


def test_each_channel_has_the_density_of_the_corpus():
    process = Binomial(statistics={"density": [0.1, 0.6]})
    noise = np.random.default_rng(0).random((50_000, 2), dtype="float32")
    assert np.asarray(process.start(noise)).mean(0) == pytest.approx([0.1, 0.6], abs=0.01)


def test_the_noise_is_shown_as_it_is_or_with_mean_0_and_deviation_1():
    noise = np.random.default_rng(0).random((1, 100_000), dtype="float32")
    for sees in RANGES:
        process = Binomial(ratio=RATIO, sees=sees)
        noisy = np.asarray(process.start(noise))
        shown = np.asarray(process.show(noisy, np.array([100.0], "float32")))
        assert shown.shape == process.shown(noisy.shape)
        wanted = (RATIO, np.sqrt(RATIO * (1 - RATIO))) if sees == "unit" else (0, 1)
        assert (shown.mean(), shown.std()) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize(("t_from", "t_to"), [(10, 9), (10, 3), (7, 6), (5, 1), (2, 1), (4, 0)])
def test_the_posterior_is_that_of_the_chain(t_from, t_to):
    process = Binomial(steps=10, ratio=RATIO, power=1.5)
    chain = steps_of(process)
    before = np.linalg.multi_dot([np.eye(2), np.eye(2), *chain[:t_to]])
    between = np.linalg.multi_dot([np.eye(2), np.eye(2), *chain[t_to:t_from]])
    for x0, noisy in itertools.product((0, 1), repeat=2):
        weights = before[x0] * between[:, noisy]
        cells = (np.full((1, 1), value, "float32") for value in (noisy, x0))
        found = process.posterior(*cells, np.float32(t_from), np.float32(t_to))
        assert float(found[0, 0]) == pytest.approx(weights[1] / weights.sum(), abs=1e-6)


def test_the_odds_of_a_cell_alone_follow_bayes():
    process = Binomial(steps=10, ratio=RATIO)
    for t, noisy in itertools.product(range(1, 11), (0, 1)):
        one, zero = (RATIO * t / 10 + x0 * (1 - t / 10) for x0 in (1, 0))
        likely = (one, zero) if noisy else (1 - one, 1 - zero)
        expected = RATIO * likely[0] / (RATIO * likely[0] + (1 - RATIO) * likely[1])
        cell = np.full((1, 1), noisy, "float32")
        found = process.probability(cell, np.array([t], "float32"), np.zeros((1, 1), "float32"))
        assert float(found[0, 0]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_is_that_of_its_name(loss):
    process = Binomial(steps=10, ratio=RATIO, loss=loss)
    rng = np.random.default_rng(0)
    x0 = (rng.random((5, 4, 3)) < 0.4).astype("float32")
    t, noise = np.arange(1, 6, dtype="float32"), rng.random(x0.shape, dtype="float32")
    answer = rng.standard_normal(x0.shape).astype("float32")
    noisy = process.corrupt(x0, t, noise)
    p = np.asarray(process.probability(noisy, t, answer), "float64")
    wanted = np.abs(p - x0) if loss == "l1" else -np.log(np.where(x0 == 1, p, 1 - p))
    assert np.allclose(process.loss(answer, x0, t, noise), wanted.mean((1, 2)), atol=1e-5)
    sure = 40.0 * (2 * process.target(x0, t, noise) - 1)
    assert np.allclose(process.loss(sure, x0, t, noise), 0, atol=1e-6)


def bound_of(process, denoise, states, shares):
    """The whole evidence lower bound, every clean state, time and noisy state written out."""
    count, times = len(states), np.arange(1, process.steps + 1)
    x0, t, noisy = (
        axis.ravel() for axis in np.meshgrid(range(count), times, range(count), indexing="ij")
    )
    clean, t = states[x0], t.astype("float32")
    chance = np.asarray(process.chance(clean, t))
    weight = shares[x0] * np.prod(np.where(states[noisy] == 1, chance, 1 - chance), axis=-1)
    noise = (1.0 - states[noisy]).astype("float32")  # 0 makes a cell one, 1 makes it zero
    answer = denoise(process.corrupt(clean, t, noise), t)
    bits = np.asarray(process.bound(answer, clean, t, noise))
    return (weight * bits).sum() / process.steps


def test_the_bound_of_independent_cells_is_their_entropy():
    """A perfect network's bound is tight there: the chain in reverse needs no cell but one."""
    process = Binomial(steps=7, ratio=RATIO, power=1.3)
    states, shares = np.array([[0.0], [1.0]], "float32"), np.array([1 - RATIO, RATIO])
    entropy = -(RATIO * np.log2(RATIO) + (1 - RATIO) * np.log2(1 - RATIO))
    found = bound_of(process, lambda noisy, t: np.zeros_like(noisy), states, shares)
    assert found == pytest.approx(entropy, abs=1e-4)


def test_the_bound_of_cells_that_depend_on_each_other_falls_to_their_entropy():
    entropy = -(SHARES * np.log2(SHARES)).sum() / CELLS
    found = [
        bound_of(process, exact(process), STATES, SHARES)
        for process in (Binomial(steps=steps, ratio=RATIO) for steps in (2, 8, 60))
    ]
    assert found[0] > found[1] > found[2] > entropy
    assert found[2] == pytest.approx(entropy, rel=0.03)


def test_ancestral_steps_draw_from_the_distribution():
    process = Binomial(steps=100, ratio=RATIO)
    drawer = Sampler(exact(process), process, (CELLS,), "ancestral", 100, 4096, chunk=50)
    drawn = drawer.sample(4096, seed=1, progress=False)
    counts = np.bincount((drawn @ [4, 2, 1]).astype(int), minlength=8) / len(drawn)
    assert np.abs(counts - SHARES).sum() / 2 < 0.05
    for cell in range(CELLS):
        assert drawn[:, cell].mean() == pytest.approx((SHARES @ STATES)[cell], abs=0.02)


@pytest.mark.parametrize("steps", [1, 4, 30])
def test_ancestral_keeps_the_density_of_each_cell_at_any_number_of_steps(steps):
    """Of cells that are independent, and of another density than the noise, any number will do."""
    process = Binomial(steps=30, ratio=RATIO)
    share = np.array([0.1, 0.5, 0.9])

    def denoise(noisy, t):
        return log_odds(share).astype("float32") - log_odds(np.float32(RATIO)) + 0.0 * noisy

    drawer = Sampler(denoise, process, (CELLS,), "ancestral", steps, 4096, chunk=30)
    drawn = drawer.sample(4096, seed=2, progress=False)
    assert drawn.mean(0) == pytest.approx(share, abs=0.03)


def test_xor_ends_in_what_was_decided_with_nothing_of_the_noise():
    process = Binomial(steps=50, ratio=RATIO)
    melody = (np.random.default_rng(0).random((40, 30)) < 0.3).astype("float32")

    def denoise(noisy, t):
        return 40.0 * (2.0 * melody - 1.0) + 0.0 * noisy

    drawer = Sampler(denoise, process, melody.shape, "xor", 10, batch_size=2, chunk=5)
    assert (drawer.sample(2, progress=False) == melody).all()


def test_xor_lets_cells_differ_only_where_the_first_noise_does_and_as_often_as_beta():
    process = Binomial(steps=50, ratio=0.5)
    rng = np.random.default_rng(0)
    first = (rng.random((1, 200, 200)) < 0.5).astype("float32")
    other = (rng.random(first.shape) < 0.5).astype("float32")  # what the step before had left
    clean = (rng.random(first.shape) < 0.3).astype("float32")
    answer = 40.0 * (2 * clean - 1)
    uniform = rng.random(first.shape, dtype="float32")
    step = process.samplers["xor"]
    moved, carried = step(process, first, other, (50.0, 50.0, 40.0), answer, uniform)
    assert np.array_equal(carried, first)
    moved, carried = step(process, moved, carried, (50.0, 40.0, 30.0), answer, uniform)
    differs = first != clean
    assert np.array_equal(np.asarray(moved)[~differs], clean[~differs])
    kept = (np.asarray(moved) == first)[differs].mean()
    assert kept == pytest.approx(process.beta[30], abs=0.01)


@pytest.mark.parametrize("sampler", ["ancestral", "xor"])
def test_what_the_mask_holds_comes_out_unchanged_and_batches_do_not_matter(sampler):
    process = Binomial(steps=20, ratio=RATIO)
    rng = np.random.default_rng(3)
    known = (rng.random((5, CELLS)) < 0.5).astype("float32")
    mask = (rng.random((5, CELLS)) < 0.5).astype("float32")

    def draw(batch_size, chunk, **held):
        drawer = Sampler(exact(process), process, (CELLS,), sampler, 20, batch_size, chunk)
        return drawer.sample(5, seed=1, progress=False, **held)

    drawn = draw(5, 20, known=known, mask=mask)
    assert np.array_equal(drawn[mask == 1], known[mask == 1])
    assert set(np.unique(drawn)) <= {0.0, 1.0}
    assert np.array_equal(draw(2, 7, known=known, mask=mask), drawn)
    assert np.array_equal(draw(2, 7), draw(5, 20))


def test_held_cells_steer_the_rest():
    """What is drawn beside a cell that is held moves from its share towards the conditional one.

    Towards it, and not to it: a held cell that is shown as noisy as the rest tells little at first.
    """
    process = Binomial(steps=100, ratio=RATIO)
    drawer = Sampler(exact(process), process, (CELLS,), "ancestral", 100, 2000, chunk=50)
    hold = np.tile(np.array([1.0, 0.0, 0.0], "float32"), (2000, 1))
    alone = SHARES @ STATES[:, 1]
    for value in (0.0, 1.0):
        drawn = drawer.sample(2000, seed=1, known=value * hold, mask=hold, progress=False)
        of = STATES[:, 0] == value
        expected = SHARES[of] @ STATES[of, 1] / SHARES[of].sum()
        assert 0.3 < (drawn[:, 1].mean() - alone) / (expected - alone) < 1.1


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_corrupting_again_is_what_the_chain_does(power):
    process = Binomial(steps=10, ratio=RATIO, power=power)
    chain, noise = steps_of(process), np.linspace(0, 1, 20_001, dtype="float32")[None]
    for t_from, t_to in ((0, 1), (0, 10), (3, 4), (3, 9), (7, 7), (10, 10)):
        between = np.linalg.multi_dot([np.eye(2), np.eye(2), *chain[t_from:t_to]])
        for value in (0, 1):
            x = np.full_like(noise, value)
            moved = process.again(x, np.float32(t_from), np.float32(t_to), noise)
            assert float(np.mean(moved)) == pytest.approx(between[value, 1], abs=1e-4)


def test_repeated_steps_bring_what_is_drawn_to_agree_with_what_is_held():
    """All but the distribution given the held cell, from which single steps stay far."""
    process = Binomial(steps=40, ratio=RATIO)
    hold = np.tile(np.array([1.0, 0.0, 0.0], "float32"), (3000, 1))
    of = STATES[:, 0] == 1
    wanted = np.where(of, SHARES, 0) / SHARES[of].sum()

    def distance(repeats, chunk=40):
        drawer = Sampler(
            exact(process), process, (CELLS,), "ancestral", 20, 3000, chunk, repeats=repeats
        )
        drawn = drawer.sample(3000, seed=1, known=hold, mask=hold, progress=False)
        counts = np.bincount((drawn @ [4, 2, 1]).astype(int), minlength=8) / len(drawn)
        return np.abs(counts - wanted).sum() / 2

    once, often = distance(1), distance(10)
    assert once > 0.08 and often < 0.5 * once, (once, often)
    assert distance(3, 40) == distance(3, 7)  # chunks do not matter
    # Without anything held, and for a sampler that carries something on, steps are made once.
    for sampler, held in (("ancestral", {}), ("xor", {"known": hold[:5], "mask": hold[:5]})):
        one, other = (
            Sampler(exact(process), process, (CELLS,), sampler, 20, 5, repeats=repeats)
            for repeats in (1, 4)
        )
        drawn = [d.sample(5, seed=1, progress=False, **held) for d in (one, other)]
        assert np.array_equal(*drawn)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({}, "density"),
        ({"statistics": {}}, "density"),
        ({"ratio": 1.5}, "ratio"),
        ({"ratio": RATIO, "loss": "l2"}, "l1, cross_entropy"),
        ({"ratio": RATIO, "power": 0.0}, "power"),
        ({"ratio": RATIO, "sees": "symmetric"}, "unit, standard"),
    ],
)
def test_what_cannot_be_a_process_is_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        Binomial(**wrong)


def test_a_lift_is_as_if_the_network_had_said_so_much_more():
    rng = np.random.default_rng(0)
    x = (rng.random((1, 50, 4, 1)) < 0.3).astype("float32")
    noise, said = rng.random((2, *x.shape)).astype("float32")
    times = (80.0, 80.0, 40.0)
    plain, lifted = (Binomial(100, 0.3, lift=lift) for lift in (0.0, 1.5))
    one, other = (
        p.samplers["ancestral"](p, x, x, times, more + said, noise)
        for p, more in ((plain, 1.5), (lifted, 0.0))
    )
    for left, right in zip(one, other, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-5)
    assert not np.allclose(one[1], plain.probability(x, 80.0, said), atol=1e-2)
