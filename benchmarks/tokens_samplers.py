"""Which sampler, and how many steps: python -m benchmarks.tokens_samplers --windows DIR [--n 16]

Draws from the shipped weights (`--weights`) with each sampler in 16 to 1,024 steps and judges each
set against held-out windows: framewise self-similarity of pitch and duration (metrics/framewise.py;
1 is the data's own), and the share of notes in scale. The first row is the held-out windows' one
half against the other: no sampler can be told from the data below that.
"""

import argparse
import itertools
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SAMPLERS = ("first_hitting", "random", "confidence", "remask")
STEPS = (16, 32, 64, 128, 256, 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="trio")
    parser.add_argument("--run", type=Path)
    parser.add_argument("--windows", type=Path, required=True)
    parser.add_argument("--samplers", nargs="+", default=SAMPLERS)
    parser.add_argument("--steps", nargs="+", type=int, default=STEPS)
    parser.add_argument("--temperatures", nargs="+", type=float, default=(1.0,))
    parser.add_argument("--power", type=float, help="process.power; 1 makes the steps even")
    parser.add_argument("--n", type=int, default=16)
    args = parser.parse_args()
    from benchmarks.machine import told
    from fields import change
    from metrics import framewise
    from system import build, generate, load

    print(told(), flush=True)
    system, _ = load.trained(None, args.run, None if args.run else Path(args.weights))
    real, base = held_out(system, args.windows), system.config.sampling
    names = [measure.name for measure in framewise.measures()]
    print(f"{'':30}" + "".join(f"{n:>22}" for n in [*names, "in scale", "seconds"]), flush=True)
    print(row("held out, half by half", real[::2], real[1::2], 0.0), flush=True)
    for temperature in args.temperatures:
        config = change(system.config, "process.temperature", temperature)
        if args.power is not None:
            config = change(config, "process.power", args.power)
        process = build.process(config, system.representation.statistics)
        colder = build.System(config, system.representation, process, system.network)
        for steps, sampler in itertools.product(args.steps, args.samplers):
            settings = generate.settings_with(
                base,
                sampler=sampler,
                steps=steps,
                jit_compile="false",
                tile=args.n,
            )
            began = time.perf_counter()
            pieces = generate.draw(colder, settings, args.n, 0)
            seconds = time.perf_counter() - began
            told_as = f"{sampler} {steps} at {temperature:g}"
            print(row(told_as, pieces, real, seconds), flush=True)


def held_out(system, path: Path):
    """All windows that were kept from training, as pieces."""
    from datasets.windows import Windows

    arrays = system.representation.scale(Windows.open(path).held_out[:])
    return [system.representation.decode(array) for array in arrays]


def row(name, pieces, reference, seconds) -> str:
    """The figures of a set of pieces as a line of the table."""
    from metrics import framewise, likeness
    from metrics.table import Table

    ours, theirs = (framewise.overlaps(Table.of(p)).sum(axis=0) for p in (pieces, reference))
    figures = [measure.score(ours, theirs) for measure in framewise.measures()]
    figures.append(likeness.in_scale(pieces))
    return f"{name:30}" + "".join(f"{x:22.3f}" for x in figures) + f"{seconds:22.1f}"


if __name__ == "__main__":
    main()
