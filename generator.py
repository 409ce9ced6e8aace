"""Draws new pieces from trained weights: python generator.py out_dir --n 8

    python generator.py out_dir --infill song.mid --bars 8:12       draws those bars anew
    python generator.py out_dir --bars 64                           pieces of so many bars

Writes "sample 1.mid" to "sample n.mid" ("song 1.mid" of song.mid), a contact sheet of their piano
rolls and samples.json, which tells how they were made. The weights are those in weights/ unless
--run names a run folder or --weights a file. The same --seed gives the same pieces.
"""

import os
import time
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path

import config as configs
from errors import Parser, UserError, run_command
from fields import change, known
from system import arguments, fill_flags


def flags() -> Namespace:
    """The command line, with what can be told by itself already checked."""
    parser = Parser(prog="generator.py", description=__doc__)
    add = parser.add_argument
    add("out_dir", type=Path, help="folder for the pieces; made if need be")
    add("--n", type=arguments.at_least_one, help="how many pieces (8)")
    add("--model", help=f"one of {', '.join(configs.PRESETS)} (notes)")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--run", type=Path, help="draw from a run folder, as train.py leaves it")
    source.add_argument("--weights", type=Path, help="draw from this weights file (.npz)")
    add("--steps", type=arguments.at_least_one, help="reverse steps; more is slower")
    each = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in configs.SAMPLERS.items())
    add("--sampler", help=f"how to step back ({each})")
    add(
        "--temperature",
        type=arguments.above_nothing,
        help="of models of tokens: below 1 is plainer",
    )
    add(
        "--top_k",
        type=arguments.at_least_one,
        help="of models of tokens: only the likeliest so many",
    )
    add(
        "--top_p",
        type=arguments.share,
        help="of models of tokens: only the likeliest, of this share together",
    )
    add("--seed", type=arguments.not_negative, default=0, help="which pieces (0)")
    add(
        "--batch_size",
        type=arguments.at_least_one,
        help="pieces in flight; rounded up to whole tiles, of 8 on a CPU and 64 on a GPU, in which "
        "the network always computes so that the pieces do not depend on it",
    )
    add("--wav", action="store_true", help="write sound as well")
    add("--soundfont", type=Path, help="the .sf2 that --wav plays with")
    add("--tempo", type=arguments.tempo, help="beats a minute (120)")
    add("--program", type=arguments.program, help="General MIDI 0-127 (0, piano)")
    fill_flags.add(parser)
    args = parser.parse_args()
    if args.model:
        known("--model", args.model, configs.PRESETS)
    if args.soundfont and not args.wav:
        raise UserError("--soundfont: only --wav plays; add it")
    if args.soundfont and not args.soundfont.is_file():
        raise UserError(f"--soundfont {args.soundfont}: there is no such file")
    fill_flags.check(args)
    return args


def main() -> None:
    """Finds the weights, checks what was asked of them, draws and writes."""
    args = flags()
    check_out_dir(args.out_dir)
    began = time.monotonic()
    from absl import logging

    from music import sound
    from system import load, logs
    from system.build import representation
    from system.checks import check_sampling
    from system.gaps import asked

    logs.start()
    if args.soundfont:
        sound.check_soundfont(args.soundfont)
    source = load.source(args.model, args.run, args.weights)
    config = source.config
    for name in ("sampler", "steps", "batch_size"):
        if getattr(args, name) is not None:
            config = change(config, f"sampling.{name}", getattr(args, name))
    for name in ("temperature", "top_k", "top_p"):
        if getattr(args, name) is not None:
            if not hasattr(config.process, name):
                raise UserError(f"--{name}: {config.model} draws no tokens; leave it out")
            config = change(config, f"process.{name}", getattr(args, name))
    check_sampling(config, "--")

    wanted = None
    if fill_flags.wanted(args):
        wanted = asked(args, representation(config, source.statistics))

    logs.import_keras()
    from system import fill, generate, writing

    about = {name: getattr(args, name) for name in ("seed", "n", "tempo", "program")}
    about |= {**fill_flags.told(args), **source.told, "config": asdict(config)}
    system = replace(source, config=config).system()
    logging.info("%s", drawing(config.sampling, args.n, wanted))
    names, origins = None, None
    if wanted is None:
        how = {"tempo": args.tempo, "program": args.program}
        pieces = generate.draw(system, config.sampling, args.n, args.seed, **how)
        if hasattr(system.representation, "overruled"):
            # Tempo and instruments are the model's own, but for what was asked.
            pieces = [system.representation.overruled(p, **args.overruled) for p in pieces]
            about |= {name: args.overruled.get(name) for name in how}
    else:
        gaps, names, origins = zip(*((w.gap, w.name, w.origin) for w in wanted), strict=True)
        pieces, about["seams"] = fill.fill(system, config.sampling, gaps, args.seed)
    writing.write(pieces, args.out_dir, about, args.wav, args.soundfont, names, origins)
    logging.info("done in %.1f s", time.monotonic() - began)


def drawing(sampling: configs.Sampling, count: int, wanted: list | None) -> str:
    """What is about to be done, in a line: where no terminal shows a bar, all that tells it."""
    from bars import counted

    fills = wanted is not None and wanted[0].origin is not None
    number, thing = (len(wanted), "gap") if fills else (count, "piece")
    what = f"{'filling' if thing == 'gap' else 'drawing'} {counted(number, thing)}"
    return f"{what}: {counted(sampling.steps, 'step')} of {sampling.sampler}"


def check_out_dir(path: Path) -> None:
    """Fails now rather than after the music is made."""
    if path.exists() and not path.is_dir():
        raise UserError(f"{path}: is a file; name a folder for the pieces")
    parent = path.absolute()
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise UserError(f"{path}: {parent} is a file; choose another folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise UserError(f"{path}: cannot be written to; choose another folder")


if __name__ == "__main__":
    run_command(main)
