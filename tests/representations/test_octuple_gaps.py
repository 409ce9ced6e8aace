"""Filling gaps with events: what was known comes back, and what is kept is kept."""

import numpy as np
import pytest

from music import Piece
from music.where import Where
from representations.octuple import Octuple
from representations.octuple_reading import BAR, INSTRUMENT, PITCH, PROGRAM

STEP = 40


def song(seed: int, bars: int = 40, beat: int = 480) -> Piece:
    """Three tracks in bars of 3/4, then 4/4, notes off each other's pitches."""
    rng = np.random.default_rng(seed)
    count = bars * 9
    onset = np.sort(rng.integers(0, bars * 36, count)) * STEP
    key = onset * 128 + rng.integers(30, 90, count)
    onset, pitch = np.divmod(np.unique(key), 128)
    track = pitch % 3
    gap = np.full(len(onset), 48 * STEP)
    for k in np.unique(pitch):
        own = np.flatnonzero(pitch == k)
        gap[own[:-1]] = np.diff(onset[own])
    duration = np.minimum(rng.integers(1, 40, len(onset)) * STEP, gap)
    return Piece.from_notes(
        onset,
        duration,
        pitch,
        62,
        np.array([0, 33, 0])[track],
        track,
        track == 2,
        tempos=[[0, 500_000], [9600, 250_000]],
        time_signatures=[[0, 3, 4], [12 * 1440, 4, 4]],
        track_names=("Melody", "Bass", "Drums"),
    ).with_resolution(beat)


def filled(octuple, gap, draw, context=0.5):
    windows = 0
    while not gap.closed:
        view = octuple.view(gap, context)
        assert view.known.shape == view.mask.shape == octuple.shape
        array = np.where(view.mask == 1, view.known, draw(view))
        before, gap = gap, octuple.read(gap, view, array)
        assert gap.start > before.start and gap.kept is before.kept
        windows += 1
    return gap, windows


def answers(octuple, piece):
    """Draws the events of `piece` for every bar and instrument, in their order."""
    events = octuple.events(piece)

    def draw(view):
        tokens = np.zeros(octuple.shape, np.int64)
        seen: dict[tuple[int, int], int] = {}
        for row in np.flatnonzero(view.rows[:, 0] >= 0):
            bar, instrument = int(view.rows[row, 0]), int(view.known[row, INSTRUMENT])
            own = events[(events[:, BAR] == bar) & (events[:, INSTRUMENT] == instrument)]
            place = seen.setdefault((bar, instrument), 0)
            seen[bar, instrument] += 1
            assert (own[place, [PROGRAM]] == view.known[row, [PROGRAM]]).all()
            tokens[row] = own[place]
        return tokens

    return draw


@pytest.mark.parametrize(
    "where",
    [
        Where(bars=(3, 5)),
        Where(bars=(10, 14)),  # over the change of meter
        Where(bars=(2, 30), tracks=("Bass",)),
        Where(beats=(0, None)),
        Where(tracks=("melody", "drums")),
    ],
    ids=str,
)
@pytest.mark.parametrize("arrangement", ["trio", "all"])
@pytest.mark.parametrize("beat", [480, 96])
def test_a_model_that_knows_the_song_gives_it_back(where, arrangement, beat):
    piece = song(1, beat=480)
    octuple = Octuple(length=96, bars=12, arrangement=arrangement)
    draw = answers(octuple, piece)
    gap = where.gap(piece.with_resolution(beat), octuple)
    assert len(gap.old)
    # A note that reaches out of the gap stays, and is not among those that are drawn.
    whole = np.isin(piece.track, gap.tracks) == 0
    inside = Where.gap(where, piece, octuple)
    draw = answers(octuple, inside.old) if not whole.all() else draw
    result, windows = filled(octuple, gap, draw)
    assert result.piece == piece.with_resolution(beat)
    assert windows > 1 or where.bars in ((3, 5), (10, 14))


