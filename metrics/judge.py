"""All measures of a set of pieces against a reference, each with its interval."""

from dataclasses import dataclass

import numpy as np

from metrics import distributions, framewise, frechet, novelty, repetition, texture
from metrics.features import features
from metrics.measure import Measure, Value, evaluate, mean, means, resampling
from metrics.table import Table

RESAMPLES = 200


def measures(embedding=features) -> list[Measure]:
    """Every measure of a set against a reference, in the order of the table."""
    return [
        *frechet.measures(embedding),
        *framewise.measures(),
        *texture.measures(),
        *repetition.measures(),
        *distributions.measures(),
    ]


@dataclass(frozen=True)
class Row:
    """A measure's figure; where the ideal is the reference's own, `reference` holds that."""

    measure: Measure
    value: Value
    reference: Value | None = None


def judge(
    samples: Table,
    reference: Table,
    asked: list[Measure],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Row]:
    """The rows of the measures `asked` that the two sets can be told by."""
    draws = resampling(samples.pieces, resamples, seed)
    others = resampling(reference.pieces, resamples, seed + 1)
    rows = []
    for measure in asked:
        ours, data = measure.parts(samples), measure.parts(reference)
        value = evaluate(measure.score, ours, data, draws, others)
        against = None
        if measure.ideal is None:
            against = evaluate(measure.score, data, data, others, others)
        rows.append(Row(measure, value, against))
    return rows


def _novelty(name: str, unit: str, high: float, ideal: float | None = None) -> Measure:
    return Measure(name, "Novelty", unit, ideal, means, mean, 0.0, high)


LONGEST_COPY = _novelty("longest copy", "notes", np.inf)
COPIED = _novelty("copied passages", "share", 1.0)
NEAREST = _novelty("nearest neighbour", "deviations", np.inf)
DISTINCT = _novelty("distinct pieces", "share", 1.0, ideal=1.0)


@dataclass(frozen=True)
class Novelty:
    """How new a set is: its rows, and what stands behind them, piece by piece."""

    rows: list[Row]
    copies: novelty.Copies
    nearest: np.ndarray  # int64 (pieces,), the corpus' piece with the nearest features


def judge_novelty(
    samples: Table, corpus: Table, resamples: int = RESAMPLES, seed: int = 0
) -> Novelty:
    """How much of each piece stands in the corpus that was trained on, and how near it lies."""
    copies = novelty.copies(samples, corpus)
    vectors, others = features(samples), features(corpus)
    distance, which = frechet.nearest(vectors, others, frechet.units(others))
    draws = resampling(samples.pieces, resamples, seed)
    found = {
        LONGEST_COPY: copies.longest.astype(float),
        COPIED: copies.share,
        NEAREST: distance,
        DISTINCT: novelty.distinct(samples),
    }
    rows = []
    for measure, values in found.items():
        parts = means(values)
        rows.append(Row(measure, evaluate(mean, parts, parts, draws, draws)))
    return Novelty(rows, copies, which)
