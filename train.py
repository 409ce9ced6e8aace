"""Trains a system: python train.py [--model notes] [--dataset demo] ...

Without a corpus named it trains on the demo corpus, composed by rule. Everything about the run
goes to runs/<model>_<dataset>/: config.json, checkpoints/, samples/, tensorboard/ and log.csv.
Ctrl-C saves and leaves; --resume goes on from there, exactly.

    python train.py --size tiny --steps 1000                     a first try
    python train.py --dataset folder --data_dir ~/midi           your own music
    python train.py --set process.schedule=cosine                any field of config.py
    tensorboard --logdir runs                                    watch it
"""

import argparse
import os
from pathlib import Path

import config as configs
from errors import UserError, run_command

POLICIES = ("auto", "float32", "mixed_bfloat16", "mixed_float16")


def flags() -> tuple[argparse.Namespace, configs.Config | None]:
    """The command line and the config it asks for (None when --resume takes the run's own)."""
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--model", default="notes", help=f"one of {', '.join(configs.PRESETS)}")
    add("--size", default="base", help="tiny, small or base")
    add("--dataset", default="demo", help=f"one of {', '.join(configs.DATASETS)}")
    add("--data_dir", type=Path, action="append", help="a folder of MIDI; may be repeated")
    add("--archive", type=Path, action="append", help="a zip of MIDI; may be repeated")
    add("--windows", type=Path, help="train from this folder of prepared windows")
    add("--batch_size", help="windows a step, over all devices")
    add("--learning_rate", help="the first learning rate")
    add("--steps", help="when to stop, counted from the run's beginning")
    add("--seed", help="of weights, order and noise")
    add("--set", action="append", default=[], metavar="PART.FIELD=VALUE", help="any field")
    add("--run_dir", type=Path, help="runs/<model>_<dataset> unless given")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    start.add_argument("--init_from", type=Path, help="begin with a run's or a file's weights")
    add("--mixed_precision", nargs="?", const="mixed_bfloat16", choices=POLICIES, help="a policy")
    add("--devices", help='"2", "gpu:0,gpu:1"; every GPU unless given')
    args = parser.parse_args()
    return args, None if args.resume else _asked(args)


def _asked(args: argparse.Namespace) -> configs.Config:
    changes = {}
    for flag, field in (
        ("batch_size", "training.batch_size"),
        ("learning_rate", "training.learning_rate"),
        ("steps", "training.steps"),
        ("mixed_precision", "training.mixed_precision"),
        ("seed", "seed"),
    ):
        if getattr(args, flag) is not None:
            changes[field] = getattr(args, flag)
    for text in args.set:
        field, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set {text}: write part.field=value")
        changes[field.strip()] = value.strip()
    return configs.resolve(args.model, args.size, args.dataset, changes)


def main() -> None:
    """Prepares the windows, builds or restores the run, and trains it."""
    args, config = flags()
    folder = args.run_dir or Path("runs") / f"{args.model}_{args.dataset}"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from absl import logging

    logging.set_verbosity(logging.INFO)
    run = None
    if args.resume:
        from system.run_folder import RunFolder

        run = RunFolder.open(folder)
        config = _continued(args, run.config)
    windows = _windows(args, config)
    if run is None:
        from system.run_folder import RunFolder

        run = RunFolder.create(folder, config, windows.statistics)
    elif windows.statistics != run.statistics:
        raise UserError(f"{folder}: the corpus is not the one this run began with")
    _train(args, config, windows, run)


def _continued(args: argparse.Namespace, kept: configs.Config) -> configs.Config:
    """A run's own config; of what the command line says, only where to stop may differ."""
    if args.set or args.batch_size or args.learning_rate or args.seed:
        raise UserError("--resume: the run keeps its config; only --steps and --devices may change")
    return kept if args.steps is None else configs.change(kept, "training.steps", args.steps)


def _windows(args: argparse.Namespace, config: configs.Config):
    from datasets.open import windows_of
    from datasets.windows import Windows
    from system.build import representation

    if args.windows:
        return Windows.open(args.windows)
    return windows_of(
        config, representation(config), [*(args.data_dir or []), *(args.archive or [])]
    )


def _train(args: argparse.Namespace, config: configs.Config, windows, run) -> None:
    from absl import logging

    import keras
    from system import fit, load
    from system.build import build
    from system.devices import replicas
    from system.listening import watchers
    from system.precision import training_policy

    scope, count = replicas(args.devices)
    policy = training_policy(config.training.mixed_precision)
    keras.config.set_dtype_policy(policy)
    with scope:
        system = build(config, windows.statistics)
        if args.init_from:
            load.initialise(system, args.init_from)
        model = fit.compiled(system, policy, count)
        if args.resume:
            fit.start_from(model, run)
    logging.info(
        "%s %s: %.1fM parameters, %d windows, %s, %d device%s; %s",
        config.model,
        config.size,
        system.network.count_params() / 1e6,
        len(windows.train),
        policy,
        count,
        "s" if count > 1 else "",
        run.path,
    )
    finished = fit.train(system, model, windows, run, watchers(system, run))
    step = int(model.optimizer.iterations)
    if not finished:
        logging.info("stopped and saved at step %d; go on with --resume", step)
    else:
        logging.info(
            "trained %d steps; draw with: python generator.py out --run %s", step, run.path
        )


if __name__ == "__main__":
    run_command(main)
