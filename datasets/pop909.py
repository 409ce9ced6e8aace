"""POP909: 909 Chinese pop songs arranged for piano, with tracks MELODY, BRIDGE and PIANO.

Songs whose number ends in 8 are for validation and those whose number ends in 9 for testing.
Only the arrangement that was chosen for the collection is read (001/001.mid), not the versions
beside it, which would stand in two splits.
"""

import re
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from datasets.builder import PieceBuilder, column, words
from datasets.midi_files import MidiFiles
from datasets.sources import Dropped, Reader, Source, find

SONG = re.compile(r"(?:^|/)(\d{3})/\1\.mid$")
NOTE = re.compile(r"(?:^|/)(\d{3})/(beat_midi|chord_midi|key_audio)\.txt$")
HELD_OUT = {8: "validation", 9: "test"}


class Pop909(MidiFiles):
    """The songs with the beats, chords and keys that were annotated."""

    name = "pop909"

    def wanted(self, name: str) -> bool:
        """Whether it is a song, and not one of its versions."""
        return bool(SONG.search(name))

    def splits_of(self, names: list[str]) -> list[str | None]:
        """The split of each song by its number."""
        return [HELD_OUT.get(int(SONG.search(name)[1]) % 10, "train") for name in names]

    def about(self, id: str) -> dict[str, Any]:
        """Number, beats (seconds, two flags of downbeats), chords and keys with their seconds."""
        beats = self._rows(id, "beat_midi", 3)
        chords, keys = self._rows(id, "chord_midi", 2), self._rows(id, "key_audio", 2)
        return {
            "song": int(SONG.search(id)[1]),
            "beats": _numbers(beats, 3),
            "chord_times": _numbers(chords, 2),
            "chords": [row[2] for row in chords],
            "key_times": _numbers(keys, 2),
            "keys": [row[2] for row in keys],
        }

    def _rows(self, id: str, kind: str, numbers: int) -> list[list[str]]:
        source = self._annotations().get(str(PurePosixPath(id).parent / f"{kind}.txt"))
        if source is None:
            return []
        try:
            with Reader() as reader:
                text = reader.read(source).decode("utf-8", "replace")
        except Dropped:
            return []
        return [
            row for row in (line.split() for line in text.splitlines()) if _is_row(row, numbers)
        ]

    def _annotations(self) -> dict[str, Source]:
        if not hasattr(self, "_found"):
            self._found = {
                prefix + source.id: source
                for root, prefix in zip(self.roots, self._prefixes, strict=True)
                for source in find(root, lambda name: bool(NOTE.search(name)))
            }
        return self._found


class Pop909Builder(PieceBuilder, skip_registration=True):
    """POP909 as shards."""

    name = "pop909"
    FILES = Pop909
    ABOUT = {
        "song": tfds.features.Scalar(np.int32),
        "beats": column(np.float32, None, 3),
        "chord_times": column(np.float32, None, 2),
        "chords": words(),
        "key_times": column(np.float32, None, 2),
        "keys": words(),
    }


def _is_row(row: list[str], numbers: int) -> bool:
    try:
        return len(row) >= 3 and all(np.isfinite(float(value)) for value in row[:numbers])
    except ValueError:
        return False


def _numbers(rows: list[list[str]], count: int) -> np.ndarray:
    return np.array([row[:count] for row in rows], np.float32).reshape(-1, count)
