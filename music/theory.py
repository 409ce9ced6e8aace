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
    tonic, scale, share = best_scales(heard[None], scales)
    return int(tonic[0]), list(scales)[scale[0]], float(share[0])


def best_tonics(heard: np.ndarray) -> np.ndarray:
    """Tonic of the best scale of each row of pitch-class weights (pieces, 12): int64 (pieces,)."""
    return best_scales(heard)[0]


def best_scales(heard: np.ndarray, scales=SCALES) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`best_scale` of each row of pitch-class weights (pieces, 12): tonics, scales and shares.

    A scale is its place in `scales`. A row without weight has tonic 0, the first scale, share 0.
    """
    steps = np.arange(12)
    members = np.stack([np.isin(steps, scale) for scale in scales.values()])
    triads = np.stack([np.isin(steps, np.asarray(s)[[0, 2, 4]]) for s in scales.values()])
    from_tonic = heard[:, (steps[:, None] + steps) % 12]  # (pieces, tonic, step above it)
    inside = (from_tonic @ members.T).reshape(len(heard), 12 * len(scales))
    best = inside.max(axis=1, keepdims=True)
    fits = np.isclose(inside, best, rtol=1e-9)
    choice = np.where(fits, (from_tonic @ triads.T).reshape(inside.shape), -1.0).argmax(axis=1)
    total = heard.sum(axis=1)
    found = inside[np.arange(len(heard)), choice]
    empty = total <= 0
    share = np.where(empty, 0.0, found / np.where(empty, 1.0, total))
    choice = np.where(empty, 0, choice)
    return choice // len(scales), choice % len(scales), share
