"""From the bytes of one file to a piece, or the reason why not."""

from dataclasses import dataclass

import numpy as np

from datasets.sources import Dropped
from errors import UserError
from music import Piece, midi

MOST_NOTES = 1_000_000


@dataclass(frozen=True)
class Rules:
    """What a corpus asks of a piece."""

    strict_tempo: bool = False  # one tempo from beginning to end
    most_notes: int = MOST_NOTES
    align: bool = True  # onto annotated beats, where a corpus has them


def piece_of(content: bytes, rules: Rules) -> Piece:
    """The piece in a MIDI file's bytes; `Dropped` says what is wrong with it."""
    if content[:4] not in (b"MThd", b"RIFF"):
        raise Dropped("not MIDI" if content else "empty file")
    if content[:4] == b"MThd" and len(content) >= 14 and content[12] & 0x80:
        raise Dropped("timed in SMPTE frames, without beats")
    try:
        piece = midi.read(content)
    except MemoryError:
        raise Dropped("needs more memory than a worker has") from None
    except (UserError, ValueError, OverflowError, UnicodeError):
        raise Dropped("not readable as MIDI") from None
    if not len(piece):
        raise Dropped("no notes")
    if len(piece) > rules.most_notes:
        raise Dropped(f"more than {rules.most_notes:,} notes")
    if rules.strict_tempo and len(np.unique(piece.tempos[:, 1])) > 1:
        raise Dropped("tempo changes")
    return piece
