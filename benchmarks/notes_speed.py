"""How fast `notes` trains and draws: python -m benchmarks.notes_speed [--size base]

Each figure stands beside an alternative measured in the same run, since machines differ and are
shared: the fused optimizer beside Keras' own, bfloat16 beside float32 with and without XLA, the
compiled reverse loop beside a Python loop over its steps.
"""

import argparse
import os
import statistics
import subprocess
import sys

from benchmarks.machine import timed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

BATCH = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="base")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--what", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.what:
        return _measure(args.what, args.size, args.steps)
    from benchmarks.machine import told

    print(told(), flush=True)
    print(f"{'':34}{'first call, s':>14}{'median, s':>12}", flush=True)
    for what in (
        "train bfloat16",
        "train bfloat16 plain-adam",
        "train float32",
        "train float32 xla",
        "draw dpmpp 50",
        "draw dpmpp 50 xla",
        "draw dpmpp 50 python-loop",
        "draw ddpm 1000 xla",
    ):
        command = [sys.executable, "-m", "benchmarks.notes_speed", "--what", what]
        command += ["--size", args.size, "--steps", str(args.steps)]
        subprocess.run(command, check=True)


def _measure(what: str, size: str, steps: int):
    """One row, in a process of its own: compiling and caches must not help the next."""
    kind, *options = what.split()
    times = (_train if kind == "train" else _draw)(options, size, steps)
    print(f"{what:34}{times[0]:14.2f}{statistics.median(times[1:]):12.3f}", flush=True)


def _train(options, size, steps):
    import keras
    import numpy as np

    from config import resolve
    from system import fit
    from system.build import build

    policy = "mixed_bfloat16" if "bfloat16" in options else "float32"
    keras.config.set_dtype_policy(policy)
    jit = str("xla" in options).lower()
    config = resolve("notes", size, "demo", {"training.jit_compile": jit})
    system = build(config, _statistics(config))
    model = fit.compiled(system, policy)
    if "plain-adam" in options:
        model.compile(keras.optimizers.Adam(use_ema=True), jit_compile=False)
    rng = np.random.default_rng(0)
    shape = (BATCH, *system.representation.shape)
    batch = {
        "x0": rng.random(shape, "float32"),
        "t": system.process.times(rng.random(BATCH)),
        "noise": rng.standard_normal(shape, "float32"),
    }
    return [timed(lambda: model.train_on_batch(batch)) for _ in range(steps + 1)]


def _draw(options, size, steps):
    from config import resolve
    from diffusion.sampling import Sampler
    from system.build import build

    sampler, count, *rest = options
    config = resolve("notes", size, "demo", {})
    system = build(config, _statistics(config))
    chunk = 1 if "python-loop" in rest else 25
    drawer = Sampler(
        system.network,
        system.process,
        system.representation.shape,
        sampler,
        int(count),
        batch_size=8,
        chunk=chunk,
        jit_compile="xla" in rest,
    )
    rounds = 2 if int(count) > 200 else 4
    return [timed(lambda: drawer.sample(8, progress=False)) for _ in range(rounds)]


def _statistics(config):
    """Those of a few demo songs, so that a network is shown all that a corpus has it shown."""
    import numpy as np

    from datasets.demo import Demo
    from system.build import representation

    made = representation(config)
    return made.measure(np.concatenate([made.encode(song) for _, song in Demo(20).pieces("train")]))


if __name__ == "__main__":
    main()
