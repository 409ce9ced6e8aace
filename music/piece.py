"""The note table that every room passes to the next."""

from dataclasses import dataclass, fields, replace

import numpy as np

from music import checks, clock

LATEST = 2**31 - 1  # ticks; MIDI tools count them in 32 bits
COLUMNS = ("onset", "duration", "pitch", "velocity", "program", "track", "is_drum")


@dataclass(frozen=True, eq=False, repr=False)
class Piece:
    """A table of notes, with the tempo and meter needed to place them in time.

    Rows stand in one order (onset, then track, pitch, duration, velocity), so that equal
    music is equal arrays. Arrays are read-only; every method returns a new piece.
    """

    onset: np.ndarray  # int64 (notes,), ticks
    duration: np.ndarray  # int64 (notes,), ticks, at least 1
    pitch: np.ndarray  # uint8 (notes,), 0..127
    velocity: np.ndarray  # uint8 (notes,), 1..127: in MIDI a velocity of 0 ends a note
    program: np.ndarray  # uint8 (notes,), General MIDI 0..127
    track: np.ndarray  # int16 (notes,), index into track_names
    is_drum: np.ndarray  # bool (notes,)
    ticks_per_beat: int = 480  # a beat is a quarter note
    tempos: np.ndarray | None = None  # int64 (changes, 2): tick, microseconds per beat
    time_signatures: np.ndarray | None = None  # int64 (changes, 3): tick, numerator, denominator
    track_names: tuple[str, ...] | None = None

    def __post_init__(self):
        columns = {
            "onset": checks.as_integers("onset", self.onset, np.int64, 0, LATEST),
            "duration": checks.as_integers("duration", self.duration, np.int64, 1, LATEST),
            "pitch": checks.as_integers("pitch", self.pitch, np.uint8, 0, 127),
            "velocity": checks.as_integers("velocity", self.velocity, np.uint8, 1, 127),
            "program": checks.as_integers("program", self.program, np.uint8, 0, 127),
            "track": checks.as_integers("track", self.track, np.int16, 0, 2**15 - 1),
            "is_drum": checks.as_bools("is_drum", self.is_drum),
        }
        notes = columns["onset"].shape
        for name, column in columns.items():
            if column.ndim != 1 or column.shape != notes:
                raise ValueError(
                    f"{name} has shape {column.shape} beside onset's {notes}; "
                    "every column holds one value a note"
                )
        order = _canonical_order(columns)
        if order is not None:
            columns = {name: column[order] for name, column in columns.items()}
        beat = checks.as_integers("ticks_per_beat", self.ticks_per_beat, np.int64, 1, 2**15 - 1)
        rest = {
            "ticks_per_beat": int(beat),
            "tempos": checks.as_tempos(self.tempos),
            "time_signatures": checks.as_time_signatures(self.time_signatures),
            "track_names": checks.as_names(self.track_names, columns["track"]),
        }
        for name, value in (columns | rest).items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def from_notes(
        cls,
        onset,
        duration,
        pitch,
        velocity=80,
        program=0,
        track=0,
        is_drum=False,
        ticks_per_beat=480,
        tempos=None,
        time_signatures=None,
        track_names=None,
    ) -> "Piece":
        """A piece of the given columns, single values standing for every note."""
        given = (onset, duration, pitch, velocity, program, track, is_drum)
        columns = dict(zip(COLUMNS, map(np.asarray, given), strict=True))
        notes = next((c.shape for c in columns.values() if c.ndim), ())
        for name, column in columns.items():
            if column.shape not in ((), notes):
                raise ValueError(f"{name} has shape {column.shape} where others have {notes}")
        shape = notes or (1,)
        return cls(
            **{name: np.broadcast_to(column, shape) for name, column in columns.items()},
            ticks_per_beat=ticks_per_beat,
            tempos=tempos,
            time_signatures=time_signatures,
            track_names=track_names,
        )

    def __len__(self) -> int:
        return len(self.onset)

    def __eq__(self, other) -> bool:
        if not isinstance(other, Piece):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, field.name), getattr(other, field.name))
            if isinstance(getattr(self, field.name), np.ndarray)
            else getattr(self, field.name) == getattr(other, field.name)
            for field in fields(self)
        )

    def __repr__(self) -> str:
        return (
            f"Piece({len(self)} notes, {len(self.track_names)} tracks, "
            f"{self.length_ticks / self.ticks_per_beat:g} beats)"
        )

    def __reduce__(self):
        # Pickle by construction: arrays restored from their bytes alone would be writeable.
        return Piece, tuple(getattr(self, field.name) for field in fields(self))

    @property
    def ends(self) -> np.ndarray:
        """Tick at which each note ends, int64 (notes,)."""
        return self.onset + self.duration

    @property
    def length_ticks(self) -> int:
        """Tick at which the last note ends; 0 without notes."""
        return int(self.ends.max(initial=0))

    @property
    def duration_seconds(self) -> float:
        """Seconds until the last note ends."""
        return float(self.seconds_at(self.length_ticks))

    def seconds_at(self, ticks) -> np.ndarray:
        """Seconds at `ticks` (any shape), float64."""
        return clock.seconds_at(ticks, self.tempos, self.ticks_per_beat)

    def ticks_at(self, seconds) -> np.ndarray:
        """Ticks at `seconds` (any shape), float64 and unrounded."""
        return clock.ticks_at(seconds, self.tempos, self.ticks_per_beat)

    def beats_at(self, ticks) -> np.ndarray:
        """Quarter notes at `ticks` (any shape), float64."""
        return np.asarray(ticks, np.float64) / self.ticks_per_beat

    def ticks_at_beats(self, beats) -> np.ndarray:
        """Ticks at `beats` quarter notes (any shape), float64 and unrounded."""
        return np.asarray(beats, np.float64) * self.ticks_per_beat

    def bars(self) -> np.ndarray:
        """Tick at which each bar begins, int64 (bars,), never empty; a change of meter begins one.

        The tick at which the last note ends closes the last bar and begins none.
        """
        return clock.bar_lines(self.time_signatures, self.ticks_per_beat, self.length_ticks)

    def select(self, keep_mask) -> "Piece":
        """The notes where `keep_mask` (notes,) is true, with every track and change kept."""
        keep = checks.as_bools("keep_mask", keep_mask)
        if keep.shape != self.onset.shape:
            raise ValueError(f"keep_mask has shape {keep.shape} for {len(self)} notes")
        return replace(self, **{name: getattr(self, name)[keep] for name in COLUMNS})

    def between(self, start: int, stop: int) -> "Piece":
        """The notes that begin at ticks `start` to `stop`, as a piece that begins at `start`."""

        def moved(changes: np.ndarray) -> np.ndarray:
            # The tempo and the meter in force at `start` are those of the beginning.
            rest = changes[np.searchsorted(changes[:, 0], start, side="right") - 1 :]
            return _at(np.maximum(rest[:, 0] - start, 0), rest)

        chosen = self.select((self.onset >= start) & (self.onset < stop))
        return replace(
            chosen,
            onset=chosen.onset - start,
            tempos=moved(self.tempos),
            time_signatures=moved(self.time_signatures),
        )

    def transpose(self, semitones: int) -> "Piece":
        """Every note but drums moved by `semitones`; leaving 0..127 is a ValueError."""
        moved = self.pitch.astype(np.int64) + int(semitones) * ~self.is_drum
        return replace(self, pitch=moved)

    def with_resolution(self, ticks_per_beat: int) -> "Piece":
        """The same music at another resolution, onsets and ends rounded to its nearest tick."""

        def rescaled(ticks):
            return clock.rescale(ticks, self.ticks_per_beat, int(ticks_per_beat))

        onset = rescaled(self.onset)
        return replace(
            self,
            onset=onset,
            # A note shorter than half a tick is still a note.
            duration=np.maximum(rescaled(self.ends) - onset, 1),
            tempos=_at(rescaled(self.tempos[:, 0]), self.tempos),
            time_signatures=_at(rescaled(self.time_signatures[:, 0]), self.time_signatures),
            ticks_per_beat=ticks_per_beat,
        )


def _at(ticks: np.ndarray, changes: np.ndarray) -> np.ndarray:
    return np.column_stack([ticks, changes[:, 1:]])


def _canonical_order(columns: dict[str, np.ndarray]) -> np.ndarray | None:
    """The order of the rows that makes equal music equal arrays; None where they have it."""
    onset, duration, pitch, velocity, program, track, is_drum = columns.values()
    if len(onset) < 2:
        return None
    # Two packed keys sort several times faster than seven columns.
    first = (onset << 22) | (track.astype(np.int64) << 7) | pitch
    if (first[1:] > first[:-1]).all():
        return None
    order = np.argsort(first, kind="stable")
    ordered = first[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    if not len(same):
        return order
    second = (duration << 15) | (velocity.astype(np.int64) << 8) | (program << 1) | is_drum
    if (second[order[same]] <= second[order[same + 1]]).all():
        return order
    return np.lexsort((second, first))
