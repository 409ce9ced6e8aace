"""What a measure is, and how far its value would move if other pieces had been drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from metrics.table import Table

CONFIDENCE = 1.96  # standard errors either side that hold 95 in 100 of a normal distribution

Parts = Callable[[Table], np.ndarray]  # (pieces, parts)
Score = Callable[[np.ndarray, np.ndarray], np.ndarray]  # two (..., parts) -> (...)


@dataclass(frozen=True)
class Measure:
    """A figure of a set of pieces, as a function of sums over its pieces.

    `parts` gives what each piece adds, and `score` makes the figure of the sums of the samples
    and of the reference, over any leading axes. So a bootstrap over pieces is a product of
    matrices, and measures that share parts share the work. `ideal` is what a set scores against
    itself; None stands for whatever the reference itself has, which is then told beside it.
    """

    name: str
    group: str
    unit: str
    ideal: float | None
    parts: Parts
    score: Score
    low: float = -np.inf
    high: float = np.inf


@dataclass(frozen=True)
class Value:
    """A measured figure and the half width of its 95 % interval, both NaN where undefined."""

    value: float
    error: float


def means(values: np.ndarray, defined: np.ndarray | None = None) -> np.ndarray:
    """Parts (pieces, 2) from which `mean` takes the average of (pieces,) where it is defined."""
    valid = np.isfinite(values) if defined is None else defined & np.isfinite(values)
    return np.stack([np.where(valid, values, 0.0), valid.astype(float)], axis=1)


def mean(sums: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """The average that `means` prepared, of the samples alone: (..., 2) -> (...)."""
    return ratio(sums[..., 0], sums[..., 1])


def ratio(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """`over` / `under`, NaN where there is nothing to divide by."""
    over, under = np.broadcast_arrays(np.asarray(over, float), np.asarray(under, float))
    return np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0)


def resampling(pieces: int, resamples: int, seed: int) -> np.ndarray:
    """How often each piece stands in each of some draws with replacement: (resamples, pieces)."""
    rng = np.random.default_rng([seed, pieces])
    drawn = rng.integers(0, max(pieces, 1), (resamples, pieces))
    drawn += np.arange(resamples)[:, None] * pieces
    times = np.bincount(drawn.ravel(), minlength=resamples * pieces)
    return times.reshape(resamples, pieces).astype(float)


def evaluate(
    score: Score,
    parts: np.ndarray,
    reference: np.ndarray,
    draws: np.ndarray,
    reference_draws: np.ndarray,
) -> Value:
    """A score of all pieces, with its interval by bootstrap over the pieces of both sets.

    The interval stands about the score itself, with the standard error of the resampled ones:
    their percentiles would not do, since a divergence of resampled sets is biased upwards.
    """
    value = float(score(parts.sum(axis=0), reference.sum(axis=0)))
    resampled = score(draws @ parts, reference_draws @ reference)
    resampled = resampled[np.isfinite(resampled)]
    spread = resampled.std(ddof=1) if len(resampled) > 1 else np.nan
    return Value(value, float(CONFIDENCE * spread))
