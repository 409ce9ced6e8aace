"""Each representation says in words why a piece gives it no window."""

import numpy as np
import pytest

from music import Piece
from representations.grid import Grid
from representations.notes import Notes
from representations.octuple import Octuple
from representations.roll import Roll


def line(notes: int, **columns) -> Piece:
    """A quarter note after the other."""
    return Piece.from_notes(np.arange(notes) * 480, 480, 60, **columns)


NOTHING = Piece.from_notes([], [], [])
RESTS = Piece.from_notes(np.arange(20) * 480 * (1 + 8 * (np.arange(20) > 9)), 480, 60)
THREES = line(400, time_signatures=[[0, 3, 4]])
WHY = [
    (Notes(length=8), NOTHING, "fewer than 8 notes"),
    (Notes(length=8), line(7), "fewer than 8 notes"),
    (Notes(length=8), line(9, program=40), "fewer than 8 notes in its fullest piano or organ"),
    (Notes(length=20), RESTS, "nowhere 20 notes without notes of over 8 or rests of over 8 beats"),
    (Notes(length=8, on_long="drop"), RESTS, "notes of over 8 or rests of over 8 beats"),
    (Roll(), line(9, is_drum=True), "nothing but drums"),
    (Roll(), Piece.from_notes([0], [480], [20]), "no note that ends with a pitch from 21 to 108"),
    (Grid(bars=4, hop=4), line(9, is_drum=True), "no melody"),
    (Grid(bars=4, hop=4, arrangement="trio"), line(40), "no bass and no drums"),
    (Grid(bars=4, hop=4), line(5), "nowhere 3 bars of 4/4 or 1/4 with a note in every line"),
    (Grid(bars=4, hop=4), THREES, "nowhere 3 bars of 4/4 or 1/4 with a note in every line"),
    (Octuple(), line(9, is_drum=True), "no melody"),
    (Octuple(arrangement="all"), NOTHING, "no notes"),
    (Octuple(bars=4), line(31), "nowhere 32 events within 4 bars"),
]


@pytest.mark.parametrize(("made_by", "piece", "why"), WHY)
def test_a_piece_without_a_window_is_told_why(made_by, piece, why):
    assert not len(made_by.encode(piece))
    assert made_by.why_none(piece).startswith(why)
