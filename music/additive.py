"""A plain synthesiser: every note a few sines that die away, every drum a burst of noise."""

import numpy as np

from music.instruments import DRUM_KINDS, KIND_OF_KEY
from music.piece import Piece

ATTACK, RELEASE = 0.005, 0.06  # seconds
HARMONICS = 6
# Programs that a bow, breath or key keeps sounding: organs, strings, voices, winds, leads, pads.
SUSTAINED = np.zeros(128, bool)
SUSTAINED[16:24] = SUSTAINED[40:45] = SUSTAINED[48:55] = SUSTAINED[56:104] = True
# Seconds in which each kind of drum dies away, and over how many samples its noise is smoothed.
DRUMS = dict(zip(DRUM_KINDS, [(0.12, 96), (0.10, 4), (0.16, 40), (0.04, 1), (0.35, 1), (0.08, 6)],
                 strict=True))  # fmt: skip


def play(piece: Piece, sample_rate: int) -> np.ndarray:
    """Samples float32 (frames, 1) of the piece, not normalised, the same at every call."""
    starts = np.rint(piece.seconds_at(piece.onset) * sample_rate).astype(np.int64)
    ends = np.rint(piece.seconds_at(piece.ends) * sample_rate).astype(np.int64)
    lengths = np.maximum(ends - starts, 1) + int(RELEASE * sample_rate)
    lengths[piece.is_drum] = sample_rate
    sound = np.zeros((starts + lengths).max(initial=sample_rate), np.float32)
    loudness = ((piece.velocity / 127.0) ** 1.5).astype(np.float32)
    # One tone serves every note of its pitch: each is the beginning of it, faded out.
    kind = piece.pitch.astype(np.int64) | (SUSTAINED[piece.program] << 7) | (piece.is_drum << 8)
    for group in np.unique(kind):
        rows = np.flatnonzero(kind == group)
        pitch, sustained, is_drum = int(group & 127), bool(group >> 7 & 1), bool(group >> 8)
        frames = int(lengths[rows].max())
        tone = (
            _drum(pitch, sample_rate) if is_drum else _tone(pitch, sustained, frames, sample_rate)
        )
        for row in rows:
            _mix(sound, tone, starts[row], lengths[row], loudness[row], sample_rate)
    return sound[:, None]


def _mix(sound, tone, start, length, loudness, sample_rate) -> None:
    """Adds the first `length` samples of `tone` to `sound` at `start`, released at their end."""
    fade = min(int(RELEASE * sample_rate), length)
    held = length - fade
    sound[start : start + held] += loudness * tone[:held]
    ramp = np.linspace(1, 0, fade, dtype=np.float32)
    sound[start + held : start + length] += loudness * ramp * tone[held:length]


def _tone(pitch: int, sustained: bool, frames: int, sample_rate: int) -> np.ndarray:
    """Sines (frames,) at the pitch and its harmonics, the higher ones dying sooner."""
    seconds = np.arange(frames, dtype=np.float32) / sample_rate
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    # A low string rings longer than a high one.
    decay = 0.15 if sustained else 1.2 * 2 ** ((pitch - 60) / 24)
    tone = np.zeros(frames, np.float32)
    for harmonic in range(1, HARMONICS + 1):
        if harmonic * frequency >= sample_rate / 2:
            break  # it would fold back as a false, lower tone
        # In float64: a phase of thousands of turns has no fraction left in float32.
        turns = np.arange(frames) * (harmonic * frequency / sample_rate) % 1.0
        wave = np.sin(2 * np.pi * turns.astype(np.float32))
        tone += wave * np.exp(-seconds * decay * (1 + 0.6 * (harmonic - 1))) / harmonic**1.5
    attack = min(int(ATTACK * sample_rate), frames)
    tone[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)
    return tone


def _drum(key: int, sample_rate: int) -> np.ndarray:
    """One second (frames,) of the noise that drum `key` makes."""
    decay, smoothing = DRUMS[DRUM_KINDS[KIND_OF_KEY[key]]]
    seconds = np.arange(sample_rate, dtype=np.float32) / sample_rate
    noise = np.random.default_rng(key).standard_normal(sample_rate).astype(np.float32)
    noise = np.convolve(noise, np.ones(smoothing, np.float32) / smoothing**0.5, "same")
    return 0.5 * noise * np.exp(-seconds / decay * 3)
