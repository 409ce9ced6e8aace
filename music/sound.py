"""What a piece sounds like, as samples and as WAV files."""

import os
import wave
from pathlib import Path

import numpy as np
from absl import logging

from errors import UserError
from files import replacing
from music import additive, fluid
from music.piece import Piece

PEAK = 0.9
SLOWEST_RATE, FASTEST_RATE = 8_000, 96_000  # what FluidSynth takes
LONGEST_HOURS = 2


def render(
    piece: Piece,
    sample_rate: int = 44_100,
    soundfont: str | os.PathLike | None = None,
    origin: bytes | None = None,
) -> tuple[np.ndarray, str]:
    """Samples float32 (frames, channels) with peaks at 0.9, and a phrase on how they were made.

    FluidSynth plays it through `soundfont`, or through the small one that pretty_midi brings;
    where it is not installed a plain synthesiser does, and the log says so. FluidSynth alone heeds
    the pedals of `origin`, the file of which the piece was made.
    """
    if not SLOWEST_RATE <= sample_rate <= FASTEST_RATE:
        raise ValueError(f"sample_rate is {sample_rate}; it must be in "
                         f"[{SLOWEST_RATE}, {FASTEST_RATE}]")  # fmt: skip
    if piece.duration_seconds > LONGEST_HOURS * 3600:
        raise UserError(
            f"the piece lasts {piece.duration_seconds / 3600:.1f} hours and sound is made of "
            f"{LONGEST_HOURS} at most; select a part of it"
        )
    if soundfont is not None:
        check_soundfont(soundfont)
    samples, how = _play(piece, sample_rate, soundfont, origin)
    peak = max(samples.max(initial=0), -samples.min(initial=0))
    # Without notes what there is is FluidSynth's dither, which must not be made loud.
    samples *= PEAK / peak if len(piece) and peak > 0 else 0
    return samples, how


def write_wav(
    piece: Piece,
    path: str | os.PathLike,
    soundfont: str | os.PathLike | None = None,
    origin: bytes | None = None,
) -> str:
    """Writes the sound of a piece as a 16-bit WAV file, whole or not at all; returns how."""
    sample_rate = 44_100
    samples, how = render(piece, sample_rate, soundfont, origin)
    with replacing(path) as temporary, wave.open(os.fspath(temporary), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return how


def _play(piece: Piece, sample_rate: int, soundfont, origin) -> tuple[np.ndarray, str]:
    font = soundfont or fluid.bundled_soundfont()
    reason = "FluidSynth is not installed" if fluid.program() is None else "no soundfont was found"
    if fluid.program() and font:
        try:
            samples = fluid.play(piece, font, sample_rate, origin)
            return samples, f"FluidSynth with {Path(font).name}"
        except fluid.FluidSynthError as error:
            if soundfont is not None:
                raise UserError(
                    f"{soundfont}: FluidSynth cannot play it ({error}); give another soundfont"
                ) from error
            reason = f"FluidSynth failed ({error})"
    logging.warning("%s, so the sound is made by a plain synthesiser", reason)
    return additive.play(piece, sample_rate), "plain synthesiser"


def check_soundfont(path: str | os.PathLike) -> None:
    """Refuses what is no soundfont."""
    if not os.path.isfile(path):
        raise UserError(
            f"{path}: there is no such soundfont; give the path of an .sf2 or .sf3 file"
        )
    if not fluid.is_soundfont(path):
        raise UserError(f"{path}: not a soundfont; give the path of an .sf2 or .sf3 file")
