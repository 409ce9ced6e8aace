"""Pieces on the page: piano rolls, and players where there is sound to play."""

import base64
import io
import wave
from html import escape

import numpy as np
from absl import logging

from errors import UserError
from music import Piece, fluid, picture, sound

RATE = 16_000
SECONDS = 20
FADE = 0.5


def figure(piece: Piece, name: str, audible: bool, shaded=None) -> str:
    """The roll of a piece with its name, and a player of its first seconds if it can be heard.

    Between the two beats `shaded` it is set off.
    """
    sheet = io.BytesIO()
    picture.contact_sheet([piece], sheet, [""], shaded)
    player = ""
    if audible and (played := wav(piece)):
        player = f'<audio controls preload="none" src="{_inline(played, "audio/wav")}"></audio>'
    return (
        f'<figure><figcaption>{escape(name)}</figcaption><img alt="Piano roll of {escape(name)}" '
        f'src="{_inline(sheet.getvalue(), "image/png")}">{player}</figure>'
    )


def can_play() -> bool:
    """Whether there is more to play with than the plain synthesiser."""
    return fluid.program() is not None and fluid.bundled_soundfont() is not None


def wav(piece: Piece) -> bytes:
    """The first seconds of a piece as a WAV file of one channel, empty where that fails."""
    try:
        early = piece.select(piece.seconds_at(piece.onset) < SECONDS)
        samples, _ = sound.render(early, RATE)
    except UserError as error:
        logging.warning("no player: %s", error)
        return b""
    samples = samples.mean(axis=1)[: RATE * SECONDS]
    fade = min(len(samples), int(RATE * FADE))
    samples[len(samples) - fade :] *= np.linspace(1, 0, fade)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def _inline(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
