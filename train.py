"""Trains a system: python train.py [--model notes] [--dataset demo] ...

Without a corpus named it trains on the demo corpus, composed by rule. Everything about the run
goes to runs/<model>_<dataset>/: config.json, checkpoints/, samples/, tensorboard/ and log.csv.
Ctrl-C saves and leaves; --resume goes on from there, exactly, and needs no other flag.

    python train.py --size tiny --steps 1000                     a first try
    python train.py --dataset folder --data_dir ~/midi           your own music
    python train.py --set process.schedule=cosine                any field of config.py
    python train.py --resume --run_dir runs/notes_folder         where it stopped
    tensorboard --logdir runs                                    watch it
"""

import re
import shlex
import sys
from argparse import ArgumentTypeError, Namespace
from pathlib import Path

import config as configs
from errors import Parser, UserError, run_command
from fields import change

POLICIES = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
NO_CORPUS = "no corpus named; `--dataset folder --data_dir PATH` trains on your own MIDI"
FIELDS = {
    "batch_size": "training.batch_size",
    "learning_rate": "training.learning_rate",
    "steps": "training.steps",
    "mixed_precision": "training.mixed_precision",
    "evaluate_every": "training.evaluate_every",
    "seed": "seed",
}


def flags() -> Namespace:
    """The command line."""
    parser = Parser(prog="train.py", description=__doc__)
    add = parser.add_argument
    add("--model", help=f"one of {', '.join(configs.PRESETS)} (notes)")
    add("--size", help="tiny, small or base (base)")
    add("--dataset", help=f"one of {', '.join(configs.DATASETS)} (demo)")
    add("--data_dir", type=Path, action="append", help="a folder of MIDI; may be repeated")
    add("--archive", type=Path, action="append", help="a zip of MIDI; may be repeated")
    add("--windows", type=Path, help="train from this folder of prepared windows")
    add("--batch_size", help="windows a step, over all devices")
    add("--learning_rate", help="the first learning rate")
    add("--steps", help="when to stop, counted from the run's beginning")
    add("--evaluate_every", help="steps between judgements of drawn pieces (never)")
    add("--seed", help="of weights, order and noise")
    add("--set", action="append", default=[], metavar="PART.FIELD=VALUE", help="any field")
    add("--run_dir", type=Path, help="runs/<model>_<dataset> unless given")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    start.add_argument("--init_from", type=Path, help="begin with a run's or a file's weights")
    add("--mixed_precision", nargs="?", const="mixed_bfloat16", choices=POLICIES, help="a policy")
    add("--devices", type=_devices, help='"2", "gpu:0,gpu:1"; every GPU unless given')
    args = parser.parse_args()
    if args.windows and (args.data_dir or args.archive):
        raise UserError(
            "--windows: they are the corpus already; leave out --data_dir and --archive"
        )
    return args


