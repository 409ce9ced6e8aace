"""The samplers of absorbing diffusion, with a perfect network for a small Markov chain.

What comes out is compared with the chain's own joint distribution where the sampler is exact, and
otherwise with the distribution that its definition gives, by enumeration of every state.
"""

import functools
import itertools

import numpy as np
import pytest

from diffusion.absorbing import Absorbing
from diffusion.sampling import Sampler, reverse_step
from diffusion.unmasking import NAMES
from tests.diffusion.markov import Chain, far_off

COUNT = 10_000
CHAIN = Chain()
MASKED = np.array(CHAIN.sizes)
STATES = list(itertools.product(*(range(size + 1) for size in CHAIN.sizes)))
INDEX = {state: number for number, state in enumerate(STATES)}


def process_of(**settings):
    return Absorbing(steps=100, statistics=CHAIN.statistics, **settings)


def drawn(sampler: str, steps: int, held=None, count: int = COUNT, **settings):
    """Arrays (count, length, tracks) from a sampler with the perfect network."""
    process = process_of(**settings)
    rng = np.random.default_rng(steps)
    x = np.asarray(process.start(rng.random((count, *CHAIN.shape), "float32")))
    before = np.zeros(x.shape, "float32")
    plan = process.plan(steps)
    if held is not None:
        held = tuple(np.broadcast_to(part, x.shape) for part in held)
    for times in zip(plan, plan, plan[1:], strict=False):
        noise = rng.random((*x.shape, process.samplers[sampler].draws), "float32")
        step = process.samplers[sampler]
        times = np.array(times)
        x, before = reverse_step(process, step, CHAIN.denoise, x, before, times, noise, held)
    return np.asarray(x)


def enumerated(change, plan):
    """Probabilities (sequences,) after steps whose transitions `change` yields for a state."""
    share = np.zeros(len(STATES))
    share[INDEX[tuple(MASKED)]] = 1
    for t_from, t_to in itertools.pairwise(plan):
        after = np.zeros_like(share)
        for number in np.flatnonzero(share):
            for state, chance in change(np.array(STATES[number]), t_from, t_to):
                after[INDEX[tuple(state)]] += share[number] * chance
        share = after
    return np.array([share[INDEX[tuple(sequence)]] for sequence in CHAIN.sequences])


@functools.cache
def marginals_of(state):
    """What the perfect network says of each cell."""
    return [each[0] for each in CHAIN.marginals([state])]


def independently(state, lift, drop=0.0):
    """Every cell on its own: masks are lifted with one probability, tokens dropped with another."""
    marginals = marginals_of(tuple(state))
    choices = []
    for value, size, chances in zip(state, CHAIN.sizes, marginals, strict=True):
        if value == size:
            choice = [(size, 1 - lift), *((v, lift * p) for v, p in enumerate(chances))]
        else:
            choice = [(value, 1 - drop), (size, drop)]
        choices.append([pair for pair in choice if pair[1] > 0])
    for cells in itertools.product(*choices):
        yield [value for value, _ in cells], np.prod([chance for _, chance in cells])


def by_random(state, t_from, t_to):
    return independently(state, (t_from - t_to) / t_from)


def by_remask(state, t_from, t_to, eta=0.2):
    there_from, there_to = 1 - t_from / 100, 1 - t_to / 100
    drop = min(eta, (1 - there_to) / there_from) if there_from else eta
    lift = (there_to - (1 - drop) * there_from) / (1 - there_from)
    return independently(state, lift, drop)


def by_first_hitting(state, t_from, t_to):
    """Any set of the right size of the masks, each as likely."""
    masked = np.flatnonzero(state == MASKED)
    count = len(masked) - round(len(masked) * float(t_to / t_from))
    marginals = marginals_of(tuple(state))
    sets = list(itertools.combinations(masked, count))
    for cells in sets:
        for values in itertools.product(*(range(CHAIN.sizes[c]) for c in cells)):
            after = state.copy()
            after[list(cells)] = values
            chance = np.prod([marginals[c][v] for c, v in zip(cells, values, strict=True)])
            yield after, chance / len(sets)


def by_confidence(state, t_from, t_to):
    """Of every possible draw, those cells whose values were likeliest."""
    masked = np.flatnonzero(state == MASKED)
    left = np.sin(np.pi / 2 * t_to / 100) / np.sin(np.pi / 2 * t_from / 100)
    count = min(max(len(masked) - round(len(masked) * float(left)), 1), len(masked))
    marginals = marginals_of(tuple(state))
    for values in itertools.product(*(range(CHAIN.sizes[c]) for c in masked)):
        chances = np.array([marginals[c][v] for c, v in zip(masked, values, strict=True)])
        first = np.argsort(-chances)[:count]
        after = state.copy()
        after[masked[first]] = np.array(values, int)[first]
        yield after, chances.prod()


