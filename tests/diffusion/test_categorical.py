"""Drawing from logits: the exact odds of each category, however rare, and what narrows them."""

import numpy as np
import pytest

from diffusion.categorical import BITS, draw, log_probability, narrowed

SHARES = np.array([1e-6, 0.3, 1e-5, 0.0, 2e-6, 0.6, 1e-4, 3e-9, 0.09, 1e-6])
LOGITS = np.log(np.append(SHARES, 1 - SHARES.sum()) + 1e-40).astype("float32")


def uniform_of(places):
    """The two uniform numbers whose 30 bits are `places`."""
    places = np.asarray(places, "int64")
    halves = np.stack([places >> BITS // 2, places & (1 << BITS // 2) - 1], axis=-1)
    return (halves / 2 ** (BITS // 2)).astype("float32")


def odds(logits):
    """Exactly how many of the 2^30 equally likely numbers draw each category, by bisection."""
    categories = len(logits)
    low, high = np.zeros(categories, "int64"), np.full(categories, 1 << BITS)
    for _ in range(BITS + 1):  # the first number that draws a category above each
        middle = np.minimum((low + high) // 2, (1 << BITS) - 1)
        drawn = np.asarray(draw(np.tile(logits, (categories, 1)), uniform_of(middle)))
        above = drawn > np.arange(categories)
        low, high = np.where(above | (low >= high), low, middle + 1), np.where(above, middle, high)
    return np.diff(high, prepend=0)


def test_a_millionth_has_the_odds_of_a_millionth():
    expected = np.exp(LOGITS.astype("float64"))
    expected /= expected.sum()
    found = odds(LOGITS) / 2**BITS
    assert found.sum() == 1
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=2e-9)
    rare = (expected < 1e-3) & (expected > 5e-7)
    assert rare.sum() == 5
    np.testing.assert_allclose(found[rare], expected[rare], rtol=2e-3)
    assert found[3] == 0


@pytest.mark.parametrize("categories", [2, 90, 512])
def test_the_odds_of_many_categories(categories):
    logits = np.random.default_rng(0).normal(0, 3, categories).astype("float32")
    expected = np.exp(logits.astype("float64") - logits.max())
    np.testing.assert_allclose(odds(logits) / 2**BITS, expected / expected.sum(), atol=2e-7)


def test_frequencies_follow_the_probabilities():
    """With the noise that the sampler draws, from one category in a thousand up."""
    shares = np.array([0.5, 0.3, 0.15, 0.04, 0.009, 0.001])
    count = 400_000
    uniform = np.random.default_rng(0).random((count, 2), dtype="float32")
    drawn = np.asarray(draw(np.tile(np.log(shares).astype("float32"), (count, 1)), uniform))
    found = np.bincount(drawn, minlength=6) / count
    assert (np.abs(found - shares) < 4 * np.sqrt(shares * (1 - shares) / count)).all()


def test_log_probabilities_are_those_of_the_softmax():
    logits = np.random.default_rng(0).normal(0, 5, (4, 3, 7)).astype("float32")
    index = np.random.default_rng(1).integers(0, 7, (4, 3))
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = np.log(np.take_along_axis(shares, index[..., None], -1)[..., 0])
    np.testing.assert_allclose(log_probability(logits, index), expected, atol=1e-5)


def kept(logits, **how):
    """Which categories are left."""
    return np.flatnonzero(np.isfinite(np.asarray(narrowed(np.float32(logits), **how)))).tolist()


def test_top_k_keeps_the_likeliest():
    logits = np.log([0.1, 0.4, 0.2, 0.3])
    assert [kept(logits, top_k=k) for k in (1, 2, 3, 4, 9)] == [
        [1],
        [1, 3],
        [1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
    ]


def test_top_p_keeps_the_fewest_that_have_the_share():
    logits = np.log([0.1, 0.4, 0.2, 0.3])
    shares = {0.01: [1], 0.39: [1], 0.41: [1, 3], 0.69: [1, 3], 0.71: [1, 2, 3]}
    assert {p: kept(logits, top_p=p) for p in shares} == shares
    assert kept(logits, top_p=0.95) == kept(logits, top_p=1.0) == [0, 1, 2, 3]


def test_narrowing_keeps_the_odds_of_what_is_left():
    logits = np.random.default_rng(0).normal(size=(5, 9)).astype("float32")
    for how in ({"top_k": 4}, {"top_p": 0.6}):
        found = np.asarray(narrowed(logits, **how))
        left = np.isfinite(found)
        assert left.any(axis=1).all() and not left.all()
        np.testing.assert_array_equal(found[left], logits[left])


def test_temperature_is_a_power_of_the_odds():
    found = np.asarray(narrowed(np.log(np.float32([0.2, 0.8])), temperature=0.5))
    assert np.exp(found[1] - found[0]) == pytest.approx(16, rel=1e-5)


def test_a_category_that_was_left_out_is_never_drawn():
    logits = narrowed(np.zeros((1, 6), "float32") + np.float32([0, 1, 2, 3, 4, 5]), top_k=2)
    assert odds(np.asarray(logits)[0])[:4].tolist() == [0, 0, 0, 0]
