"""The table of notes: where each stands, in beats, bars and sixteenths."""

import numpy as np
import pytest

from metrics.table import Table, per_piece
from music import Piece
from tests.metrics.small import BEAT, notes, songs, table, tune


def test_times_are_beats_whatever_the_resolution():
    fine = tune([60, 62, 64], beats=1.5)
    coarse = fine.with_resolution(4)
    for name in ("onset", "duration", "bar", "place", "step"):
        assert np.array_equal(getattr(table(fine), name), getattr(table(coarse), name)), name
    assert table(fine).onset.tolist() == [0, 1.5, 3]


def test_bars_are_numbered_through_the_pieces_and_follow_the_meter():
    three = tune([60] * 7, time_signatures=np.array([[0, 3, 4]]))
    four = tune([60] * 5)
    both = table(three, Piece.from_notes([], [], []), four)
    assert both.pieces == 3
    assert both.first_bar.tolist() == [0, 3, 4, 6]
    assert both.bar.tolist() == [0, 0, 0, 1, 1, 1, 2, 4, 4, 4, 4, 5]
    assert both.bar_length.tolist() == [3, 3, 3, 4, 4, 4]
    assert both.place.tolist() == [0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 3, 0]


def test_a_change_of_meter_cuts_a_bar_short():
    piece = tune([60] * 8, time_signatures=np.array([[0, 4, 4], [2 * BEAT, 3, 4]]))
    assert table(piece).bar_length.tolist() == [2, 3, 3]
    assert table(piece).place.tolist() == [0, 1, 0, 1, 2, 0, 1, 2]


def test_an_onset_just_before_the_bar_line_belongs_to_the_bar_it_means():
    early = table(notes([(0, 1, 60), (3.99, 1, 62)]))
    assert early.bar.tolist() == [0, 0] and early.step.tolist() == [0, 0]
    assert early.step_bar.tolist() == [0, 1]


def test_taking_pieces_is_reading_only_those():
    pieces = songs(6)
    taken = Table.of(pieces).take(np.array([1, 4, 5]))
    read = Table.of([pieces[i] for i in (1, 4, 5)])
    for name in ("piece", "onset", "pitch", "bar", "place", "first_bar", "bar_start", "bar_length"):
        assert np.array_equal(getattr(taken, name), getattr(read, name)), name


def test_what_is_known_of_a_piece_goes_with_it():
    calls = []

    @per_piece
    def squares(of):
        calls.append(of)
        return np.arange(of.pieces) ** 2

    whole = Table.of(songs(5))
    assert squares(whole) is squares(whole)
    assert squares(whole.take(np.array([2, 4]))).tolist() == [4, 16]
    assert len(calls) == 1
    assert len(squares(whole.keep(whole.pitch > 60))) == 5 and len(calls) == 2


def test_a_line_is_the_notes_of_one_track():
    piece = notes([(0, 1, 60), (0, 2, 40), (1, 1, 62), (2, 2, 41)], track=np.array([0, 1, 0, 1]))
    order, begins = table(piece, piece).line
    assert table(piece, piece).pitch[order].tolist() == [60, 62, 40, 41] * 2
    assert begins.tolist() == [True, False] * 4


@pytest.mark.parametrize("pieces", [[], [Piece.from_notes([], [], [])]])
def test_nothing_is_a_table_too(pieces):
    empty = Table.of(pieces)
    assert len(empty) == 0 and empty.pieces == len(pieces) == len(empty.total())
    assert empty.take(np.zeros(0, int)).pieces == 0
