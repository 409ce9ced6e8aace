"""Octuple: notes as events of eight tokens, as many as there are, for absorbing diffusion."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from bars import bar
from errors import UserError
from music import Piece, clock
from music.gap import Gap
from representations import octuple_gaps
from representations.checks import check_choice, check_whole
from representations.octuple_bins import (
    BEATS_A_MINUTE,
    DRUMS,
    EVERYTHING,
    MICROSECONDS,
    TICKS_PER_BEAT,
    VELOCITY_BIN,
    Bins,
    meter_changes,
    tempo_bins,
    tempo_changes,
)
from representations.octuple_reading import (
    BAR,
    INSTRUMENT,
    PADDING,
    PITCH,
    POSITION,
    PROGRAM,
    TEMPO,
    VELOCITY,
    read,
)
from representations.tracks import ARRANGEMENTS, part_names, part_of_notes
from representations.view import View

QUANTILES = 101
CHUNK = 1024


@dataclass(frozen=True)
class Octuple:
    """Windows (length, 8) of events [bar, position, pitch, duration, velocity, program, tempo,
    instrument], in the order of time, instrument and pitch; after the last event rows of -1.

    - bar: counted from the window's first, up to `bars`.
    - position: the meter of the bar and the steps since it began, `steps_per_beat` to the beat.
    - pitch: 128. duration: in steps, coarser beyond four beats, up to 64 beats.
    - velocity: 32 bins of 4. program: 128 of General MIDI, and the drums.
    - tempo: 49 bins from 15 to 240 beats a minute, 12 to the octave.
    - instrument: the part of the arrangement, or with `arrangement="all"` the track, of which the
      last one takes in all beyond `instruments`.

    See representations/octuple_bins.py for the bins, representations/tracks.py for arrangements
    ("melody", "trio", "named"), whose notes are all kept, chords too. A window is as many whole
    bars as there are events for, the next begins `hop` bars later or where it ended, both at a
    bar with a note; one of fewer than `fewest` events is dropped.
    """

    length: int = 1024
    bars: int = 64
    steps_per_beat: int = 12
    arrangement: str = "melody"
    instruments: int = 16
    hop: int | None = None
    fewest: int = 32
    transpose: int = 6
    statistics: Mapping[str, Any] | None = field(default=None, hash=False)

    version: ClassVar[int] = 2
    draws: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_whole("length", self.length, 1, 1 << 20)
        check_whole("bars", self.bars, 1, 4096)
        check_whole("steps_per_beat", self.steps_per_beat, 2, 96)
        if self.steps_per_beat % 2:
            raise UserError(
                f"steps_per_beat: {self.steps_per_beat} is odd; a bar may be in eighths"
            )
        check_choice("arrangement", self.arrangement, (*ARRANGEMENTS, EVERYTHING))
        check_whole("instruments", self.instruments, 1, 256)
        if self.hop is not None:
            check_whole("hop", self.hop, 1, self.bars)
        check_whole("fewest", self.fewest, 1, self.length)
        check_whole("transpose", self.transpose, 0, 127)
        if self.statistics is not None and "vocabularies" not in self.statistics:
            raise UserError("statistics: take those that Octuple.measure returns")

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of one window: (length, 8)."""
        return self.length, 8

    @cached_property
    def bins(self) -> Bins:
        """The tables of positions and durations."""
        return Bins(self.steps_per_beat)

    @property
    def vocabularies(self) -> tuple[int, ...]:
        """How many tokens each of the eight columns has."""
        everything = self.arrangement == EVERYTHING
        parts = self.instruments if everything else len(ARRANGEMENTS[self.arrangement])
        positions, durations = int(self.bins.first[-1]), len(self.bins.durations)
        tempos, velocities = len(BEATS_A_MINUTE), 128 // VELOCITY_BIN
        return self.bars, positions, 128, durations, velocities, DRUMS + 1, tempos, parts

    @property
    def sizes(self) -> dict[str, Any]:
        """What a network for these windows has to know of them."""
        return {"length": self.length, "vocabularies": self.vocabularies, "padded": True}

    def storage_settings(self) -> dict[str, Any]:
        """Everything that shapes stored windows and their statistics; transposition does not."""
        settings = {part.name: getattr(self, part.name) for part in fields(self)}
        del settings["transpose"], settings["statistics"]
        return settings | {"version": self.version}

    def with_statistics(self, statistics: Mapping[str, Any]) -> "Octuple":
        """The same representation, able to transpose by what `measure` found in a corpus."""
        return replace(self, statistics=statistics)

    # -- from pieces to tokens -----------------------------------------------------------------

    def encode(self, piece: Piece) -> np.ndarray:
        """Cuts a piece into windows of events: int16 (windows, length, 8)."""
        events = self.events(piece)
        bar = events[:, BAR]
        ranges, at = [], 0
        while at < len(events):
            stop = int(np.searchsorted(bar, bar[at] + self.bars))
            if stop - at > self.length:
                stop = int(np.searchsorted(bar, bar[at + self.length]))  # the last whole bar
                stop = stop if stop > at else at + self.length
            if stop - at >= self.fewest:
                ranges.append((at, stop))
            following = stop if self.hop is None else int(np.searchsorted(bar, bar[at] + self.hop))
            # What is left of a bar with too many events begins no window.
            at = max(following, int(np.searchsorted(bar, bar[at], side="right")))
        windows = np.full((len(ranges), *self.shape), PADDING, np.int16)
        for window, (first, stop) in zip(windows, ranges, strict=True):
            window[: stop - first] = events[first:stop]
            window[: stop - first, BAR] -= bar[first]
        return windows

    def why_none(self, piece: Piece) -> str:
        """In words, why a piece gives no window."""
        if not len(self.events(piece)):
            parts = ARRANGEMENTS.get(self.arrangement, ())
            return f"no {' and no '.join(part.name.lower() for part in parts) or 'notes'}"
        return f"nowhere {self.fewest} events within {self.bars} bars"

    def events(self, piece: Piece, part: np.ndarray | None = None) -> np.ndarray:
        """All notes of the arrangement, bars counted from the piece's first: int64 (events, 8).

        `part` (notes,) says which part each plays, if it is known. Of notes that would be equal
        but for length and strength the longest is kept.
        """
        if part is None:
            everything = self.arrangement == EVERYTHING
            part = piece.track if everything else part_of_notes(piece, self.arrangement)
        part = np.minimum(part.astype(np.int64), self.vocabularies[INSTRUMENT] - 1)
        chosen = np.flatnonzero(part >= 0)
        onset = clock.rescale(piece.onset[chosen], piece.ticks_per_beat, self.steps_per_beat)
        end = clock.rescale(piece.ends[chosen], piece.ticks_per_beat, self.steps_per_beat)
        duration = self.bins.duration_bins(np.maximum(end - onset, 1))
        program = np.where(piece.is_drum, DRUMS, piece.program)[chosen]
        pitch = piece.pitch[chosen].astype(np.int64)
        what = ((onset * 256 + part[chosen]) * 128 + pitch) * 256 + program
        order = np.argsort(what, kind="stable")
        again = what[order[1:]] == what[order[:-1]]
        if again.any():
            order = np.lexsort((-duration, what))
            order = order[np.append(True, ~again)]
        bar, position = self.bins.positions(piece, onset)
        columns = (
            bar,
            position,
            pitch,
            duration,
            piece.velocity[chosen] // VELOCITY_BIN,
            program,
            tempo_bins(piece, piece.onset[chosen]),
            part[chosen],
        )
        return np.stack(columns, axis=1).astype(np.int64)[order]

    # -- on the way to the network -------------------------------------------------------------

    def measure(self, windows: np.ndarray) -> dict[str, Any]:
        """Statistics of stored windows (n, length, 8), read in chunks, ready for JSON.

        `lengths` are evenly spaced quantiles of the number of events in a window; `pace` the events
        of each instrument in a beat; `extremes` the lowest and the highest pitch but of drums, if
        there is one.
        """
        if not len(windows):
            raise UserError("windows: there are none to measure; give a corpus that has some")
        lengths = np.empty(len(windows), np.int64)
        pitches = np.zeros(128, np.int64)
        each, steps = np.zeros(self.vocabularies[INSTRUMENT], np.int64), 0.0
        for start in bar(range(0, len(windows), CHUNK), "measuring"):
            chunk = np.asarray(windows[start : start + CHUNK])
            there = chunk[..., BAR] >= 0
            lengths[start : start + len(chunk)] = there.sum(axis=1)
            pitched = there & (chunk[..., PROGRAM] != DRUMS)
            pitches += np.bincount(chunk[..., PITCH][pitched], minlength=128)
            each += np.bincount(chunk[..., INSTRUMENT][there], minlength=len(each))
            steps += self._steps(chunk, there)
        used = np.flatnonzero(pitches)
        levels = np.linspace(0, 1, QUANTILES)
        return {
            "vocabularies": list(self.vocabularies),
            "lengths": np.quantile(lengths, levels, method="nearest").tolist(),
            "extremes": [int(used[0]), int(used[-1])] if len(used) else None,
            "pace": [round(count / steps * self.steps_per_beat, 4) for count in each.tolist()],
            "events": int(lengths.sum()),
        }

    def _steps(self, windows: np.ndarray, there: np.ndarray) -> float:
        """How many steps the bars of stored windows last, by the meters of their events."""
        bars = windows[..., BAR].max(axis=1) + 1
        meter, _ = self.bins.meters_of(np.maximum(windows[..., POSITION], 0))
        total = (self.bins.bar_steps[meter] * there).sum(axis=1)
        return float((bars * total / np.maximum(there.sum(axis=1), 1)).sum())

    def scale(self, windows: np.ndarray) -> np.ndarray:
        """Stored tokens as the process gets them: int32, rows with a wrong one made padding."""
        tokens = np.asarray(windows)
        good = ((tokens >= 0) & (tokens < np.array(self.vocabularies))).all(axis=-1)
        return np.where(good[..., None], tokens, PADDING).astype(np.int32)

    def augment(self, windows: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Transposes each of (batch, length, 8), but for drums, by a shift that `uniform`
        (batch, 1) in [0, 1) picks among those that stay between the corpus's extremes."""
        if self.statistics is None:
            raise UserError("statistics: missing; pass those that came with the prepared windows")
        lowest, highest = self.statistics["extremes"] or (0, 127)
        pitched = (windows[..., BAR] >= 0) & (windows[..., PROGRAM] != DRUMS)
        pitch = windows[..., PITCH]
        below = np.where(pitched, pitch - lowest, self.transpose).min(axis=1)
        above = np.where(pitched, highest - pitch, self.transpose).min(axis=1)
        down, up = (np.clip(room, 0, self.transpose) for room in (below, above))
        shift = np.minimum(np.floor(uniform[:, 0] * (down + up + 1)) - down, up)
        moved = windows.copy()
        moved[..., PITCH] += (pitched * shift[:, None]).astype(windows.dtype)
        return moved

    # -- back to music -------------------------------------------------------------------------

    def decode(
        self, array: np.ndarray, velocity: int = 80, program: int = 0, tempo: float = 120
    ) -> Piece:
        """The piece in tokens (events, 8), whatever numbers they are; see octuple_reading.py.

        `velocity`, `program` and `tempo` stand in for tokens that are none.
        """
        found = read(array, self.vocabularies, self.bins)
        tokens, good = found.tokens, found.good
        onset, end = (
            clock.rescale(at, self.steps_per_beat, TICKS_PER_BEAT)
            for at in (found.onset, found.end)
        )
        middle = tokens[:, VELOCITY] * VELOCITY_BIN + VELOCITY_BIN // 2
        sound = np.where(good[:, PROGRAM], tokens[:, PROGRAM], program)
        asked = round(60_000_000 / tempo)
        rates = np.where(good[:, TEMPO], MICROSECONDS[tokens[:, TEMPO]], asked)
        return Piece.from_notes(
            onset,
            end - onset,
            tokens[:, PITCH],
            np.where(good[:, VELOCITY], middle, velocity),
            np.where(sound == DRUMS, 0, sound),
            tokens[:, INSTRUMENT],
            sound == DRUMS,
            ticks_per_beat=TICKS_PER_BEAT,
            tempos=tempo_changes(onset, rates, asked),
            time_signatures=meter_changes(found.meters),
            track_names=self.parts or None,
        )

    def overruled(
        self, piece: Piece, program: int | None = None, tempo: float | None = None
    ) -> Piece:
        """A decoded piece at one tempo throughout, or with its parts on another instrument.

        Drums, and parts that have an instrument of their own as a bass has, keep it.
        """
        changes = {}
        if tempo is not None:
            changes["tempos"] = np.array([[0, round(60_000_000 / tempo)]])
        if program is not None:
            parts = ARRANGEMENTS.get(self.arrangement, ())
            own = [index for index, part in enumerate(parts) if part.program is not None]
            free = ~piece.is_drum & ~np.isin(piece.track, own)
            changes["program"] = np.where(free, program, piece.program)
        return replace(piece, **changes)

    # -- filling in ----------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the tracks that it can write where a piece has none of them."""
        return part_names(self.arrangement)

    def tracks(self, piece: Piece, among: np.ndarray) -> np.ndarray:
        """The tracks of `among` that play a part, with silent ones that have its name."""
        return octuple_gaps.tracks(self, piece, among)

    def view(self, gap: Gap, context: float) -> View:
        """The next window over a gap, `context` of it music before it."""
        return octuple_gaps.view(self, gap, context)

    def read(self, gap: Gap, view: View, array: np.ndarray) -> Gap:
        """The gap that is left when the notes drawn in a window are in it."""
        return octuple_gaps.read(self, gap, view, array)

    def invalid_rate(self, array: np.ndarray) -> float:
        """The share of the events in tokens (events, 8) that `decode` has to mend or leave out.

        They have a token that is none, contradict their bar's meter, or are there already.
        """
        return read(array, self.vocabularies, self.bins).invalid