DEFINITIONS = {
    "random": (by_random, {}),
    "first_hitting": (by_first_hitting, {}),
    "confidence": (by_confidence, {"choice_temperature": 0.0}),
    "remask": (by_remask, {"remask": 0.2}),
}


def test_the_chain_could_not_be_drawn_cell_by_cell():
    """The product of its marginals is far from it, so that the tests below can tell."""
    first = marginals_of(tuple(MASKED))
    alone = np.prod([first[c][CHAIN.sequences[:, c]] for c in range(len(MASKED))], axis=0)
    assert np.abs(alone - CHAIN.joint).sum() > 0.5
    rng = np.random.default_rng(0)
    assert far_off(rng.multinomial(COUNT, alone), CHAIN.joint) > 100
    assert far_off(rng.multinomial(COUNT, CHAIN.joint), CHAIN.joint) < 4


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("sampler", NAMES)
def test_it_draws_as_its_definition_says(sampler, steps):
    change, settings = DEFINITIONS[sampler]
    expected = enumerated(change, process_of().plan(steps))
    assert expected.sum() == pytest.approx(1, abs=1e-5)
    found = CHAIN.frequencies(drawn(sampler, steps, **settings))
    assert far_off(found, expected) < 4


def test_one_mask_at_a_time_is_exact():
    assert far_off(CHAIN.frequencies(drawn("first_hitting", len(MASKED))), CHAIN.joint) < 4
    assert far_off(CHAIN.frequencies(drawn("first_hitting", 7)), CHAIN.joint) < 4


@pytest.mark.parametrize("sampler", ["random", "remask"])
def test_many_steps_come_close_to_the_chain(sampler):
    """The distance falls with the steps, and is small in the end."""
    change, _ = DEFINITIONS[sampler]
    distances = []
    for steps in (1, 4, 16):
        expected = enumerated(change, process_of().plan(steps))
        distances.append(np.abs(expected - CHAIN.joint).sum())
    assert (np.diff(distances) < 0).all() and distances[-1] < 0.3 * distances[0]


def test_confidence_with_much_noise_is_in_uniform_order():
    """Then, one mask at a time, it is exact but for the last, which has no noise to need."""
    found = drawn("confidence", 12, choice_temperature=1e6)
    assert far_off(CHAIN.frequencies(found), CHAIN.joint) < 4


@pytest.mark.parametrize("sampler", NAMES)
def test_no_mask_is_left_and_the_number_of_passes_is_the_steps(sampler):
    for steps in (2, 7):
        found = drawn(sampler, steps, count=200)
        assert (found >= 0).all() and (found < CHAIN.vocabularies).all()


@pytest.mark.parametrize("sampler", ["first_hitting", "random", "remask"])
def test_what_is_known_conditions_the_rest(sampler):
    """Known cells come out as they are, and the others as the chain is given those."""
    known, mask = np.zeros(CHAIN.shape, "int32"), np.zeros(CHAIN.shape, "int32")
    known[0, 1], mask[0, 1] = 2, 1
    known[1, 0], mask[1, 0] = 1, 1
    found = drawn(sampler, 16, held=(known, known, mask), count=3000)
    if sampler == "remask":  # the last step's masks; the sampler writes what is known over them
        found = np.where(mask > 0, known, found)
    assert (found[:, 0, 1] == 2).all() and (found[:, 1, 0] == 1).all()
    given = CHAIN.joint * (CHAIN.sequences[:, 1] == 2) * (CHAIN.sequences[:, 2] == 1)
    assert far_off(CHAIN.frequencies(found), given / given.sum()) < 4


@pytest.mark.parametrize("sampler", NAMES)
def test_the_compiled_loop_does_the_same(sampler):
    """Through `Sampler`: the same arrays whatever the batch size, with every mask lifted."""

    settings = {"chunk": 2, "tile": 64}
    made = Sampler(CHAIN.denoise, process_of(), CHAIN.shape, sampler, 4, 64, **settings)
    many = made.sample(1000, seed=3, progress=False)
    np.testing.assert_array_equal(made.sample(5, seed=3, progress=False), many[:5])
    assert many.dtype == np.int32 and (many >= 0).all() and (many < CHAIN.vocabularies).all()
    if sampler == "first_hitting":
        assert far_off(CHAIN.frequencies(many), CHAIN.joint) < 4


def test_a_colder_chain_is_plainer():
    warm = CHAIN.frequencies(drawn("first_hitting", 4, count=4000))
    cold = CHAIN.frequencies(drawn("first_hitting", 4, count=4000, temperature=0.3))
    single = CHAIN.frequencies(drawn("first_hitting", 4, count=400, top_k=1))
    assert (single > 0).sum() < (cold > 0).sum() < (warm > 0).sum()
