"""Rolls: a piece as windows of frames by pitches, each cell sounding or silent."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bars import bar
from errors import UserError
from music import Piece, clock
from music.gap import Gap
from representations import roll_bits, roll_gaps
from representations.checks import check_choice, check_whole
from representations.view import View

UNITS = ("beats", "seconds")
TICKS_PER_BEAT = 480
LONGEST = 64  # windows; a note that lasts longer was never ended
CHUNK = 64


@dataclass(frozen=True)
class Roll:
    """Windows (frames, pitches, channels) of zeros and ones, from a grid over the whole piece.

    A window lasts `length` beats, of `resolution` frames each, and holds every note but drums
    from `lowest` to `highest`. With `unit="seconds"` both are counted in seconds, through the
    tempo map. One channel tells what sounds; with `onsets` the first tells in which frames notes
    begin and the second where they go on, so that a repeated note does not melt into a long one.

    Windows without notes are dropped. A stored window has its frames' bits packed eight to a byte,
    pitch by pitch and channel by channel, and with `random_start` nearly as many frames again
    after it, so that `augment` may begin it at any of its beats.
    """

    length: int = 16
    resolution: int = 24
    lowest: int = 21
    highest: int = 108
    unit: str = "beats"
    onsets: bool = False
    random_start: bool = True
    transpose: int = 6
    statistics: Mapping[str, Any] | None = field(default=None, hash=False)

    version: ClassVar[int] = 1
    draws: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_whole("length", self.length, 1, 4096)
        check_whole("resolution", self.resolution, 1, 480)
        check_whole("lowest", self.lowest, 0, 127)
        check_whole("highest", self.highest, self.lowest, 127)
        check_whole("transpose", self.transpose, 0, 127)
        check_choice("unit", self.unit, UNITS)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one window: (frames, pitches, channels)."""
        channels = 2 if self.onsets else 1
        return self.length * self.resolution, self.highest - self.lowest + 1, channels

    @property
    def stored_shape(self) -> tuple[int, int]:
        """Shape of one stored window: (frames with those after it, bytes)."""
        frames, pitches, channels = self.shape
        after = frames - self.resolution if self.random_start else 0
        return frames + after, -(-pitches * channels // 8)

    @property
    def sizes(self) -> dict[str, int]:
        """What a network for these windows has to know of them."""
        return dict(zip(("frames", "pitches", "channels"), self.shape, strict=True))

    def storage_settings(self) -> dict[str, Any]:
        """Everything that shapes stored windows and their statistics; transposition does not."""
        return {
            "version": self.version,
            "length": self.length,
            "resolution": self.resolution,
            "lowest": self.lowest,
            "highest": self.highest,
            "unit": self.unit,
            "onsets": self.onsets,
            "random_start": self.random_start,
        }

    def with_statistics(self, statistics: Mapping[str, Any]) -> "Roll":
        """The same representation, knowing what `measure` found in a corpus."""
        return replace(self, statistics=statistics)

    # -- from pieces to arrays -----------------------------------------------------------------

    def encode(self, piece: Piece) -> np.ndarray:
        """Cuts a piece into stored windows, uint8 (windows, *stored_shape), without empty ones."""
        frames = self.shape[0]
        start, end, pitch = self._notes(piece)
        first, last = start // frames, (end - 1) // frames
        windows = np.unique(_ranges(first, last + 1)[1]) if len(start) else np.zeros(0, np.int64)
        packed = np.empty((len(windows), *self.stored_shape), np.uint8)
        # Notes stand by onset; the longest one says how far back a window has to look.
        longest = (end - start).max(initial=0)
        stored, width = self.stored_shape
        for at, run in _runs(windows):
            begin, length = run[0] * frames, (len(run) - 1) * frames + stored
            low, high = np.searchsorted(start, (begin - longest, begin + length))
            near = low + np.flatnonzero(end[low:high] > begin)
            bits = roll_bits.painted(
                start[near] - begin,
                end[near] - begin,
                pitch[near],
                length,
                (width, self.shape[2]),
                self.onsets,
            )
            cut = sliding_window_view(bits, stored, axis=0)[::frames]
            packed[at : at + len(run)] = cut.transpose(0, 2, 1)
        return packed

    def why_none(self, piece: Piece) -> str:
        """In words, why a piece gives no window."""
        if piece.is_drum.all():
            return "nothing but drums"
        return f"no note that ends with a pitch from {self.lowest} to {self.highest}"

    def roll(self, piece: Piece, start: float = 0.0, length: float | None = None) -> np.ndarray:
        """What sounds from `start` on, in beats (or seconds): float32 (frames, pitches, channels).

        It lasts a window, or `length` beats; after the end of the piece it is empty.
        """
        frames = self.shape[0] if length is None else round(length * self.resolution)
        first = np.array([round(start * self.resolution)])
        return self._paint(*self._notes(piece), first, frames)[0].astype(np.float32)

    def mask(self, where: Callable, start: float = 0.0, length: float | None = None) -> np.ndarray:
        """What is to be kept, 1, and what is to be drawn, 0, in the roll that `roll` gives.

        `where(times, pitches)` says which cells are to be drawn: times (frames, 1) are the
        beginnings of the frames in beats (or seconds) of the piece, pitches (1, pitches) MIDI
        numbers; it returns what broadcasts to (frames, pitches), true or false.
        """
        frames = self.shape[0] if length is None else round(length * self.resolution)
        times = (round(start * self.resolution) + np.arange(frames)) / self.resolution
        pitches = np.arange(self.lowest, self.highest + 1)
        drawn = np.broadcast_to(where(times[:, None], pitches[None]), (frames, len(pitches)))
        return np.repeat(~drawn[..., None], self.shape[2], axis=2).astype(np.float32)

    # -- filling in ----------------------------------------------------------------------------

    def tracks(self, piece: Piece, among: np.ndarray) -> np.ndarray:
        """All of the tracks `among` but drums."""
        return np.setdiff1d(among, piece.track[piece.is_drum])

    def view(self, gap: Gap, context: float) -> View:
        """The next window over a gap, `context` of it music before it."""
        return roll_gaps.view(self, gap, context)

    def read(self, gap: Gap, view: View, array: np.ndarray) -> Gap:
        """The gap that is left when the notes drawn in a window are in it."""
        return roll_gaps.read(self, gap, view, array)

    def _notes(self, piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """First frame, frame after the last, and row of every note of the roll, by onset."""
        chosen = ~piece.is_drum & (piece.pitch >= self.lowest) & (piece.pitch <= self.highest)
        onset, ends = piece.onset[chosen], piece.ends[chosen]
        if self.unit == "beats":
            start, end = (
                clock.rescale(t, piece.ticks_per_beat, self.resolution) for t in (onset, ends)
            )
        else:
            start, end = (
                np.floor(piece.seconds_at(t) * self.resolution + 0.5).astype(np.int64)
                for t in (onset, ends)
            )
        end = np.maximum(end, start + 1)
        ended = end - start <= LONGEST * self.shape[0]
        row = piece.pitch[chosen].astype(np.int64) - self.lowest
        return start[ended], end[ended], row[ended]

    def _paint(self, start, end, row, firsts: np.ndarray, frames: int) -> np.ndarray:
        """The notes of a few windows that begin at rising `firsts`: bool (windows, frames, ...)."""
        low = np.searchsorted(firsts, start - frames, side="right")
        high = np.searchsorted(firsts, end, side="left")
        note, window = _ranges(low, high)
        begins = start[note] - firsts[window]
        ends = np.minimum(end[note] - firsts[window], frames)
        shape = (len(firsts), frames + 1, self.shape[1])
        change = np.zeros(shape, np.int32)
        np.add.at(change, (window, np.maximum(begins, 0), row[note]), 1)
        np.add.at(change, (window, ends, row[note]), -1)
        sounds = np.cumsum(change, axis=1, out=change)[:, :-1] > 0
        if not self.onsets:
            return sounds[..., None]
        struck = np.zeros_like(sounds)
        inside = begins >= 0
        struck[window[inside], begins[inside], row[note][inside]] = True
        return np.stack([struck, sounds & ~struck], axis=-1)

    # -- on the way to the network -------------------------------------------------------------

    def measure(self, windows: np.ndarray) -> dict[str, Any]:
        """Statistics of stored windows, ready for JSON: the share of ones in each channel."""
        if not len(windows):
            raise UserError("windows: there are none to measure; give a corpus that has some")
        frames, pitches, channels = self.shape
        heard = np.zeros((pitches, channels), np.int64)
        for at in bar(range(0, len(windows), CHUNK), "measuring"):
            heard += self._unpacked(windows[at : at + CHUNK, :frames]).sum((0, 1), dtype=np.int64)
        rows = np.flatnonzero(heard.sum(1))
        return {
            "density": (heard.sum(0) / (len(windows) * frames * pitches)).tolist(),
            "lowest_pitch": int(self.lowest + rows[0]),
            "highest_pitch": int(self.lowest + rows[-1]),
            "windows": len(windows),
        }

    def scale(self, windows: np.ndarray) -> np.ndarray:
        """Stored windows, or what `augment` made of them, as float32 (..., *shape)."""
        return self._unpacked(windows[..., : self.shape[0], :]).astype(np.float32)

    def augment(self, windows: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Starts and transposes each stored window as `uniform` (batch, 2) in [0, 1) says.

        It begins at one of its beats, up to the one from which it reaches the last note, so that
        the end of a piece is no oftener in sight than without; and at the first where nothing
        would be left. It moves by one of the shifts that keep all its notes in the roll. Packed:
        (batch, frames, bytes).
        """
        frames = self.shape[0]
        heard = windows.any(axis=2)
        after = heard.shape[1] - heard[:, ::-1].argmax(axis=1) - frames
        starts = np.maximum(-(-after // self.resolution), 0) + 1
        begin = np.floor(uniform[:, 0] * starts).astype(np.int64) * self.resolution
        moved = windows[np.arange(len(windows))[:, None], begin[:, None] + np.arange(frames)]
        empty = ~moved.any(axis=(1, 2))
        moved[empty] = windows[empty, :frames]
        used = self._unpacked(np.bitwise_or.reduce(moved, axis=1)).any(axis=2)
        down = np.minimum(used.argmax(axis=1), self.transpose)
        up = np.minimum(used[:, ::-1].argmax(axis=1), self.transpose)
        shift = np.minimum(np.floor(uniform[:, 1] * (down + up + 1)).astype(np.int64) - down, up)
        rolls = self._unpacked(moved)
        for roll, by in zip(rolls, shift, strict=True):
            roll[:] = np.roll(roll, by, axis=1)
        return _packed(rolls)

    def _unpacked(self, packed: np.ndarray) -> np.ndarray:
        """Bits (..., bytes) as uint8 (..., pitches, channels)."""
        _, pitches, channels = self.shape
        bits = np.unpackbits(np.asarray(packed), axis=-1, count=pitches * channels)
        return bits.reshape(*packed.shape[:-1], pitches, channels)

    # -- back to music -------------------------------------------------------------------------

    def decode(
        self, array: np.ndarray, velocity: int = 80, program: int = 0, tempo: float = 120
    ) -> Piece:
        """The piece in an array (frames, pitches, channels), whatever numbers it holds.

        A cell above one half sounds, and what sounds in frame after frame is one note. With
        `onsets` a new one begins wherever the first channel says. Encoding it gives back the same
        cells, except that a note which goes on without having begun then begins.
        """
        start, end, row = self.notes_in(array)
        beat, start, end = self._ticks(start, end, tempo)
        return Piece.from_notes(
            start,
            np.maximum(end - start, 1),
            row + self.lowest,
            velocity=velocity,
            program=program,
            ticks_per_beat=beat,
            tempos=np.array([[0, round(60_000_000 / tempo)]]),
        )

    def notes_in(self, array: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """First frame, frame after the last, and row of every note in an array, row by row."""
        cells = np.asarray(array) > 0.5
        sounds = cells.any(axis=2).T  # by pitch, then frame
        edge = np.zeros((len(sounds), 1), bool)
        before = np.concatenate([edge, sounds], axis=1)[:, : sounds.shape[1]]
        begins = sounds & ~before
        if self.onsets:
            begins |= cells[..., 0].T
        after = np.concatenate([(~sounds | begins)[:, 1:], ~edge], axis=1)[:, : sounds.shape[1]]
        row, start = np.nonzero(begins)
        end = np.nonzero(sounds & after)[1] + 1
        return start, end, row

    def _ticks(self, start, end, tempo: float) -> tuple[int, np.ndarray, np.ndarray]:
        """Ticks a beat, and the ticks of frames; frames of beats fall on ticks exactly."""
        if self.unit == "beats":
            a_frame = math.ceil(TICKS_PER_BEAT / self.resolution)
            return a_frame * self.resolution, start * a_frame, end * a_frame
        a_second = TICKS_PER_BEAT * 1e6 / round(60_000_000 / tempo)
        return TICKS_PER_BEAT, *(
            np.rint(frame / self.resolution * a_second).astype(np.int64) for frame in (start, end)
        )


def _runs(windows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(place, numbers) of windows that lie end to end, up to `CHUNK` at once."""
    apart = np.flatnonzero(np.diff(windows) > 1) + 1
    for whole in np.split(np.arange(len(windows)), apart) if len(windows) else ():
        for at in range(0, len(whole), CHUNK):
            run = whole[at : at + CHUNK]
            yield int(run[0]), windows[run]


def _ranges(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(index i, value) for every whole number low[i] <= value < high[i], in this order."""
    count = np.maximum(high - low, 0)
    index = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)
    return index, low[index] + within


def _packed(rolls: np.ndarray) -> np.ndarray:
    """Rolls (..., pitches, channels) as bits, eight to a byte: uint8 (..., bytes)."""
    return np.packbits(rolls.reshape(*rolls.shape[:-2], -1), axis=-1)
