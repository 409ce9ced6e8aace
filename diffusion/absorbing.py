"""Absorbing diffusion: tokens are masked one by one until none is left, and restored.

Time runs from 0, where every token is there, to `steps`, where all are masked: at time t each is
masked with probability t / steps, whatever the others are (Austin et al. 2021; the weighting of
the loss after Bond-Taylor et al. 2021; for music Plasser et al. 2023).
"""

import copy
import math

import numpy as np
from keras import ops

from diffusion import categorical, unmasking

PADDING = -1
SCHEDULES = ("random", "fixed")
WEIGHTINGS = ("reweighted_elbo", "elbo", "mlm")
# Of all that the reweighted loss adds up, the last time's part would be 0; with this weight it is
# one in `steps`, as in the bound itself: the mean of (1 - r) r over r in [0, 1].
LAST_WEIGHT = 1 / 6


class Absorbing:
    """The process, over whole numbers (batch, length, tracks).

    `statistics["vocabularies"]` tells each track's number of tokens, 0 and up; the next number is
    its mask. A row of -1 is padding, which is neither masked nor learnt. Where the statistics
    hold "lengths", evenly spaced quantiles of how many rows are not padding, new arrays are drawn
    with such lengths.

    `schedule` masks each token at random, or of every track a "fixed" share. In `whole_tracks` of
    the examples each track has a time of its own: the last, 0 (it is given), or the example's.
    Drawing is colder with a `temperature` below 1 and keeps to the likeliest with `top_k` and
    `top_p`; `remask` and `choice_temperature` belong to the samplers of these names. With a `power`
    above 1 more of the steps of drawing are spent where little is there yet: what is drawn in one
    step does not know of each other, and a key or a tempo is to be agreed on first.
    """

    noise = "uniform"
    dtype = "int32"

    def __init__(
        self,
        steps: int = 1024,
        schedule: str = "random",
        weighting: str = "reweighted_elbo",
        whole_tracks: float = 0.0,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        remask: float = 0.02,
        choice_temperature: float = 4.5,
        power: float = 1.0,
        statistics: dict | None = None,
    ):
        _check_choice("schedule", schedule, SCHEDULES)
        _check_choice("weighting", weighting, WEIGHTINGS)
        _check_drawing(temperature, top_k, top_p)
        if not power > 0:
            raise ValueError(f"power {power} is not above 0")
        if not (statistics or {}).get("vocabularies"):
            raise ValueError("absorbing diffusion needs the sizes of the tracks' vocabularies")
        self.steps = steps
        self.schedule = schedule
        self.weighting = weighting
        self.temperature, self.top_k, self.top_p = temperature, top_k, top_p
        self.remask = remask
        self.choice_temperature = choice_temperature
        self.power = power
        self.vocabularies = tuple(int(size) for size in statistics["vocabularies"])
        # With one track, to mask it whole or not at all would teach nothing.
        self.whole_tracks = whole_tracks if len(self.vocabularies) > 1 else 0.0
        self.mask = np.array(self.vocabularies, "int32")
        self.lengths = statistics.get("lengths")

    # -- corrupting and learning ---------------------------------------------------------------

    def times(self, uniform):
        """Uniform numbers in [0, 1) -> training times: every step from 1 to the last alike."""
        return np.floor(uniform * self.steps).astype("float32") + 1.0

    def drawn(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the noise that `corrupt` needs for an array of this shape.

        One number a token, and before them two rows that decide the tracks' times.
        """
        length, tracks = shape
        return length + 2, tracks

    def corrupt(self, x0, t, noise):
        """Tokens (batch, length, tracks) at times (batch,) -> the same, some of them masked."""
        return ops.where(self._masks(x0, t, noise), self.mask, x0)

    def hold(self, x, known, mask):
        """Arrays in which what is known stands as it is, and only the rest can be masked.

        Padding of `x` that is not known to be padding is opened.
        """
        return ops.where(mask > 0, known, ops.where(x < 0, self.mask, x))

    def show(self, noisy, t):
        """What a network is shown: the tokens and masks themselves."""
        return noisy

    def asks(self, shape: tuple[int, ...]) -> dict[str, int]:
        """What a network has to know of its answers: nothing that its shape does not tell."""
        return {}

    def shown(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape that `show` gives an array of this shape."""
        return shape

    def target(self, x0, t, noise):
        """What a perfect network would know."""
        return x0

    def loss(self, prediction, x0, t, noise):
        """Weighted cross-entropy of the masked tokens, in bits per token: (batch,).

        prediction: the logits of all tracks side by side, (batch, length, sum of vocabularies).
        The weight of a token masked at time t is steps / t for `elbo`, whose mean over time is
        the bound of Austin et al. 2021; 1 - t / steps for `reweighted_elbo`, but 1/6 at the last
        time; and for `mlm` the mean is over the masked tokens.
        """
        masked = ops.cast(self._masks(x0, t, noise), "float32")
        bits = masked * self._cross_entropy(prediction, x0) / math.log(2)
        if self.weighting == "mlm":
            return _total(bits) / ops.maximum(_total(masked), 1.0)
        weighted = bits * self._weight(self._track_times(t, noise))
        return _total(weighted) / _total(ops.cast(x0 >= 0, "float32"))

    def judge(self):
        """The same process, whose mean loss over time is an upper bound of -log2 p(x0) a token.

        With a perfect network and many steps it is the entropy of the data.
        """
        judge = copy.copy(self)
        judge.schedule, judge.weighting, judge.whole_tracks = "random", "elbo", 0.0
        return judge

    # -- undoing -------------------------------------------------------------------------------

    def start(self, noise):
        """All masked; noise (batch, length, tracks) decides how much of each is padding."""
        x = ops.broadcast_to(self.mask, ops.shape(noise))
        if self.lengths is None:
            return x
        at = ops.cast(noise[:, :1, :1], "float32") * (len(self.lengths) - 1)
        quantiles = ops.convert_to_tensor(np.asarray(self.lengths, "float32"))
        below = ops.take(quantiles, ops.cast(at, "int32"))
        above = ops.take(quantiles, ops.cast(ops.ceil(at), "int32"))
        length = ops.round(below + (at - ops.floor(at)) * (above - below))
        index = ops.reshape(ops.arange(noise.shape[1], dtype="float32"), (1, -1, 1))
        return ops.where(index < ops.maximum(length, 1.0), x, PADDING)

    def plan(self, steps: int):
        """Times from the last to 0: (steps + 1,). After share r of the steps it is 1 - r^power."""
        return (self.steps * (1.0 - np.linspace(0, 1, steps + 1) ** self.power)).astype("float32")

    def outward(self, x):
        """Arrays as the representation reads them: as they are."""
        return x

    @property
    def samplers(self):
        return {name: getattr(unmasking, name) for name in unmasking.NAMES}

    def logits(self, prediction):
        """One array (batch, length, vocabulary) a track, made narrower as asked."""
        return [
            categorical.narrowed(logits, self.temperature, self.top_k, self.top_p)
            for logits in self._of_tracks(prediction)
        ]

    # -- masks and weights ---------------------------------------------------------------------

    def _track_times(self, t, noise):
        """The time of each track: (batch, 1, tracks)."""
        t = ops.reshape(ops.cast(t, "float32"), (-1, 1, 1))
        lot = ops.floor(3.0 * noise[:, 1:2])
        own = ops.where(lot == 0, float(self.steps), ops.where(lot == 1, 0.0, t))
        return ops.where(noise[:, :1, :1] < self.whole_tracks, own, t)

    def _masks(self, x0, t, noise):
        """Which tokens are masked: true or false, (batch, length, tracks)."""
        share = self._track_times(t, noise) / self.steps
        there, chance = x0 >= 0, noise[:, 2:]
        if self.schedule == "random":
            return ops.logical_and(there, chance < share)
        rank = unmasking.ranks(ops.where(there, chance, 2.0), axis=1)
        count = ops.sum(ops.cast(there, "float32"), axis=1, keepdims=True)
        return ops.logical_and(there, ops.cast(rank, "float32") < ops.ceil(share * count - 1e-3))

    def _weight(self, times):
        if self.weighting == "elbo":
            return self.steps / ops.maximum(times, 1e-6)
        return ops.where(times == self.steps, LAST_WEIGHT, 1.0 - times / self.steps)

    def _cross_entropy(self, prediction, x0):
        """-log p of each token in nats: (batch, length, tracks)."""
        known = ops.maximum(x0, 0)
        return ops.stack(
            [
                -categorical.log_probability(logits, known[..., track])
                for track, logits in enumerate(self._of_tracks(prediction))
            ],
            axis=-1,
        )

    def _of_tracks(self, prediction):
        ends = np.cumsum(self.vocabularies)
        begins = ends - self.vocabularies
        return [prediction[..., a:b] for a, b in zip(begins, ends, strict=True)]


def _total(array):
    return ops.sum(array, axis=(1, 2))


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} {value!r} is none of {', '.join(allowed)}")


def _check_drawing(temperature: float, top_k: int | None, top_p: float | None) -> None:
    if not temperature > 0:
        raise ValueError(f"temperature {temperature} is not above 0")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k {top_k} leaves nothing to draw; give at least 1")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p {top_p} is not above 0 and at most 1")
