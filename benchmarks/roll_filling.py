"""How well `roll` fills in: python -m benchmarks.roll_filling --windows DIR [--run RUN]

Draws the middle of held-out rolls anew, each step made once or repeated, and compares what comes
with what stood there: how dense it is, how much of the pitch classes' histogram it shares with
what is kept around it, how many of the notes that sound up to the gap go on into it, and how many
of its cells sounded in the original. `--pitches` harmonises instead: it draws all below a pitch.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

COLUMNS = ("density", "shared", "go on", "as it was", "seconds")


def main():
    from benchmarks.roll_judge import flags, held_out

    parser = flags(__doc__)
    parser.add_argument("--repeats", type=int, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--steps", type=int, nargs="*", default=[50])
    parser.add_argument("--pitches", type=int, help="draw all below this MIDI pitch")
    args = parser.parse_args()
    from benchmarks.machine import told
    from datasets.windows import Windows
    from system import generate, load

    print(told(), flush=True)
    system, _ = load.trained(None, args.run, None if args.run else Path(args.weights))
    music = system.representation
    real = held_out(music, Windows.open(args.windows).held_out, args.n)
    mask = np.ones_like(real)
    if args.pitches:
        mask[:, :, : args.pitches - music.lowest] = 0
    else:
        quarter = real.shape[1] // 4
        mask[:, quarter : 3 * quarter] = 0
    print(f"{'':24}" + "".join(f"{name:>12}" for name in COLUMNS))
    print(row("the original", *compared(real, real, mask)), flush=True)
    print(row("another", *compared(np.roll(real, 1, axis=0), real, mask)), flush=True)
    for steps in args.steps:
        for repeats in args.repeats:
            settings = generate.settings_with(system.config.sampling, steps=steps, repeats=repeats)
            drawer = generate.sampler(system, settings)
            began = time.perf_counter()
            drawn = drawer.sample(len(real), 0, real, mask, progress=False)
            seconds = time.perf_counter() - began
            found = compared(drawn, real, mask)
            print(row(f"{steps} steps, each {repeats}x", *found, seconds), flush=True)


def row(name: str, *figures: float) -> str:
    """One line of the table."""
    return f"{name:24}" + "".join(f"{figure:12.3f}" for figure in figures)


def compared(drawn, real, mask) -> tuple[float, float, float, float]:
    """COLUMNS but the time, for rolls (n, frames, pitches, channels): those of what was drawn."""
    free, shared = 1 - mask, []
    for new, held in zip((drawn * free).sum((1, 3)), (real * mask).sum((1, 3)), strict=True):
        heard = [np.bincount(np.arange(len(side)) % 12, side, 12) for side in (new, held)]
        if all(side.sum() for side in heard):
            shared.append(np.minimum(*(side / side.sum() for side in heard)).sum())
    whole = np.where(mask == 1, real, drawn).max(axis=3)
    enters = (mask[:, :-1] == 1).all(3) & (mask[:, 1:] == 0).all(3) & (whole[:, :-1] > 0)
    goes_on = whole[:, 1:][enters].mean() if enters.any() else np.nan
    same = (drawn * real * free).sum() / (drawn * free).sum()
    return (drawn * free).sum() / (real * free).sum(), np.mean(shared), goes_on, same


if __name__ == "__main__":
    main()
