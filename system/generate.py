"""From a system with trained weights to pieces, and from pieces to files."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from absl import logging

from bars import bar, counted
from config import Sampling
from diffusion.sampling import Sampler
from errors import UserError
from files import replacing
from music import Piece, midi, picture
from system.build import System
from system.precision import sampling_jit, sampling_tile


def sampler(system: System, settings: Sampling) -> Sampler:
    """The compiled reverse process of a system; keep it to draw more than once."""
    try:
        return Sampler(
            system.network,
            system.process,
            system.representation.shape,
            settings.sampler,
            settings.steps,
            settings.batch_size,
            settings.chunk,
            sampling_jit(settings.jit_compile, settings.steps),
            sampling_tile(settings),
            settings.repeats,
        )
    except ValueError as error:
        raise UserError(f"sampling.sampler: {error}") from None


def draw(
    system: System, settings: Sampling, count: int, seed: int, drawer: Sampler | None = None, **how
) -> list[Piece]:
    """`count` pieces; `how` (velocity, program, tempo) goes to the representation's `decode`."""
    drawer = drawer or sampler(system, settings)
    arrays = drawer.sample(count, seed)
    return [system.representation.decode(np.asarray(a), **how) for a in arrays]


def write(
    pieces: list[Piece],
    folder: Path,
    about: dict,
    wav: bool = False,
    soundfont: str | None = None,
    names: Sequence[str] | None = None,
    origins: Sequence[Path | None] | None = None,
) -> None:
    """Writes "sample 1.mid" and so on, "contact sheet.png" and "samples.json" into a folder.

    `names` are used instead of "sample 1" and so on. What the files `origins` hold beside notes,
    as pedals, goes into theirs. Each file appears whole or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = names or [f"sample {number}" for number in range(1, len(pieces) + 1)]
    writing = bar(pieces, "writing", "pieces")
    origins = origins or [None] * len(pieces)
    for name, piece, origin in zip(names, writing, origins, strict=True):
        rest = origin and origin.read_bytes()
        midi.write(piece, folder / f"{name}.mid", rest)
        if wav:
            from music import sound

            sound.write_wav(piece, folder / f"{name}.wav", soundfont=soundfont, origin=rest)
    picture.contact_sheet(pieces, folder / "contact sheet.png")
    with replacing(folder / "samples.json") as temporary:
        Path(temporary).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    logging.info("%s in %s", counted(len(pieces), "piece"), folder)


def settings_with(base: Sampling, **asked) -> Sampling:
    """The model's own sampling settings, changed where the user asked for something else."""
    chosen = {name: value for name, value in asked.items() if value is not None}
    return Sampling(**{**asdict(base), **chosen})
