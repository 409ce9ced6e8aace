"""A trained model judged by how it fills gaps in real music."""

from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from absl import logging

from errors import UserError
from metrics.table import Table
from music.gap import Gap
from music.where import Where
from system import fill, generate, load, writing
from system.evaluation import of_folders, reading
from system.evaluation.reading import Found
from system.evaluation.verdict import Verdict


def evaluate(args: Namespace, command: str, out: Path) -> Verdict:
    """Fills --bars of every piece in --input_midi_dir, judges it and writes what was found."""
    source = load.source(args.model, args.run, args.weights)
    system = source.untrained()
    sampling = source.config.sampling
    found = reading.of_folder(args.input_midi_dir, args.most)
    originals, gaps = with_gaps(found, args.bars, system.representation)
    drawer = generate.sampler(system, sampling)
    logging.info("filling %d gaps, untrained and trained", len(gaps))
    untrained, _ = fill.fill(system, sampling, gaps, args.seed, drawer)
    source.fill(system)
    pieces, _ = fill.fill(system, sampling, gaps, args.seed, drawer)
    filled = Found(source.told["weights"], originals.names, pieces, originals.files)
    if args.save_samples:
        about = {"seed": args.seed, "bars": args.bars, **source.told}
        writing.write(pieces, out / "samples", about, names=[Path(n).stem for n in filled.names])
    about = {**source.told, "config": asdict(source.config)}
    filled, originals = (drawn_tracks(found, gaps) for found in (filled, originals))
    before = drawn_tracks(replace(filled, pieces=untrained), gaps)
    return of_folders.judge_pairs(
        args, command, out, filled, originals, about, [], Table.of(before.pieces)
    )


def drawn_tracks(found: Found, gaps: list[Gap]) -> Found:
    """The pieces without the tracks that the model leaves alone, which would count as recovered."""
    pieces = [
        piece.select(np.isin(piece.track, gap.tracks))
        for piece, gap in zip(found.pieces, gaps, strict=True)
    ]
    return replace(found, pieces=pieces)


def with_gaps(found: Found, bars: tuple[int, int], representation) -> tuple[Found, list[Gap]]:
    """The pieces that have those bars and music the model can draw, each with its gap."""
    names, pieces, gaps = [], [], []
    for name, piece in zip(found.names, found.pieces, strict=True):
        try:
            gaps.append(Where(bars=bars).gap(piece, representation))
        except UserError as error:
            logging.warning("left out: %s: %s", name, error)
            continue
        names.append(name)
        pieces.append(piece)
    if len(gaps) < 2:
        raise UserError(
            f"{found.told}: fewer than two of its pieces have bars {bars[0]} to {bars[1] - 1} to "
            "fill; name others with --bars, or another folder"
        )
    return Found(found.told, names, pieces, found.files), gaps
