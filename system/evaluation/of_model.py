"""A trained model judged by what it draws, beside its own network untrained."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

import numpy as np
from absl import logging

import config as configs
from errors import UserError
from fields import change
from metrics.table import Table
from music import Piece
from system import generate, load, writing
from system.build import System
from system.evaluation import bound, columns, curves, of_folders, reading
from system.evaluation.publish import SHOWN, publish
from system.evaluation.reading import Found
from system.evaluation.verdict import Line, Verdict
from system.report.page import Exhibit
from system.run_folder import RunFolder


def evaluate(args: Namespace, command: str, out: Path) -> Verdict:
    """Draws from the model that the flags name, judges it and writes what was found to `out`."""
    source = load.source(args.model, args.run, args.weights)
    config = source.config
    if args.dataset:
        config = change(config, "dataset", args.dataset)
    system = source.untrained()
    windows = _windows(args, config, system)
    reference = _reference(args, config, system, windows)
    training = _decoded(system, windows.train, args.most, f"{config.dataset}:train")
    if len(reference) < 2:
        raise UserError(f"{reference.told}: fewer than two pieces to judge by; give more music")

    drawer = generate.sampler(system, config.sampling)
    logging.info("drawing %d pieces, untrained and trained", args.n)
    untrained = _drawn(system, drawer, args, "untrained")[0]
    source.fill(system)
    samples, invalid = _drawn(system, drawer, args, args.model or str(args.run or args.weights))
    if args.save_samples:
        about = {"seed": args.seed, "n": args.n, **source.told}
        writing.write(samples.pieces, out / "samples", about)
    tables = [Table.of(found.pieces) for found in (samples, reference, training, untrained)]
    judged = columns.judge_set(*tables, args.resamples, args.seed)
    exhibit = Exhibit(
        *(list(zip(f.names[:SHOWN], f.pieces[:SHOWN], strict=True)) for f in (samples, reference)),
        tuple(tables[:2]),
        (samples.names, training.names),
        judged.novelty,
        curves.of_run(args.run) if args.run else {},
    )
    about = {
        "samples": samples.told,
        "reference": reference.told,
        "training": training.told,
        **source.told,
        "config": asdict(config),
    }
    facts = [
        f"{len(samples)} samples of {config.sampling.steps} steps of {config.sampling.sampler}",
        f"{len(reference)} pieces of {reference.told}",
        f"seed {args.seed}",
        f"weights {source.told['weights']}",
        *of_folders.doubtful(samples, reference),
    ]
    extra = [*_validity(samples, invalid, args), *bound.lines(system, windows.held_out, args)]
    title = f"{source.config.model} on {config.dataset}"
    return publish(args, command, out, title, facts, about, judged, extra, exhibit)


def _windows(args: Namespace, config: configs.Config, system: System):
    """The windows named, or those the run was trained on, or those of the corpus."""
    from datasets.open import windows_at, windows_of

    if args.windows:
        return windows_at(args.windows, system.representation)
    sources = [*(args.data_dir or []), *(args.archive or [])]
    if args.run and not args.dataset and not sources:
        origin = RunFolder.open(args.run).origin
        if Path(origin.get("windows") or "/nowhere").is_dir():
            return windows_at(Path(origin["windows"]), system.representation)
        sources = [Path(path) for path in origin.get("sources", [])]
    return windows_of(config, system.representation, sources)


def _reference(args: Namespace, config: configs.Config, system: System, windows) -> Found:
    """Real music as the model would have to draw it: cut into windows and read back."""
    if not args.reference:
        told = f"{config.dataset}:{windows.judging_split}"
        return _decoded(system, windows.held_out, args.most, told)
    sources = [*(args.data_dir or []), *(args.archive or [])]
    found = reading.read(args.reference, config, sources, args.most)
    windows = [system.representation.encode(piece) for piece in found.pieces]
    return _decoded(system, np.concatenate(windows), args.most, found.told)


def _decoded(system: System, windows: np.ndarray, most: int, told: str) -> Found:
    """Windows spread evenly over all there are, as pieces."""
    places = np.unique(np.linspace(0, len(windows) - 1, min(most, len(windows))).astype(int))
    arrays = system.representation.scale(np.asarray(windows[places]))
    pieces = [system.representation.decode(array) for array in arrays]
    names = [f"window {place}" for place in places]
    return Found(told, names, pieces, len(pieces))


def _drawn(system: System, drawer, args: Namespace, told: str) -> tuple[Found, np.ndarray]:
    """Pieces, and for each the share of its array that stands for no music, NaN if never."""
    arrays = np.asarray(drawer.sample(args.n, args.seed))
    rate = getattr(system.representation, "invalid_rate", None)
    invalid = np.array([rate(array) if rate else np.nan for array in arrays])
    pieces: list[Piece] = [system.representation.decode(array) for array in arrays]
    return Found(told, [f"sample {n + 1}" for n in range(args.n)], pieces, args.n), invalid


def _validity(samples: Found, invalid: np.ndarray, args: Namespace) -> list[Line]:
    counted = {"pieces with notes": (np.array([len(p) > 0 for p in samples.pieces]), 1.0)}
    if np.isfinite(invalid).any():
        counted["invalid before decoding"] = (invalid, 0.0)
    return [
        columns.share_line(name, "share", ideal, values, args.resamples, args.seed)
        for name, (values, ideal) in counted.items()
    ]
