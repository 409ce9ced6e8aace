"""Whether training waits for its data: python -m benchmarks.pipeline [--step_seconds S]

Batches a second of the stream, whole (reading windows, augmenting, scaling, drawing t and noise),
made one after the other and by `dataset()` with its threads, for notes, rolls and melody tokens of
the same songs. `ahead` is how many times as fast that is as the
12M network of `notes` trains on batches of as many, measured in the same run or given.
"""

import argparse
import os
import statistics
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from benchmarks.machine import timed, told

PRESETS = ("notes", "roll", "melody")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--songs", type=int, default=200, help="of the demo corpus")
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--steps", type=int, default=3, help="of training, to time one")
    parser.add_argument("--step_seconds", type=float, help="what a step takes, if that is known")
    args = parser.parse_args()
    print(told(), flush=True)
    step = args.step_seconds or step_seconds(args.batch, args.steps)
    consumed = 1 / step
    print(f"notes trains on {consumed:.2f} batches of {args.batch} a second", flush=True)
    print(
        f"{'':10}{'window':>12}{'batches a second':>20}{'ahead':>8}{'by dataset()':>16}{'ahead':>8}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for preset in PRESETS:
            stream = stream_of(preset, folder, args)
            alone = rate(stream.batches(0, args.batches), args.batches)
            ahead = rate(iter(stream.dataset(0, args.batches)), args.batches)
            shape = " x ".join(map(str, stream.representation.shape))
            print(
                f"{preset:10}{shape:>12}{alone:20.1f}{alone / consumed:8.1f}"
                f"{ahead:16.1f}{ahead / consumed:8.1f}",
                flush=True,
            )


def stream_of(preset: str, folder: str, args):
    """The stream on which a preset trains, over demo songs."""
    from config import resolve
    from datasets.demo import Demo
    from datasets.stream import Stream, noise_shape
    from datasets.windows import prepare
    from system import build

    config = resolve(preset, "base", "demo", {})
    windows = prepare(Demo(args.songs), build.representation(config), folder, preset)
    representation = build.representation(config, windows.statistics)
    process = build.process(config, windows.statistics)
    return Stream(
        windows.train,
        representation,
        process.times,
        process.noise,
        args.batch,
        noise_shape=noise_shape(process, representation),
        first=windows.first("train"),
    )


def rate(batches, count: int) -> float:
    """Batches a second, after the first."""
    next(batches)
    began = time.perf_counter()
    for _ in batches:
        pass
    return (count - 1) / (time.perf_counter() - began)


def step_seconds(batch: int, steps: int) -> float:
    """The median of some training steps of the 12M `notes` network in float32."""
    import numpy as np

    from config import resolve
    from datasets.demo import Demo
    from system import build, fit

    config = resolve("notes", "base", "demo", {})
    made = build.representation(config)
    songs = np.concatenate([made.encode(song) for _, song in Demo(20).pieces("train")])
    system = build.build(config, made.measure(songs))
    model = fit.compiled(system, "float32")
    rng = np.random.default_rng(0)
    shape = (batch, *system.representation.shape)
    data = {
        "x0": rng.random(shape, "float32"),
        "t": system.process.times(rng.random(batch)),
        "noise": rng.standard_normal(shape, "float32"),
    }
    model.train_on_batch(data)  # compiles
    return statistics.median(timed(lambda: model.train_on_batch(data)) for _ in range(steps))


if __name__ == "__main__":
    main()