@pytest.mark.parametrize("context", [0, 0.3, 0.9])
@pytest.mark.parametrize(
    "where",
    [
        Where(beats=(10.3, 70)),
        Where(pitches=(50, 70)),
        Where(bars=(30, 60)),
        Where(tracks=("Bass",)),
    ],
    ids=str,
)
def test_whatever_is_drawn_what_stays_stays(where, context):
    piece = song(2, beat=220)
    octuple = Octuple(length=100, bars=10, arrangement="trio")
    gap = where.gap(piece, octuple)
    rng = np.random.default_rng(0)

    def draw(view):
        events = view.known[view.known[:, BAR] >= 0]
        assert (events >= 0).all() and (events < octuple.vocabularies).all()
        assert (np.diff(events[:, BAR]) >= 0).all() and events[-1, BAR] < octuple.bars
        assert (view.mask[view.known[:, BAR] < 0] == 1).all()
        free = view.mask == 0
        assert free[:, PITCH].sum() == (view.rows[:, 0] >= 0).sum()
        return rng.integers(-4, np.array(octuple.vocabularies) + 4, octuple.shape)

    result, _ = filled(octuple, gap, draw, context)
    new = {*zip(result.new.onset, result.new.pitch, result.new.track, strict=True)}
    whole = result.piece
    is_new = [at in new for at in zip(whole.onset, whole.pitch, whole.track, strict=True)]
    assert whole.select(~np.array(is_new, bool)) == gap.kept
    assert len(result.new) > 5
    assert (result.new.onset >= gap.start).all() and (result.new.ends <= gap.stop).all()
    assert set(result.new.track) <= set(gap.tracks)


def test_what_the_model_sees_is_the_song_itself():
    piece = song(3)
    octuple = Octuple(length=2048, bars=64, arrangement="trio", fewest=1)
    view = octuple.view(Where(bars=(5, 9)).gap(piece, octuple), 0.5)
    (window,) = octuple.encode(piece)
    seen = view.known.copy()
    seen[view.mask == 0] = window[view.mask == 0]
    kept = view.rows[:, 0] < 0
    assert (np.diff(np.flatnonzero(~kept)) >= 1).all() and 10 < (~kept).sum() < 60
    assert sorted(map(tuple, seen[kept])) == sorted(map(tuple, window[kept]))
    assert (seen[:, BAR] == window[:, BAR]).all()


def test_a_bass_is_written_for_a_melody_and_a_piece_goes_on():
    piece = song(4)
    without = piece.select(piece.track != 1)
    octuple = Octuple(length=256, bars=32, arrangement="trio")
    rng = np.random.default_rng(0)

    def draw(view):
        return rng.integers(0, octuple.vocabularies, octuple.shape)

    result, _ = filled(octuple, Where(tracks=("bass",)).gap(without, octuple), draw)
    bars = len(piece.bars())
    assert set(result.new.track) == {1} and set(result.new.program) == {33}
    assert not result.new.is_drum.any() and bars < len(result.new) < 12 * bars
    beats = int(np.ceil(piece.length_ticks / 480))
    longer, _ = filled(octuple, Where(beats=(beats, beats + 200)).gap(piece, octuple), draw)
    assert set(longer.new.track) == {0, 1, 2}
    assert longer.new.onset.max() > (beats + 180) * 480
    usual = len(piece) / bars
    assert 0.5 * usual < len(longer.new) / 50 < 2 * usual


def test_a_silent_part_is_written_at_its_own_pace():
    piece = song(4)
    without = piece.select(piece.track != 1)
    octuple = Octuple(length=256, bars=32, arrangement="trio")
    rng, written = np.random.default_rng(0), []

    def draw(view):
        return rng.integers(0, octuple.vocabularies, octuple.shape)

    for pace in (1.0, 2.0):
        statistics = {"vocabularies": octuple.vocabularies, "pace": [9.0, pace, 9.0]}
        paced = octuple.with_statistics(statistics)
        result, _ = filled(paced, Where(tracks=("bass",)).gap(without, paced), draw)
        written.append(len(result.new))
    assert written[0] >= len(piece.bars()) and written[1] == 2 * written[0]


def test_an_empty_piece_is_written_at_the_pace_of_the_corpus():
    octuple = Octuple(length=64, bars=8, arrangement="melody")
    octuple = octuple.with_statistics({"vocabularies": octuple.vocabularies, "pace": [1.0]})
    empty = Piece.from_notes([], [], [], track_names=("Melody",))
    gap = Where(beats=(0, 80)).gap(empty, octuple)
    rng = np.random.default_rng(0)
    result, windows = filled(
        octuple, gap, lambda view: rng.integers(0, octuple.vocabularies, octuple.shape)
    )
    assert windows > 2 and 60 <= len(result.new) <= 80
