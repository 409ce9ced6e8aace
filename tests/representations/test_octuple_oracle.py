"""MidiTok's Octuple as the oracle: on files that both can hold, the decoded notes agree."""

import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from symusic import Score

from music import Piece, midi
from representations.octuple import Octuple
from tests.representations.test_octuple import ALL, STEP, in_meters

miditok = pytest.importorskip("miditok", reason="miditok is not installed (it is in [dev])")
DATA = Path(__file__).parents[2] / "../shared/data"


@pytest.fixture(scope="module")
def oracle():
    """MidiTok's tokenizer with as fine a grid as ours."""
    config = miditok.TokenizerConfig(
        pitch_range=(0, 127),
        beat_res={(0, 64): 12},
        num_velocities=127,
        use_programs=True,
        use_tempos=True,
        use_time_signatures=True,
        time_signature_range={8: [3, 5, 6, 7, 9, 12], 4: [2, 3, 4, 5, 6]},
        max_bar_embedding=1024,
    )
    return miditok.Octuple(config)


def through_miditok(oracle, piece: Piece) -> Piece:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokens = oracle.encode(Score.from_midi(midi.to_bytes(piece)))
        return midi.read(oracle.decode(tokens).dumps_midi())


def through_ours(piece: Piece) -> Piece:
    octuple = Octuple(length=16_384, bars=1024, **ALL)
    (window,) = octuple.encode(piece)
    return octuple.decode(octuple.scale(window))


def notes_of(piece: Piece) -> list[tuple]:
    """(onset after the first, duration, pitch, program, drum) in steps; MidiTok has no tracks."""
    onset = (piece.onset - piece.onset[0]) * 12 / piece.ticks_per_beat
    duration = piece.duration * 12 / piece.ticks_per_beat
    columns = (onset, duration, piece.pitch, piece.program, piece.is_drum)
    return sorted(set(zip(*(column.tolist() for column in columns), strict=True)))


def simplified(piece: Piece, longest: int) -> Piece:
    """What both can hold: on the grid, notes not too long, none of a pitch within another."""
    piece = piece.with_resolution(12)
    instrument = piece.program.astype(np.int64) * 2 + piece.is_drum
    key = (instrument * 128 + piece.pitch) * 2**32 + piece.onset
    order = np.argsort(key, kind="stable")
    gap = np.append(np.diff(key[order]), 2**32)
    room = np.empty_like(gap)
    room[order] = gap
    duration = np.minimum(np.minimum(piece.duration, longest), room)
    keep = (duration > 0) & (piece.pitch < 127)
    return Piece.from_notes(
        *(column[keep] * scale for column, scale in ((piece.onset, STEP), (duration, STEP))),
        piece.pitch[keep],
        piece.velocity[keep],
        piece.program[keep],
        # MidiTok merges the tracks of a program.
        np.unique(instrument, return_inverse=True)[1][keep],
        piece.is_drum[keep],
        tempos=piece.tempos * [STEP, 1],
        time_signatures=piece.time_signatures * [STEP, 1, 1],
    )


@pytest.mark.parametrize(
    "bars",
    [
        [(12, 4, 4)],
        [(12, 3, 4)],
        [(12, 2, 4)],
        [(12, 6, 4)],
        [(12, 6, 8)],
        [(12, 12, 8)],
        [(2, 4, 4), (3, 3, 4), (4, 2, 4), (2, 5, 4), (3, 4, 4)],
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_in_every_meter_the_notes_agree(oracle, bars, seed):
    # Not where quarters change to eighths: there MidiTok misplaces the first bar, and says so.
    piece = simplified(in_meters(seed, bars), 48)
    theirs, ours = notes_of(through_miditok(oracle, piece)), notes_of(through_ours(piece))
    assert ours == theirs == notes_of(piece)


@pytest.mark.parametrize(
    ("name", "part", "every"),
    [("POP909.zip", "", 200), ("lakh_64bars.zip", "trio", 300), ("lakh_64bars.zip", "melody", 300)],
)
def test_on_real_songs_the_notes_agree(oracle, name, part, every):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with zipfile.ZipFile(path) as files:
        names = sorted(n for n in files.namelist() if part in n and n.endswith(".mid"))
        songs = [midi.read(files.read(n)) for n in names[::every]]
    for song in songs:
        piece = simplified(song, 48)
        theirs, ours = notes_of(through_miditok(oracle, piece)), notes_of(through_ours(piece))
        assert len(ours) == len(theirs)
        assert ours == theirs
