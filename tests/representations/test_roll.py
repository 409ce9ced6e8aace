"""The roll representation against painting note by note, and that decoding gives it back."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import UserError
from music import Piece, midi
from representations.roll import LONGEST, Roll

MAESTRO = Path(__file__).parents[3] / "shared" / "data" / "maestro-v3.0.0-midi.zip"
SMALL = Roll(length=2, resolution=4, lowest=60, highest=66)
CHOICES = [
    SMALL,
    replace(SMALL, onsets=True),
    replace(SMALL, unit="seconds", resolution=6),
    replace(SMALL, random_start=False, lowest=59),
]
TEMPOS = [[0, 400_000], [900, 700_000], [5000, 300_000]]


def random_piece(seed: int, notes: int = 40, longest: int = 9000) -> Piece:
    rng = np.random.default_rng(seed)
    onset = rng.integers(0, 12_000, notes)
    onset[notes // 2 :] += 30_000  # a long rest
    duration = rng.integers(1, longest, notes) // rng.integers(1, 20, notes) + 1
    pitch, drum = rng.integers(56, 70, notes), rng.random(notes) < 0.1
    return Piece.from_notes(onset, duration, pitch, is_drum=drum, tempos=TEMPOS)


def painted(piece: Piece, made_by: Roll, frames: int) -> np.ndarray:
    """The whole timeline (frames, pitches, channels), note by note and frame by frame."""
    timeline = np.zeros((frames, *made_by.shape[1:]), bool)
    for onset, end, pitch, drum in zip(
        piece.onset, piece.ends, piece.pitch, piece.is_drum, strict=True
    ):
        if drum or not made_by.lowest <= pitch <= made_by.highest:
            continue
        at = [piece.beats_at(t) if made_by.unit == "beats" else piece.seconds_at(t)
              for t in (onset, end)]  # fmt: skip
        start, stop = (int(np.floor(t * made_by.resolution + 0.5)) for t in at)
        timeline[start : max(stop, start + 1), pitch - made_by.lowest, -1] = True
        if made_by.onsets:
            timeline[start, pitch - made_by.lowest, 0] = True
    if made_by.onsets:
        timeline[..., 1] &= ~timeline[..., 0]
    return timeline


@pytest.mark.parametrize("made_by", CHOICES)
@pytest.mark.parametrize("seed", range(4))
def test_windows_are_those_of_a_note_by_note_painting(made_by, seed):
    piece, (frames, *_) = random_piece(seed), made_by.shape
    timeline = painted(piece, made_by, 2000)
    expected = [
        timeline[at : at + made_by.stored_shape[0]]
        for at in range(0, 1900, frames)
        if timeline[at : at + frames].any()
    ]
    stored = made_by.encode(piece)
    assert stored.shape == (len(expected), *made_by.stored_shape) and stored.dtype == np.uint8
    assert 4 < len(stored) < 1900 // frames - 4
    whole = replace(made_by, length=made_by.stored_shape[0], resolution=1)
    assert np.array_equal(whole.scale(stored), np.array(expected))
    assert np.array_equal(made_by.scale(stored), np.array(expected)[:, :frames])


@pytest.mark.parametrize("made_by", CHOICES)
def test_a_roll_can_begin_anywhere(made_by):
    piece = random_piece(9)
    timeline = painted(piece, made_by, 2000)
    for start in (0, 3.25, 70):
        first = round(start * made_by.resolution)
        roll = made_by.roll(piece, start, length=5)
        assert roll.dtype == np.float32
        assert np.array_equal(roll, timeline[first : first + 5 * made_by.resolution])
    assert made_by.roll(piece, 7.0).shape == made_by.shape
    assert not made_by.roll(piece, 10_000.0).any()


@pytest.mark.parametrize("made_by", CHOICES)
@pytest.mark.parametrize("tempo", [120, 87.3])
def test_what_is_decoded_encodes_to_the_same_bits(made_by, tempo):
    for window in made_by.scale(made_by.encode(random_piece(5))):
        piece = made_by.decode(window, velocity=70, program=3, tempo=tempo)
        assert set(piece.velocity) == {70} and set(piece.program) == {3}
        assert piece.tempos.tolist() == [[0, round(60e6 / tempo)]]
        # What sounds on from before the window begins with it.
        window[0, :, 0] = window[0].any(-1)
        window[0, :, 1:] = 0
        assert np.array_equal(made_by.roll(piece), window)


@pytest.mark.parametrize("resolution", [1, 7, 24, 480])
def test_any_resolution_comes_back_exactly(resolution):
    made_by = Roll(length=4, resolution=resolution)
    roll = (np.random.default_rng(0).random(made_by.shape) < 0.3).astype("float32")
    assert np.array_equal(made_by.roll(made_by.decode(roll)), roll)


def test_consecutive_frames_are_one_note_and_onsets_part_repeated_ones():
    piece = Piece.from_notes([0, 480, 960, 1200], [480, 480, 240, 240], [60, 60, 62, 62])
    joined = SMALL.decode(SMALL.roll(piece))
    assert joined.onset.tolist() == [0] and joined.duration.tolist() == [960]
    long = replace(SMALL, length=4)
    assert long.decode(long.roll(piece)).duration.tolist() == [960, 480]
    apart = replace(long, onsets=True)
    found = apart.decode(apart.roll(piece))
    assert found == Piece.from_notes(
        piece.onset, piece.duration, piece.pitch, tempos=[[0, 500_000]]
    )


@pytest.mark.parametrize("made_by", CHOICES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -3, 0.5, 1])
def test_decoding_takes_any_numbers(made_by, value):
    piece = made_by.decode(np.full(made_by.shape, value))
    assert bool(len(piece)) == (value > 0.5)
    assert len(made_by.decode(np.zeros((0, *made_by.shape[1:])))) == 0
    rng = np.random.default_rng(0)
    made_by.decode(rng.standard_normal((3 * made_by.shape[0], *made_by.shape[1:])))


def test_nothing_comes_of_nothing_of_drums_and_of_notes_without_end():
    assert SMALL.encode(Piece.from_notes([], [], [])).shape == (0, *SMALL.stored_shape)
    assert not len(SMALL.encode(Piece.from_notes([0], [480], [60], is_drum=True)))
    assert not len(SMALL.encode(Piece.from_notes([0], [480], [80])))
    longest = LONGEST * 2 * 480
    assert len(SMALL.encode(Piece.from_notes([0], [longest], [60]))) == LONGEST
    assert not len(SMALL.encode(Piece.from_notes([0], [longest + 480], [60])))


def test_a_note_at_the_end_of_time_costs_one_window():
    piece = Piece.from_notes([0, 2**31 - 481], [480, 480], [60, 61])
    assert len(Roll().encode(piece)) == 2


@pytest.mark.parametrize("made_by", CHOICES)
def test_augmentation_begins_on_a_beat_and_loses_no_note(made_by):
    stored = np.concatenate([made_by.encode(random_piece(seed)) for seed in range(8)])
    frames, pitches, _ = made_by.shape
    rng = np.random.default_rng(0)
    before = stored.copy()
    moved = made_by.augment(stored, rng.random((len(stored), 2)))
    assert np.array_equal(stored, before)
    whole = replace(made_by, length=made_by.stored_shape[0], resolution=1).scale(stored)
    starts, shifts = set(), set()
    for source, roll in zip(whole, made_by.scale(moved), strict=True):
        assert roll.any()
        found = [
            (start, shift)
            for start in range(0, len(source) - frames + 1, made_by.resolution)
            for shift in range(-pitches + 1, pitches)
            if np.array_equal(_shifted(source[start : start + frames], shift), roll)
        ]
        assert found
        starts.add(found[0][0])
        shifts.update(shift for _, shift in found)
    assert max(starts) == made_by.stored_shape[0] - frames
    assert min(shifts) < 0 < max(shifts)


def test_augmentation_does_not_run_past_the_end_of_a_piece():
    """With every beat sounding, so does every beat of every window but what the last one lacks."""
    made_by = Roll(length=4, resolution=4)
    beats = np.arange(11) * 480
    stored = made_by.encode(Piece.from_notes(beats, np.full(11, 480), np.full(11, 60)))
    for uniform in np.linspace(0, 1, 20, endpoint=False):
        rolls = made_by.scale(made_by.augment(stored, np.full((len(stored), 2), uniform)))
        assert (rolls.any(axis=(2, 3)).sum(1) == [16, 16, 12]).all()


def _shifted(roll, shift):
    """The roll `shift` pitches up, or None where a note would leave it."""
    pitches = roll.shape[1]
    lost = roll[:, pitches - shift :] if shift > 0 else roll[:, : -shift or 0]
    return None if shift and lost.any() else np.roll(roll, shift, axis=1)


def test_the_extremes_of_uniform_numbers_transpose_no_further_than_asked():
    made_by = Roll(length=1, resolution=4, transpose=3)
    piece = Piece.from_notes([0, 0], [480, 480], [22, 60])
    stored = np.repeat(made_by.encode(piece), 3, axis=0)
    uniform = np.array([[0.0, 0.0], [0.999999, 0.5], [0.0, np.nextafter(1, 0)]])
    rolls = made_by.scale(made_by.augment(stored, uniform))
    lowest = [made_by.decode(roll).pitch.min() for roll in rolls]
    assert lowest == [21, 23, 25]  # one down to the edge, three up as asked


def test_statistics_are_the_density_of_each_channel():
    for made_by in CHOICES:
        stored = np.concatenate([made_by.encode(random_piece(seed)) for seed in range(20)])
        found = made_by.measure(stored)
        assert found == json.loads(json.dumps(found))
        rolls = made_by.scale(stored)
        assert found["density"] == pytest.approx(rolls.mean((0, 1, 2)).tolist())
        assert found["lowest_pitch"] == max(made_by.lowest, 56)
        assert found["highest_pitch"] == made_by.highest
        assert made_by.with_statistics(found).statistics == found
    with pytest.raises(UserError, match="none to measure"):
        SMALL.measure(SMALL.encode(Piece.from_notes([], [], [])))


def test_a_mask_keeps_what_is_not_to_be_drawn():
    made_by = replace(SMALL, onsets=True)
    mask = made_by.mask(lambda times, pitches: (times >= 5) & (pitches > 64), start=4)
    assert mask.shape == made_by.shape and mask.dtype == np.float32
    drawn = mask == 0
    assert drawn[4:, 5:].all() and drawn.sum() == 4 * 2 * 2
    assert made_by.mask(lambda times, pitches: times < 0, length=3).shape == (12, 7, 2)
    assert made_by.mask(lambda times, pitches: False).all()


def test_storage_settings_hold_what_shapes_windows_and_not_transposition():
    settings = SMALL.storage_settings()
    assert json.loads(json.dumps(settings)) == settings
    assert replace(SMALL, transpose=0).storage_settings() == settings
    for made_by in (*CHOICES[1:], replace(SMALL, length=3), replace(SMALL, highest=65)):
        assert made_by.storage_settings() != settings


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"length": 0}, "length"),
        ({"resolution": 2.5}, "resolution"),
        ({"lowest": True}, "lowest"),
        ({"highest": 20}, "highest: 20 .* 21 to 127"),
        ({"transpose": -1}, "transpose"),
        ({"unit": "bars"}, "beats, seconds"),
    ],
)
def test_wrong_arguments_are_named(wrong, named):
    with pytest.raises(UserError, match=named):
        Roll(**wrong)


@pytest.mark.skipif(not MAESTRO.exists(), reason="the maestro archive is not beside the repository")
def test_performances_come_back_to_the_frame():
    made_by = Roll(random_start=False)
    with zipfile.ZipFile(MAESTRO) as archive:
        names = [name for name in archive.namelist() if name.endswith(".midi")][:4]
        pieces = [midi.read(archive.read(name)) for name in names]
    for piece in pieces:
        stored = made_by.encode(piece)
        length = made_by.length * -(-piece.length_ticks // (piece.ticks_per_beat * made_by.length))
        whole = made_by.roll(piece, length=length)
        again = made_by.decode(whole)
        assert np.array_equal(made_by.encode(again), stored)
        assert whole.sum() == made_by.scale(stored).sum()
