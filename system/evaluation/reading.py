"""The pieces to judge, read from folders and archives of MIDI or from a split of a corpus."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import config as configs
from bars import bar
from datasets.sources import SUFFIXES, Dropped, Reader, find, is_midi, is_tar
from errors import UserError
from fields import change, known
from music import Piece, midi


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
    """The pieces of a folder or archive, or of "corpus:split" with the corpus at `sources`."""
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
    """Every MIDI file below a folder, in a zip or tar, or below a folder inside one, by its name.

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
    root = next((p for p in (path, *path.parents) if p.is_file()), path)
    if root == path and not path.exists():
        raise UserError(f"{path}: there is no such folder; name one that holds MIDI files")
    inside = "" if root == path else f"{path.relative_to(root).as_posix()}/"
    with TemporaryDirectory() as scratch, Reader() as reader:
        found = find(root, lambda name: name.startswith(inside) and is_midi(name), Path(scratch))
        for source in sorted(found, key=lambda source: _in_order(source.id)):
            try:
                content = reader.read(source)
            except Dropped as error:
                if root.is_file():
                    kind = "tar" if is_tar(root) else "zip"
                    what = f"cannot be read as a {kind} ({source.id}: {error})"
                    raise UserError(f"{root}: {what}; unpack it") from None
                content = b""  # one that cannot be opened counts as one that is no music
            yield source.id.removeprefix(inside), content


def _in_order(name: str) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
