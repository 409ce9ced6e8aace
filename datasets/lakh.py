"""The Lakh MIDI dataset: `lmd_full`, `lmd_matched` and `clean_midi`, as folder or tar.gz.

`lmd_full` names files by a hash and says nothing of the song, so the content decides the split.
`lmd_matched` holds several files of one song in its folder and `clean_midi` numbers them
("Title.1.mid"); there a hash of the song decides, so that no song stands on both sides.
"""

import hashlib
import re
from pathlib import PurePosixPath
from typing import Any

import tensorflow_datasets as tfds

from datasets.builder import PieceBuilder
from datasets.midi_files import MidiFiles, split_of
from datasets.sources import is_music

MATCHED = re.compile(r"(?:^|/)(TR[A-Z0-9]{16})/[0-9a-f]{32}\.mid$")
FULL = re.compile(r"(?:^|/)[0-9a-f]/([0-9a-f]{32})\.mid$")
COPY = re.compile(r"\.\d+$")
CLEAN = "clean_midi"


class Lakh(MidiFiles):
    """Any of the three collections; exact duplicates are dropped."""

    name = "lakh"

    def wanted(self, name: str) -> bool:
        """Whether it is MIDI; an artist may be called .38 Special."""
        return is_music(name)

    def splits_of(self, names: list[str]) -> list[str | None]:
        """By the song where it is known, and otherwise by the content."""
        return [split_of(_digest(song)) if (song := song_of(name)) else None for name in names]

    def about(self, id: str) -> dict[str, Any]:
        """The Million Song Dataset's track, the artist and the title, where the path tells."""
        track = MATCHED.search(id)
        artist, title = _artist_and_title(id) or ("", "")
        return {"msd_track": track[1] if track else "", "artist": artist, "title": title}


class LakhBuilder(PieceBuilder, skip_registration=True):
    """The Lakh MIDI dataset as shards."""

    name = "lakh"
    FILES = Lakh
    ABOUT = {field: tfds.features.Text() for field in ("msd_track", "artist", "title")}


def song_of(name: str) -> str | None:
    """What tells one song from another, where the path says it."""
    track = MATCHED.search(name)
    if track:
        return track[1]
    found = _artist_and_title(name)
    return "\n".join(found).casefold() if found else None


def _artist_and_title(name: str) -> tuple[str, str] | None:
    path = PurePosixPath(name)
    if FULL.search(name) or MATCHED.search(name) or len(path.parts) < 2:
        return None
    if len(path.parts) > 2 and path.parts[-3] != CLEAN:
        return None
    return path.parent.name, COPY.sub("", path.stem)


def _digest(song: str) -> bytes:
    return hashlib.blake2b(song.encode(errors="replace"), digest_size=16).digest()
