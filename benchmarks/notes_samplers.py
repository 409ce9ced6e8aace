"""How few steps are enough: python -m benchmarks.notes_samplers [--windows DIR] [--n 64]

Draws the same pieces from the shipped weights with each sampler and judges each set against
held-out windows (`--windows`, as prepare leaves them) or, without, against what the full
1,000-step chain draws from another seed. The first row is the reference's one half against its
other: no sampler can be told from the data below that.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

SETTINGS = (
    ("ddpm", 1000),
    ("ddim", 100),
    ("ddim", 50),
    ("dpmpp", 100),
    ("dpmpp", 50),
    ("dpmpp", 25),
    ("dpmpp", 15),
)
MEASURES = ("in_scale", "pitch_class_divergence", "duration_divergence", "delta_divergence")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="notes")
    parser.add_argument("--windows", type=Path)
    parser.add_argument("--n", type=int, default=64)
    args = parser.parse_args()
    from benchmarks.machine import told
    from system import generate, load
    from system.export import measures

    print(told(), flush=True)
    system, _ = load.trained(args.weights)

    def draw(sampler, steps, seed):
        settings = generate.settings_with(
            system.config.sampling, sampler=sampler, steps=steps, batch_size=32
        )
        return generate.draw(system, settings, args.n, seed)

    reference = _held_out(system, args) if args.windows else draw("ddpm", 1000, 1)
    print(f"{'':18}" + "".join(f"{name:>24}" for name in MEASURES) + f"{'seconds':>10}")
    _row("reference, halved", measures(reference[::2], reference[1::2]), 0.0)
    for sampler, steps in SETTINGS:
        began = time.perf_counter()
        pieces = draw(sampler, steps, 0)
        seconds = time.perf_counter() - began
        _row(f"{sampler} {steps}", measures(pieces, reference), seconds)


def _held_out(system, args):
    from datasets.windows import Windows

    windows = Windows.open(args.windows).held_out
    picked = windows[:: max(1, len(windows) // args.n)][: args.n]
    return [system.representation.decode(w) for w in system.representation.scale(picked)]


def _row(name, found, seconds):
    figures = "".join(f"{found[measure]:24.3f}" for measure in MEASURES)
    print(f"{name:18}{figures}{seconds:10.1f}", flush=True)


if __name__ == "__main__":
    main()
