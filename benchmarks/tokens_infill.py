"""Do drawn bars suit their neighbours? python -m benchmarks.tokens_infill --windows DIR [--n 64]

Some bars of held-out windows are filled in with the shipped weights, and put there from pieces
that were drawn without seeing them. Both stand beside what was there: framewise self-similarity
(metrics/framewise.py) over the gap and four bars on each side, by the original's own, which scores
1; how far a piece's mean overlap is from its original's; and the share of the gap's pitches,
durations and tokens that came out as they were.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

AROUND = 4  # bars
OFF = ("pitch off by", "duration off by")
ACCURACIES = ("pitch accuracy", "duration accuracy", "token accuracy")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="trio")
    parser.add_argument("--windows", type=Path, required=True)
    parser.add_argument("--bars", default="16:20")
    parser.add_argument("--n", type=int, default=64)
    args = parser.parse_args()
    import numpy as np

    from datasets.windows import Windows
    from metrics import framewise, infilling
    from metrics.table import Table
    from system import generate, load

    system, _ = load.trained(None, None, Path(args.weights))
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

    def table(tokens):
        return Table.of([grid.decode(array[shown]) for array in tokens])

    original = table(real)
    there = infilling.Gap.of(original, AROUND, AROUND + last - first)
    names = [*(measure.name for measure in framewise.measures()), *OFF, *ACCURACIES]
    print(f"{len(real)} windows, bars {args.bars}\n{'':20}" + "".join(f"{n:>21}" for n in names))
    for name, tokens in (("filled in", filled), ("drawn without them", unseen)):
        found = table(tokens)
        figures = [*consistency(found, original)]
        for accuracy in ACCURACIES:
            each = getattr(infilling, accuracy.replace(" ", "_"))(original, found, there)
            figures.append(np.nanmean(each))
        print(f"{name:20}" + "".join(f"{figure:21.3f}" for figure in figures), flush=True)


def consistency(found, original) -> list[float]:
    """Self-similarity of all pieces, then how far off a piece's mean overlap is on average."""
    import numpy as np

    from metrics import framewise

    ours, theirs = (framewise.overlaps(table) for table in (found, original))
    figures = [m.score(ours.sum(axis=0), theirs.sum(axis=0)) for m in framewise.measures()]
    for at in (0, 3):
        pairs = [sums[:, at] for sums in (ours, theirs)]
        means = [sums[:, at + 1] / np.maximum(sums[:, at], 1) for sums in (ours, theirs)]
        figures.append(np.abs(means[0] - means[1])[np.minimum(*pairs) > 0].mean())
    return figures


if __name__ == "__main__":
    main()
