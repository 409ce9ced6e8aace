"""How far apart two sets of pieces lie as clouds of feature vectors, and how wide one spreads.

Any function from a table to vectors (pieces, features) may be the embedding; ours is
`features.features`. The vectors are divided by the reference's standard deviations, or features
in large units would decide alone.
"""

import numpy as np

from metrics.features import features
from metrics.measure import Measure, ratio
from metrics.table import Table, per_piece

# What a feature that hardly varies in the reference is divided by.
LEAST_SPREAD = 0.05


def measures(embedding=features) -> list[Measure]:
    """The Fréchet distance and the diversity under an embedding, table -> (pieces, features)."""

    @per_piece
    def parts(table: Table) -> np.ndarray:
        return moments(embedding(table))

    group = "Sets"
    return [
        Measure("Fréchet distance", group, "deviations²", 0.0, parts, frechet, low=0.0),
        Measure("diversity", group, "deviations", None, parts, diversity, low=0.0),
    ]


def moments(vectors: np.ndarray) -> np.ndarray:
    """1, x and x xᵀ of vectors (pieces, features), flat: (pieces, 1 + features + features²)."""
    outer = vectors[:, :, None] * vectors[:, None, :]
    return np.concatenate(
        [np.ones((len(vectors), 1)), vectors, outer.reshape(len(vectors), -1)], axis=1
    )


def frechet(sums: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Squared Fréchet distance of two normal distributions, from sums of `moments` (..., parts).

    |m - n|² + tr(A + B - 2 (A^½ B A^½)^½) with their means and covariances (Dowson and Landau,
    1982; Heusel et al., 2017). It shrinks with the number of pieces: compare like with like.
    """
    sums, reference = np.broadcast_arrays(sums, reference)
    mean, covariance = _gaussian(sums)
    other_mean, other_covariance = _gaussian(reference)
    unit = _spread(other_covariance)
    offset = (mean - other_mean) / unit
    scale = unit[..., :, None] * unit[..., None, :]
    a, b = covariance / scale, other_covariance / scale
    root = _square_root(a)
    # The eigenvalues of a product of such matrices are not negative, but for rounding.
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum(axis=-1)
    traces = np.trace(a, axis1=-2, axis2=-1) + np.trace(b, axis1=-2, axis2=-1)
    return np.maximum((offset**2).sum(axis=-1) + traces - 2 * shared, 0)


def diversity(sums: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Root of the mean squared distance between two different pieces of a set, (...).

    In the reference's standard deviations: a set of one piece over and over has 0.
    """
    sums, reference = np.broadcast_arrays(sums, reference)
    unit = _spread(_gaussian(reference)[1])
    variances = np.diagonal(_gaussian(sums)[1], axis1=-2, axis2=-1) / unit**2
    number = sums[..., 0]
    # Twice the variance is the mean over all pairs, the pieces with themselves among them.
    return np.sqrt(ratio(2 * np.maximum(variances, 0).sum(axis=-1) * number, number - 1))


def nearest(vectors: np.ndarray, corpus: np.ndarray, unit: np.ndarray):
    """Distance (pieces,) of each vector to the nearest of a corpus, in `unit`s, and which it is."""
    scaled, others = vectors / unit, corpus / unit
    squares = (scaled**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * scaled @ others.T
    which = squares.argmin(axis=1)
    return np.sqrt(((scaled - others[which]) ** 2).sum(axis=1)), which


def units(vectors: np.ndarray) -> np.ndarray:
    """Standard deviation of each feature of a reference (pieces, features), none too small."""
    return np.maximum(vectors.std(axis=0), LEAST_SPREAD)


def _gaussian(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (..., features) and covariance (..., features, features) from sums of moments."""
    features = round((np.sqrt(4 * sums.shape[-1] - 3) - 1) / 2)
    number = sums[..., :1]
    mean = sums[..., 1 : features + 1] / number
    square = (sums[..., features + 1 :] / number).reshape(*mean.shape, features)
    return mean, square - mean[..., :, None] * mean[..., None, :]


def _spread(covariance: np.ndarray) -> np.ndarray:
    variances = np.diagonal(covariance, axis1=-2, axis2=-1)
    return np.sqrt(np.maximum(variances, LEAST_SPREAD**2))


def _square_root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)
