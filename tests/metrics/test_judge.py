"""The whole table: ideals, intervals, and worst cases that must be seen."""

import dataclasses

import numpy as np
import pytest

from metrics import floors
from metrics.judge import judge, judge_novelty, measures
from metrics.measure import evaluate, mean, means, resampling
from metrics.table import Table
from music import Piece
from tests.metrics.small import other_order, songs, table, tune

MEASURES = measures()


def judged(samples, reference, **settings):
    """{name: row} of the measures of two tables."""
    rows = judge(samples, reference, MEASURES, **{"resamples": 20, **settings})
    return {row.measure.name: row for row in rows}


@pytest.fixture(scope="module")
def data() -> Table:
    return Table.of(songs(60))


@pytest.fixture(scope="module")
def half_against_half(data):
    first, second = floors.halves(data.pieces)
    return judged(data.take(first), data.take(second))


def off(row) -> float:
    """How far a figure is from its ideal."""
    ideal = row.reference.value if row.measure.ideal is None else row.measure.ideal
    return abs(row.value.value - ideal)


def test_a_set_scores_the_ideal_against_itself(data):
    rows = judged(data, Table.of(songs(60)))
    assert len({*rows}) == len(MEASURES)
    for name, row in rows.items():
        if name.startswith("drum sound"):
            assert np.isnan(row.value.value)  # the demo corpus has none
        else:
            assert off(row) < 1e-7, name


def test_order_and_the_numbering_of_tracks_change_nothing(data):
    pieces = songs(60)
    one = judged(data, Table.of(pieces[:30]))
    other = judged(Table.of([*map(other_order, pieces[::-1])]), Table.of(pieces[29::-1]))
    for name in one:
        assert one[name].value.value == pytest.approx(other[name].value.value, nan_ok=True), name


SEEN = {
    "shuffled": ("pitch variance", "bar similarity, 4 apart", "groove consistency"),
    "noise": (
        *("Fréchet distance", "pitch consistency", "pitch variance", "scale consistency"),
        *("polyphony", "pitch-class entropy", "bar similarity", "groove consistency"),
        *("degree KL", "pitch KL", "duration KL", "inter-onset interval KL", "onset position KL"),
        *("pitch overlap", "duration overlap"),
    ),
    "one note": (
        *("Fréchet distance", "diversity", "pitch variance", "pitch-class entropy"),
        *("bar similarity", "pitch KL", "pitch class KL", "duration KL", "note density KL"),
        *("pitch overlap", "duration overlap", "onset position overlap"),
    ),
}


@pytest.mark.parametrize("worst", list(SEEN))
def test_the_known_worst_are_worse_than_the_data(data, half_against_half, worst):
    rng = np.random.default_rng(0)
    samples = {
        "shuffled": floors.shuffled_bars(data, rng.random(len(data.bar_start))),
        "noise": floors.random_notes(data, rng.random((len(data), 3))),
        "one note": table(*[tune([60] * 128)] * 60),
    }[worst]
    rows = judged(samples, data)
    for name in SEEN[worst]:
        floor = half_against_half[name]
        assert off(rows[name]) > off(floor) + rows[name].value.error / 2, name


def test_an_interval_is_a_standard_error_wide():
    values = np.random.default_rng(0).normal(5, 2, 400)
    parts, draws = means(values), resampling(400, 2000, 0)
    found = evaluate(mean, parts, parts, draws, draws)
    assert found.value == pytest.approx(values.mean())
    assert found.error == pytest.approx(1.96 * values.std() / 20, rel=0.05)


def test_intervals_shrink_with_the_pieces_and_repeat_with_the_seed(data):
    some = data.take(np.arange(15))
    wide, narrow = judged(some, some, resamples=100), judged(data, data, resamples=100)
    for name in ("scale consistency", "pitch-class entropy", "groove consistency"):
        assert narrow[name].value.error < wide[name].value.error
    again = judged(data, data, resamples=100)
    assert [r.value for r in again.values() if r.value.value == r.value.value] == [
        r.value for r in narrow.values() if r.value.value == r.value.value
    ]


def test_resampling_draws_as_many_as_there_are():
    draws = resampling(7, 50, 1)
    assert draws.shape == (50, 7) and (draws.sum(axis=1) == 7).all()
    assert len(np.unique(draws, axis=0)) > 40
    assert resampling(0, 5, 0).shape == (5, 0)


def test_values_that_are_undefined_are_left_out():
    parts = means(np.array([1.0, np.nan, 3.0]))
    assert mean(parts.sum(axis=0)) == 2
    assert np.isnan(mean(means(np.array([np.nan])).sum(axis=0)))


def test_silence_breaks_nothing(data):
    rows = judged(table(*[Piece.from_notes([], [], [])] * 3), data)
    assert np.isnan(rows["pitch KL"].value.value) and rows["empty bars"].value.value == 1


def test_novelty_tells_copies_from_new_pieces(data):
    first, second = floors.halves(data.pieces)
    new = judge_novelty(data.take(first), data.take(second), resamples=20)
    copied = judge_novelty(data.take(second[:10]), data.take(second), resamples=20)
    named = [{r.measure.name: r.value.value for r in found.rows} for found in (new, copied)]
    assert named[1]["nearest neighbour"] == 0 and named[1]["copied passages"] > 0.99
    assert named[0]["nearest neighbour"] > 1
    assert named[0]["longest copy"] < named[1]["longest copy"]
    assert copied.nearest.tolist() == list(range(10))


def test_halves_are_halves():
    first, second = floors.halves(9, seed=3)
    assert sorted([*first, *second]) == list(range(9)) and len(first) == 4
    assert [*first] != [*floors.halves(9, seed=4)[0]]


def test_shuffled_bars_hold_the_same_notes_elsewhere(data):
    uniform = np.random.default_rng(1).random(len(data.bar_start))
    moved = floors.shuffled_bars(data, uniform)
    for name in ("pitch", "place", "duration", "track", "piece"):
        assert np.array_equal(np.sort(getattr(moved, name)), np.sort(getattr(data, name))), name
    assert moved.first_bar is data.first_bar
    sizes = [
        [np.sort(np.bincount(t.bar, minlength=t.first_bar[-1])[slice(*t.first_bar[i : i + 2])])
         for i in range(t.pieces)]
        for t in (data, moved)
    ]  # fmt: skip
    assert all(np.array_equal(a, b) for a, b in zip(*sizes, strict=True))
    assert (np.diff(moved.onset + moved.piece * 1e6) >= 0).all()
    still = floors.shuffled_bars(data, np.arange(len(uniform)) / len(uniform))
    for field in dataclasses.fields(data):
        if field.init:
            assert np.array_equal(getattr(still, field.name), getattr(data, field.name))


def test_random_notes_stay_in_their_pieces(data):
    noise = floors.random_notes(data, np.random.default_rng(2).random((len(data), 3)))
    assert np.array_equal(noise.total(), data.total())
    assert noise.pitch.min() >= data.pitch.min() and noise.pitch.max() <= data.pitch.max()
    assert (noise.bar >= noise.first_bar[noise.piece]).all()
    assert (noise.bar < noise.first_bar[noise.piece + 1]).all()
    assert (noise.place >= 0).all() and (noise.place < noise.bar_length[noise.bar]).all()
