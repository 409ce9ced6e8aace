"""How the notes of a set are spread over pitch, length, time and loudness, against a reference.

Each histogram counts the notes of all pieces of a set together. Two figures compare it with the
reference's: the Kullback-Leibler divergence KL(reference || samples) = sum p log(p / q), in nats,
0 where they are alike, and the overlap area sum min(p, q), 1 where they are alike. Which of a
set's features to count follows Yang and Lerch, "On the evaluation of generative models in music"
(2020). Drums take no part except in the last of the histograms.
"""

import numpy as np

from metrics.measure import Measure
from metrics.table import STEPS, Table, per_piece
from music.theory import best_tonics

LONGEST = 16  # sixteenths with a bin of their own; what is longer shares the last
DENSEST = 64  # notes a bar with a bin of their own
PLACES = 32  # sixteenths of a bar with a bin of their own, enough for 8/4
SMOOTHING = 0.5  # notes added to a bin, so that an empty one does not make a divergence infinite


@per_piece
def pitch_classes(table: Table) -> np.ndarray:
    """Notes of each pitch class, C first: (pieces, 12)."""
    return table.pitched.count(table.pitched.pitch % 12, 12)


@per_piece
def degrees(table: Table) -> np.ndarray:
    """Notes by semitones above the tonic of each piece's best scale: (pieces, 12).

    Unlike `pitch_classes` it does not change when a piece is transposed.
    """
    heard = pitch_classes(table)
    turned = (best_tonics(heard)[:, None] + np.arange(12)) % 12
    return np.take_along_axis(heard, turned, axis=1)


@per_piece
def pitches(table: Table) -> np.ndarray:
    """Notes of each MIDI pitch: (pieces, 128)."""
    return table.pitched.count(table.pitched.pitch, 128)


@per_piece
def durations(table: Table) -> np.ndarray:
    """Notes by duration in sixteenths, 0 to 16 and longer: (pieces, 18)."""
    return table.pitched.count(_sixteenths(table.pitched.duration), LONGEST + 2)


@per_piece
def intervals(table: Table) -> np.ndarray:
    """Notes by the sixteenths since the onset before on their track, 0 in chords: (pieces, 18)."""
    gap, piece = onset_intervals(table)
    size = LONGEST + 2
    flat = np.bincount(piece * size + _sixteenths(gap), minlength=table.pieces * size)
    return flat.reshape(-1, size).astype(float)


def onset_intervals(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Beats between onsets that follow one another on a pitched track, and their pieces."""
    order, begins = table.pitched.line
    gap = np.diff(table.pitched.onset[order], prepend=0)
    return gap[~begins], table.pitched.piece[order][~begins]


@per_piece
def velocities(table: Table) -> np.ndarray:
    """Notes by velocity, four values to a bin: (pieces, 32)."""
    return table.pitched.count(table.pitched.velocity // 4, 32)


@per_piece
def places(table: Table) -> np.ndarray:
    """Notes by the sixteenth of the bar in which they begin: (pieces, 32)."""
    return table.pitched.count(np.minimum(table.pitched.step, PLACES - 1), PLACES)


@per_piece
def densities(table: Table) -> np.ndarray:
    """Bars by how many notes begin in them, 0 to 63 and more: (pieces, 65)."""
    notes = np.bincount(table.pitched.bar, minlength=table.first_bar[-1])
    owner = np.repeat(np.arange(table.pieces), np.diff(table.first_bar))
    size = DENSEST + 1
    flat = np.bincount(owner * size + np.minimum(notes, DENSEST), minlength=table.pieces * size)
    return flat.reshape(-1, size).astype(float)


@per_piece
def drum_sounds(table: Table) -> np.ndarray:
    """Strokes of each drum of General MIDI: (pieces, 128)."""
    drums = table.keep(table.is_drum)
    return drums.count(drums.pitch, 128)


def divergence(counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """KL(reference || counts) in nats of histograms (..., bins), each smoothed; 0 when equal."""
    q, p = _shares(counts, SMOOTHING), _shares(reference, SMOOTHING)
    found = np.sum(p * np.log(p / q), axis=-1)
    return np.where(_filled(counts, reference), np.maximum(found, 0.0), np.nan)


def overlap(counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Area that two histograms (..., bins) share once each sums to 1: 0 to 1."""
    q, p = _shares(counts, 0.0), _shares(reference, 0.0)
    return np.where(_filled(counts, reference), np.minimum(p, q).sum(axis=-1), np.nan)


HISTOGRAMS = {
    "pitch class": pitch_classes,
    "degree": degrees,
    "pitch": pitches,
    "duration": durations,
    "inter-onset interval": intervals,
    "velocity": velocities,
    "onset position": places,
    "note density": densities,
    "drum sound": drum_sounds,
}


def measures() -> list[Measure]:
    """A divergence and an overlap for each histogram."""
    found = []
    for name, parts in HISTOGRAMS.items():
        group = "Distributions"
        found.append(Measure(f"{name} KL", group, "nats", 0.0, parts, divergence, low=0.0))
        found.append(Measure(f"{name} overlap", group, "", 1.0, parts, overlap, 0.0, 1.0))
    return found


def _sixteenths(beats: np.ndarray) -> np.ndarray:
    return np.minimum(np.rint(beats * STEPS), LONGEST + 1).astype(int)


def _shares(counts: np.ndarray, extra: float) -> np.ndarray:
    smoothed = np.asarray(counts, float) + extra
    return smoothed / np.maximum(smoothed.sum(axis=-1, keepdims=True), 1e-300)


def _filled(counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return (np.sum(counts, axis=-1) > 0) & (np.sum(reference, axis=-1) > 0)
