"""A part of a piece that is to be drawn anew, and the notes that come into it.

Every representation fills a gap through three methods of its own, and so any model fills in,
continues and writes long pieces (see system/fill.py, and representations/view.py for a window):

    tracks(piece, among) -> indices             which of the tracks `among` it can draw
    view(gap, context) -> View                  its next window over the gap
    read(gap, view, array) -> (Piece, tick)     the new notes in a drawn array, and how far they go

`gap.filled(*read(...))` is the gap that is left, until it is `closed`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from music.piece import COLUMNS, LATEST, Piece


@dataclass(frozen=True)
class Gap:
    """A part of a piece to be filled: ticks start..stop - 1, pitches low..high, some tracks.

    A note is drawn anew where it lies wholly inside; one that reaches out of the gap stays whole,
    and so do all others. `old` holds the notes that stood in the gap, for those who want their
    number or their places.
    """

    kept: Piece
    old: Piece
    start: int
    stop: int
    low: int
    high: int
    tracks: tuple[int, ...]
    instruments: dict[int, dict[str, Any]] | None = None  # by track: program, is_drum, velocity

    def holds(self, piece: Piece) -> np.ndarray:
        """Which notes of `piece` lie wholly in the gap: bool (notes,)."""
        inside = (piece.onset >= self.start) & (piece.ends <= self.stop)
        inside &= (piece.pitch >= self.low) & (piece.pitch <= self.high)
        return inside & np.isin(piece.track, self.tracks)

    @property
    def closed(self) -> bool:
        """Whether nothing is left to draw."""
        return self.start >= self.stop

    @property
    def home(self) -> int:
        """The track that new notes go to: of those that are drawn the one with most notes."""
        counts = np.bincount(self.kept.track, minlength=max(self.tracks) + 1)
        counts = counts + np.bincount(self.old.track, minlength=len(counts))
        return max(self.tracks, key=lambda track: counts[track])

    def notes(self, onset, duration, pitch, track=None) -> Piece:
        """New notes (ticks) as a piece: those that begin in the gap, cut to fit into it.

        None sounds together with a kept note of its track and pitch, which MIDI could not tell
        apart. Program and velocity are those of the track.
        """
        home = self.home
        track = np.full(len(onset), home) if track is None else np.asarray(track)
        onset, pitch = np.asarray(onset, np.int64), np.asarray(pitch, np.int64)
        ends = np.minimum(onset + np.asarray(duration, np.int64), self.stop)
        inside = (onset >= self.start) & (pitch >= self.low) & (pitch <= self.high)
        ends = _free_until(self.kept, onset, ends, pitch, track)
        fits = np.flatnonzero(inside & (ends > onset) & np.isin(track, self.tracks))
        told = {
            name: np.array([self.instruments[t][name] for t in track[fits].tolist()], np.int64)
            for name in ("program", "velocity", "is_drum")
        }
        return replace(
            self.kept,
            onset=onset[fits],
            duration=(ends - onset)[fits],
            pitch=pitch[fits],
            track=track[fits],
            **told,
        )

    def filled(self, notes: Piece, until: int) -> "Gap":
        """The gap that is left when `notes` fill it up to tick `until`."""
        return replace(self, kept=merged(self.kept, notes), start=until)


def merged(piece: Piece, notes: Piece) -> Piece:
    """`piece` with the notes of another of the same tracks and resolution added."""
    columns = {
        name: np.concatenate([getattr(piece, name), getattr(notes, name)]) for name in COLUMNS
    }
    return replace(piece, **columns)


def _free_until(kept: Piece, onset, ends, pitch, track) -> np.ndarray:
    """`ends`, brought forward to where a kept note of the same track and pitch sounds."""
    sounding = (kept.track.astype(np.int64) << 7) | kept.pitch
    wanted = (track.astype(np.int64) << 7) | pitch
    ends = ends.copy()
    for key in np.intersect1d(sounding, wanted):
        rows, others = np.flatnonzero(wanted == key), np.flatnonzero(sounding == key)
        begin = kept.onset[others]
        last = np.maximum.accumulate(kept.ends[others])
        place = np.searchsorted(begin, onset[rows], side="right")
        busy = (place > 0) & (last[np.maximum(place - 1, 0)] > onset[rows])
        following = np.append(begin, LATEST)[place]
        ends[rows] = np.where(busy, onset[rows], np.minimum(ends[rows], following))
    return ends
