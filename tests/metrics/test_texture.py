"""Measures of single pieces against values worked out by hand."""

import numpy as np
import pytest

from metrics import texture
from music import Piece
from tests.metrics.small import notes, other_order, songs, table, tune

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def value(measure, piece):
    return measure(table(piece))[0]


def test_scale_consistency_is_the_share_of_notes_inside():
    assert value(texture.scale_consistency, tune(SCALE)) == 1
    outside = [*SCALE * 4, 61, 63]
    assert value(texture.scale_consistency, tune(outside)) == pytest.approx(32 / 34)


def test_entropy_in_bits():
    assert value(texture.pitch_class_entropy, tune([60, 72, 48])) == 0
    assert value(texture.pitch_class_entropy, tune([60, 61])) == pytest.approx(1)
    assert value(texture.pitch_class_entropy, tune([60, 60, 61, 62])) == pytest.approx(1.5)
    assert value(texture.pitch_class_entropy, tune(range(60, 72))) == pytest.approx(np.log2(12))


def test_polyphony_is_notes_over_the_time_in_which_any_sounds():
    assert value(texture.polyphony, tune(SCALE)) == 1
    assert value(texture.polyphony, notes([(0, 1, 60), (0, 1, 64), (0, 1, 67)])) == 3
    # Four beats of C, the last of them with E, then a rest that does not count.
    held = notes([(0, 4, 60), (3, 1, 64), (8, 1, 60)])
    assert value(texture.polyphony, held) == pytest.approx(1.2)
    drums = notes([(0, 1, 60), (0, 1, 36)], is_drum=np.array([False, True]))
    assert value(texture.polyphony, drums) == 1


def test_polyphony_of_one_piece_knows_nothing_of_another():
    long, short = notes([(0, 400, 60)]), tune(SCALE, beats=0.5, every=1)
    assert texture.polyphony(table(long, short, long)).tolist() == [1, 1, 1]


def test_empty_bars_are_those_in_which_nothing_sounds():
    assert value(texture.empty_bars, tune([60] * 8)) == 0
    assert value(texture.empty_bars, notes([(0, 4, 60), (12, 4, 60)])) == 0.5
    assert value(texture.empty_bars, notes([(0, 4.5, 60), (12, 4, 60)])) == 0.25
    assert value(texture.empty_bars, notes([(0, 16, 60)])) == 0  # held through
    assert value(texture.empty_bars, Piece.from_notes([], [], [])) == 1
    ten = [notes([(0, 4, 60), (12, 4, 60)]), tune([60] * 8)] * 5
    assert texture.empty_bars(table(*ten)).tolist() == [0.5, 0] * 5


def test_groove_is_the_sixteenths_on_which_neighbouring_bars_agree():
    same = tune([60, 64, 67, 72] * 4)
    assert value(texture.groove_consistency, same) == 1
    # Quarters, then eighths: 4 of 16 sixteenths differ.
    other = notes([(i, 1, 60) for i in range(4)] + [(4 + i / 2, 0.5, 60) for i in range(8)])
    assert value(texture.groove_consistency, other) == pytest.approx(12 / 16)
    # Two pairs: one alike, one with an empty bar that lacks all four.
    gap = notes([(i, 1, 60) for i in (*range(8), 12)])
    assert value(texture.groove_consistency, gap) == pytest.approx((1 + 12 / 16 + 15 / 16) / 3)


def test_groove_compares_no_bars_of_different_length():
    meters = np.array([[0, 3, 4], [3 * 480, 4, 4]])
    assert np.isnan(value(texture.groove_consistency, tune([60] * 7, time_signatures=meters)))
    assert np.isnan(value(texture.groove_consistency, tune([60])))


def test_notes_per_bar():
    assert value(texture.notes_per_bar, tune([60] * 6)) == 3


@pytest.mark.parametrize("name", list(texture.LEVELS))
def test_neither_key_nor_the_order_of_tracks_matters(name):
    measure = texture.LEVELS[name][0]
    pieces = songs(8)
    expected = measure(table(*pieces))
    assert np.isfinite(expected).all()
    assert measure(table(*(p.transpose(-5) for p in pieces))) == pytest.approx(expected)
    assert measure(table(*map(other_order, pieces))) == pytest.approx(expected)
    alone = [measure(table(p))[0] for p in pieces]
    assert alone == pytest.approx(expected)


@pytest.mark.parametrize("name", list(texture.LEVELS))
def test_a_piece_without_notes_breaks_nothing(name):
    measure, _, low, _ = texture.LEVELS[name]
    found = measure(table(tune(SCALE), Piece.from_notes([], [], []), tune(SCALE)))
    assert len(found) == 3 and found[0] == found[2] and not found[1] < low
