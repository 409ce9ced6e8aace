"""The table of an evaluation: samples judged, and beside them what the data and noise score."""

from dataclasses import dataclass, replace

import numpy as np

from metrics import floors
from metrics.judge import Novelty, Row, judge, judge_novelty, measures
from metrics.judge_filling import judge_filling
from metrics.measure import Measure, evaluate, mean, means, resampling
from metrics.table import Table
from system.evaluation.verdict import HALVES, Line, lines_of

SHUFFLED, NOISE, UNTRAINED = "data, bars shuffled", "noise", "untrained"
ANOTHER = "another piece's bars"


@dataclass(frozen=True)
class Judged:
    """The lines of a table and what the report shows of single pieces."""

    lines: list[Line]
    novelty: Novelty | None


def judge_set(
    samples: Table,
    reference: Table,
    training: Table | None,
    untrained: Table | None,
    resamples: int,
    seed: int,
) -> Judged:
    """Samples against a reference; novelty against what was trained on, or the reference."""
    asked = measures()
    rows = judge(samples, reference, asked, resamples, seed)
    novelty = judge_novelty(samples, training or reference, resamples, seed)
    beside = _floors(reference, asked, resamples, seed)
    first, second = (reference.take(half) for half in floors.halves(reference.pieces, seed))
    held_out = (reference, training) if training else (first, second)
    beside[HALVES] += judge_novelty(*held_out, resamples, seed).rows
    if untrained is not None:
        beside[UNTRAINED] = judge(untrained, reference, asked, resamples, seed)
        beside[UNTRAINED] += judge_novelty(untrained, training or reference, resamples, seed).rows
    lines = lines_of(rows, beside)
    for line in lines_of(novelty.rows, beside):
        # As new as real pieces that nobody trained on: neither nearer to the corpus nor farther.
        lines.append(replace(line, data=line.floors[HALVES]) if line.ideal is None else line)
    return Judged(lines, novelty)


def judge_fillings(
    original: Table,
    filled: Table,
    untrained: Table | None,
    bars: tuple[int, int],
    resamples: int,
    seed: int,
) -> Judged:
    """Fillings of some bars against what stood there, beside another piece's and noise."""

    def rows(with_bars_of: Table) -> list[Row]:
        return judge_filling(original, with_bars_of, *bars, resamples, seed)

    uniform = np.random.default_rng(seed)
    beside = {
        ANOTHER: rows(floors.another_piece(original)),
        SHUFFLED: rows(floors.shuffled_bars(original, uniform.random(len(original.bar_start)))),
        NOISE: rows(floors.random_notes(original, uniform.random((len(original), 3)))),
    }
    if untrained is not None:
        beside[UNTRAINED] = rows(untrained)
    return Judged(lines_of(rows(filled), beside), None)


def share_line(name: str, unit: str, ideal: float, values: np.ndarray, resamples, seed) -> Line:
    """The line of a figure that each of some files or pieces has by itself."""
    measure = Measure(name, "Validity", unit, ideal, means, mean, 0.0)
    parts, draws = means(np.asarray(values, float)), resampling(len(values), resamples, seed)
    return lines_of([Row(measure, evaluate(mean, parts, parts, draws, draws))], {})[0]


def _floors(reference: Table, asked: list[Measure], resamples: int, seed: int) -> dict:
    """What needs no model: the reference in halves, out of order, and as noise."""
    chance = np.random.default_rng(seed)
    judge(reference, reference, asked, 1)  # so that the halves take their rows from the whole
    first, second = (reference.take(half) for half in floors.halves(reference.pieces, seed))
    shuffled = floors.shuffled_bars(reference, chance.random(len(reference.bar_start)))
    noise = floors.random_notes(reference, chance.random((len(reference), 3)))
    return {
        HALVES: judge(first, second, asked, resamples, seed),
        SHUFFLED: judge(shuffled, reference, asked, resamples, seed),
        NOISE: judge(noise, reference, asked, resamples, seed),
    }
