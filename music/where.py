"""Which part of a piece a user wants drawn anew, in bars, beats, seconds, pitches and tracks."""

from dataclasses import dataclass, replace

import numpy as np

from errors import UserError
from music import clock
from music.gap import Gap
from music.piece import LATEST, Piece

TIMES = ("bars", "beats", "seconds", "first_half")  # what says when, of which all must hold
Range = tuple[float | None, float | None]  # from and to; None where it is open


@dataclass(frozen=True)
class Where:
    """What of a piece is drawn: all of it that meets every condition given.

    Bars, beats and seconds count from 0 and stop short of their end, so that bars (8, 12) are four;
    an end past the piece's own continues it. Pitches include both ends. Tracks go by name, in
    whatever case, or by number; `keep_tracks` are those that are not drawn. The first half is that
    of the bars.
    """

    bars: Range | None = None
    beats: Range | None = None
    seconds: Range | None = None
    pitches: Range | None = None
    tracks: tuple[str, ...] = ()
    first_half: bool = False
    keep_tracks: tuple[str, ...] = ()

    def gap(self, piece: Piece, representation, program: int = 0, velocity: int = 80) -> Gap:
        """The gap in `piece`, of tracks that `representation` draws.

        `program` and `velocity` are for tracks that hold no note to take them from. A track asked
        for by a name that the model plays is added where the piece has none.
        """
        parts = getattr(representation, "parts", ())
        piece = self._with_added(piece, parts)
        start, stop = self.ticks(piece)
        low, high = _ends(self.pitches)
        tracks = representation.tracks(piece, self.track_numbers(piece, parts))
        if not len(tracks):
            asked = f"of the tracks {', '.join(self.tracks)}" if self.tracks else "of its tracks"
            raise UserError(f"{asked} the model draws none; {_tracks_told(piece, parts)}")
        tracks = tuple(int(track) for track in tracks)
        inside = (piece.onset >= start) & (piece.ends <= stop) & np.isin(piece.track, tracks)
        inside &= (piece.pitch >= low) & (piece.pitch <= high)
        return Gap(
            kept=piece.select(~inside),
            old=piece.select(inside),
            new=piece.select(np.zeros(len(piece), bool)),
            start=start,
            stop=stop,
            low=low,
            high=high,
            tracks=tracks,
            instruments={t: _instrument(piece, t, program, velocity) for t in tracks},
        )

    def ticks(self, piece: Piece) -> tuple[int, int]:
        """The first tick that is drawn and the first after it that is not."""
        end = _bar_line(piece, len(piece.bars())) if len(piece) else 0
        last = piece.length_ticks
        found = [(0, end)] if self.bars is self.beats is self.seconds is None else []
        for asked, tick_at in (
            (self.bars, lambda bar: _bar_line(piece, bar)),
            (self.beats, piece.ticks_at_beats),
            (self.seconds, piece.ticks_at),
        ):
            if asked is not None:
                first, stop = asked
                stop = end if stop is None else int(np.rint(tick_at(stop)))
                found.append((int(np.rint(tick_at(first or 0))), stop))
        if self.first_half:
            lines = piece.bars()
            found.append((0, int(lines[len(lines) // 2]) if len(lines) > 1 else last // 2))
        start, stop = max(s for s, _ in found), min(s for _, s in found)
        if start >= stop and all(s < min(e, end + 1) for s, e in found):
            given = [name for name in TIMES if getattr(self, name)]
            raise UserError(
                f"nothing of it is to be drawn: {' and '.join(given)} have no time in common; "
                "what is drawn meets all of them, so leave one out or let them overlap"
            )
        if start >= stop or start > end:
            raise UserError(
                f"nothing of it is to be drawn; it has {len(piece.bars())} bars, "
                f"{piece.beats_at(last):g} beats, {piece.duration_seconds:.1f} seconds"
            )
        if stop > LATEST // 8:
            raise UserError(f"tick {stop} is past what a MIDI file holds; ask for less")
        return start, stop

    def _with_added(self, piece: Piece, parts: tuple[str, ...]) -> Piece:
        """The piece with an empty track for each of those `parts` that is asked for and missing."""
        known = _lower(piece.track_names)
        asked = _lower(self.tracks)
        added = [name for name in parts if name.lower() in asked and name.lower() not in known]
        return replace(piece, track_names=(*piece.track_names, *added)) if added else piece

    def track_numbers(self, piece: Piece, parts: tuple[str, ...] = ()) -> np.ndarray:
        """Indices of the tracks asked for, or of all, without those to keep.

        `parts` are those that the model could write, to be told where a track is not there.
        """
        asked = set(range(len(piece.track_names)))
        if self.tracks:
            asked = _numbers(piece, "--tracks", self.tracks, parts)
        return np.array(sorted(asked - _numbers(piece, "--keep_tracks", self.keep_tracks)), int)


def _numbers(piece: Piece, flag: str, tracks: tuple[str, ...], parts=()) -> set[int]:
    """Indices of tracks that are given by name or number."""
    names = _lower(piece.track_names)
    found: set[int] = set()
    for asked in tracks:
        same = [i for i, name in enumerate(names) if name == asked.strip().lower()]
        if not same and asked.isdigit() and int(asked) < len(names):
            same = [int(asked)]
        if not same:
            raise UserError(f"{flag}: there is no {asked!r}; {_tracks_told(piece, parts)}")
        found.update(same)
    return found


def _lower(names) -> list[str]:
    return [name.strip().lower() for name in names]


def _ends(pitches: Range | None) -> tuple[int, int]:
    low, high = pitches or (None, None)
    return (0 if low is None else int(low)), (127 if high is None else int(high))


def _bar_line(piece: Piece, bar: int) -> int:
    """Tick at which bar `bar`, counted from 0, begins; past the end the last meter goes on."""
    tick, numerator, denominator = piece.time_signatures[-1].tolist()
    length = 4 * piece.ticks_per_beat * numerator // denominator + 1
    end = max(tick, piece.length_ticks) + (bar + 1) * length
    return int(clock.bar_lines(piece.time_signatures, piece.ticks_per_beat, end)[bar])


def _instrument(piece: Piece, track: int, program: int, velocity: int) -> dict:
    """What most notes of a track have in common."""
    rows = piece.track == track
    if not rows.any():
        return {"program": program, "is_drum": False, "velocity": velocity}
    return {
        "program": int(np.bincount(piece.program[rows]).argmax()),
        "is_drum": bool(piece.is_drum[rows].mean() > 0.5),
        "velocity": int(np.median(piece.velocity[rows])),
    }


def _tracks_told(piece: Piece, parts: tuple[str, ...]) -> str:
    names = [name or f"number {i}" for i, name in enumerate(piece.track_names)]
    there = f"it has {', '.join(names)}" if names else "it has no track"
    return f"{there}; the model adds {', '.join(parts)} if --tracks asks for it" if parts else there
