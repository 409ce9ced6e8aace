"""POP909: 909 Chinese pop songs arranged for piano, with tracks MELODY, BRIDGE and PIANO.

Songs whose number ends in 8 are for validation and those whose number ends in 9 for testing.
Only the arrangement that was chosen for the collection is read (001/001.mid), not the versions
beside it, which would stand in two splits. Notes are moved onto the beats (`datasets/beats.py`)
unless `Rules.align` says not to.
"""

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from datasets.beats import IngestOnBeats, table
from datasets.builder import PieceBuilder, column
from datasets.midi_files import MidiFiles
from datasets.sources import Dropped, Reader, Source

SONG = re.compile(r"(?:^|/)(\d{3})/\1\.mid$")
NOTE = re.compile(r"(?:^|/)(\d{3})/(beat_midi|chord_midi|key_audio)\.txt$")
HELD_OUT = {8: "validation", 9: "test"}


class Pop909(MidiFiles):
    """The songs on their beats, with the beats, chords and keys that were annotated."""

    name = "pop909"

    def __init__(self, *given, **named):
        self._notes: dict[str, Source] = {}  # annotations by name, listed with the songs
        self._reader = Reader()
        super().__init__(*given, **named)

    def wanted(self, name: str) -> bool:
        """Whether it is a song, and not one of its versions, or what is noted of one."""
        return bool(SONG.search(name) or NOTE.search(name))

    def splits_of(self, names: list[str]) -> list[str | None]:
        """The split of each song by its number."""
        return [HELD_OUT.get(int(SONG.search(name)[1]) % 10, "train") for name in names]

    def about(self, id: str) -> dict[str, Any]:
        """Number; beats as seconds and two flags of downbeats; chords and keys, a line each, with
        the seconds from which and to which they hold. Seconds are those of the file: in the piece
        add `moved`."""
        beats, _ = table(self._text(id, "beat_midi"), 3)
        chord_times, chords = table(self._text(id, "chord_midi"), 2)
        key_times, keys = table(self._text(id, "key_audio"), 2)
        return {
            "song": int(SONG.search(id)[1]),
            "beats": beats,
            "chord_times": chord_times,
            "chords": "\n".join(chords),
            "key_times": key_times,
            "keys": "\n".join(keys),
        }

    @property
    def ingest(self) -> IngestOnBeats:
        """What makes columns of a song."""
        return IngestOnBeats(self.rules)

    def _find(self, root: Path, scratch: Path | None) -> list[Source]:
        listed = super()._find(root, scratch)
        prefix = self._prefixes[self.roots.index(root)]
        self._notes |= {prefix + s.id: s for s in listed if NOTE.search(s.id)}
        return [
            replace(source, beside=self._note(prefix + source.id, "beat_midi"))
            for source in listed
            if SONG.search(source.id)
        ]

    def _note(self, id: str, kind: str) -> Source | None:
        return self._notes.get(str(PurePosixPath(id).parent / f"{kind}.txt"))

    def _text(self, id: str, kind: str) -> str:
        source = self._note(id, kind)
        try:
            return self._reader.read(source).decode("utf-8", "replace") if source else ""
        except Dropped:
            return ""


class Pop909Builder(PieceBuilder, skip_registration=True):
    """POP909 as shards."""

    name = "pop909"
    FILES = Pop909
    ABOUT = {
        "song": tfds.features.Scalar(np.int32),
        "moved": tfds.features.Scalar(np.float32),
        "beats": column(np.float32, None, 3),
        "chord_times": column(np.float32, None, 2),
        "chords": tfds.features.Text(),
        "key_times": column(np.float32, None, 2),
        "keys": tfds.features.Text(),
    }
