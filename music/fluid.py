"""Sound by FluidSynth, the program, which plays a MIDI file through a soundfont."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from music import midi
from music.piece import Piece

BUNDLED = "TimGM6mb.sf2"


class FluidSynthError(Exception):
    """FluidSynth ran and gave no sound: says why, in its own words."""


def program() -> str | None:
    """Path of the `fluidsynth` program, if it is installed."""
    return shutil.which("fluidsynth")


def bundled_soundfont() -> Path | None:
    """The small General MIDI soundfont that comes with pretty_midi, if it is there."""
    spec = importlib.util.find_spec("pretty_midi")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / BUNDLED).is_file():
            return Path(folder) / BUNDLED
    return None


def is_soundfont(path: str | os.PathLike) -> bool:
    """Whether the file begins as soundfonts (SF2, SF3 and DLS) do."""
    with open(path, "rb") as file:
        head = file.read(12)
    return head[:4] == b"RIFF" and head[8:] in (b"sfbk", b"DLS ")


def play(
    piece: Piece, soundfont: str | os.PathLike, sample_rate: int, origin: bytes | None = None
) -> np.ndarray:
    """Samples float32 (frames, 2) of the piece and of its last notes dying away, not normalised.

    With the pedals and controllers of `origin`, as in `midi.to_bytes`.
    """
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "piece.mid"), Path(folder, "piece.raw")
        score.write_bytes(midi.to_bytes(piece, origin))
        # Floats, since a loud piece would clip in 16 bits before it could be normalised.
        command = [program(), "-ni", "-q", "-F", sound, "-T", "raw", "-O", "float", "-E", "little"]
        command += ["-r", str(sample_rate), Path(soundfont).resolve(), score]
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, text=True, errors="replace"
        )
        # It reports success even where it could not load the soundfont.
        if done.returncode or not sound.exists() or "Failed to load" in done.stderr:
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise FluidSynthError(said[-1])
        return np.fromfile(sound, "<f4").reshape(-1, 2).astype(np.float32, copy=False)
