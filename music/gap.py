"""A part of a piece that is to be drawn anew, and the notes that come into it.

Every representation fills a gap through three methods of its own, and so any model fills in,
continues and writes long pieces (see system/fill.py, and representations/view.py for a window):

    tracks(piece, among) -> indices      which of the tracks `among` it can draw
    view(gap, context) -> View           its next window over the gap, with `context` of its length
                                         for what goes before
    read(gap, view, array) -> Gap        the gap that is left once a drawn array has been put in

`read` makes its notes with `gap.notes` and puts them in with `gap.filled`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from music.overlaps import cut, keys, without_overlaps
from music.piece import COLUMNS, Piece


@dataclass(frozen=True)
class Gap:
    """A part of a piece to be filled: ticks start..stop - 1, pitches low..high, some tracks.

    A note is drawn anew where it lies wholly inside; one that reaches out of the gap stays whole,
    and so do all others. `new` are the notes drawn so far, from the gap's first beginning to
    `start`; `old` those that stood in it, for whoever wants their number or their places. All
    three have the tracks, tempo and meter of the one piece.
    """

    kept: Piece
    old: Piece
    new: Piece
    start: int
    stop: int
    low: int
    high: int
    tracks: tuple[int, ...]
    instruments: dict[int, dict[str, Any]]  # by track: program, is_drum and velocity of new notes

    @property
    def piece(self) -> Piece:
        """What is there: the notes that were kept and those that are new."""
        return merged(self.kept, self.new)

    @property
    def closed(self) -> bool:
        """Whether nothing is left to draw."""
        return self.start >= self.stop

    @property
    def home(self) -> int:
        """The track that new notes go to unless told: of those drawn the one with most notes."""
        notes = np.concatenate([self.kept.track, self.old.track])
        return max(self.tracks, key=lambda track: int(np.count_nonzero(notes == track)))

    def notes(self, onset, duration, pitch, track=None) -> Piece:
        """New notes (ticks, rounded) as a piece: those that begin in the gap, cut to fit into it.

        None sounds together with a kept note of its track and pitch, which MIDI could not tell
        apart. Program and velocity are those of the track.
        """
        onset, duration = (np.rint(a).astype(np.int64) for a in (onset, duration))
        pitch = np.asarray(pitch, np.int64)
        track = np.full(len(onset), self.home) if track is None else np.asarray(track, np.int64)
        inside = (onset >= self.start) & (onset < self.stop) & np.isin(track, self.tracks)
        inside &= (pitch >= self.low) & (pitch <= self.high)
        duration = np.minimum(np.maximum(duration, 1), self.stop - onset)[inside]
        key = (track[inside] << 7) | pitch[inside]
        onset, duration, key = without_overlaps(onset[inside], duration, key)
        told = [self.instruments[track] for track in (key >> 7).tolist()]
        made = replace(
            self.kept,
            onset=onset,
            duration=duration,
            pitch=key & 127,
            track=key >> 7,
            program=np.array([instrument["program"] for instrument in told], np.int64),
            velocity=np.array([instrument["velocity"] for instrument in told], np.int64),
            is_drum=np.array([instrument["is_drum"] for instrument in told], bool),
        )
        return cut(made, self.kept)

    def filled(self, notes: Piece, until: int, tails: Piece | None = None) -> "Gap":
        """The gap that is left when `notes` fill it up to tick `until`.

        `tails`, made like notes, begin where the gap does and go on from new notes that end there;
        one that finds none is a note of its own.
        """
        new = self.new
        if tails is not None:
            new, tails = _joined(new, tails, self.start)
            notes = merged(notes, tails)
        return replace(self, new=merged(cut(new, notes), notes), start=until)


def merged(piece: Piece, notes: Piece) -> Piece:
    """`piece` with the notes of another of the same tracks and resolution added."""
    columns = {
        name: np.concatenate([getattr(piece, name), getattr(notes, name)]) for name in COLUMNS
    }
    return replace(piece, **columns)


def _joined(new: Piece, tails: Piece, tick: int) -> tuple[Piece, Piece]:
    """Notes that end at `tick` lengthened by their tails, and the tails of none."""
    length = dict(zip(keys(tails).tolist(), tails.duration.tolist(), strict=True))
    reach = np.where(new.ends == tick, [length.get(key, 0) for key in keys(new).tolist()], 0)
    taken = np.isin(keys(tails), keys(new)[reach > 0])
    return replace(new, duration=new.duration + reach), tails.select(~taken)
