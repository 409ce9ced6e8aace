"""From the pieces of a corpus to the windows of a split, in this process or by a crew."""

import math
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from bars import bar
from datasets import tally
from datasets.crew import Crew
from datasets.sources import Dropped
from music import Piece


@dataclass(frozen=True)
class Encoder:
    """A representation, and at most how many windows it may take from one piece."""

    representation: Any
    most: int | None = None

    def sample(self) -> np.ndarray:
        """No windows, of the shape and dtype that others have."""
        return self.representation.encode(Piece.from_notes([], [], []))

    def __call__(self, piece: Piece) -> np.ndarray:
        """The windows of a piece; evenly spread ones where there are too many."""
        windows = self.representation.encode(piece)
        if self.most is None or len(windows) <= self.most:
            return windows
        return windows[np.arange(self.most) * len(windows) // self.most]

    def why_none(self, piece: Piece, windows: np.ndarray) -> str | None:
        """In words, why a piece has no window; None where it has."""
        return None if len(windows) else self.representation.why_none(piece)


class SplitFile:
    """The array of one split as it grows on disk, and which of it belongs to which piece."""

    def __init__(self, path: Path, sample: np.ndarray):
        self.sample = sample
        self.entry: dict[str, Any] = {
            "windows": 0,
            "pieces": [],
            "first": [],
            "pieces_without_windows": 0,
            "without": {},  # these, by reason
        }
        self._file = open(path, "wb")  # noqa: SIM115, until `close`
        write_header(self._file, sample, 0)

    def add(self, id: str, windows: np.ndarray, why_none: str | None) -> None:
        """The windows of one piece, or why there is none."""
        if self._count(id, len(windows), why_none):
            self._file.write(np.ascontiguousarray(windows, self.sample.dtype).data)

    def take(self, path: Path, counts: list[tuple[str, int, str | None]]) -> None:
        """The windows that a worker left at `path`, those of each piece after the other's."""
        for counted in counts:
            self._count(*counted)
        with open(path, "rb") as file:
            shutil.copyfileobj(file, self._file, 2**20)
        path.unlink()

    def close(self) -> dict[str, Any]:
        """Completes the file and tells what is in it."""
        finish(self._file, self.sample, self.entry["windows"])
        self._file.close()
        return self.entry

    def _count(self, id: str, windows: int, why_none: str | None) -> bool:
        if not windows:
            self.entry["pieces_without_windows"] += 1
            tally.count(self.entry["without"], why_none or "nothing to encode", id)
            return False
        self.entry["pieces"].append(id)
        self.entry["first"].append(self.entry["windows"])
        self.entry["windows"] += windows
        return True


def write_split(
    path: Path, corpus: Any, encoder: Encoder, sample: np.ndarray, crew: Crew | None
) -> dict[str, Any]:
    """Streams the windows of a split to `path`: by the crew where the corpus comes in parts."""
    file = SplitFile(path, sample)
    if crew and crew.size and hasattr(corpus, "parts"):
        failed = _by_crew(file, corpus.parts(path.stem), encoder, path.parent, crew)
        if failed:
            file.entry["failed"] = failed
    else:
        pieces: Iterable = corpus.pieces(path.stem)
        for id, piece in bar(pieces, f"encoding {path.stem}", "pieces"):
            windows = encoder(piece)
            file.add(id, windows, encoder.why_none(piece, windows))
    return file.close()


def write_header(file: BinaryIO, sample: np.ndarray, windows: int) -> None:
    """The header of an array of so many windows; it is as long for any number of them."""
    # NumPy pads the header so that it keeps its length when the first axis grows.
    header = np.lib.format.header_data_from_array_1_0(sample)
    np.lib.format.write_array_header_1_0(file, header | {"shape": (windows, *sample.shape[1:])})


def finish(file: BinaryIO, sample: np.ndarray, windows: int) -> None:
    """Writes the number of windows into the header, cuts what is past them, syncs."""
    file.seek(0)
    write_header(file, sample, windows)
    file.truncate(file.tell() + windows * sample.dtype.itemsize * math.prod(sample.shape[1:]))
    file.flush()
    os.fsync(file.fileno())


@dataclass(frozen=True)
class _EncodePart:
    """What a worker does with (number, part): writes the windows to a file of that number."""

    encoder: Encoder
    folder: Path
    dtype: np.dtype

    def path(self, number: int) -> Path:
        return self.folder / f"{number}.part"

    def __call__(self, task: tuple[int, Any]) -> list[tuple[str, int, str | None]]:
        number, part = task
        counts = []
        with open(self.path(number), "wb") as file:
            for id, piece in part.pieces():
                windows = self.encoder(piece)
                file.write(np.ascontiguousarray(windows, self.dtype).data)
                counts.append((id, len(windows), self.encoder.why_none(piece, windows)))
        return counts


def _by_crew(
    file: SplitFile, parts: list, encoder: Encoder, folder: Path, crew: Crew
) -> dict[str, Any]:
    """Encodes parts side by side; of a part that fails, each piece is tried by itself."""
    encode = _EncodePart(encoder, folder, file.sample.dtype)
    failed: dict[str, Any] = {}
    with bar(what="encoding", unit="pieces", total=sum(map(len, parts))) as progress:
        again = []
        for (number, part), outcome in crew.map(encode, enumerate(parts)):
            if isinstance(outcome, Dropped):
                again += part.singles()
                continue
            file.take(encode.path(number), outcome)
            progress.update(len(part))
        for (number, _), outcome in crew.map(encode, _numbered(again, len(parts))):
            progress.update()
            if isinstance(outcome, Dropped):
                failed[str(outcome)] = failed.get(str(outcome), 0) + 1
                encode.path(number).unlink(missing_ok=True)
            else:
                file.take(encode.path(number), outcome)
    return failed


def _numbered(parts: list, start: int) -> Iterator[tuple[int, Any]]:
    return enumerate(parts, start)
