"""Features with few values: their exact denoiser, their loss, and sampling through them."""

import numpy as np
import pytest

from diffusion.gaussian import Gaussian
from diffusion.sampling import Sampler

LEVELS = [0.1, 0.4, 0.5, 0.9]
CHANCES = np.array([0.5, 0.1, 0.15, 0.25])
STATISTICS = {"levels": [LEVELS, None], "mean": [0.4, 0.5], "std": [0.3, 0.2]}
OPINION = np.log(CHANCES).astype("float32")


def process_of(**settings):
    return Gaussian(
        schedule="cosine", sees="standard", spacing="time", statistics=STATISTICS, **settings
    )


def answer_of(shape, opinion=OPINION, rest=0.0):
    """The same opinion everywhere, and one number for the feature without levels."""
    return np.concatenate(
        [np.broadcast_to(opinion, (*shape, 4)), np.full((*shape, 1), rest)], axis=-1
    ).astype("float32")


@pytest.mark.parametrize("predicts", ["noise", "clean", "velocity"])
@pytest.mark.parametrize("t", [3, 200, 700, 1000])
def test_the_mean_is_that_of_bayes(predicts, t):
    """Against the posterior over four levels in float64."""
    process = process_of(predicts=predicts)
    noisy = np.random.default_rng(t).standard_normal((1, 50, 2)).astype("float32")
    clean = process.clean(noisy, np.array([t], "float32"), answer_of((1, 50)))
    levels = (np.array(LEVELS) - 0.4) / 0.3
    away = (noisy[0, :, :1] - process.signal[t] * levels) / process.spread[t]
    shares = CHANCES * np.exp(-0.5 * (away**2 - (away**2).min(1, keepdims=True)))
    expected = (shares / shares.sum(1, keepdims=True)) @ levels
    assert np.allclose(np.asarray(clean)[0, :, 0], expected, atol=2e-3)


def test_the_loss_is_the_surprise_and_the_squared_error():
    process = process_of(level_weight=0.5)
    x0 = np.array([[[0.9, 0.5]]], "float32")
    t, noise = np.array([1000.0], "float32"), np.array([[[0.3, -2.0]]], "float32")
    # In nearly pure noise only the opinion is left: the level 0.9 has the chance of 0.25.
    loss = process.loss(answer_of((1, 1), rest=-1.0), x0, t, noise)
    assert np.asarray(loss) == pytest.approx([(0.5 * -np.log(0.25) + 1.0) / 2], rel=5e-3)


def test_the_truth_costs_least():
    """Expected cross-entropy is least where the opinion is the data's own distribution."""
    process = process_of()
    rng = np.random.default_rng(0)
    x0 = np.stack([rng.choice(LEVELS, (8, 4000), p=CHANCES), np.full((8, 4000), 0.5)], axis=-1)
    noise = rng.standard_normal(x0.shape).astype("float32")
    t = np.full(8, 600, "float32")

    def cost(opinion):
        answer = answer_of((8, 4000), opinion)
        return float(np.mean(process.loss(answer, x0.astype("float32"), t, noise)))

    best = cost(OPINION)
    for level in range(4):
        for change in (-0.7, 0.7):
            assert cost(OPINION + change * np.eye(4, dtype="float32")[level]) > best + 1e-4


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpmpp"])
def test_sampling_gives_the_levels_and_their_shares(sampler):
    process = process_of()
    drawer = Sampler(
        lambda x, t: np.zeros(5, "float32") + answer_of((64, 40)), process, (40, 2), sampler, 50, 64
    )
    drawn = drawer.sample(64, progress=False)[..., 0].ravel()
    nearest = np.abs(drawn[:, None] - LEVELS).argmin(1)
    # Nearly all: the last stride may stop one between two levels.
    assert np.abs(drawn - np.array(LEVELS)[nearest]).mean() < 1e-3
    # 2,560 draws: four standard errors of the likeliest are 0.04.
    assert np.abs(np.bincount(nearest, minlength=4) / len(drawn) - CHANCES).max() < 0.04


def test_without_levels_an_answer_is_its_prediction():
    answer = np.ones((1, 3, 2), "float32")
    for process in (Gaussian(), process_of(levels=False)):
        assert process.asks((3, 2)) == {}
        assert process.read(answer, answer, np.array([5.0])) is answer
    assert process_of().asks((3, 2)) == {"answers": 5}
