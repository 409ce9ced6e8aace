"""How fast the token models train and draw: python -m benchmarks.tokens_speed [--size tiny]

Each figure stands beside an alternative measured in the same run: bfloat16 beside float32, each
with and without XLA, and the transformer with convolutions beside the one without.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="trio")
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--batch_size", type=int, default=4)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--what", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.what:
        return _measure(args)
    from benchmarks.machine import told

    print(told(), flush=True)
    print(f"{args.model} {args.size}, batch {args.batch_size}, load {os.getloadavg()[0]:.1f}")
    print(f"{'':34}{'first call, s':>14}{'median, s':>12}{'CPU, s':>10}", flush=True)
    for what in (
        "train float32",
        "train float32 xla",
        "train bfloat16",
        "train bfloat16 xla",
        "train float32 plain-transformer",
        "draw first_hitting 16",
        "draw first_hitting 64",
        "draw first_hitting 16 xla",
    ):
        command = [sys.executable, "-m", "benchmarks.tokens_speed", "--what", what]
        command += ["--model", args.model, "--size", args.size]
        command += ["--batch_size", str(args.batch_size), "--steps", str(args.steps)]
        subprocess.run(command, check=True)


def _measure(args):
    """One row, in a process of its own: compiling and caches must not help the next.

    Beside the median time stands that of the processors, which a shared machine spares.
    """
    kind, *options = args.what.split()
    work = (_train if kind == "train" else _draw)(options, args)
    again = args.steps if kind == "train" else 1  # a drawing is many steps
    times = [_timed(work) for _ in range(again + 1)]
    wall, busy = (statistics.median(column) for column in zip(*times[1:], strict=True))
    print(f"{args.what:34}{times[0][0]:14.2f}{wall:12.3f}{busy:10.3f}", flush=True)


def _system(args, options, **changes):
    import numpy as np

    from config import PRESETS, TokenTransformer, resolve
    from datasets.demo import Demo
    from system.build import build, representation

    if "plain-transformer" in options:
        from dataclasses import replace

        PRESETS[args.model] = replace(PRESETS[args.model], network=TokenTransformer())
    changes = {"representation.bars": 64, **changes}
    config = resolve(args.model, args.size, "demo", changes)
    short = representation(resolve(args.model, args.size, "demo", {}))
    windows = np.concatenate([short.encode(piece) for _, piece in Demo(songs=12).pieces("train")])
    made = representation(config)
    stored = np.resize(windows, (args.batch_size, *made.shape))
    return build(config, made.measure(stored)), stored


def _train(options, args):
    import keras

    from datasets.stream import Stream, noise_shape
    from system import fit

    policy = "mixed_bfloat16" if "bfloat16" in options else "float32"
    keras.config.set_dtype_policy(policy)
    jit = str("xla" in options).lower()
    system, windows = _system(args, options, **{"training.jit_compile": jit})
    model = fit.compiled(system, policy)
    process, music = system.process, system.representation
    shape = noise_shape(process, music)
    settings = {"batch_size": args.batch_size, "noise_shape": shape}
    batch = Stream(windows, music, process.times, process.noise, **settings).batch(0)
    return lambda: model.train_on_batch(batch)


def _draw(options, args):
    from diffusion.sampling import Sampler

    sampler, steps, *rest = options
    system, _ = _system(args, options)
    drawer = Sampler(
        system.network,
        system.process,
        system.representation.shape,
        sampler,
        int(steps),
        batch_size=args.batch_size,
        chunk=16,
        jit_compile="xla" in rest,
        tile=system.config.sampling.tile,
    )
    return lambda: drawer.sample(args.batch_size, progress=False)


def _timed(work) -> tuple[float, float]:
    began, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - busy


if __name__ == "__main__":
    main()
