"""Which scale a set of pitches lies in."""

import numpy as np

# Pitch classes above the tonic.
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "natural minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def best_scale(pitches, weights=None, scales=SCALES) -> tuple[int, str, float]:
    """Tonic (0..11, C is 0), name and share of the weight of `pitches` (notes,) in its best scale.

    Where scales fit equally well, as a major scale and its relative minor always do, the one
    whose tonic triad weighs most is taken. Without pitches the share is 0.
    """
    heard = np.bincount(np.asarray(pitches, np.int64) % 12, weights, minlength=12).astype(float)
    total = heard.sum()
    if total <= 0:
        return 0, next(iter(scales)), 0.0
    members = np.stack([np.isin(np.arange(12), steps) for steps in scales.values()])
    triads = np.stack(
        [np.isin(np.arange(12), np.asarray(steps)[[0, 2, 4]]) for steps in scales.values()]
    )
    from_tonic = heard[(np.arange(12)[:, None] + np.arange(12)) % 12]  # (tonic, step above it)
    inside = from_tonic @ members.T  # (tonic, scale)
    fits = np.isclose(inside, inside.max(), rtol=1e-9)
    choice = np.where(fits, from_tonic @ triads.T, -1.0)
    tonic, scale = np.unravel_index(np.argmax(choice), choice.shape)
    return int(tonic), list(scales)[scale], float(inside[tonic, scale] / total)
