"""Grid: bars of sixteenth steps as tokens, one line or three, for absorbing diffusion."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np

from bars import bar
from errors import UserError
from music import Piece, clock
from music.gap import Gap
from representations import grid_gaps
from representations.checks import check_choice, check_number, check_whole
from representations.grid_cut import BEATS, cut
from representations.lines import BITS, FIRST_PITCH, HOLD, OFF, drum_notes, melodic_notes
from representations.meter import check_signatures
from representations.tracks import ARRANGEMENTS, drawable, part_names, part_of_notes
from representations.view import View

ON_CHANGE = ("split", "drop")
TICKS_PER_BEAT = 480
CHUNK = 4096


@dataclass(frozen=True)
class Grid:
    """Windows (steps, lines) of tokens: what each line does at each step of a bar in 4/4.

    A melodic token is 0 for hold (what sounds goes on, or the silence), 1 for note-off and then
    the pitches from `lowest`; the top line of a polyphonic track is taken. A token of the drums
    is a set of nine classes. `arrangement` is "melody" (one line), "trio" (melody, bass and drums
    by rule) or "named" (the tracks MELODY, BRIDGE and PIANO); see representations/tracks.py.

    A piece is cut into sections where its signature changes, and with `strict_tempo` where its
    tempo does; a section of a signature not among `signatures` is left out. Bars are four beats
    whatever the signature: POP909 writes 1/4 where it knows none. With `on_change="drop"` a piece
    of more than one section, or of another signature, is left out whole.

    Windows begin every `hop` bars of a section as long as they are full. A section shorter than a
    window gives one, silent at its end, if it is at least `fullness` of it. A window in which one
    of the lines is silent throughout is dropped.
    """

    bars: int = 64
    steps_per_bar: int = 16
    arrangement: str = "melody"
    lowest: int = 21
    highest: int = 108
    signatures: tuple[str, ...] = ("4/4", "1/4")
    strict_tempo: bool = False
    on_change: str = "split"
    hop: int = 16
    fullness: float = 0.75
    transpose: int = 6
    statistics: Mapping[str, Any] | None = field(default=None, hash=False)

    version: ClassVar[int] = 1
    draws: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_whole("bars", self.bars, 1, 4096)
        check_whole("steps_per_bar", self.steps_per_bar, 4, 192)
        if self.steps_per_bar % BEATS:
            raise UserError(f"steps_per_bar: {self.steps_per_bar} is not a multiple of 4; use 16")
        check_choice("arrangement", self.arrangement, tuple(ARRANGEMENTS))
        check_whole("lowest", self.lowest, 0, 127)
        check_whole("highest", self.highest, self.lowest, 127)
        object.__setattr__(self, "signatures", tuple(self.signatures))
        check_signatures(self.signatures)
        check_choice("on_change", self.on_change, ON_CHANGE)
        check_whole("hop", self.hop, 1, self.bars)
        check_number("fullness", self.fullness, 0, 1)
        check_whole("transpose", self.transpose, 0, 127)
        if self.statistics is not None and "vocabularies" not in self.statistics:
            raise UserError("statistics: take those that Grid.measure returns")

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of one window: (steps, lines)."""
        return self.bars * self.steps_per_bar, len(ARRANGEMENTS[self.arrangement])

    @property
    def vocabularies(self) -> tuple[int, ...]:
        """How many tokens each line has."""
        pitches = FIRST_PITCH + self.highest - self.lowest + 1
        parts = ARRANGEMENTS[self.arrangement]
        return tuple(1 << len(BITS) if part.is_drum else pitches for part in parts)

    @property
    def sizes(self) -> dict[str, Any]:
        """What a network for these windows has to know of them."""
        return {
            "length": self.shape[0],
            "vocabularies": self.vocabularies,
            "bar": self.steps_per_bar,
        }

    def storage_settings(self) -> dict[str, Any]:
        """Everything that shapes stored windows and their statistics; transposition does not."""
        settings = {part.name: getattr(self, part.name) for part in fields(self)}
        del settings["transpose"], settings["statistics"]
        return settings | {"version": self.version, "signatures": list(self.signatures)}

    def with_statistics(self, statistics: Mapping[str, Any]) -> "Grid":
        """The same representation, able to transpose by what `measure` found in a corpus."""
        return replace(self, statistics=statistics)

    def encode(self, piece: Piece) -> np.ndarray:
        """Cuts a piece into windows of tokens: int16 (windows, steps, lines)."""
        return self.extract(piece)[0]

    def why_none(self, piece: Piece) -> str:
        """In words, why a piece gives no window."""
        played = np.unique(part_of_notes(piece, self.arrangement))
        parts = ARRANGEMENTS[self.arrangement]
        silent = [part.name.lower() for i, part in enumerate(parts) if i not in played]
        if silent:
            return f"no {' and no '.join(silent)}"
        bars, meters = math.ceil(self.bars * self.fullness), " or ".join(self.signatures)
        return f"nowhere {bars} bars of {meters} with a note in every line"

    def extract(self, piece: Piece) -> tuple[np.ndarray, dict[str, int]]:
        """The windows of a piece, and how many of its notes they do not hold, and why.

        `notes` is all there were; `other_tracks` those of no line; `other_sections` those outside
        of the windows; `covered` those under a higher one of their line (of the drums, another of
        their class) that are never heard; `out_of_range` those without a token. `late` are heard,
        but only when a higher one has ended.
        """
        return cut(self, piece)

    def measure(self, windows: np.ndarray) -> dict[str, Any]:
        """Statistics of stored windows (n, steps, lines), read in chunks, ready for JSON.

        `counts` is how often each token stands in each line; `extremes` are the lowest and the
        highest pitch token of each line, none of the drums.
        """
        if not len(windows):
            raise UserError("windows: there are none to measure; give a corpus that has some")
        sizes = self.vocabularies
        counts = [np.zeros(size, np.int64) for size in sizes]
        for start in bar(range(0, len(windows), CHUNK), "measuring"):
            tokens = np.asarray(windows[start : start + CHUNK])
            for line, size in enumerate(sizes):
                counts[line] += np.bincount(tokens[..., line].ravel(), minlength=size)
        return {
            "vocabularies": list(sizes),
            "steps_per_bar": int(self.steps_per_bar),
            "counts": [count.tolist() for count in counts],
            "extremes": [self._extremes(line, count) for line, count in enumerate(counts)],
        }

    def scale(self, windows: np.ndarray) -> np.ndarray:
        """Stored tokens as the process gets them: int32, those of no line made HOLD."""
        return self.valid(np.asarray(windows)).astype(np.int32)

    def augment(self, windows: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Transposes each of (batch, steps, lines) by a shift that `uniform` (batch, 1) in [0, 1)
        picks among those that keep every line between its extremes in the corpus."""
        if self.statistics is None:
            raise UserError("statistics: missing; pass those that came with the prepared windows")
        ends = self.statistics["extremes"]
        melodic = [line for line, end in enumerate(ends) if end]
        tokens = windows[..., melodic]
        pitched = tokens >= FIRST_PITCH
        lowest, highest = np.array([ends[line] for line in melodic], np.int64).reshape(-1, 2).T
        below = np.where(pitched, tokens - lowest, self.transpose).min(axis=(1, 2))
        above = np.where(pitched, highest - tokens, self.transpose).min(axis=(1, 2))
        down, up = (np.clip(room, 0, self.transpose) for room in (below, above))
        shift = np.minimum(np.floor(uniform[:, 0] * (down + up + 1)) - down, up)
        moved = windows.copy()
        moved[..., melodic] += (pitched * shift[:, None, None]).astype(windows.dtype)
        return moved

    def decode(
        self, array: np.ndarray, velocity: int = 80, program: int = 0, tempo: float = 120
    ) -> Piece:
        """The piece in tokens (steps, lines), whatever numbers they are.

        A token that its line does not have holds. `program` is that of the lines without one of
        their own; a bass is played by a bass.
        """
        tokens = self.valid(np.asarray(array))
        parts = ARRANGEMENTS[self.arrangement]
        lines = [
            drum_notes(line) if part.is_drum else melodic_notes(line, self.lowest)
            for part, line in zip(parts, tokens.T, strict=True)
        ]
        onset, duration, pitch = (np.concatenate(column) for column in zip(*lines, strict=True))
        track = np.repeat(np.arange(len(parts)), [len(line[0]) for line in lines])
        ticks = BEATS * TICKS_PER_BEAT
        begin = clock.rescale(onset, self.steps_per_bar, ticks)
        end = clock.rescale(onset + duration, self.steps_per_bar, ticks)
        programs = [program if part.program is None else part.program for part in parts]
        return Piece.from_notes(
            begin,
            end - begin,
            pitch,
            velocity,
            np.array(programs)[track],
            track,
            np.array([part.is_drum for part in parts])[track],
            ticks_per_beat=TICKS_PER_BEAT,
            tempos=np.array([[0, round(60_000_000 / tempo)]]),
            track_names=[part.name for part in parts],
        )

    def invalid_rate(self, array: np.ndarray) -> float:
        """The share of tokens (steps, lines) that are none, or end a note where none sounds."""
        array = np.asarray(array)
        tokens = self.valid(array)
        wrong = tokens != array
        for line, part in enumerate(ARRANGEMENTS[self.arrangement]):
            if not part.is_drum:
                event = np.flatnonzero(tokens[:, line] != HOLD)
                ends = tokens[event, line] == OFF
                wrong[event[ends & np.append(True, ends[:-1])[: len(event)]], line] = True
        return float(wrong.mean())

    # -- filling in ----------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the tracks that it can write where a piece has none of them."""
        return part_names(self.arrangement)

    def tracks(self, piece: Piece, among: np.ndarray) -> np.ndarray:
        """The tracks of `among` that are lines, with silent ones that have a line's name."""
        return drawable(piece, self.arrangement, among)

    def view(self, gap: Gap, context: float) -> View:
        """The next window over a gap, `context` of it music before it."""
        return grid_gaps.view(self, gap, context)

    def read(self, gap: Gap, view: View, array: np.ndarray) -> Gap:
        """The gap that is left when the notes drawn in a window are in it."""
        return grid_gaps.read(self, gap, view, array)

    def valid(self, tokens: np.ndarray) -> np.ndarray:
        """Any numbers (..., lines) as tokens of their lines: int64, HOLD where there is none."""
        if tokens.dtype.kind not in "iub":
            with np.errstate(invalid="ignore"):  # some of the numbers may be none
                tokens = np.rint(tokens.astype(np.float64))
        good = (tokens >= 0) & (tokens < np.array(self.vocabularies))
        return np.where(good, tokens, HOLD).astype(np.int64)

    def _extremes(self, line: int, count: np.ndarray) -> list[int] | None:
        if ARRANGEMENTS[self.arrangement][line].is_drum:
            return None
        used = np.flatnonzero(count[FIRST_PITCH:]) + FIRST_PITCH
        return [int(used[0]), int(used[-1])] if len(used) else None
