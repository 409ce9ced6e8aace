"""Binomial diffusion of zeros and ones, and two ways to undo it.

Time runs from 0, where the data is clean, to `steps`, where nothing is left of it: at time t each
cell has been drawn anew with probability beta[t], and is then one with probability `ratio`:

    P(noisy = 1) = clean (1 - beta[t]) + ratio beta[t],    beta[t] = 1 - (1 - t / steps)^power.

(Sohl-Dickstein et al. 2015, appendix B.2, with a density of its own for the noise.)
"""

import copy

import numpy as np
from keras import ops

LOSSES = ("l1", "cross_entropy")
BOUND = "bound"
RANGES = ("unit", "standard")
LEAST = 1e-6  # a probability that divides is at least this


class Binomial:
    """The process, over arrays (batch, ..., channels) of zeros and ones.

    `ratio` is the density of the noise; None takes each channel's density in the corpus, which
    `statistics` must then hold. With `power` 1, as published, cells are drawn anew at an even
    rate; above 1 more of the steps are spent where little of the data is left. `sees` says how a
    network is shown noisy arrays: as they are ("unit"), or with the mean 0 and the deviation 1 that
    the noise has ("standard"), since few cells are ones.

    `lift` is added to the log-odds of every cell when rolls are drawn by `ancestral`: each step
    sees what the steps before it got wrong, so that a small network loses density on the way.

    A network answers with what to add to the log-odds that a cell has by itself, seen alone.
    """

    noise = "uniform"

    def __init__(
        self,
        steps: int = 100,
        ratio: float | None = None,
        loss: str = "l1",
        power: float = 1.0,
        sees: str = "unit",
        lift: float = 0.0,
        statistics: dict | None = None,
    ):
        if loss not in LOSSES:
            raise ValueError(f"loss {loss!r} is none of {', '.join(LOSSES)}")
        if sees not in RANGES:
            raise ValueError(f"sees {sees!r} is none of {', '.join(RANGES)}")
        if not power > 0:
            raise ValueError(f"power {power} is not above 0")
        if ratio is None and not (statistics or {}).get("density"):
            raise ValueError("without a ratio it needs the corpus' density")
        density = np.asarray(statistics["density"] if ratio is None else ratio, "float32")
        if not ((density >= 0) & (density <= 1)).all():
            raise ValueError(f"ratio {ratio} is not a share, from 0 to 1")
        self.steps = steps
        self.cost = loss
        self.sees = sees
        self.lift = lift
        self.ratio = np.clip(density, LEAST, 1 - LEAST)
        self.beta = (1.0 - (1.0 - np.arange(steps + 1) / steps) ** power).astype("float32")

    # -- corrupting and learning ---------------------------------------------------------------

    def times(self, uniform):
        """Uniform numbers in [0, 1) -> training times: every step from 1 to the last alike."""
        return np.floor(uniform * self.steps).astype("float32") + 1.0

    def corrupt(self, x0, t, noise):
        """Clean data (batch, ...) at times (batch,) -> zeros and ones alike."""
        return ops.cast(noise < self.chance(x0, t), "float32")

    def chance(self, x0, t):
        """The probability that each cell is one at time t, given the clean data."""
        beta = self._at(t, x0)
        return x0 * (1.0 - beta) + self.ratio * beta

    def show(self, noisy, t):
        """What a network is shown of noisy arrays: (batch, ...), of the same shape."""
        if self.sees == "unit":
            return noisy
        return (noisy - self.ratio) / np.sqrt(self.ratio * (1.0 - self.ratio))

    def asks(self, shape: tuple[int, ...]) -> dict[str, int]:
        """What a network has to know of its answers: nothing that its shape does not tell."""
        return {}

    def shown(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape that `show` gives an array of this shape."""
        return tuple(shape)

    def target(self, x0, t, noise):
        """What the probabilities of a perfect network come from: the clean data."""
        return x0

    def loss(self, prediction, x0, t, noise):
        """Mean over the cells of each example, (batch,): |probability - clean|, or nats."""
        if self.cost == BOUND:
            return self.bound(prediction, x0, t, noise)
        odds = prediction + self.odds_alone(self.corrupt(x0, t, noise), t)
        if self.cost == "l1":
            cost = ops.abs(ops.sigmoid(odds) - x0)
        else:
            cost = ops.softplus(odds) - x0 * odds
        return _mean_of_each(cost)

    def odds_alone(self, noisy, t):
        """log P(clean = 1 | noisy) / P(clean = 0 | noisy) of a cell of which no more is known."""
        beta = ops.maximum(self._at(t, noisy), LEAST)
        fresh = self.ratio * beta
        if_one = ops.log((1.0 - beta + fresh) / fresh)
        if_zero = ops.log((beta - fresh) / (1.0 - fresh))
        prior = np.log(self.ratio / (1.0 - self.ratio))
        return prior + if_zero + noisy * (if_one - if_zero)

    def probability(self, noisy, t, prediction):
        """P(clean = 1) of each cell, as the network sees it."""
        return ops.sigmoid(prediction + self.odds_alone(noisy, t))

    def judge(self):
        """The same process, whose mean loss over time is the bound below."""
        judge = copy.copy(self)
        judge.cost = BOUND
        return judge

    def bound(self, prediction, x0, t, noise):
        """The evidence lower bound's part of one step, times `steps`: (batch,) bits per cell.

        KL(q(x_s | x_t, x0) || p(x_s | x_t)) with s = t - 1, where p mixes the posteriors of the two
        clean values as the network weighs them. At s = 0 that is -log p(x0 | x_1), and at the last
        step nothing is left of the data, so that the mean over uniform times is the whole bound.
        """
        noisy = self.corrupt(x0, t, noise)
        q = self.posterior(noisy, x0, t, t - 1.0)
        p = self._expected(noisy, self.probability(noisy, t, prediction), t, t - 1.0)
        p = ops.clip(p, LEAST, 1.0 - LEAST)
        nats = _times_log(q, q / p) + _times_log(1.0 - q, (1.0 - q) / (1.0 - p))
        return self.steps / float(np.log(2)) * _mean_of_each(nats)

    # -- undoing -------------------------------------------------------------------------------

    def posterior(self, noisy, clean, t_from, t_to):
        """P(x_to = 1 | x_from = noisy, x_0 = clean), exactly.

        From t_to to t_from a cell is kept with probability k = (1 - beta_from) / (1 - beta_to) and
        else drawn anew, so P(x_from = 1 | x_to) = k x_to + (1 - k) ratio; by Bayes' rule

            P(x_to = 1 | x_from, x_0) = m L(1) / (m L(1) + (1 - m) L(0)),

        where L(x) is the probability of what x_from is if x_to is x, and m = P(x_to = 1 | x_0).
        """
        kept = (1.0 - self._at(t_from, noisy)) / (1.0 - self._at(t_to, noisy))
        fresh = (1.0 - kept) * self.ratio
        like_one = noisy * (kept + fresh) + (1.0 - noisy) * (1.0 - kept - fresh)
        like_zero = noisy * fresh + (1.0 - noisy) * (1.0 - fresh)
        one = self.chance(clean, t_to)
        weight = one * like_one
        return weight / (weight + (1.0 - one) * like_zero)

    def again(self, x, t_from, t_to, noise):
        """Arrays at time t_from corrupted on to t_to, not before it, as the chain does."""
        left = 1.0 - self._at(t_from, x)
        kept = ops.where(left > 0.0, (1.0 - self._at(t_to, x)) / ops.maximum(left, LEAST), 1.0)
        return ops.cast(noise < kept * x + (1.0 - kept) * self.ratio, x.dtype)

    def _expected(self, noisy, probability, t_from, t_to):
        """P(x_to = 1 | x_from) where the clean cell is one with some probability."""
        ones, zeros = ops.ones_like(noisy), ops.zeros_like(noisy)
        if_one = self.posterior(noisy, ones, t_from, t_to)
        if_zero = self.posterior(noisy, zeros, t_from, t_to)
        return if_zero + probability * (if_one - if_zero)

    def start(self, noise):
        """What the reverse process begins with: cells that are one with probability `ratio`."""
        return ops.cast(noise < self.ratio, "float32")

    def outward(self, x):
        """The range of the data, which this process never leaves."""
        return x

    def plan(self, steps: int):
        """Times from the last to 0 in `steps` even strides, in whole times: (steps + 1,)."""
        return np.rint(np.linspace(self.steps, 0, steps + 1)).astype("float32")

    @property
    def samplers(self):
        return {"ancestral": ancestral, "xor": xor}

    def _at(self, t, like):
        """beta at times t (batch,) or (), shaped to multiply arrays like `like`."""
        beta = ops.take(ops.convert_to_tensor(self.beta, "float32"), ops.cast(t, "int32"))
        return ops.reshape(beta, (-1,) + (1,) * (len(like.shape) - 1))


def ancestral(process, x, before, times, prediction, noise):
    """Draws the clean cells from their probabilities, then x_to from the exact posterior.

    In one draw: a clean cell that is one with probability p gives x_to = 1 with probability
    p posterior(1) + (1 - p) posterior(0), and cells are drawn one by one.
    """
    _, t_from, t_to = times
    clean = process.probability(x, t_from, prediction + process.lift)
    return ops.cast(noise < process._expected(x, clean, t_from, t_to), x.dtype), clean


def xor(process, x, before, times, prediction, noise):
    """Decides on the clean cells, then lets each differ from them as the first noise did.

    A cell is clean where its probability is above one half; where the noise that the chain began
    with differs, that noise is kept with probability beta[t_to]. After MusicDiffGen, which took
    beta[t_from] and so kept some noise to the end. What is carried on is the first noise.
    """
    t_before, t_from, t_to = times
    first = ops.where(t_before == t_from, x, before)
    clean = ops.cast(process.probability(x, t_from, prediction) > 0.5, x.dtype)
    return ops.where(noise < process._at(t_to, x), first, clean), first


ancestral.draws, xor.draws = True, True
ancestral.repeats = True


def _mean_of_each(values):
    """Mean over everything but the batch."""
    return ops.mean(values, axis=tuple(range(1, len(values.shape))))


def _times_log(weight, ratio):
    """weight log(ratio), 0 where the weight is."""
    return weight * ops.log(ops.where(weight > 0.0, ratio, 1.0))
