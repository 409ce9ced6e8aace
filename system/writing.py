"""From pieces to files."""

import json
from collections.abc import Sequence
from pathlib import Path

from absl import logging

from bars import bar, counted
from files import replacing
from music import Piece, midi, picture


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
