"""Rhythms of a tune: cells of half a bar, bars made of two cells, phrases of four bars.

A cell lists the sixteenths at which notes begin, 0 to 7.
"""

from typing import NamedTuple

from datasets.demo.chance import Dice, spread

CELLS = {
    "calm": spread({(0,): 4, (0, 4): 6, (0, 6): 3, (0, 4, 6): 3, (0, 2, 4): 1, (2, 4): 1}),
    "flowing": spread(
        {(0, 4): 4, (0, 4, 6): 4, (0, 2, 4): 3, (0, 2, 4, 6): 3, (0, 6): 3, (0,): 1, (2, 4, 6): 2}
    ),
    "lively": spread(
        {
            (0, 2, 4, 6): 4,
            (0, 3, 6): 3,
            (0, 2, 4): 3,
            (0, 4, 6): 3,
            (2, 4, 6): 2,
            (0, 6): 2,
            (0, 2, 6): 1,
        }
    ),
    "ornate": spread(
        {
            (0, 4): 4,
            (0, 6): 3,
            (0, 4, 6): 3,
            (0, 6, 7): 2,
            (0, 4, 6, 7): 2,
            (0, 2, 3, 4): 2,
            (0, 3, 4): 2,
            (0,): 1,
        }
    ),
}
# Letters are bars with a rhythm of their own; z is the bar of the cadence.
PHRASES = spread({"aabz": 3, "abaz": 4, "aaaz": 1, "abbz": 1, "abcz": 1})
ENDINGS = spread({((0,), ()): 5, ((0,), (0,)): 2, ((0, 4), (0,)): 2})
LATE_ENDINGS = spread({((0,), (0,)): 2, ((0, 4), (0,)): 2, ((0, 4, 6), (0,)): 1})


class Bar(NamedTuple):
    """A bar's rhythm and the motif that goes with it.

    `leap` is the interval in scale degrees between the notes that begin the halves, and
    `tastes` say which of the possible figures fill each half, so that bars that share a
    letter share a shape as well.
    """

    cells: tuple[tuple[int, ...], tuple[int, ...]]
    leap: int
    tastes: tuple[int, int]
    push: tuple[bool, bool]


LEAPS = spread({-3: 1, -2: 4, -1: 4, 0: 1, 1: 4, 2: 4, 3: 2, 4: 1})


def draw_bar(dice: Dice, cells: str, push_percent: int, opens: bool) -> Bar:
    """A bar of two cells, and where it anticipates the beat; an opening bar begins on it."""
    while True:
        halves = dice.pick(CELLS[cells]), dice.pick(CELLS[cells])
        count = len(halves[0]) + len(halves[1])
        if 3 <= count <= 7 and not (opens and halves[0][0]):
            break
    # A half bar comes early only where the half before leaves it room.
    push = tuple(
        other[-1] <= 4 and half[0] == 0 and dice.chance(push_percent)
        for half, other in ((halves[0], halves[1]), (halves[1], halves[0]))
    )
    return Bar(halves, dice.pick(LEAPS), (dice.below(100), dice.below(100)), push)


def draw_ending(dice: Dice, late: bool) -> Bar:
    """The bar of a cadence, whose last note waits for a chord that comes `late`."""
    cells = dice.pick(LATE_ENDINGS if late else ENDINGS)
    return Bar(cells, dice.pick((-1, -1, 1)), (dice.below(100), dice.below(100)), (False, False))
