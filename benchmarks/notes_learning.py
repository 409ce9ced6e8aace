"""What a `tiny` model learns of the demo corpus: python -m benchmarks.notes_learning

Trains the same network for the same steps under each of the choices that config.py offers and
judges what it then draws: the share of notes in the best-fitting scale, and the divergence of its
durations and deltas from the corpus. The corpus itself stands in the first row.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

CHOICES = {
    "default": {},
    "pitch=log_frequency": {"representation.pitch": "log_frequency"},
    "pitch=frequency": {"representation.pitch": "frequency"},
    "sees=unit": {"process.sees": "unit"},
    "sees=symmetric": {"process.sees": "symmetric"},
    "levels=false": {"process.levels": "false"},
    "waves=false": {"process.waves": "false"},
    "causal=true": {"network.causal": "true"},
    "shift=1": {"process.shift": "1"},
    "predicts=noise": {"process.predicts": "noise"},
    "predicts=clean": {"process.predicts": "clean"},
    "published": {
        "representation.pitch": "frequency",
        "process.sees": "unit",
        "process.levels": "false",
        "process.waves": "false",
        "process.schedule": "linear",
        "network.causal": "true",
        "process.predicts": "noise",
    },
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--songs", type=int, default=2000)
    parser.add_argument("--n", type=int, default=64, help="pieces to judge")
    parser.add_argument("--only", nargs="*", choices=list(CHOICES), default=list(CHOICES))
    args = parser.parse_args()
    from benchmarks.machine import told

    print(told(), flush=True)
    columns = ("in scale", "durations", "deltas", "processor, s")
    print(f"{'':22}" + "".join(f"{name:>14}" for name in columns), flush=True)
    for number, name in enumerate(args.only):
        _compare(name, args, with_corpus=number == 0)


def _compare(name, args, with_corpus):
    import keras

    from config import resolve
    from datasets.demo import Demo
    from datasets.stream import Stream
    from datasets.windows import prepare
    from system import fit, generate
    from system.averaging import averaged
    from system.build import build, representation

    changes = {
        **CHOICES[name],
        "training.steps": args.steps,
        "training.schedule": "cosine",  # so that a shorter run is a whole one
    }
    config = resolve("notes", "tiny", "demo", changes)
    keras.utils.clear_session()
    windows = prepare(Demo(args.songs), representation(config), "data/windows", "demo")
    system = build(config, windows.statistics)
    model = fit.compiled(system, "float32")
    process = system.process
    stream = Stream(
        windows.train,
        system.representation,
        process.times,
        process.noise,
        config.training.batch_size,
        first=windows.first("train"),
    )
    began = time.process_time()
    model.fit(stream.dataset(0, args.steps), shuffle=False, verbose=0)
    seconds = time.process_time() - began
    decode = system.representation.decode
    real = [decode(w) for w in system.representation.scale(windows.test[: args.n])]
    if with_corpus:
        print(_row("the corpus itself", real, real), flush=True)
    with averaged(model):
        drawn = generate.draw(system, config.sampling, args.n, seed=0)
    print(_row(name, drawn, real) + f"{seconds:14.0f}", flush=True)


def _row(name, pieces, real):
    from metrics import likeness

    figures = (
        likeness.in_scale(pieces),
        likeness.duration_divergence(pieces, real),
        likeness.delta_divergence(pieces, real),
    )
    return f"{name:22}" + "".join(f"{figure:14.3f}" for figure in figures)


if __name__ == "__main__":
    main()
