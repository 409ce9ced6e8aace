"""The gaps that a command line asks to have filled, found before anything heavy is loaded."""

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from absl import logging

from errors import UserError
from music import Piece, midi
from music.gap import Gap
from music.where import Where

SUFFIXES = (".mid", ".midi")


@dataclass(frozen=True)
class Asked:
    """A piece to be made: its name, its gap, and the file that has the gap, if there is one."""

    name: str
    gap: Gap
    origin: Path | None = None


def asked(args: Namespace, representation) -> list[Asked]:
    """The pieces to be made, for flags that system/fill_flags.py has checked."""
    if args.input_midi_dir is not None:
        return _of_folder(args, representation)
    if args.infill is not None:
        gap = _of_song(args.infill, _where(args), representation)
    else:
        gap = blank(representation, args.bars, args.tempo, args.program)
    name = args.infill.stem if args.infill else "sample"
    return [Asked(f"{name} {number}", gap, args.infill) for number in range(1, args.n + 1)]


def blank(representation, bars: int, tempo: float = 120, program: int = 0) -> Gap:
    """The gap of a piece in 4/4 that is to be written whole."""
    tempos = np.array([[0, round(60_000_000 / tempo)]])
    names = getattr(representation, "parts", ()) or ("",)
    piece = Piece.from_notes([], [], [], tempos=tempos, track_names=names)
    return Where(bars=(0, bars)).gap(piece, representation, program)


def _where(args: Namespace) -> Where:
    return Where(
        bars=args.bars,
        beats=args.beats,
        seconds=args.seconds,
        pitches=args.pitches,
        tracks=args.tracks or (),
        first_half=args.first_half,
        keep_tracks=args.keep_tracks or (),
    )


def _of_song(path: Path, where: Where, representation) -> Gap:
    piece = midi.read(path)
    if not len(piece):
        raise UserError(f"{path}: holds no note; give a song to fill in")
    try:
        gap = where.gap(piece, representation)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    _tell_what_stays(path, piece, where, gap)
    return gap


def _tell_what_stays(path: Path, piece: Piece, where: Where, gap: Gap) -> None:
    """Says which tracks play in the gap and are not drawn, where nobody asked for that."""
    if where.tracks or where.keep_tracks:
        return
    playing = np.unique(piece.track[(piece.onset >= gap.start) & (piece.onset < gap.stop)])
    left = [piece.track_names[t] or f"track {t}" for t in playing if t not in gap.tracks]
    if left:
        drawn = ", ".join(piece.track_names[t] or f"track {t}" for t in gap.tracks)
        stay = "stays" if len(left) == 1 else "stay"
        logging.info("%s: the model draws %s; %s %s", path, drawn, ", ".join(left), stay)


def _of_folder(args: Namespace, representation) -> list[Asked]:
    """Every song of a folder, several times; one that cannot be filled in is named and left out."""
    paths = sorted(p for p in args.input_midi_dir.iterdir() if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise UserError(f"--input_midi_dir {args.input_midi_dir}: holds no {' or '.join(SUFFIXES)}")
    found, faults = [], []
    for path in paths:
        try:
            gap = _of_song(path, _where(args), representation)
        except UserError as error:
            logging.warning("left out: %s", error)
            faults.append(error)
            continue
        numbers = range(1, args.samples_per_midi + 1)
        found += [Asked(f"{path.stem} {number}", gap, path) for number in numbers]
    if not found:
        raise UserError(f"--input_midi_dir {args.input_midi_dir}: no song is left; {faults[0]}")
    return found
