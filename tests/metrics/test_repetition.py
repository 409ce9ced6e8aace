"""How bars resemble one another, on pieces whose bars are known."""

import numpy as np
import pytest

from metrics import repetition
from metrics.repetition import bar_similarity
from tests.metrics.small import notes, other_order, songs, table, tune

A, B = [60, 62, 64, 65], [72, 74, 76, 77]


def piece(*bars):
    return tune([pitch for bar in bars for pitch in bar])


def test_identical_bars_score_exactly_one():
    assert bar_similarity(table(piece(A, A, A)))[0] == 1
    assert bar_similarity(table(piece(A, A, A)), lag=1)[0] == 1


def test_different_bars_score_nothing():
    assert bar_similarity(table(piece(A, B)))[0] == 0


def test_form_shows_at_its_own_distance():
    form = table(piece(A, B, A, B))
    assert bar_similarity(form)[0] == pytest.approx(2 / 6)
    assert bar_similarity(form, lag=1)[0] == 0
    assert bar_similarity(form, lag=2)[0] == 1


def test_dice_by_hand():
    half = [60, 62, 99, 98]
    assert bar_similarity(table(piece(A, half)))[0] == pytest.approx(2 * 2 / 8)
    # Four notes against two of them: 2 * 2 / 6.
    fewer = notes([(i, 1, p) for i, p in enumerate(A)] + [(4, 1, 60), (5, 1, 62)])
    assert bar_similarity(table(fewer))[0] == pytest.approx(4 / 6)


def test_empty_bars_and_notes_struck_twice_tell_nothing():
    gap = notes([(0, 1, 60), (8, 1, 60), (8, 2, 60)])
    assert bar_similarity(table(gap))[0] == 1
    assert np.isnan(bar_similarity(table(gap), lag=1)[0])
    assert np.isnan(bar_similarity(table(tune([60])))[0])


def test_the_same_notes_on_another_track_or_beat_are_others():
    tracks = notes([(0, 1, 60), (4, 1, 60)], track=np.array([0, 1]))
    assert bar_similarity(table(tracks))[0] == 0
    assert bar_similarity(table(notes([(0, 1, 60), (5, 1, 60)])))[0] == 0


def test_neither_key_nor_the_order_of_tracks_matters_and_pieces_do_not_mix():
    pieces = songs(6)
    expected = repetition.similarity(table(*pieces))
    assert repetition.similarity(table(*(p.transpose(4) for p in pieces))) == pytest.approx(
        expected
    )
    assert repetition.similarity(table(*map(other_order, pieces))) == pytest.approx(expected)
    alone = np.concatenate([repetition.similarity(table(p)) for p in pieces])
    assert alone == pytest.approx(expected)
