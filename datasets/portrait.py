"""What the music of a corpus is like, counted: one pass over its pieces, side by side."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bars import bar
from datasets.crew import Crew
from datasets.sources import Dropped
from files import replacing
from music import Piece

# Bins of each histogram; the last of the open ones holds everything beyond.
BINS = {
    "pitch": 128,
    "velocity": 128,
    "duration": 97,  # twelfths of a beat, up to 8 beats
    "position": 24,  # of onsets, twenty-fourths of a beat
    "polyphony": 33,  # notes that sound as one begins
    "notes": 24,  # of a piece, by powers of two
    "minutes": 31,  # of a piece
}
STARTS = dict(zip(BINS, np.cumsum([0, *BINS.values()])[:-1].tolist(), strict=True))
TOTALS = sum(BINS.values())  # then pieces, notes, milliseconds
FILE = "portrait.json"


def counts_of(piece: Piece) -> np.ndarray:
    """Every histogram of a piece, end to end, and three totals: int64 (TOTALS + 3,)."""
    beat = piece.ticks_per_beat
    seconds = piece.duration_seconds
    values = {
        "pitch": piece.pitch,
        "velocity": piece.velocity,
        "duration": (piece.duration * 24 + beat) // (2 * beat),
        "position": (piece.onset % beat * 48 + beat) // (2 * beat) % 24,
        "polyphony": polyphony(piece),
        "notes": np.array([max(len(piece), 1).bit_length() - 1]),
        "minutes": np.array([int(seconds // 60)]),
    }
    parts = [
        np.bincount(np.minimum(values[name], bins - 1), minlength=bins)
        for name, bins in BINS.items()
    ]
    return np.concatenate([*parts, [1, len(piece), round(seconds * 1000)]])


def polyphony(piece: Piece) -> np.ndarray:
    """How many notes sound as each begins, itself among them: (notes,)."""
    begun = np.searchsorted(piece.onset, piece.onset, "right")
    ended = np.searchsorted(np.sort(piece.ends), piece.onset, "right")
    return begun - ended


class CountPart:
    """What a worker does with some pieces."""

    def __call__(self, part: Any) -> np.ndarray:
        return total(piece for _, piece in part.pieces())


def total(pieces: Iterable[Piece]) -> np.ndarray:
    """The counts of all pieces together."""
    counts = np.zeros(TOTALS + 3, np.int64)
    for piece in pieces:
        counts += counts_of(piece)
    return counts


def portrait_of(corpus: Any, splits: Iterable[str], crew: Crew) -> dict[str, Any]:
    """Histograms and totals of a corpus, ready for JSON; kept beside its shards."""
    path = getattr(corpus, "path", None)
    if path is not None and (path / FILE).is_file():
        return json.loads((path / FILE).read_text(encoding="utf-8"))
    counts = np.zeros(TOTALS + 3, np.int64)
    for split in splits:
        if hasattr(corpus, "parts"):
            parts = corpus.parts(split)
            progress = bar(parts, f"counting {split}", "parts")
            for _, outcome in crew.map(CountPart(), progress):
                if not isinstance(outcome, Dropped):
                    counts += outcome
        else:
            counts += total(piece for _, piece in corpus.pieces(split))
    portrait = as_json(counts)
    if path is not None:
        with replacing(Path(path) / FILE) as temporary:
            temporary.write_text(json.dumps(portrait), encoding="utf-8")
    return portrait


def as_json(counts: np.ndarray) -> dict[str, Any]:
    """The counts with their names."""
    pieces, notes, milliseconds = counts[TOTALS:].tolist()
    return {
        "pieces": pieces,
        "notes": notes,
        "hours": milliseconds / 3_600_000,
        "histograms": {
            name: counts[start : start + BINS[name]].tolist() for name, start in STARTS.items()
        },
    }
