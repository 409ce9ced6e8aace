"""Whether long pieces have seams: python -m benchmarks.seams [--weights NAME] [--n 8] [--bars 32]

Draws pieces longer than a window and compares the music on both sides of each seam, over `--beats`
each, with that on both sides of points halfway between seams: how far the density of onsets jumps,
and how much of the pitch classes' histograms is shared. Without seams the two columns agree. The
same with windows that do not see each other (context 0) shows what a seam is like.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

ALONE = 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="notes", help="shipped weights, a file or a run")
    parser.add_argument("--n", type=int, default=8)
    parser.add_argument("--bars", type=int, default=32)
    parser.add_argument("--beats", type=int, default=4, help="how much music to compare")
    parser.add_argument("--steps", type=int, help="reverse steps; those of the model unless given")
    args = parser.parse_args()
    from benchmarks.machine import told
    from system import fill, gaps, generate, load

    print(told(), flush=True)
    path = Path(args.weights)
    found = load.source_at(path) if path.exists() else load.source(args.weights)
    system, own = found.system(), found.config.sampling
    drawer = generate.sampler(system, generate.settings_with(own, steps=args.steps))
    print(f"{'':14}{'density jump':>28}{'pitch classes shared':>28}{'seconds':>10}")
    print(f"{'context':14}{'across':>14}{'inside':>14}{'across':>14}{'inside':>14}")
    for context in (own.context, ALONE):
        settings = generate.settings_with(own, context=context)
        holes = [gaps.blank(system.representation, args.bars)] * args.n
        began = time.perf_counter()
        pieces, seams = fill.fill(system, settings, holes, 0, drawer)
        seconds = time.perf_counter() - began
        across, inside = compared(pieces, seams, args.beats)
        row = "".join(
            f"{value:14.3f}" for pair in zip(across, inside, strict=True) for value in pair
        )
        print(f"{context:<14}{row}{seconds:10.1f}", flush=True)


def compared(pieces, seams, beats: int):
    """(density jump, pitch classes shared), means over seams and over points between them."""
    across, inside = [], []
    for piece, ticks in zip(pieces, seams, strict=True):
        marks = np.array([0, *ticks, piece.length_ticks])
        between = (marks[1:] + marks[:-1]) / 2
        across += [sides(piece, tick, beats) for tick in ticks]
        inside += [sides(piece, tick, beats) for tick in between]
    return np.nanmean(across, axis=0), np.nanmean(inside, axis=0)


def sides(piece, tick: float, beats: int) -> tuple[float, float]:
    """What the music before a tick and after it has in common; nan where one side is silent.

    The jump is |after - before| / (after + before) of the onsets' numbers, 0 for none and 1 for
    all; the share that of two histograms of pitch classes, 1 where they agree.
    """
    reach = beats * piece.ticks_per_beat
    before = piece.pitch[(piece.onset >= tick - reach) & (piece.onset < tick)]
    after = piece.pitch[(piece.onset >= tick) & (piece.onset < tick + reach)]
    if not len(before) or not len(after):
        return float(len(before) != len(after)), np.nan
    heard = [np.bincount(side % 12, minlength=12) / len(side) for side in (before, after)]
    jump = abs(len(after) - len(before)) / (len(after) + len(before))
    return jump, float(np.minimum(*heard).sum())


if __name__ == "__main__":
    main()
