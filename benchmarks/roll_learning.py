"""What each choice for `roll` buys at equal training: python -m benchmarks.roll_learning

Trains the same network for the same steps under each choice and judges what it then draws, and
the bits per cell of held-out rolls by its evidence lower bound. `--choose "part.field=value ..."`
takes other choices than those below; the corpus is the demo, or prepared windows (`--windows`).
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

CHOICES = (
    "",
    "process.loss=l1",
    "process.power=1",
    "network.harmony=0",
    "network.registers=false",
    "network.residual=false",
    "network.groups=8",
    "network.attention=frames",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--learning_rate", type=float, default=2e-3)
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--windows", type=Path, help="prepared windows instead of the demo")
    parser.add_argument("--n", type=int, default=32, help="rolls to judge")
    parser.add_argument("--draw", nargs="*", default=["ancestral 50"], help="samplers and steps")
    parser.add_argument("--choose", nargs="*", default=CHOICES, help="as in --set, with spaces")
    args = parser.parse_args()
    from benchmarks.machine import told
    from benchmarks.roll_judge import heading

    print(told(), flush=True)
    print(heading("bits/cell", "train, cpu-s"), flush=True)
    for number, choice in enumerate(args.choose):
        _compare(choice, args, with_corpus=number == 0)


def _compare(choice, args, with_corpus):
    import keras

    from benchmarks.roll_judge import bits_per_cell, figures, held_out, row
    from datasets.stream import Stream, validation_stream
    from system import fit, generate
    from system.averaging import averaged
    from system.build import build

    keras.utils.clear_session()
    config = _config(choice, args)
    windows = _windows(config, args)
    system = build(config, windows.statistics)
    model = fit.compiled(system, "float32")
    process = system.process
    stream = Stream(
        windows.train, system.representation, process.times, process.noise, args.batch_size
    )
    began = time.process_time()
    model.fit(stream.dataset(0, args.steps), shuffle=False, verbose=0)
    seconds = time.process_time() - began
    real = held_out(system.representation, windows.validation, 2 * args.n)
    if with_corpus:
        halves = figures(system.representation, real[::2], real[1::2])
        print(row("the corpus, half by half", *halves), flush=True)
    with averaged(model):
        judge, batches = validation_stream(
            windows.validation, system.representation, process, 8, 32, 0
        )
        bits = bits_per_cell(system, judge, batches)
        for drawn_with in args.draw:
            sampler, steps = drawn_with.split()
            settings = generate.settings_with(
                config.sampling, sampler=sampler, steps=int(steps), batch_size=8
            )
            drawn = generate.sampler(system, settings).sample(args.n, 0, progress=False)
            found = figures(system.representation, drawn, real)
            print(row(f"{choice or 'default'}: {drawn_with}", *found, bits, seconds), flush=True)


def _config(choice, args):
    from config import resolve

    changes = dict(part.split("=") for part in choice.split())
    return resolve(
        "roll",
        args.size,
        "demo",
        {
            "training.batch_size": args.batch_size,
            "training.steps": args.steps,
            "training.learning_rate": args.learning_rate,
            "training.schedule": "cosine",
            "training.warmup": min(100, args.steps // 4),
            "training.ema": 0.99,
            "training.jit_compile": "false",
            **changes,
        },
    )


def _windows(config, args):
    from datasets.demo import Demo
    from datasets.windows import Windows, prepare
    from system.build import representation

    if args.windows:
        return Windows.open(args.windows)
    return prepare(Demo(args.songs), representation(config), "data/windows", "demo")


if __name__ == "__main__":
    main()
