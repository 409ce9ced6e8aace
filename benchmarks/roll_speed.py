"""How fast `roll` trains and draws: python -m benchmarks.roll_speed [--size base]

Steps at batch 4 and eight rolls at once, in each arithmetic, beside the alternatives in the same
run: with XLA and without, and fewer reverse steps. `of peak` is the step's multiplications
over what a product of matrices does here in float32.
"""

import argparse
import math
import os
import statistics
import subprocess
import sys

from benchmarks.machine import matrix_rates, timed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

BATCH, ROLLS = 4, 8
TRAINED_AND_BACK = 3  # a step multiplies forwards, and backwards for inputs and for weights


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="base")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--what", help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="*", help="rows whose names begin so, such as train")
    args = parser.parse_args()
    if args.what:
        return _measure(args.what, args.size, args.steps)
    print(f"{'':30}{'first call, s':>14}{'median, s':>12}{'of peak':>10}", flush=True)
    for what in (
        "train float32",
        "train float32 xla",
        "train bfloat16",
        "draw ancestral 20",
        "draw ancestral 50",
        "draw ancestral 100",
    ):
        if args.only and not what.startswith(tuple(args.only)):
            continue
        command = [sys.executable, "-m", "benchmarks.roll_speed", "--what", what]
        command += ["--size", args.size, "--steps", str(args.steps)]
        subprocess.run(command, check=True)


def _measure(what: str, size: str, steps: int):
    """One row, in a process of its own: compiling and caches must not help the next."""
    import keras

    from config import resolve
    from system.build import build

    kind, *options = what.split()
    keras.config.set_dtype_policy("mixed_bfloat16" if "bfloat16" in options else "float32")
    jit = str("xla" in options).lower()
    config = resolve("roll", size, "demo", {"training.jit_compile": jit})
    system = build(config, {"density": [0.03]})
    if kind == "train":
        times, forwards = _train(system, steps), TRAINED_AND_BACK * BATCH
    else:
        sampler, count = options
        times, forwards = _draw(system, sampler, int(count)), ROLLS * int(count)
    median = statistics.median(times[1:])
    needed = forwards * 2 * _products(system.network) / 1e9 / matrix_rates(0.5)["float32"]
    print(f"{what:30}{times[0]:14.2f}{median:12.3f}{needed / median:10.2f}", flush=True)


def _train(system, steps):
    import numpy as np

    from system import fit

    policy = "float32"  # loss scaling is for float16 alone; the network has its own policy
    model = fit.compiled(system, policy)
    rng = np.random.default_rng(0)
    shape = (BATCH, *system.representation.shape)
    batch = {
        "x0": (rng.random(shape) < 0.03).astype("float32"),
        "t": system.process.times(rng.random(BATCH)),
        "noise": rng.random(shape, "float32"),
    }
    return [timed(lambda: model.train_on_batch(batch)) for _ in range(steps + 1)]


def _draw(system, sampler, count):
    from system import generate

    settings = generate.settings_with(
        system.config.sampling, sampler=sampler, steps=count, batch_size=ROLLS
    )
    drawer = generate.sampler(system, settings)
    return [timed(lambda: drawer.sample(ROLLS, progress=False)) for _ in range(3)]


def _products(network) -> float:
    """Multiplications of the convolutions for one roll, each kernel once for every cell."""
    cells = network.settings["frames"] // network.settings["fold"] * network.settings["pitches"]
    levels = [[network.enter], *([block] for block in network.down)]
    for level, block in zip(reversed(levels[:-1]), network.up, strict=True):
        level.append(block)
    return sum(
        cells / 2**depth * math.prod(convolution.kernel.shape)
        for depth, level in enumerate(levels)
        for block in level
        for convolution in (block.first, block.second)
    )


if __name__ == "__main__":
    main()
