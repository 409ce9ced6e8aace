"""Standard MIDI files to pieces and back, parsed and written by symusic.

`read(to_bytes(piece)) == playable(piece)` for every piece, and `playable` changes only what a
MIDI file cannot say; whatever was read from a file is playable already. Controllers, pedals,
key signatures and lyrics are not part of a piece; `write` takes them from the file that it was
made of, where there is one. MIDI has 15 channels for pitched instruments: with more tracks than
that some share one, which `read` undoes and a player may not.
"""

import os
from pathlib import Path

import numpy as np
from symusic import Note, Score, Tempo, TimeSignature, Track
from symusic.core import NoteTickList

from errors import UserError
from files import replacing
from music.piece import Piece
from music.playable import playable

# What stands in a track without notes, since symusic forgets one in which no key is struck: the
# softest stroke of the lowest key, released at once.
SILENCE = {"time": 0, "duration": 0, "pitch": 0, "velocity": 1}
LONGEST = 2**28 - 1  # the longest wait between two events that a MIDI file can hold


def read(source: str | os.PathLike | bytes) -> Piece:
    """The piece in a MIDI file, given by path or as bytes; one track for each instrument in it.

    Notes of one pitch that overlap end in the order in which they began. A note that ends
    where it begins, as drum hits in some files do, lasts one tick.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return _parse(bytes(source), "these MIDI bytes")
    try:
        data = Path(source).read_bytes()
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise UserError(f"{source}: {reason}; give the path of a MIDI file") from error
    return _parse(data, os.fspath(source))


def write(piece: Piece, path: str | os.PathLike, origin: bytes | None = None) -> None:
    """Writes `piece`, made playable, as a MIDI file at `path`, or leaves `path` as it was."""
    data = to_bytes(piece, origin)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def to_bytes(piece: Piece, origin: bytes | None = None) -> bytes:
    """The MIDI file of `piece`, made playable, as bytes.

    `origin` is the file of which it was made, with the same tracks and perhaps fewer: what that
    holds beside notes, tempos and meters is written too.
    """
    piece = playable(piece)
    last = max(piece.length_ticks, piece.tempos[-1, 0], piece.time_signatures[-1, 0])
    if last > LONGEST:
        raise ValueError(f"the piece lasts {last} ticks and a MIDI file ends at {LONGEST}")
    score = Score(piece.ticks_per_beat)
    score.tempos.extend([Tempo(tick, mspq=rate) for tick, rate in piece.tempos.tolist()])
    score.time_signatures.extend([TimeSignature(*row) for row in piece.time_signatures.tolist()])
    # Tempos go into the first track, so there must be one; a blank one is not read back.
    score.tracks.extend(_score_tracks(piece) or [Track("", 0, False)])
    if origin is not None:
        _take_the_rest(Score.from_midi(origin), score)
    return score.dumps_midi()


def _take_the_rest(origin: Score, score: Score) -> None:
    """Puts pedals and other controllers, bends, lyrics, keys and markers of a file into another."""
    if origin.tpq != score.tpq:
        raise ValueError(f"its ticks are {origin.tpq} to a beat and not {score.tpq}")
    score.key_signatures.extend(origin.key_signatures)
    score.markers.extend(origin.markers)
    for track, before in zip(score.tracks, origin.tracks, strict=False):
        track.controls.extend(before.controls)
        track.pitch_bends.extend(before.pitch_bends)
        if before.lyrics and track.notes == NoteTickList([Note(*SILENCE.values())]):
            track.notes.clear()  # a track with words is remembered without a stroke
        track.lyrics.extend(before.lyrics)


def _score_tracks(piece: Piece) -> list[Track]:
    order = np.argsort(piece.track, kind="stable")
    bounds = np.searchsorted(piece.track[order], np.arange(len(piece.track_names) + 1))
    columns = (
        piece.onset.astype(np.int32),
        piece.duration.astype(np.int32),
        piece.pitch.astype(np.int8),
        piece.velocity.astype(np.int8),
    )
    tracks = []
    for index, name in enumerate(piece.track_names):
        rows = order[bounds[index] : bounds[index + 1]]
        if rows.size:
            track = Track(name, int(piece.program[rows[0]]), bool(piece.is_drum[rows[0]]))
            track.notes = NoteTickList.from_numpy(*(column[rows] for column in columns))
        else:
            track = Track(name, 0, False)
            track.notes.append(Note(*SILENCE.values()))
        tracks.append(track)
    return tracks


def _parse(data: bytes, where: str) -> Piece:
    try:
        return _piece(Score.from_midi(data))
    except (RuntimeError, ValueError) as error:
        # symusic raises RuntimeError for a broken file; ours is a value no music holds.
        reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
        raise UserError(
            f"{where}: not a MIDI file that can be read ({reason}); "
            "leave it out, or export it again as a standard MIDI file"
        ) from error


def _piece(score: Score) -> Piece:
    tracks = list(score.tracks)
    notes = [track.notes.numpy() for track in tracks]
    counts = [len(columns["time"]) for columns in notes]
    columns = {
        name: np.concatenate([columns[name] for columns in notes]) if notes else np.zeros(0, int)
        for name in SILENCE
    }
    owner = np.repeat(np.arange(len(tracks), dtype=np.int32), counts)
    if columns["duration"].min(initial=1) < 1:
        columns, owner = _without_silence(columns, owner)
    programs = np.array([track.program for track in tracks], np.int16)
    drums = np.array([track.is_drum for track in tracks], bool)
    return Piece(
        onset=columns["time"],
        duration=columns["duration"],
        pitch=columns["pitch"],
        velocity=columns["velocity"],
        program=programs[owner],
        track=owner,
        is_drum=drums[owner],
        ticks_per_beat=score.tpq,
        tempos=_rows(score.tempos, "time", "mspq"),
        time_signatures=_rows(score.time_signatures, "time", "numerator", "denominator"),
        track_names=[track.name for track in tracks],
    )


def _without_silence(columns, owner):
    """The columns without what stands in for no notes, and other instant notes one tick long."""
    silent = np.logical_and.reduce([columns[name] == value for name, value in SILENCE.items()])
    columns = {name: column[~silent] for name, column in columns.items()}
    return columns | {"duration": np.maximum(columns["duration"], 1)}, owner[~silent]


def _rows(changes, *names: str) -> np.ndarray:
    """The changes as int64 (changes, names), without the impossible ones: a tempo of nothing."""
    columns = changes.numpy()
    rows = np.empty((len(columns["time"]), len(names)), np.int64)
    for place, name in enumerate(names):
        rows[:, place] = columns[name]
    possible = rows[:, 1:] > 0
    return rows if possible.all() else rows[possible.all(axis=1)]
