"""Filling gaps: with a perfect model the song comes back, and what is kept is kept to the bit."""

from dataclasses import replace

import numpy as np
import pytest

from music import Piece
from music.where import Where
from representations.notes import Notes
from representations.roll import Roll

BEAT = 96
EVERYWHERE = Where(beats=(0, None))


def song(seed: int, beats: int = 60, step: int = 4, beat: int = BEAT) -> Piece:
    """Three tracks on a grid of `step` ticks; no two notes of one pitch touch."""
    rng = np.random.default_rng(seed)
    rows = []
    for pitch in range(36, 84):
        at = rng.integers(1, 8 * beat // step)
        while (at + 1) * step < beats * beat:
            lasts = rng.integers(1, 3 * beat // step)
            rows.append((at * step, lasts * step, pitch, pitch % 3))
            at += lasts + rng.integers(1, 16 * beat // step)
    onset, duration, pitch, track = np.array(rows).T
    tempos = np.array([[0, 500_000], [5 * beat, 400_000], [21 * beat, 625_000]])
    return Piece.from_notes(
        onset,
        duration,
        pitch,
        velocity=64,
        program=np.array([0, 5, 7])[track],
        track=track,
        ticks_per_beat=beat,
        tempos=tempos,
        time_signatures=[[0, 3, 4], [9 * beat, 4, 4]],
        track_names=("MELODY", "BRIDGE", "PIANO"),
    )


def one_track(piece: Piece) -> Piece:
    """The song with all its notes in the first track."""
    return Piece.from_notes(
        *(getattr(piece, name) for name in ("onset", "duration", "pitch", "velocity")),
        ticks_per_beat=piece.ticks_per_beat,
        tempos=piece.tempos,
        time_signatures=piece.time_signatures,
        track_names=("PIANO",),
    )


def filled(representation, gap, draw, context=0.5):
    """The gap closed window by window, `draw(view)` being what the sampler would give."""
    windows = 0
    while not gap.closed:
        view = representation.view(gap, context)
        array = np.where(view.mask == 1, view.known, draw(view))
        before, gap = gap, representation.read(gap, view, array)
        assert gap.start > before.start
        assert gap.kept is before.kept
        windows += 1
    return gap, windows


def assert_kept(piece: Piece, gap) -> None:
    """All that stays is in the result as it was, to the tick and the velocity."""
    result = gap.piece
    new = {*zip(gap.new.onset, gap.new.pitch, gap.new.track, strict=True)}
    is_new = [at in new for at in zip(result.onset, result.pitch, result.track, strict=True)]
    assert result.select(~np.array(is_new, bool)) == gap.kept
    for name in ("tempos", "time_signatures"):
        assert np.array_equal(getattr(result, name), getattr(piece, name))
    assert result.track_names == piece.track_names
    assert (gap.new.onset >= 0).all() and (gap.new.ends <= gap.stop).all()


ROLLS = [
    Roll(length=8, resolution=24),
    Roll(length=8, resolution=24, onsets=True),
    Roll(length=5, resolution=12, lowest=30, highest=90),
    Roll(length=4, resolution=48, unit="seconds"),
    Roll(length=4, resolution=48, unit="seconds", onsets=True),
]
CONDITIONS = [
    Where(bars=(3, 5)),
    Where(bars=(4, 13)),
    Where(beats=(0, 30.5), pitches=(50, 70)),
    Where(seconds=(3.3, 11)),
    Where(tracks=("BRIDGE",)),
    Where(first_half=True, tracks=("MELODY", "PIANO"), pitches=(40, None)),
    Where(bars=(10, 20)),  # past the end
]


@pytest.mark.parametrize("roll", ROLLS, ids=str)
@pytest.mark.parametrize("where", CONDITIONS, ids=str)
@pytest.mark.parametrize("beat", [96, 220])
def test_a_roll_keeps_every_bit_and_holds_what_was_drawn(roll, where, beat):
    """Of a song off the grid: decoded and encoded again, kept cells and drawn ones are as drawn."""
    piece = song(1, step=5, beat=beat)
    gap = where.gap(piece, roll)
    drawn = np.random.default_rng(2).random((999, *roll.shape[1:])) < 0.1
    seen = []

    def draw(view):
        array = drawn[view.start % 100 :][: roll.shape[0]].astype("float32")
        array = array if not roll.onsets else array * [1, 0]
        seen.append((view, np.where(view.mask == 1, view.known, array)))
        return array

    gap, windows = filled(roll, gap, draw)
    assert_kept(piece, gap)
    assert len(gap.new) > 10 and len(seen) == windows
    for view, array in seen:
        length = view.stop - view.start
        again = roll.roll(gap.piece, view.start / roll.resolution)
        np.testing.assert_array_equal(again[:length], array[:length])
    own, kept, result = (roll.roll(p, 0, 90) for p in (piece, gap.kept, gap.piece))
    time = np.arange(len(own)) / roll.resolution
    clock = piece.beats_at if roll.unit == "beats" else piece.seconds_at
    start, stop = clock(np.array(where.ticks(piece)))
    inside = (time >= start - 1e-6) & (time < stop)
    pitches = roll.lowest + np.arange(roll.shape[1])
    inside = inside[:, None] & (pitches >= gap.low) & (pitches <= gap.high)
    np.testing.assert_array_equal(result[~inside], own[~inside])
    assert result[kept == 1].all()


@pytest.mark.parametrize("roll", ROLLS[:3], ids=str)
@pytest.mark.parametrize("where", [EVERYWHERE, *CONDITIONS[:2]], ids=str)
def test_a_roll_that_knows_the_song_gives_it_back(roll, where):
    """Over many windows, with notes that their ends cut: not one is lost, doubled or split."""
    piece = one_track(song(3, step=8))
    gap, windows = filled(
        roll, where.gap(piece, roll), lambda view: roll.roll(piece, view.start / roll.resolution)
    )
    assert gap.piece == piece
    if where is EVERYWHERE:
        assert windows > 10


def table_of(piece: Piece) -> np.ndarray:
    onset = piece.onset / piece.ticks_per_beat
    rows = piece.pitch, piece.duration / piece.ticks_per_beat, np.diff(onset, prepend=onset[:1])
    return np.stack(rows, axis=-1).astype("float32")


def known_notes(piece: Piece, length: int = 16) -> Notes:
    notes = Notes(length=length, pitch="midi")
    table = np.concatenate([table_of(piece), np.tile(np.float32([60, 8, 8]), (length, 1))])
    windows = table[: len(table) // length * length].reshape(-1, length, 3)
    return notes.with_statistics(notes.measure(windows))


@pytest.mark.parametrize("where", [EVERYWHERE, Where(bars=(4, 13)), Where(bars=(15, 16))], ids=str)
@pytest.mark.parametrize("context", [0.5, 0.25])
def test_notes_that_know_the_song_give_it_back(where, context):
    """Each window is answered with the notes that stood in what is left of the gap."""
    piece = one_track(song(4, step=8))
    piece = replace(piece, onset=piece.onset - piece.onset[0])
    notes = known_notes(piece)
    gap = where.gap(piece, notes)
    windows = 0
    while not gap.closed:
        view = notes.view(gap, context)
        rest = gap.old.select(gap.old.onset >= gap.start)
        free = np.tile(np.float32([60, 1, 8]), (notes.length + len(rest), 1))
        free[: len(rest)] = table_of(rest)
        if len(rest):
            free[0, 2] = (rest.onset[0] - view.start) / BEAT
        shown = int(view.mask[:, 0].sum())
        assert shown == min(int(context * notes.length), (gap.piece.onset < gap.start).sum())
        array = view.known.copy()
        # Behind the notes shown, as scaling takes the first row of a window for its beginning.
        array[shown:] = notes.scale(np.pad(free, ((shown, 0), (0, 0))))[shown : notes.length]
        gap = notes.read(gap, view, array)
        windows += 1
    assert_kept(piece, gap)
    assert gap.piece == piece
    assert windows > len(gap.old) / notes.length


@pytest.mark.parametrize("where", [Where(pitches=(50, 60)), Where(bars=(4, 9), pitches=(50, 73))])
def test_notes_repitch_some_and_keep_their_times(where):
    piece = song(5)
    notes = known_notes(piece)
    gap = where.gap(piece, notes)
    rng = np.random.default_rng(0)
    result, windows = filled(notes, gap, lambda view: rng.random(notes.shape).astype("float32"))
    assert_kept(piece, result)
    track = gap.home
    assert set(result.new.track) == {track} and (gap.old.track == track).all()
    assert ((result.new.pitch >= gap.low) & (result.new.pitch <= gap.high)).all()
    assert set(result.new.onset) <= set(gap.old.onset) and len(result.new) > 0.5 * len(gap.old)
    assert windows >= len(gap.old) // notes.length
    # A perfect answer changes nothing.
    perfect = song(5)
    same, _ = filled(
        notes,
        gap,
        lambda view: notes.scale(
            np.pad(
                table_of(perfect.select(perfect.track == track))[view.rows],
                ((0, notes.length - len(view.rows)), (0, 0)),
            )
        ),
    )
    assert same.piece == piece


def test_an_endless_chord_does_not_go_on_for_ever():
    """Notes without any time between them still fill the gap, a sixteenth a window at least."""
    piece = song(6)
    notes = known_notes(piece)
    gap, windows = filled(
        notes, Where(bars=(5, 10)).gap(piece, notes), lambda view: np.zeros(notes.shape)
    )
    assert windows <= 4 * 25 and gap.closed
    assert_kept(piece, gap)


def test_a_rest_before_the_gap_does_not_swallow_what_is_drawn():
    """Windows too short to cross a kept rest fill the gap from its beginning, without a hole."""
    onset = np.append(np.arange(7) * BEAT // 2, 14 * BEAT)
    piece = Piece.from_notes(onset, BEAT // 4, 60 + np.arange(8), ticks_per_beat=BEAT)
    notes = known_notes(piece)
    hurried = notes.scale(np.tile(np.float32([70, 0.125, 0.125]), (notes.length, 1)))
    gap, _ = filled(notes, Where(beats=(7, 12)).gap(piece, notes), lambda view: hurried)
    assert_kept(piece, gap)
    heard = np.array([7 * BEAT, *gap.new.onset, 12 * BEAT])
    assert np.diff(heard).max() <= BEAT // 4


def test_drums_and_tracks_without_keys_are_left_alone():
    drums = Piece.from_notes(
        np.arange(40) * BEAT, 10, 40, is_drum=np.arange(40) < 20, track=np.arange(40) // 20,
        program=40, ticks_per_beat=BEAT, track_names=("DRUMS", "VIOLIN"),
    )  # fmt: skip
    among = np.arange(2)
    assert Roll().tracks(drums, among).tolist() == [1]
    assert Notes().tracks(drums, among).tolist() == [1]
    assert (
        Notes().tracks(drums, among[:1]).tolist() == Roll().tracks(drums, among[:1]).tolist() == []
    )
    assert Notes().tracks(song(7), np.arange(3)).size == 1
    assert Notes().tracks(song(7), np.array([1])).tolist() == [1]
