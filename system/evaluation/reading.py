"""The pieces to judge, read from folders and zips of MIDI or from a split of a corpus."""

import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import config as configs
from bars import bar
from datasets.sources import SUFFIXES
from errors import UserError
from fields import change, known
from music import Piece, midi

# What zipfile raises: not a zip or a wrong checksum, encrypted, packed in a way it does not know,
# and packed data that are none.
DAMAGED = (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error)


@dataclass(frozen=True)
class Found:
    """Pieces with their names, and of how many files how many could be read and hold notes."""

    told: str  # where they come from
    names: list[str]
    pieces: list[Piece]
    files: int

    def __len__(self) -> int:
        return len(self.pieces)

    def first(self, most: int) -> "Found":
        """The first of them, if there are more than `most`."""
        return Found(self.told, self.names[:most], self.pieces[:most], self.files)


def read(where: str, config: configs.Config, sources: list[Path], most: int) -> Found:
    """The pieces of a folder or zip, or of "corpus:split" with the corpus at `sources`."""
    corpus, colon, split = where.partition(":")
    if colon and corpus in configs.DATASETS and not Path(where).exists():
        return of_corpus(change(config, "dataset", corpus), split, sources, most)
    return of_folder(Path(where), most)


def of_corpus(config: configs.Config, split: str, sources: list[Path], most: int) -> Found:
    """The first `most` pieces of a split of a corpus."""
    from datasets.open import Request, corpus_of, crew_of
    from datasets.windows import SPLITS

    known("split", split, SPLITS)
    request = Request(sources)
    with crew_of(request) as crew:
        pieces = itertools.islice(corpus_of(config, request, crew).pieces(split), most)
        pairs = list(bar(pieces, f"reading {split}", "pieces"))
    told = f"{config.dataset}:{split}"
    if not pairs:
        raise UserError(f"{told}: holds no piece; name another split")
    return Found(told, [name for name, _ in pairs], [piece for _, piece in pairs], len(pairs))


def of_folder(path: Path, most: int) -> Found:
    """Every MIDI file below a folder, in a zip, or below a folder inside a zip, by its name.

    A file that cannot be read or holds no notes counts among the files and gives no piece.
    """
    names, pieces, files = [], [], 0
    contents = _contents(path)
    for name, content in bar(contents, "reading", "files"):
        if len(pieces) == most:
            break
        files += 1
        try:
            piece = midi.read(content)
        except UserError:
            continue  # what is wrong with it shows in the share of valid files
        if len(piece):
            names.append(name)
            pieces.append(piece)
    if not files:
        raise UserError(f"{path}: holds no MIDI file ({', '.join(SUFFIXES)}); name what does")
    return Found(str(path), names, pieces, files)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each MIDI file, "sample 2" before "sample 10"."""
    if path.is_dir():
        found = {p.relative_to(path).as_posix(): p for p in path.rglob("*") if _is_midi(p.name)}
        for name in sorted(found, key=_in_order):
            yield name, found[name].read_bytes()
        return
    archive = next((p for p in (path, *path.parents) if p.is_file()), None)
    if archive is None:
        raise UserError(f"{path}: there is no such folder; name one that holds MIDI files")
    inside = path.relative_to(archive).as_posix()
    inside = "" if inside == "." else f"{inside}/"
    try:
        with zipfile.ZipFile(archive) as file:
            wanted = [n for n in file.namelist() if n.startswith(inside) and _is_midi(n)]
            for name in sorted(wanted, key=_in_order):
                yield name.removeprefix(inside), file.read(name)
    except DAMAGED as error:
        raise UserError(f"{archive}: cannot be read as a zip ({error}); unpack it") from None


def _is_midi(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not Path(name).name.startswith(".")


def _in_order(name: str) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
