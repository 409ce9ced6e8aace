"""Judges music: python evaluate.py --samples DIR --reference DIR

Is it like the data, is it music, is it new? Every figure stands with its interval beside what the
data score against themselves, with their bars shuffled, as noise, and what an untrained model
scores. Writes metrics_<task>.json and report.html, and the table to the terminal.

    python evaluate.py --model notes --dataset demo                  draws and judges
    python evaluate.py --run runs/notes_folder --n 200               from a run, on its own corpus
    python evaluate.py --samples songs --reference folder:test --data_dir ~/midi
    python evaluate.py --task infill --bars 16:32 --samples filled --reference originals
    python evaluate.py --task infill --bars 16:32 --model notes --input_midi_dir songs
    python evaluate.py --compare runs/a runs/b                       what differs, beyond chance
"""

import os
import re
import shlex
import sys
import time
from argparse import ArgumentTypeError, Namespace
from pathlib import Path

import config as configs
from errors import Parser, UserError, run_command
from fields import known
from system import arguments

TASKS = ("unconditional", "infill")
MOST = 1000


def flags() -> Namespace:
    """The command line, with what can be told by itself already checked."""
    parser = Parser(prog="evaluate.py", description=__doc__)
    add = parser.add_argument
    add("--task", choices=TASKS, default=TASKS[0], help="whole pieces, or gaps that were filled")
    add("--samples", metavar="DIR", help="judge these: a folder, a zip or a tar of MIDI")
    add("--reference", metavar="DIR|CORPUS:SPLIT", help="by these; the test split unless given")
    add("--training", metavar="DIR|CORPUS:SPLIT", help="what may have been copied")
    add("--model", help=f"draw from it: one of {', '.join(configs.PRESETS)}")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--run", type=Path, help="draw from a run folder, as train.py leaves it")
    source.add_argument("--weights", type=Path, help="draw from this weights file (.npz)")
    add("--dataset", choices=list(configs.DATASETS), help="the corpus to judge by")
    add("--data_dir", type=Path, action="append", help="where it is; may be repeated")
    add("--archive", type=Path, action="append", help="the same, as a zip; may be repeated")
    add("--windows", type=Path, help="judge by this folder of prepared windows")
    add("--n", type=_at_least_two, default=100, help="how many pieces to draw (100)")
    add("--most", type=_at_least_two, default=MOST, help=f"pieces to read of each set ({MOST})")
    add("--bars", type=_bars, metavar="A:B", help="the gap: bars A to B - 1, the first being 0")
    add("--input_midi_dir", type=Path, help="pieces whose gap the model shall fill")
    add(
        "--seed",
        type=arguments.not_negative,
        default=0,
        help="of the drawing and of the bootstrap (0)",
    )
    add("--resamples", type=_at_least_two, default=200, help="of the bootstrap (200)")
    add("--save_samples", action="store_true", help="keep what was drawn, in OUT/samples")
    add("--out", type=Path, help="where to write; RUN/evaluation or evaluation unless given")
    add("--compare", type=Path, nargs="+", metavar="RUN", help="runs that were evaluated")
    args = parser.parse_args()
    _check(args)
    return args


def _check(args: Namespace) -> None:
    if args.compare:
        if len(args.compare) < 2:
            raise UserError("--compare: name two runs or more")
        return
    drawing = args.model or args.run or args.weights
    if drawing and args.samples:
        raise UserError("--samples: they are there already; leave out --model, --run and --weights")
    if not drawing and not args.samples:
        raise UserError("--samples: name a folder to judge, or what to draw from with --model")
    if args.samples and not args.reference:
        raise UserError("--reference: name a folder, or a corpus and a split as in demo:test")
    if args.task == "infill" and not args.bars:
        raise UserError("--bars: say where the gap is, as in 16:32")
    if args.task == "infill" and drawing and not args.input_midi_dir:
        raise UserError("--input_midi_dir: name the folder of pieces to fill in")
    if args.model:
        known("--model", args.model, configs.PRESETS)


def main() -> None:
    """Finds or draws the pieces, judges them, and writes what was found."""
    args = flags()
    # The matrices here are small: threads would wait for one another more than they compute.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if args.compare:
        from system.evaluation import compare

        found = compare.verdicts(args.compare, args.task)
        sys.stdout.write(compare.table(args.compare, found) + "\n")
        return
    began = time.monotonic()
    from absl import logging

    from system import logs
    from system.evaluation import of_folders, terminal

    logs.start()
    out = args.out or (args.run / "evaluation" if args.run else Path("evaluation"))
    out.mkdir(parents=True, exist_ok=True)
    command = shlex.join(["python", Path(sys.argv[0]).name, *sys.argv[1:]])
    if args.samples:
        verdict = of_folders.evaluate(args, command, out)
    else:
        logs.import_keras()
        from system.evaluation import of_fillings, of_model

        drawing = of_fillings if args.task == "infill" else of_model
        verdict = drawing.evaluate(args, command, out)
    sys.stdout.write(terminal.table(verdict) + "\n")
    logging.info("%s/report.html and metrics_%s.json: %.1f s", out, args.task,
                 time.monotonic() - began)  # fmt: skip


def _at_least_two(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 2 up")
    return int(text)


def _bars(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise ArgumentTypeError(f"{text!r} is not a range of bars as 16:32")
    return int(match[1]), int(match[2])


if __name__ == "__main__":
    run_command(main)
