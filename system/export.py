"""Makes a weights file and its model card from a run.

    python -m system.export runs/notes_folder weights/notes --data "POP909 (MIT)" --judge 64

The weights are the averaged ones of the run's best checkpoint, in half precision. `--judge` draws
so many pieces and puts into the card how near they come to the run's held-out windows.
"""

import argparse
import os
import platform
from dataclasses import asdict
from pathlib import Path

from errors import UserError, run_command


def main() -> None:
    """Reads the run, judges it and writes the two files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("run", type=Path, help="the run folder")
    parser.add_argument("target", type=Path, help="weights/NAME, without an ending")
    parser.add_argument("--data", required=True, help="what it was trained on, with its licence")
    parser.add_argument("--command", help="the training command, if the run did not keep it")
    parser.add_argument("--machine", help="what it was trained on; this machine unless given")
    parser.add_argument("--hours", type=float, help="how long it trained")
    parser.add_argument("--windows", type=Path, help="prepared windows to judge against")
    parser.add_argument("--judge", type=int, default=0, metavar="N", help="pieces to judge by")
    args = parser.parse_args()
    if args.judge and not args.windows:
        raise UserError("--judge: say with --windows what to compare the pieces with")
    from absl import logging

    from system import load, logs, weights
    from system.run_folder import RunFolder

    logs.start()
    logs.import_keras()
    run = RunFolder.open(args.run)
    system, _ = load.trained(run.config.model, args.run)
    card = {
        "name": args.target.stem,
        "config": asdict(run.config),
        "statistics": run.statistics,
        "training": {
            "command": args.command or run.command,
            "steps": _steps(run),
            "hours": args.hours,
            "machine": args.machine or f"{platform.machine()}, {os.cpu_count()} cores",
            "validation_loss": _best_loss(run),
        },
        "data": args.data,
    }
    weights.save(system.network, args.target, card)
    if args.judge:
        drawn_with, _ = load.trained(run.config.model, file=args.target.with_suffix(".npz"))
        card["evaluation"] = _judged(drawn_with, args)
        weights.save(system.network, args.target, card)
    size = args.target.with_suffix(".npz").stat().st_size
    logging.info("%s: %.1f MB; the card is beside it", args.target, size / 1e6)


def _judged(system, args) -> dict:
    """What the shipped weights draw, and the held-out windows themselves, by the same measures."""
    from datasets.windows import Windows
    from system import generate

    windows = Windows.open(args.windows).held_out
    picked = windows[:: max(1, len(windows) // args.judge)][: args.judge]
    decode = system.representation.decode
    real = [decode(w) for w in system.representation.scale(picked)]
    drawn = generate.draw(system, system.config.sampling, args.judge, seed=0)
    return {
        "pieces": args.judge,
        "sampler": asdict(system.config.sampling),
        "drawn": measures(drawn, real),
        "held-out half against the other": measures(real[::2], real[1::2]),
    }


def measures(pieces, reference) -> dict[str, float]:
    """The figures of a model card: of the pieces alone, and against a reference."""
    from metrics import likeness

    return {
        "in_scale": round(likeness.in_scale(pieces), 4),
        "in_scale_of_reference": round(likeness.in_scale(reference), 4),
        "duration_divergence": round(likeness.duration_divergence(pieces, reference), 4),
        "delta_divergence": round(likeness.delta_divergence(pieces, reference), 4),
        "pitch_class_divergence": round(likeness.pitch_class_divergence(pieces, reference), 4),
    }


def _steps(run) -> int | None:
    best = run.best()
    return best.get("steps")


def _best_loss(run) -> float | None:
    return run.best().get("val_loss")


if __name__ == "__main__":
    run_command(main)
