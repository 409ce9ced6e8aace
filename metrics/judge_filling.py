"""All measures of gaps that were filled, beside what stood in them."""

import numpy as np

from metrics import distributions, infilling
from metrics.infilling import Gap
from metrics.judge import RESAMPLES, Row
from metrics.measure import Measure, evaluate, mean, means, ratio, resampling
from metrics.table import Table

GROUP, INSIDE = "Filling", "Inside the gap"
# The distributions that a gap of a few bars can tell something of.
COMPARED = ("pitch class", "pitch", "duration", "inter-onset interval", "onset position")
SHARES = {
    "pitch accuracy": infilling.pitch_accuracy,
    "duration accuracy": infilling.duration_accuracy,
    "token accuracy": infilling.token_accuracy,
    "kept outside": infilling.kept,
}


def judge_filling(
    original: Table,
    filled: Table,
    first: int,
    last: int,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Row]:
    """The rows for the filling of bars `first` to `last`, that one not counted and 0 the first.

    Pieces of both tables stand in the same order, and are resampled together.
    """
    gap = Gap.of(original, first, last)
    draws = resampling(original.pieces, resamples, seed)

    def row(name, group, unit, ideal, score, ours, data, high=np.inf) -> Row:
        measure = Measure(name, group, unit, ideal, means, score, 0.0, high)
        value = evaluate(score, ours, data, draws, draws)
        return Row(
            measure, value, evaluate(score, data, data, draws, draws) if ideal is None else None
        )

    rows = []
    for name, found in SHARES.items():
        parts = means(found(original, filled, gap))
        rows.append(row(name, GROUP, "share", 1.0, mean, parts, parts, 1.0))
    for name, (unit, data, ours) in _levels(original, filled, gap).items():
        rows.append(row(name, GROUP, unit, None, mean, means(ours), means(data)))
    inside = filled.keep(gap.holds(filled)), original.keep(gap.holds(original))
    for measure in distributions.measures():
        if measure.name.rsplit(" ", 1)[0] in COMPARED:
            ours, data = (measure.parts(table) for table in inside)
            rows.append(
                row(measure.name, INSIDE, measure.unit, measure.ideal, measure.score, ours, data)
            )
    return rows


def _levels(original: Table, filled: Table, gap: Gap) -> dict[str, tuple]:
    """Unit, the original's values and the filling's (pieces,), of what need only be like it."""
    edges = [infilling.edge_intervals(table, gap) for table in (original, filled)]
    beats = gap.end - gap.begin
    dense = [ratio(table.keep(gap.holds(table)).total(), beats) for table in (original, filled)]
    return {
        "interval into the gap": ("semitones", edges[0][0], edges[1][0]),
        "interval out of the gap": ("semitones", edges[0][1], edges[1][1]),
        "notes per beat": ("notes", *dense),
    }
