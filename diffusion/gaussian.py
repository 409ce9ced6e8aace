"""Gaussian diffusion in discrete time, and three ways to undo it.

Time runs from 0, where the data is clean, to `steps`, where it is noise: at time t

    noisy = signal[t] * clean + spread[t] * noise,    signal^2 + spread^2 = 1.

(Ho et al. 2020; Song et al. 2021 for `ddim`; Lu et al. 2022 for `dpmpp`; Salimans & Ho 2022 for v.)
"""

import math

import numpy as np
from keras import ops

from diffusion.levels import Levels

SCHEDULES = ("linear", "cosine")
PREDICTIONS = ("noise", "clean", "velocity")
SPACINGS = ("time", "karras")
RANGES = ("unit", "symmetric", "standard")


class Gaussian:
    """The process, over arrays (batch, ...) of data in [0, 1].

    `predicts` says what the network is asked for, `sees` how the data is shown to it: as it is
    ("unit"), in [-1, 1] ("symmetric"), or with each feature's mean 0 and deviation 1 over the
    corpus ("standard"), which `statistics` must then hold as "mean" and "std". With `waves` it is
    also shown the waves of the "periods" in `statistics`, if there are any. With `levels` a feature
    that takes only the "levels" in `statistics` is learned as a choice among them (Levels), at
    `level_weight` times its cross-entropy.
    """

    noise = "normal"

    def __init__(
        self,
        steps: int = 1000,
        schedule: str = "linear",
        first_beta: float = 1e-4,
        last_beta: float = 0.02,
        shift: float = 1.0,
        predicts: str = "noise",
        sees: str = "unit",
        waves: bool = True,
        levels: bool = True,
        level_weight: float = 0.3,
        spacing: str = "karras",
        clip: bool = True,
        statistics: dict | None = None,
    ):
        self.steps = steps
        self.predicts = _choice("predicts", predicts, PREDICTIONS)
        self.level_weight = level_weight
        self.clip = clip
        self.spacing = _choice("spacing", spacing, SPACINGS)
        kept = _kept_signal(schedule, steps, first_beta, last_beta, shift)
        self.signal = np.sqrt(kept)
        self.spread = np.sqrt(1.0 - kept)
        centre, scale = _frame(sees, statistics)
        self.centre = np.asarray(centre, "float32")
        self.scale = np.asarray(scale, "float32")
        periods = (statistics or {}).get("periods") if waves else None
        self.periods = None if periods is None else np.array(periods).T / scale
        values = (statistics or {}).get("levels") if levels else None
        self.levels = None if values is None else Levels(values, centre, scale)

    # -- corrupting and learning ---------------------------------------------------------------

    def times(self, uniform):
        """Uniform numbers in [0, 1) -> training times: every step from 1 to the last alike."""
        return np.floor(uniform * self.steps).astype("float32") + 1.0

    def corrupt(self, x0, t, noise):
        """Clean data (batch, ...) at times (batch,) -> what the network sees."""
        signal, spread = self._at(t, x0)
        return signal * self.inward(x0) + spread * noise

    def show(self, noisy, t):
        """What a network is shown of noisy arrays: themselves, and waves of their clean values.

        (batch, ..., features) -> (batch, ..., features * (1 + 2 * periods)). For each period that
        the representation named, the sine and cosine that the clean value has on average given the
        noisy one, were it uniform: sin(2 pi x / p) exp(-(2 pi deviation / p)^2 / 2), where x is
        noisy / signal. They tell an octave from a seventh as soon as the noise lets them be told,
        which a network would otherwise learn slowly. (Barron et al. 2021 average positions so.)
        """
        if self.periods is None:
            return noisy
        signal, spread = self._at(t, noisy)
        shown = [noisy]
        for period in self.periods:
            turn = (2 * math.pi / period).astype("float32")
            damp = ops.exp(-0.5 * ops.square(turn * spread / signal))
            shown += [damp * ops.sin(turn * noisy / signal), damp * ops.cos(turn * noisy / signal)]
        return ops.concatenate(shown, axis=-1)

    def shown(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape that `show` gives an array of this shape."""
        waves = 0 if self.periods is None else len(self.periods)
        return (*shape[:-1], shape[-1] * (1 + 2 * waves))

    def asks(self, shape: tuple[int, ...]) -> dict[str, int]:
        """What a network has to know of its answers, for data of this shape."""
        return {} if self.levels is None else {"answers": self.levels.columns}

    def read(self, answer, noisy, t):
        """A network's answer as the prediction it stands for, shaped like `noisy`."""
        if self.levels is None:
            return answer
        signal, spread = self._at(t, noisy)

        def told(clean, noisy):
            if self.predicts == "clean":
                return clean
            if self.predicts == "noise":
                return (noisy - signal * clean) / spread
            return (signal * noisy - clean) / spread

        return self.levels.predictions(answer, noisy, signal, spread, told)

    def target(self, x0, t, noise):
        """What a perfect network would answer to `corrupt(x0, t, noise)`, but for levels."""
        if self.predicts == "noise":
            return noise
        if self.predicts == "clean":
            return self.inward(x0)
        signal, spread = self._at(t, x0)
        return signal * noise - spread * self.inward(x0)

    def loss(self, answer, x0, t, noise):
        """Mean squared error of each example, in levels weighted cross-entropy: (batch,)."""
        noisy = self.corrupt(x0, t, noise)
        error = ops.square(self.read(answer, noisy, t) - self.target(x0, t, noise))
        if self.levels is not None:
            clean, weight = self.inward(x0), self.level_weight
            level = self._at(t, x0)
            error = self.levels.losses(answer, clean, noisy, *level, error, weight)
        return ops.mean(error, axis=tuple(range(1, len(error.shape))))

    # -- undoing -------------------------------------------------------------------------------

    def clean(self, noisy, t, answer):
        """The clean array that an answer at time t implies, within the range of the data."""
        signal, spread = self._at(t, noisy)
        prediction = self.read(answer, noisy, t)
        if self.predicts == "noise":
            estimate = (noisy - spread * prediction) / signal
        elif self.predicts == "clean":
            estimate = prediction
        else:
            estimate = signal * noisy - spread * prediction
        if not self.clip:
            return estimate
        return ops.clip(estimate, -self.centre / self.scale, (1.0 - self.centre) / self.scale)

    def inward(self, x0):
        """Data in [0, 1] -> the range that the network sees."""
        return (x0 - self.centre) / self.scale

    def outward(self, x):
        """The inverse of `inward`."""
        return x * self.scale + self.centre

    def start(self, noise):
        """What the reverse process begins with."""
        return noise

    def plan(self, steps: int):
        """Times from the last to 0 in `steps` strides: (steps + 1,).

        `spacing` is "time" for strides of equal time, which the schedule then spends, or "karras"
        for strides that shrink with the noise left: even in (spread / signal)^(1/7) (Karras et al.
        2022, eq. 5), as near to it as whole times without repetition allow.
        """
        if self.spacing == "time":
            return np.rint(np.linspace(self.steps, 0, steps + 1)).astype("float32")
        ratio = self.spread[1:] / self.signal[1:]
        wanted = np.linspace(ratio[-1] ** (1 / 7), ratio[0] ** (1 / 7), steps) ** 7
        times = np.interp(np.log(wanted), np.log(ratio), np.arange(1, self.steps + 1))
        times = np.maximum(np.rint(times), np.arange(steps, 0, -1))
        for i in range(1, steps):
            times[i] = min(times[i], times[i - 1] - 1)
        return np.append(times, 0).astype("float32")

    @property
    def samplers(self):
        return {"ddpm": ddpm, "ddim": ddim, "dpmpp": dpmpp}

    def _at(self, t, like):
        """Signal and spread at times t (batch,), shaped to multiply arrays like `like`."""
        index = ops.cast(t, "int32")
        shape = (-1,) + (1,) * (len(like.shape) - 1)
        signal = ops.take(ops.convert_to_tensor(self.signal, "float32"), index)
        spread = ops.take(ops.convert_to_tensor(self.spread, "float32"), index)
        return ops.reshape(signal, shape), ops.reshape(spread, shape)


def ddpm(process, x, before, times, prediction, noise):
    """Ancestral step: a draw from q(x_to | x_from, clean) (Ho et al. 2020, eq. 6)."""
    _, t_from, t_to = times
    signal, spread = process._at(t_from, x)
    signal_to, spread_to = process._at(t_to, x)
    clean = process.clean(x, t_from, prediction)
    kept = signal / signal_to  # of the signal at t_to, what is left at t_from
    added = spread**2 - kept**2 * spread_to**2  # the variance that came in between
    mean = (kept * spread_to**2 * x + signal_to * added * clean) / spread**2
    return mean + ops.sqrt(added) * spread_to / spread * noise, clean


def ddim(process, x, before, times, prediction, noise):
    """Deterministic step along the same marginals (Song et al. 2021, eq. 12 with sigma 0)."""
    _, t_from, t_to = times
    signal, spread = process._at(t_from, x)
    signal_to, spread_to = process._at(t_to, x)
    clean = process.clean(x, t_from, prediction)
    direction = (x - signal * clean) / spread
    return signal_to * clean + spread_to * direction, clean


def dpmpp(process, x, before, times, prediction, noise):
    """DPM-Solver++(2M): second order from two clean estimates (Lu et al. 2022, algorithm 2).

    With l = log(signal / spread), h = l_to - l_from and r = (l_from - l_before) / h:
    x_to = spread_to / spread x + signal_to (1 - e^-h) ((1 + 1/2r) clean - 1/2r clean_before).
    The first step and the last, where one of the two is missing or h is infinite, are first order.
    """
    t_before, t_from, t_to = times
    clean = process.clean(x, t_from, prediction)
    signal, spread = process._at(t_from, x)
    signal_to, spread_to = process._at(t_to, x)
    signal_before, spread_before = process._at(t_before, x)
    h_before = ops.log(signal / spread) - ops.log(signal_before / spread_before)
    last = spread_to == 0.0
    h = ops.log(signal_to / ops.where(last, 1.0, spread_to)) - ops.log(signal / spread)
    first_order = ops.logical_or(last, t_before == t_from)
    half = ops.where(first_order, 0.0, h / (2.0 * ops.where(h_before == 0.0, 1.0, h_before)))
    estimate = clean + half * (clean - before)
    shrink = spread_to / spread
    return shrink * x + (signal_to - signal * shrink) * estimate, clean


ddpm.draws, ddim.draws, dpmpp.draws = True, False, False


def _kept_signal(schedule: str, steps: int, first_beta: float, last_beta: float, shift: float):
    """The share of variance that is signal at times 0..steps: (steps + 1,), 1 at time 0.

    "linear" has betas that rise evenly. "cosine" has spread / signal = tan(time pi / 2) / shift:
    a shift above 1 spends more of the time on fine detail (Hoogeboom et al. 2023, section 3.1).
    """
    if _choice("schedule", schedule, SCHEDULES) == "linear":
        betas = np.linspace(first_beta, last_beta, steps, dtype="float64")
        return np.concatenate([[1.0], np.cumprod(1.0 - betas)])
    # The last angle stops short of a right one, where no signal at all would be left.
    angle = np.minimum(np.arange(steps + 1) / steps * math.pi / 2, math.pi / 2 - 1e-3 / shift)
    return 1.0 / (1.0 + (np.tan(angle) / shift) ** 2)


def _frame(sees: str, statistics: dict | None):
    """(centre, scale) so that (data - centre) / scale is what the network sees."""
    if _choice("sees", sees, RANGES) != "standard":
        return {"unit": (0.0, 1.0), "symmetric": (0.5, 0.5)}[sees]
    if not statistics:
        raise ValueError("sees='standard' needs the corpus' mean and deviation")
    return statistics["mean"], statistics["std"]


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{name} {value!r} is none of {', '.join(allowed)}")
    return value
