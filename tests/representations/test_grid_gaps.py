"""Filling gaps on the grid: a perfect model gives the song back, and what is kept is kept."""

import numpy as np
import pytest

from music import Piece
from music.where import Where
from representations import grid_gaps
from representations.grid import Grid

STEP = 120
NAMES = ("Melody", "Bass", "Drums")


def trio(seed: int, bars: int = 30) -> Piece:
    """A trio on the grid, as `decode` makes them, in which every line rests at times."""
    rng = np.random.default_rng(seed)
    grid = Grid(bars=bars, hop=bars, arrangement="trio")
    tokens = np.zeros(grid.shape, np.int64)
    steps = len(tokens)
    for line, (low, high) in enumerate(((40, 80), (10, 30))):
        struck = rng.random(steps) < 0.3
        tokens[:, line] = np.where(struck, rng.integers(low, high, steps), rng.random(steps) < 0.1)
    tokens[:, 2] = rng.integers(0, 512, steps) * (rng.random(steps) < 0.3)
    return grid.decode(tokens)


def filled(grid, gap, draw, context=0.5):
    windows = 0
    while not gap.closed:
        view = grid.view(gap, context)
        assert view.known.shape == view.mask.shape == grid.shape
        array = np.where(view.mask == 1, view.known, draw(view))
        before, gap = gap, grid.read(gap, view, array)
        assert gap.start > before.start and gap.kept is before.kept
        windows += 1
    return gap, windows


WHERES = [
    Where(bars=(3, 5)),
    Where(bars=(4, 21)),
    Where(beats=(10.25, 30.5)),
    Where(tracks=("Bass",)),
    Where(tracks=("melody", "drums"), beats=(0, 77)),
    Where(beats=(0, None)),
    Where(first_half=True, pitches=(50, 90)),
]


@pytest.mark.parametrize("where", WHERES, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_a_model_that_knows_the_song_gives_it_back(where, seed):
    piece = trio(seed)
    grid = Grid(bars=8, hop=8, arrangement="trio")
    gap = where.gap(piece, grid)
    assert len(gap.old)
    result, windows = filled(
        grid, gap, lambda view: grid_gaps.window(grid, gap, piece, view.start).tokens
    )
    assert result.piece == piece
    if where.bars is None and where.beats and where.beats[1] is None:
        assert windows > 5


@pytest.mark.parametrize("where", WHERES, ids=str)
@pytest.mark.parametrize("beat", [480, 96, 15])
def test_whatever_is_drawn_what_stays_stays(where, beat):
    piece = trio(3).with_resolution(beat)
    grid = Grid(bars=8, hop=8, arrangement="trio")
    gap = where.gap(piece, grid)
    rng = np.random.default_rng(0)

    def draw(view):
        return rng.integers(-3, 600, grid.shape) * (rng.random(grid.shape) < 0.3)

    result, _ = filled(grid, gap, draw)
    new = {*zip(result.new.onset, result.new.pitch, result.new.track, strict=True)}
    whole = result.piece
    is_new = [at in new for at in zip(whole.onset, whole.pitch, whole.track, strict=True)]
    assert whole.select(~np.array(is_new, bool)) == gap.kept
    assert len(result.new) > 10
    assert (result.new.onset >= gap.start).all() and (result.new.ends <= gap.stop).all()
    assert set(result.new.track) <= set(gap.tracks)
    assert (result.new.is_drum == (result.new.track == 2)).all()


def test_a_bass_is_written_for_a_melody_in_an_empty_track_of_that_name():
    song = trio(1, bars=8)
    piece = song.select(song.track != 1)
    grid = Grid(bars=8, hop=8, arrangement="trio")
    gap = Where(tracks=("bass",)).gap(piece, grid)
    view = grid.view(gap, 0.5)
    assert view.mask[:, [0, 2]].all() and not view.mask[:, 1].any()
    assert view.known[:, [0, 2]].tolist() == grid.encode(song)[0][:, [0, 2]].tolist()
    result, _ = filled(grid, gap, lambda view: grid.encode(song)[0])
    assert result.piece == song


def test_a_piece_goes_on_past_its_end():
    song = trio(2, bars=30)
    piece = song.select(song.ends <= 10 * 16 * STEP)
    grid = Grid(bars=8, hop=8, arrangement="trio")
    gap = Where(beats=(40, 120)).gap(piece, grid)
    result, windows = filled(
        grid, gap, lambda view: grid_gaps.window(grid, gap, song, view.start).tokens
    )
    assert windows > 3
    late = song.select(song.onset >= 10 * 16 * STEP)
    assert result.new == late


def test_a_melody_can_be_drawn_in_any_track_but_drums():
    piece = trio(0)
    grid = Grid(bars=8, hop=8)
    assert grid.tracks(piece, np.arange(3)).tolist() == [0]
    assert grid.tracks(piece, np.array([1])).tolist() == [1]
    assert grid.tracks(piece, np.array([2])).tolist() == []
    gap = Where(tracks=("Bass",), bars=(2, 20)).gap(piece, grid)
    result, _ = filled(
        grid, gap, lambda view: grid_gaps.window(grid, gap, piece, view.start).tokens
    )
    assert result.piece == piece


def test_the_rate_of_invalid_tokens_is_exact():
    grid = Grid(bars=1, hop=1, arrangement="trio")
    tokens = np.zeros((16, 3))
    assert grid.invalid_rate(tokens) == 0
    tokens[3, 0] = 1  # nothing sounds
    tokens[4, 1], tokens[6, 1], tokens[8, 1] = 20, 1, 1
    tokens[5, 2], tokens[6, 0], tokens[7, 1] = 512, -1, np.nan
    assert grid.invalid_rate(tokens) == 5 / 48
    (window,) = Grid(bars=30, hop=30, arrangement="trio").encode(trio(0))
    assert Grid(bars=30, hop=30, arrangement="trio").invalid_rate(window) == 0