def _devices(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*|(cpu|gpu):\d+(\s*,\s*(cpu|gpu):\d+)*", text.lower()):
        raise ArgumentTypeError(f"{text!r} is neither a number of devices nor like gpu:0,gpu:1")
    return text


def asked(args: Namespace) -> dict[str, str]:
    """The fields that the command line changes."""
    changes = {f: getattr(args, name) for name, f in FIELDS.items() if getattr(args, name)}
    for text in args.set:
        field, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set {text}: write part.field=value")
        changes[field.strip()] = value.strip()
    return changes


def main() -> None:
    """Checks what was asked, prepares the windows, builds or restores the run, and trains it."""
    args = flags()

    from absl import logging

    from system import load, logs
    from system.checks import check
    from system.run_folder import RunFolder, refuse_used

    logs.start()
    model, dataset = args.model or "notes", args.dataset or _prepared_dataset(args)
    folder = args.run_dir or Path("runs") / f"{model}_{dataset}"
    run, source = None, args.init_from
    if args.resume:
        run = RunFolder.open(folder)
        config = check(continued(args, run.config))
        # Killed before its first checkpoint, a run goes on from its beginning.
        source = None if run.saved() else run.origin.get("init_from")
    else:
        config = check(configs.resolve(model, args.size or "base", dataset, asked(args)))
        refuse_used(folder)
        if not args.dataset and not args.windows:
            logging.info(NO_CORPUS)
    source = load.source_at(Path(source)) if source else None
    if source and source.config.model != config.model:
        its = source.config.model
        raise UserError(f"--init_from: those weights are of {its} and this trains {config.model}")
    windows = windows_for(args, config, run)
    if run and windows.statistics != run.statistics:
        raise UserError(f"{folder}: the corpus is not the one this run began with")
    train(args, config, windows, folder, run, source)


def _prepared_dataset(args: Namespace) -> str:
    """The corpus that --windows were made of, and otherwise the demo."""
    if not args.windows:
        return "demo"
    from datasets.windows import Windows

    name = Windows.open(args.windows).index.get("name")
    return name if name in configs.DATASETS else "demo"


def continued(args: Namespace, kept: configs.Config) -> configs.Config:
    """A run's own config; of what the command line says, only where to stop may differ."""
    changes = asked(args)
    steps = changes.pop("training.steps", None)
    same = kept
    for path, value in changes.items():
        same = change(same, path, value)
        if same != kept:
            raise UserError(f"--resume: the run keeps its {path}; only training.steps may change")
    for name in ("model", "size", "dataset"):
        if getattr(args, name) not in (None, getattr(kept, name)):
            raise UserError(
                f"--resume: the run's {name} is {getattr(kept, name)}; leave --{name} out"
            )
    return kept if steps is None else change(kept, "training.steps", steps)


def windows_for(args: Namespace, config: configs.Config, run):
    """The windows named on the command line, or those that the run to go on with began with."""
    from datasets.open import windows_at, windows_of
    from system.build import representation

    made_by = representation(config)
    given = [*(args.data_dir or []), *(args.archive or [])]
    if args.windows:
        return windows_at(args.windows, made_by)
    if run and not given:
        known = run.origin.get("windows")
        if known and Path(known).is_dir():
            return windows_at(Path(known), made_by)
        given = [Path(path) for path in run.origin.get("sources", [])]
    return windows_of(config, made_by, given)


def train(args: Namespace, config: configs.Config, windows, folder: Path, run, source) -> None:
    """Builds the system on its devices and trains it; `run` is the one to go on with, or None."""
    from system import logs

    logs.import_keras()
    import keras
    from absl import logging

    from system import fit
    from system.build import build
    from system.devices import check_share, replicas
    from system.listening import watchers
    from system.precision import training_policy

    scope, count = replicas(args.devices)
    check_share(config.training.batch_size, count)
    policy = training_policy(config.training.mixed_precision)
    keras.config.set_dtype_policy(policy)
    with scope:
        system = build(config, windows.statistics)
        if source:
            source.fill(system)
        model = fit.compiled(system, policy)
        if run and run.saved():
            fit.start_from(model, run)
    run = _noted(args, config, windows, folder, run)
    size, plural = system.network.count_params() / 1e6, "s" if count > 1 else ""
    logging.info(
        "%s %s: %.1fM parameters, %d windows, %s, %d device%s; %s",
        *(config.model, config.size, size, len(windows.train), policy, count, plural, run.path),
    )
    finished = fit.train(system, model, windows, run, watchers(system, run, windows))
    step = fit.steps_taken(model)
    if not finished:
        logging.info("stopped and saved at step %d; go on with --resume", step)
    else:
        logging.info(
            "trained %d steps; draw with: python generator.py out --run %s", step, run.path
        )


def _noted(args: Namespace, config: configs.Config, windows, folder: Path, run):
    """The run's folder, with how it came about and how it goes on."""
    from system.run_folder import RunFolder

    command = shlex.join(["python", Path(sys.argv[0]).name, *sys.argv[1:]])
    if run:
        return run.go_on(config, command)
    given = [*(args.data_dir or []), *(args.archive or [])]
    origin = {
        "commands": [command],
        "sources": [str(path.resolve()) for path in given],
        "windows": str(Path(windows.path).resolve()),
        "init_from": str(args.init_from.resolve()) if args.init_from else None,
    }
    return RunFolder.create(folder, config, windows.statistics, origin)


if __name__ == "__main__":
    run_command(main)
