"""Which notes of a piece are its melody, its bass, its drums, or the track of a given name."""

import re
from dataclasses import dataclass, replace

import numpy as np

from music import Piece

MELODY_NAME = re.compile(r"melod|vocal|voice|sing|solo|lead", re.IGNORECASE)
BASS_PROGRAMS = 32, 39
BUSY = 0.25  # a melody strikes at least this often, beside the busiest track
NAMED = ("MELODY", "BRIDGE", "PIANO")


@dataclass(frozen=True)
class Part:
    """One voice of an arrangement, and how it is written when it comes back."""

    name: str
    program: int | None = None  # None: the one that the user asks for
    is_drum: bool = False


ARRANGEMENTS = {
    "melody": (Part("Melody"),),
    "trio": (Part("Melody"), Part("Bass", 33), Part("Drums", 0, True)),
    "named": tuple(Part(name) for name in NAMED),
}


def part_names(arrangement: str) -> tuple[str, ...]:
    """What the parts of an arrangement are called; none where it takes all tracks as they are."""
    return tuple(part.name for part in ARRANGEMENTS.get(arrangement, ()))


def part_of_notes(piece: Piece, arrangement: str) -> np.ndarray:
    """For every note the part it belongs to, or -1: int64 (notes,).

    - melody: the melody track.
    - trio: melody, bass and drums, as in the trios drawn from the Lakh dataset. The bass is the
      track with most notes that a General MIDI bass plays; all drum tracks are the drums.
    - named: the tracks called MELODY, BRIDGE and PIANO, as in POP909, in whatever case.

    The melody is sought among the tracks that are neither drums nor bass: those with a name such
    as Melody, Vocals or Lead, or all if there are none. Of those that strike at least a quarter
    as often as the busiest of them it is the one with the highest mean pitch, an octave taken
    off for each further note struck at once; the first of equals.
    """
    part = np.full(max(len(piece.track_names), 1), -1)
    if arrangement == "named":
        names = [name.strip().upper() for name in piece.track_names]
        for index, name in enumerate(NAMED):
            part[[i for i, given in enumerate(names) if given == name]] = index
        return part[piece.track]
    bass = _is_bass(piece)
    melody = _melody_track(piece, ~piece.is_drum & ~bass)
    found = np.where(piece.track == melody, 0, -1)
    if arrangement == "trio":
        low = np.bincount(piece.track[bass], minlength=1)
        found[bass & (piece.track == low.argmax())] = 1
        found[piece.is_drum] = 2
    else:
        found[piece.is_drum] = -1
    return found


def _is_bass(piece: Piece) -> np.ndarray:
    first, last = BASS_PROGRAMS
    return ~piece.is_drum & (piece.program >= first) & (piece.program <= last)


def _melody_track(piece: Piece, candidate: np.ndarray) -> int:
    """The melody among the notes that are candidates; -1 where there are none."""
    track = piece.track[candidate].astype(np.int64)
    if not len(track):
        return -1
    tracks = len(piece.track_names)
    named = np.array([bool(MELODY_NAME.search(name)) for name in piece.track_names])
    notes = np.bincount(track, minlength=tracks)
    if (notes[named] > 0).any():
        notes = np.where(named, notes, 0)
    if np.count_nonzero(notes) == 1:
        return int(notes.argmax())
    # Rows stand in the order of onset, then track: equal neighbours are struck at once.
    onset = piece.onset[candidate]
    again = (track[1:] == track[:-1]) & (onset[1:] == onset[:-1])
    strikes = notes - np.where(notes > 0, np.bincount(track[1:][again], minlength=tracks), 0)
    seldom = np.maximum(strikes, 1)
    pitch = np.bincount(track, piece.pitch[candidate], tracks) / np.maximum(notes, 1)
    score = pitch - 12 * (notes / seldom - 1)
    score[(notes == 0) | (strikes < BUSY * strikes.max())] = -np.inf
    return int(score.argmax())


def part_of_tracks(piece: Piece, arrangement: str, drawn: tuple[int, ...] = ()) -> np.ndarray:
    """The part that each track plays, or -1: int64 (tracks,).

    A silent track with the name of a part that none plays is that part's. Where parts go by name,
    the melody and the piano are sought among the other tracks if no name is theirs. With one
    melody to play, and only tracks `drawn` that are no melody, the first of these is it.
    """
    parts = ARRANGEMENTS[arrangement]
    found = np.full(len(piece.track_names), -1)
    found[piece.track] = part_of_notes(piece, arrangement)
    silent = np.setdiff1d(np.arange(len(found)), piece.track)
    for index, about in enumerate(parts):
        names = [piece.track_names[track].strip().lower() for track in silent]
        called = silent[[name == about.name.lower() for name in names]]
        if not (found == index).any():
            found[called[:1]] = index
    if arrangement == "named":
        _seek(piece, found)
    if len(parts) == 1 and drawn and found[list(drawn)].max() < 0:
        found[:] = -1
        found[drawn[0]] = 0
    return found


def _seek(piece: Piece, found: np.ndarray) -> None:
    """Has tracks that play no part in `found` (tracks,) play melody and piano, if none does."""
    free = ~piece.is_drum & ~_is_bass(piece) & (found[piece.track] < 0)
    if 0 not in found and free.any():
        melody = _melody_track(piece, free)
        found[melody] = 0
        free &= piece.track != melody
    if NAMED.index("PIANO") not in found and free.any():
        found[np.bincount(piece.track[free]).argmax()] = NAMED.index("PIANO")


def drawable(piece: Piece, arrangement: str, among: np.ndarray) -> np.ndarray:
    """The tracks of `among` that play a part; of one melody to play any track but drums may."""
    found = among[part_of_tracks(piece, arrangement)[among] >= 0]
    if len(found) or len(ARRANGEMENTS[arrangement]) > 1:
        return found
    return np.setdiff1d(among, piece.track[piece.is_drum])[:1]


def played_by(part: Part, notes: Piece) -> Piece:
    """New notes as a part without notes of its own plays them."""
    changes = {} if part.program is None else {"program": np.full(len(notes), part.program)}
    return replace(notes, is_drum=np.full(len(notes), part.is_drum), **changes)
