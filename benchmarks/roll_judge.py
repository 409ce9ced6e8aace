"""What the benchmarks of rolls have in common: how near drawn rolls come to real ones."""

import argparse
from pathlib import Path

import numpy as np

COLUMNS = ("density", "polyphony", "pitch class", "duration", "in scale")


def flags(about: str) -> argparse.ArgumentParser:
    """What every benchmark of trained rolls asks: of which weights, and against which windows."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--weights", default="roll")
    parser.add_argument("--run", type=Path)
    parser.add_argument("--windows", type=Path, required=True)
    parser.add_argument("--n", type=int, default=32)
    return parser


def heading(*more: str) -> str:
    """The line above the rows."""
    return f"{'':34}" + "".join(f"{name:>13}" for name in (*COLUMNS, *more))


def row(name: str, *figures: float) -> str:
    """One line of the table."""
    return f"{name:34}" + "".join(f"{figure:13.3f}" for figure in figures)


def figures(representation, drawn: np.ndarray, real: np.ndarray) -> tuple[float, ...]:
    """Those of COLUMNS for rolls (n, frames, pitches, channels) in the light of real ones.

    The density is a share of the real one; polyphony (pitches that sound in a frame), pitch class
    above the tonic and duration in sixteenths are divergences of histograms, in nats.
    """
    from metrics import distributions, likeness

    pieces, corpus = ([representation.decode(roll) for roll in rolls] for rolls in (drawn, real))
    return (
        drawn.mean() / real.mean(),
        distributions.divergence(_polyphony(drawn), _polyphony(real)),
        likeness.pitch_class_divergence(pieces, corpus),
        likeness.duration_divergence(pieces, corpus),
        likeness.in_scale(pieces),
    )


def held_out(representation, windows: np.ndarray, count: int) -> np.ndarray:
    """Real rolls from all over a split."""
    return representation.scale(np.asarray(windows[:: max(1, len(windows) // count)][:count]))


def bits_per_cell(system, stream, batches: int) -> float:
    """The evidence lower bound over some batches of a stream."""
    process, found = system.process.judge(), []
    for step in range(batches):
        batch = stream.batch(step)
        noisy = process.corrupt(batch["x0"], batch["t"], batch["noise"])
        prediction = system.network(process.show(noisy, batch["t"]), batch["t"])
        found.append(np.asarray(process.loss(prediction, batch["x0"], batch["t"], batch["noise"])))
    return float(np.mean(found))


def _polyphony(rolls: np.ndarray) -> np.ndarray:
    """How many frames sound 0, 1, 2, ... pitches: (pitches + 1,)."""
    together = (rolls > 0.5).any(-1).sum(2)
    return np.bincount(together.ravel(), minlength=rolls.shape[2] + 1)
