"""Notes: a piece as windows of (pitch, duration, delta), the table of a Gaussian diffusion."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from bars import bar
from errors import UserError
from music import Piece
from music.gap import Gap
from music.overlaps import without_overlaps
from representations import note_gaps
from representations.checks import check_choice, check_number, check_whole
from representations.view import View

PITCHES = ("frequency", "log_frequency", "midi")
ON_LONG = ("split", "drop")
TICKS_PER_BEAT = 480
PITCH, DURATION, DELTA = range(3)
CHUNK = 4096


@dataclass(frozen=True)
class Notes:
    """Windows of consecutive notes of the main piano track, one row a note.

    Stored windows hold musical units: the MIDI pitch number, the duration and the delta in beats
    of the file's own resolution. The delta is the time since the previous note's onset, 0 within
    a chord, whose notes run from low to high. Each window a network sees stands by itself: its
    first delta is 0. A stored one keeps it where it goes on from the window before, so that
    training may begin a window at any note (`random_start`).

    A network sees them scaled to [0, 1]. Duration and delta are divided by their maxima in the
    corpus. With `lowest` and `highest` the extreme pitches of the corpus, pitch becomes:

    - frequency: its frequency in Hz, divided by that of `highest`;
    - log_frequency: its octaves above `lowest`, divided by those of `highest`, so 0 to 1;
    - midi: its MIDI number divided by `highest`, so that 0 stays the MIDI number 0.

    A rest of more than `max_delta` beats ends a segment, and so does a note of more than
    `max_duration`, which is left out; what is left of a segment after its last full window is
    dropped. With `on_long="drop"` one such rest or note costs the whole piece, as in the
    published Diffusion-Music-Composer.
    """

    length: int = 128
    pitch: str = "frequency"
    max_duration: float = 8.0
    max_delta: float = 8.0
    on_long: str = "split"
    transpose: int = 6
    random_start: bool = True
    statistics: Mapping[str, Any] | None = field(default=None, hash=False)

    version: ClassVar[int] = 4
    draws: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_whole("length", self.length, 1, 1 << 20)
        check_number("max_duration", self.max_duration, 1 / TICKS_PER_BEAT, 1024)
        check_number("max_delta", self.max_delta, 1 / TICKS_PER_BEAT, 1024)
        check_whole("transpose", self.transpose, 0, 127)
        check_choice("pitch", self.pitch, PITCHES)
        check_choice("on_long", self.on_long, ON_LONG)
        if self.statistics is not None:
            _check_statistics(self.statistics, self.pitch)

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of one window: (length, 3)."""
        return self.length, 3

    @property
    def sizes(self) -> dict[str, int]:
        """What a network for these windows has to know of them."""
        return {"length": self.length, "features": 3}

    def storage_settings(self) -> dict[str, Any]:
        """Everything that shapes stored windows and their statistics; transposition does not."""
        return {
            "version": self.version,
            "length": int(self.length),
            "pitch": self.pitch,
            "max_duration": float(self.max_duration),
            "max_delta": float(self.max_delta),
            "on_long": self.on_long,
        }

    def with_statistics(self, statistics: Mapping[str, Any]) -> "Notes":
        """The same representation, able to scale by what `measure` found in a corpus."""
        return replace(self, statistics=statistics)

    def encode(self, piece: Piece) -> np.ndarray:
        """Cuts a piece into windows in musical units: float32 (windows, length, 3)."""
        chosen = _main_piano_track(piece)
        onset, duration = piece.onset[chosen], piece.duration[chosen]
        beat = piece.ticks_per_beat
        delta = np.diff(onset, prepend=onset[:1])
        long = duration > self.max_duration * beat
        breaks = long | (delta > self.max_delta * beat)
        if self.on_long == "drop" and breaks.any():
            return np.zeros((0, *self.shape), np.float32)
        segment = np.cumsum(breaks)
        kept = _in_full_windows(segment, ~long, self.length)
        notes = np.empty((len(kept), 3), np.float32)
        notes[:, PITCH] = piece.pitch[chosen][kept]
        notes[:, DURATION] = duration[kept] / beat
        notes[:, DELTA] = delta[kept] / beat
        # A window of another segment than the one before begins anew.
        heads = segment[kept[:: self.length]]
        notes[:: self.length][np.diff(heads, prepend=-1) != 0, DELTA] = 0
        return notes.reshape(-1, *self.shape)

    def why_none(self, piece: Piece) -> str:
        """In words, why a piece gives no window."""
        if len(piece) < self.length:
            return f"fewer than {self.length} notes"
        if len(_main_piano_track(piece)) < self.length:
            return f"fewer than {self.length} notes in its fullest piano or organ track"
        long = f"notes of over {self.max_duration:g} or rests of over {self.max_delta:g} beats"
        if self.on_long == "drop":
            return long
        return f"nowhere {self.length} notes without {long}"

    def continues(self, windows: np.ndarray) -> np.ndarray:
        """Whether each of (n, length, 3) goes on from the window before it in its piece: (n,).

        One that begins within a chord looks as if it did not, and is taken not to.
        """
        return windows[:, 0, DELTA] > 0

    def measure(self, windows: np.ndarray) -> dict[str, Any]:
        """Statistics of stored windows (n, length, 3), read in chunks, ready for JSON.

        `maximum` is of pitch as this option expresses it (Hz, octaves above the lowest, or the
        MIDI number), of duration and of delta; `mean` and `std` are of the scaled features.
        """
        if not len(windows):
            raise UserError("windows: there are none to measure; give a corpus that has some")
        pitches = np.zeros(128, np.int64)
        maximum, total, squares = np.zeros((3, 2))
        for start in bar(range(0, len(windows), CHUNK), "measuring"):
            notes = np.array(windows[start : start + CHUNK], np.float64)
            notes[:, 0, DELTA] = 0  # as a network sees it
            notes = notes.reshape(-1, 3)
            pitches += np.bincount(notes[:, PITCH].astype(np.int64), minlength=128)
            times = notes[:, DURATION:]
            maximum = np.maximum(maximum, times.max(axis=0))
            total += times.sum(axis=0)
            squares += (times**2).sum(axis=0)
        lowest, highest = (int(end) for end in np.flatnonzero(pitches)[[0, -1]])
        weights = pitches[lowest : highest + 1] / pitches.sum()
        levels, unit = _pitch_levels(self.pitch, lowest, highest)
        unit_of_time = np.where(maximum > 0, maximum, 1)
        mean = np.append(weights @ levels, total / pitches.sum() / unit_of_time)
        square = np.append(weights @ levels**2, squares / pitches.sum() / unit_of_time**2)
        return {
            "pitch": self.pitch,
            "lowest_pitch": lowest,
            "highest_pitch": highest,
            "maximum": [unit, *unit_of_time.tolist()],
            "mean": mean.tolist(),
            "std": np.sqrt(np.maximum(square - mean**2, 0)).tolist(),
            "periods": _periods(self.pitch, unit, unit_of_time),
            "levels": [levels.tolist(), None, None],
            "notes": int(pitches.sum()),
        }

    def scale(self, windows: np.ndarray) -> np.ndarray:
        """Musical units (..., length, 3) to float32 in [0, 1]; what the corpus lacks is clipped."""
        levels, lowest, maximum = self._scales()
        windows = np.asarray(windows)
        scaled = np.empty(windows.shape, np.float32)
        rank = np.rint(windows[..., PITCH]).astype(np.int64) - lowest
        scaled[..., PITCH] = levels[np.clip(rank, 0, len(levels) - 1)]
        scaled[..., DURATION:] = np.clip(windows[..., DURATION:] / maximum, 0, 1)
        scaled[..., :1, DELTA] = 0
        return scaled

    def unscale(self, scaled: np.ndarray) -> np.ndarray:
        """Any numbers (..., length, 3) to musical units: clipped to [0, 1], to the nearest pitch.

        The nearest of the pitches between the corpus's extremes, as the network sees distance.
        """
        levels, lowest, maximum = self._scales()
        scaled = np.nan_to_num(np.asarray(scaled, np.float64), nan=0.0, posinf=1.0, neginf=0.0)
        scaled = np.clip(scaled, 0, 1)
        windows = np.empty(scaled.shape, np.float32)
        midpoints = (levels[1:] + levels[:-1]) / 2
        windows[..., PITCH] = lowest + np.searchsorted(midpoints, scaled[..., PITCH])
        windows[..., DURATION:] = scaled[..., DURATION:] * maximum
        return windows

    def augment(self, windows: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Transposes each of (batch, length, 3) by a shift that `uniform` (batch, 1) in [0, 1)
        picks among those that keep all its notes between the corpus's extremes."""
        statistics = self._needed_statistics()
        pitch = windows[..., PITCH]
        room_below = pitch.min(axis=1) - statistics["lowest_pitch"]
        room_above = statistics["highest_pitch"] - pitch.max(axis=1)
        down = np.clip(room_below, 0, self.transpose)
        up = np.clip(room_above, 0, self.transpose)
        shift = np.minimum(np.floor(uniform[:, 0] * (down + up + 1)) - down, up)
        augmented = windows.copy()
        augmented[..., PITCH] += shift[:, None].astype(windows.dtype)
        return augmented

    def decode(
        self, array: np.ndarray, velocity: int = 80, program: int = 0, tempo: float = 120
    ) -> Piece:
        """The piece in a scaled array (length, 3), whatever numbers it holds.

        It begins at its first note. Where the notes of a window fall on ticks of 1/480 beat it
        gives them back exactly, as long as length x max_delta stays below 5,000 beats: onsets are
        summed in float64 from float32 deltas, each off by at most 2e-7 of itself.
        """
        notes = self.unscale(array).astype(np.float64)
        notes[:1, DELTA] = 0
        onset = np.rint(np.cumsum(notes[:, DELTA]) * TICKS_PER_BEAT).astype(np.int64)
        duration = np.rint(notes[:, DURATION] * TICKS_PER_BEAT).astype(np.int64)
        pitch = notes[:, PITCH].astype(np.int64)
        return Piece.from_notes(
            *without_overlaps(onset, np.maximum(duration, 1), pitch),
            velocity=velocity,
            program=program,
            ticks_per_beat=TICKS_PER_BEAT,
            tempos=np.array([[0, round(60_000_000 / tempo)]]),
        )

    def tracks(self, piece: Piece, among: np.ndarray) -> np.ndarray:
        """The one track of `among` that is drawn: what `encode` would take, or if no track is of
        keys the fullest that is not drums."""
        pitched = piece.select(np.isin(piece.track, among) & ~piece.is_drum)
        keys = _main_piano_track(pitched)
        if len(keys):
            return pitched.track[keys[:1]]
        silent = np.setdiff1d(among, piece.track)
        return np.bincount(pitched.track).argmax(keepdims=True) if len(pitched) else silent[:1]

    def view(self, gap: Gap, context: float) -> View:
        """The next window over a gap, of which up to `context` are notes before it."""
        return note_gaps.view(self, gap, context)

    def read(self, gap: Gap, view: View, array: np.ndarray) -> Gap:
        """The gap that is left when the new notes of a drawn scaled array are in it."""
        return note_gaps.read(self, gap, view, array)

    def _needed_statistics(self) -> Mapping[str, Any]:
        if self.statistics is None:
            raise UserError(
                "statistics: missing, and Notes cannot scale without them; "
                "pass those that came with the weights or the prepared windows"
            )
        return self.statistics

    def _scales(self) -> tuple[np.ndarray, int, np.ndarray]:
        """Scaled value of each pitch of the corpus, the lowest pitch, the maxima in beats."""
        found = self._needed_statistics()
        lowest = found["lowest_pitch"]
        levels, _ = _pitch_levels(self.pitch, lowest, found["highest_pitch"])
        return levels, lowest, np.array(found["maximum"][DURATION:], np.float64)


def _pitch_levels(option: str, lowest: int, highest: int) -> tuple[np.ndarray, float]:
    """Scaled value of each pitch from lowest to highest, and what they were divided by."""
    pitch = np.arange(lowest, highest + 1)
    if option == "frequency":
        values = 440.0 * 2.0 ** ((pitch - 69) / 12)
    elif option == "log_frequency":
        values = (pitch - lowest) / 12
    else:
        values = pitch.astype(np.float64)
    unit = float(values[-1]) or 1.0
    return values / unit, unit


def _periods(option: str, unit: float, unit_of_time: np.ndarray) -> list[list[float]]:
    """Intervals at which each scaled feature returns to something alike: (3, 7).

    For pitch the octave, the other equal divisions of twelve and the semitone, where the scale is
    even in semitones; frequency has only halvings of its range. For time beats and their parts.
    """
    if option == "frequency":
        pitch = 2.0 ** -np.arange(7)
    else:
        semitone = (1 / 12 if option == "log_frequency" else 1.0) / unit
        pitch = np.array([12, 6, 4, 3, 2.4, 2, 1]) * semitone
    beats = 2.0 ** np.arange(3, -4, -1)
    return [pitch.tolist(), *((beats / maximum).tolist() for maximum in unit_of_time)]


def _main_piano_track(piece: Piece) -> np.ndarray:
    """Indices (notes,) of the piano or organ track with most notes, the first of equals."""
    program = piece.program
    piano = np.flatnonzero(~piece.is_drum & ((program < 8) | ((program >= 16) & (program < 24))))
    track = piece.track[piano]
    if not len(track):
        return piano
    track = track - track.min()
    return piano[track == np.bincount(track).argmax()]


def _in_full_windows(segment: np.ndarray, usable: np.ndarray, length: int) -> np.ndarray:
    """Indices of the usable notes that fill whole windows of their segment (rising numbers)."""
    index = np.flatnonzero(usable)
    segment = segment[index]
    size = np.bincount(segment)
    place = np.arange(len(index)) - (np.cumsum(size) - size)[segment]
    return index[place < (size // length * length)[segment]]


def _check_statistics(statistics: Mapping[str, Any], pitch: str) -> None:
    try:
        lowest, highest = statistics["lowest_pitch"], statistics["highest_pitch"]
        maximum = np.array(statistics["maximum"], np.float64)
        good = 0 <= lowest <= highest <= 127 and maximum.shape == (3,)
        good = good and bool(np.isfinite(maximum).all() and (maximum > 0).all())
        measured_as = statistics["pitch"]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"statistics: {error!r}; take those that Notes.measure returns") from None
    if not good:
        raise UserError("statistics: out of range; take those that Notes.measure returns")
    if measured_as != pitch:
        raise UserError(f"statistics: measured with pitch={measured_as!r}; use it or measure anew")
