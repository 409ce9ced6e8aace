"""Copies that were put there, and the longest of them against a search of everything."""

import numpy as np
import pytest

from metrics.novelty import LONG, copies, distinct
from music import Piece
from tests.metrics.small import notes, other_order, songs, table, tune

RNG = np.random.default_rng(0)


def melody(length=60, seed=0):
    return list(np.random.default_rng(seed).integers(40, 80, length))


def exhaustive(pitches, others):
    """Notes of the longest run of intervals that two melodies of one rhythm share."""
    mine, theirs = np.diff(pitches).tolist(), [np.diff(o).tolist() for o in others]
    best = 0
    for start in range(len(mine)):
        for other in theirs:
            for at in range(len(other)):
                run = 0
                while (
                    start + run < len(mine)
                    and at + run < len(other)
                    and mine[start + run] == other[at + run]
                ):
                    run += 1
                best = max(best, run)
    return best + 1


def test_a_copy_in_another_key_is_found_whole():
    tunes = [melody(seed=s) for s in range(4)]
    corpus = table(*map(tune, tunes))
    found = copies(table(tune(np.array(tunes[2]) + 7)), corpus)
    assert found.longest.tolist() == [60] and found.source.tolist() == [2]
    assert found.share.tolist() == [1]


def test_a_passage_is_measured_to_the_note():
    corpus = table(*(tune(melody(seed=s)) for s in range(4)))
    quoted = [*melody(20, seed=10), *melody(seed=1)[13:43], *melody(20, seed=11)]
    found = copies(table(tune(quoted)), corpus)
    assert found.longest[0] == exhaustive(quoted, [melody(seed=s) for s in range(4)]) == 30
    assert found.source[0] == 1
    assert found.share[0] == pytest.approx(30 / 70)


@pytest.mark.parametrize("seed", range(8))
def test_the_longest_of_all_is_found(seed):
    """Few pitches, so that runs are shared everywhere."""
    rng = np.random.default_rng(seed)
    corpus = [rng.integers(60, 63, 80) for _ in range(3)]
    queries = [rng.integers(60, 63, 50) for _ in range(4)]
    found = copies(table(*map(tune, queries)), table(*map(tune, corpus)))
    assert found.longest.tolist() == [exhaustive(q, corpus) for q in queries]


def test_rhythm_is_part_of_a_melody_and_resolution_is_not():
    pitches = melody()
    slow = copies(table(tune(pitches, beats=1)), table(tune(pitches, beats=0.5)))
    assert slow.longest[0] < 5
    coarse = tune(pitches, beats=0.5).with_resolution(4)
    assert copies(table(tune(pitches, beats=0.5)), table(coarse)).longest[0] == 60


def test_no_passage_runs_from_one_piece_or_track_into_the_next():
    first, second = melody(20, seed=1), melody(20, seed=2)
    joined = tune([*first, *second])
    assert copies(table(joined), table(tune(first), tune(second))).longest[0] == 20
    both = notes(
        [(i, 1, p) for i, p in enumerate(first)] + [(i, 1, p) for i, p in enumerate(second)],
        track=np.repeat([0, 1], 20),
    )
    assert copies(table(both), table(joined)).longest[0] == 20


def test_short_copies_are_no_passages():
    quoted = [*melody(20, seed=10), *melody(seed=1)[: LONG - 1], *melody(20, seed=11)]
    found = copies(table(tune(quoted)), table(tune(melody(seed=1))))
    assert found.longest[0] == LONG - 1 and found.share[0] == 0


def test_nothing_copies_nothing():
    empty = Piece.from_notes([], [], [])
    found = copies(table(empty, tune([60]), tune(melody())), table(empty))
    assert found.longest.tolist() == [0, 1, 1] and found.source.tolist() == [-1, -1, -1]
    assert copies(table(), table(tune([60]))).longest.tolist() == []


def test_drums_are_nobodys():
    drums = tune(melody(), is_drum=True)
    assert copies(table(drums), table(drums)).longest.tolist() == [0]


def test_neither_key_nor_the_order_of_tracks_matters():
    pieces = songs(12)
    corpus, queries = table(*pieces[:6]), pieces[6:]
    expected = copies(table(*queries), corpus)
    for change in (other_order, lambda p: p.transpose(-3)):
        found = copies(table(*map(change, queries)), corpus)
        assert found.longest.tolist() == expected.longest.tolist()
        assert found.share == pytest.approx(expected.share)


def test_the_same_music_twice_is_not_distinct():
    one, other = tune(melody(seed=1)), tune(melody(seed=2))
    # In another key, of another length of notes: the same melody still.
    found = distinct(table(one, other, one.transpose(5), tune(melody(seed=1)[::-1])))
    assert found.tolist() == [1, 1, 0, 1]
