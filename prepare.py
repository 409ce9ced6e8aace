"""Makes a corpus ready to train on: python prepare.py --dataset folder --data_dir ~/midi

Reads every MIDI file, in worker processes, into shards (data/corpora/), encodes them as training
windows (data/windows/), and ends with a table of what was kept and what was dropped and why. The
table as summary.json and a picture of the corpus, corpus.png, lie with the windows. What is there
already is made again only if something changed.

    python prepare.py --dataset folder --archive songs.zip
    python prepare.py --dataset maestro --download
    python prepare.py --dataset lakh --archive lmd_full.tar.gz --max_windows_per_piece 5
    python train.py --dataset folder --archive songs.zip       trains on them
"""

import json
import sys
import time
from argparse import ArgumentTypeError, Namespace
from dataclasses import fields
from pathlib import Path

import config as configs
from errors import Parser, UserError, run_command
from fields import known


def flags() -> Namespace:
    """The command line."""
    parser = Parser(prog="prepare.py", description=__doc__)
    add = parser.add_argument
    add("--dataset", default="folder", help=f"one of {', '.join(configs.DATASETS)} (folder)")
    add("--data_dir", type=Path, action="append", help="a folder of it; may be repeated")
    add("--archive", type=Path, action="append", help="a zip or tar of it; may be repeated")
    add("--download", action="store_true", help="fetch the published archive first")
    add("--variant", help="which archive: lmd_matched, 2.0.0, ... (the first there is)")
    add("--model", help="encode for this preset (notes)")
    add("--representation", help="the same, by the name of its representation")
    add("--set", action="append", default=[], metavar="PART.FIELD=VALUE", help="any field")
    add("--bars", help="bars of a window, for representations that have them")
    add("--max_windows_per_piece", type=_count, help="evenly spread ones (all)")
    add("--strict_tempo", action="store_true", help="drop pieces whose tempo changes")
    add("--no_align", action="store_true", help="leave POP909's notes off their beats")
    add("--limit", type=_count, help="read only so many files")
    add("--num_workers", type=_workers, help="processes (one for each processor; 0: none)")
    add("--beam_runner", help="build the shards with Apache Beam: DirectRunner, DataflowRunner, ..")
    add("--beam_options", default="", help='its own, as in --beam_options="--flink_master=H:1"')
    return parser.parse_args()


def _whole(text: str, least: int) -> int:
    if not text.isdigit() or int(text) < least:
        raise ArgumentTypeError(f"{text!r} is not a whole number from {least} up")
    return int(text)


def _count(text: str) -> int:
    return _whole(text, 1)


def _workers(text: str) -> int:
    return _whole(text, 0)


def config_of(args: Namespace) -> configs.Config:
    """The config whose corpus and representation the command line asks for."""
    changes = {}
    for text in args.set:
        path, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set {text}: write part.field=value")
        changes[path.strip()] = value.strip()
    preset = preset_of(args)
    if args.bars:
        made_by = configs.PRESETS[known("--model", preset, configs.PRESETS)].representation
        if not hasattr(made_by, "bars"):
            raise UserError(
                f"--bars: {made_by.kind} counts no bars; say how long its windows are with "
                f"--set representation.length=N ({made_by.length} unless given)"
            )
        changes["representation.bars"] = args.bars
        if made_by.hop and args.bars.isdecimal():  # windows lie no farther apart than they are long
            changes.setdefault("representation.hop", min(made_by.hop, int(args.bars)))
    return configs.resolve(preset, "base", args.dataset, changes)


def preset_of(args: Namespace) -> str:
    """The preset that is named, or the first with the representation that is."""
    if args.model or not args.representation:
        return args.model or "notes"
    kinds: dict[str, str] = {}
    for name, preset in configs.PRESETS.items():
        kinds.setdefault(preset.representation.kind, name)
    return kinds[known("--representation", args.representation, kinds)]


def main() -> None:
    """Fetches, builds, encodes, counts and tells."""
    args = flags()
    began = time.monotonic()
    config = config_of(args)

    from datasets import portrait_picture
    from datasets.open import crew_of, made
    from datasets.portrait import portrait_of
    from datasets.summary import summary_of, table
    from files import replacing
    from system import build, logs

    logs.start()
    request = request_of(args)
    representation = build.representation(config)
    corpus, windows = made(config, representation, request)
    with crew_of(request) as crew:
        portrait = portrait_of(corpus, ("train", "validation", "test"), crew)
    report = getattr(corpus, "report", None)
    summary = summary_of(report, portrait, windows, time.monotonic() - began)
    summary["config"] = {f.name: getattr(args, f.name) for f in fields(config) if f.name in args}
    portrait_picture.draw(portrait, windows.path / "corpus.png", config.dataset)
    with replacing(windows.path / "summary.json") as path:
        path.write_text(json.dumps(summary | {"portrait": portrait}, indent=1), encoding="utf-8")
    sys.stdout.write(table(summary, f"{config.dataset}: {windows.path}") + "\n")


def request_of(args: Namespace):
    """Where the corpus lies and how to read it; fetched first where that was asked for."""
    from datasets.download import fetch
    from datasets.official import DOWNLOADS, archive_of, downloaded
    from datasets.open import Request
    from datasets.parsing import Rules

    sources = [*(args.data_dir or []), *(args.archive or [])]
    if args.download:
        if sources:
            raise UserError("--download: leave out --data_dir and --archive, or leave it out")
        sources = [fetch(archive_of(args.dataset, args.variant), DOWNLOADS)]
    elif args.variant:
        if sources:
            raise UserError("--variant: leave it out with --data_dir or --archive")
        kept = downloaded(args.dataset, args.variant)
        sources = [kept] if kept else []
    return Request(
        sources=sources,
        rules=Rules(strict_tempo=args.strict_tempo, align=not args.no_align),
        limit=args.limit,
        most=args.max_windows_per_piece,
        workers=args.num_workers,
        beam=beam_settings(args.beam_runner, args.beam_options),
    )


def beam_settings(runner: str | None, options: str) -> dict:
    """What TFDS has to know to build with Beam; nothing where no runner is named."""
    if not runner:
        if options:
            raise UserError("--beam_options: they need --beam_runner, such as DirectRunner")
        return {}
    try:
        import apache_beam  # noqa: F401
    except ImportError:
        raise UserError(
            '--beam_runner: Apache Beam is not installed; pip install ".[beam]"'
        ) from None
    from datasets.beam import settings

    return settings(runner, options)


if __name__ == "__main__":
    run_command(main)
