"""Draws new pieces from trained weights: python generator.py out_dir --n 8

Writes "sample 1.mid" to "sample n.mid", a contact sheet of their piano rolls and samples.json,
which tells how they were made. The weights are those in weights/ unless --run names a run folder
or --weights a file. The same --seed gives the same pieces.
"""

import argparse
import os
import time
from pathlib import Path

from config import PRESETS
from errors import UserError, run_command


def flags() -> argparse.Namespace:
    """The command line, with what can be told without loading anything already checked."""
    parser = argparse.ArgumentParser(
        prog="generator.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("out_dir", type=Path, help="folder for the pieces; made if need be")
    parser.add_argument("--n", type=_at_least_one, default=8, help="how many pieces (8)")
    parser.add_argument("--model", default="notes", help=f"one of {', '.join(PRESETS)}")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--run", type=Path, help="draw from a run folder, as train.py leaves it")
    source.add_argument("--weights", type=Path, help="draw from this weights file (.npz)")
    parser.add_argument("--steps", type=_at_least_one, help="reverse steps; more is slower")
    parser.add_argument("--sampler", help="how to step back, e.g. dpmpp, ddim or ddpm")
    parser.add_argument("--seed", type=_not_negative, default=0, help="which pieces (0)")
    parser.add_argument("--batch_size", type=_at_least_one, help="pieces drawn side by side")
    parser.add_argument("--wav", action="store_true", help="write sound as well")
    parser.add_argument("--soundfont", type=Path, help="the .sf2 that --wav plays with")
    parser.add_argument("--tempo", type=float, default=120.0, help="beats a minute (120)")
    parser.add_argument("--program", type=_program, default=0, help="General MIDI 0-127 (0, piano)")
    args = parser.parse_args()
    if args.model not in PRESETS:
        parser.error(f"--model: there is no {args.model!r}; choose from {', '.join(PRESETS)}")
    if not 4 <= args.tempo <= 1000:
        parser.error(f"--tempo: {args.tempo} is not between 4 and 1000 beats a minute")
    if args.soundfont and not args.wav:
        parser.error("--soundfont: only --wav plays; add it")
    return args


def main() -> None:
    """Loads a system, draws and writes."""
    args = flags()
    _check_out_dir(args.out_dir)
    began = time.monotonic()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from absl import logging

    logging.set_verbosity(logging.INFO)
    from system import generate, load

    system, told = load.trained(args.model, args.run, args.weights)
    settings = generate.settings_with(
        system.config.sampling,
        sampler=args.sampler,
        steps=args.steps,
        batch_size=min(args.batch_size or system.config.sampling.batch_size, args.n),
    )
    if settings.steps > system.config.process.steps:
        raise UserError(
            f"--steps: {settings.steps} are more than the {system.config.process.steps} "
            "that the model was trained with"
        )
    pieces = generate.draw(
        system, settings, args.n, args.seed, tempo=args.tempo, program=args.program
    )
    about = {
        "seed": args.seed,
        "n": args.n,
        "tempo": args.tempo,
        "program": args.program,
        **told,
        "sampling": vars(settings),
    }
    generate.write(pieces, args.out_dir, about, args.wav, args.soundfont)
    logging.info("done in %.1f s", time.monotonic() - began)


def _check_out_dir(path: Path) -> None:
    """Fails now rather than after the music is made."""
    if path.exists() and not path.is_dir():
        raise UserError(f"{path}: is a file; name a folder for the pieces")
    parent = path
    while not parent.exists():
        parent = parent.parent
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UserError(f"{path}: cannot be written to; choose another folder")


def _whole(text: str, low: int, high: int | None, told: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or value < low or (high is not None and value > high):
        raise argparse.ArgumentTypeError(f"{text!r} is not {told}")
    return value


def _at_least_one(text: str) -> int:
    return _whole(text, 1, None, "a whole number from 1 up")


def _not_negative(text: str) -> int:
    return _whole(text, 0, 2**63 - 1, "a whole number from 0 up")


def _program(text: str) -> int:
    return _whole(text, 0, 127, "a General MIDI program, 0 to 127")


if __name__ == "__main__":
    run_command(main)
