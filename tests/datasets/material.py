"""MIDI files made for tests, and folders and archives of them."""

import io
import random
import struct
import tarfile
import zipfile
from pathlib import Path

from music import Piece, midi

DATA = Path(__file__).parents[3] / "shared" / "data"
NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x40"


def song(seed: int, notes: int = 12) -> bytes:
    """A MIDI file that no other seed gives."""
    rng = random.Random(seed)
    pitches = [rng.randrange(30, 90) for _ in range(notes)]
    return midi.to_bytes(Piece.from_notes(range(0, 480 * notes, 480), 240, pitches))


def raw(events: bytes, division: int = 480) -> bytes:
    """A MIDI file of one track with just these events."""
    track = events + b"\x00\xff\x2f\x00"
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, division)
    return header + b"MTrk" + struct.pack(">I", len(track)) + track


def lay(root: Path, files: dict[str, bytes]) -> Path:
    """A folder of these files."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def pack(path: Path, files: dict[str, bytes], method=zipfile.ZIP_DEFLATED) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def roll_up(path: Path, files: dict[str, bytes]) -> Path:
    """A tar of these files, packed as its name says."""
    packing = {".gz": "gz", ".tgz": "gz", ".bz2": "bz2", ".xz": "xz"}.get(path.suffix, "")
    with tarfile.open(path, f"w:{packing}") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
