"""Do drawn bars suit their neighbours? python -m benchmarks.tokens_infill --windows DIR [--n 64]

Some bars of held-out windows are filled in with the shipped weights, and put there from pieces
that were drawn without seeing them. Both stand beside what was there: framewise self-similarity
(metrics/framewise.py) over the gap and four bars on each side, by the original's own, which scores
1; and how far a piece's mean overlap is from its original's. `evaluate.py --task infill` tells the
rest.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

AROUND = 4  # bars


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="trio")
    parser.add_argument("--windows", type=Path, required=True)
    parser.add_argument("--bars", default="16:20")
    parser.add_argument("--n", type=int, default=64)
    args = parser.parse_args()
    import numpy as np

    from datasets.windows import Windows
    from metrics import framewise
    from system import generate, load

    system, _ = load.trained("trio", None, Path(args.weights))
    grid = system.representation
    first, last = map(int, args.bars.split(":"))
    windows = Windows.open(args.windows).held_out
    places = np.linspace(0, len(windows) - 1, min(args.n, len(windows))).astype(int)
    real = grid.scale(windows[places])
    steps = np.arange(real.shape[1]) // grid.steps_per_bar
    gap = ((steps >= first) & (steps < last))[:, None]
    mask = np.broadcast_to(~gap, real.shape).astype("float32")
    drawer = generate.sampler(system, system.config.sampling)
    filled = drawer.sample(len(real), 0, real, mask)
    unseen = np.where(gap, drawer.sample(len(real), 1), real)
    shown = (steps >= first - AROUND) & (steps < last + AROUND)

    def sums(tokens):
        return overlaps_of([grid.decode(array[shown]) for array in tokens])

    names = [f"{'pitch' if at == 0 else 'duration'} off by" for at in (0, 3)]
    names = [*(measure.name for measure in framewise.measures()), *names]
    print(f"{len(real)} windows, bars {args.bars}\n{'':24}" + "".join(f"{n:>22}" for n in names))
    for name, tokens in (("filled in", filled), ("drawn without them", unseen)):
        ours, theirs = sums(tokens), sums(real)
        figures = [m.score(ours.sum(axis=0), theirs.sum(axis=0)) for m in framewise.measures()]
        for at in (0, 3):
            means = [s[:, at + 1] / np.maximum(s[:, at], 1) for s in (ours, theirs)]
            there = (ours[:, at] > 0) & (theirs[:, at] > 0)
            figures.append(np.abs(means[0] - means[1])[there].mean())
        print(f"{name:24}" + "".join(f"{figure:22.3f}" for figure in figures), flush=True)


def overlaps_of(pieces):
    """Number, sum and sum of squares of the overlaps of each piece: (pieces, 6)."""
    from metrics import framewise
    from metrics.table import Table

    return framewise.overlaps(Table.of(pieces))


if __name__ == "__main__":
    main()
