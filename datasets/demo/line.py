"""The line under a tune: one chord tone for each half bar, found by the cheapest path."""

from typing import NamedTuple

from datasets.demo.chance import Dice

# What it costs to move by so many degrees from one strong beat to the next.
MOVE_COST = (4, 0, 1, 2, 4, 7, 13, 11)
FAR = 30
MOTIF_COST, CONTOUR_COST, UNRECOVERED = 2, 2, 7
UNEVENNESS = 4
CLOSING = 3


class Anchor(NamedTuple):
    """A note of the line: where its half bar begins, its degree, and what fills the half bar."""

    half: int
    degree: int
    cell: tuple[int, ...]
    taste: int
    push: bool


class Slot(NamedTuple):
    """A place for an anchor: the chord tones it may take, the height it is drawn to.

    `leap` is the interval that its motif wants before it, if any; `blank` is the anchor
    but for its degree.
    """

    tones: tuple[int, ...]
    height: int
    leap: int | None
    closing: bool
    blank: Anchor


class _Step(NamedTuple):
    """The cheapest path to a degree: its cost, its last move and the step before."""

    cost: int
    degree: int | None
    move: int
    whence: "_Step | None"


def search(
    dice: Dice, slots: list[Slot], before: int | None, low: int, high: int, barred: tuple[int, ...]
) -> list[Anchor]:
    """The cheapest anchors for `slots` between degrees `low` and `high`, coming from `before`.

    A step between the two degrees `barred` is shunned.
    """
    steps = [_Step(0, before, 0, None)]
    for slot in slots:
        steps = [
            _arrive(steps, degree, slot, dice.below(UNEVENNESS), barred)
            for degree in range(low, high + 1)
            if degree % 7 in slot.tones
        ]
    step = min(steps, key=lambda found: (found.cost, found.degree))
    anchors = []
    for slot in reversed(slots):
        anchors.append(slot.blank._replace(degree=step.degree))
        step = step.whence
    return anchors[::-1]


def _arrive(
    steps: list[_Step], degree: int, slot: Slot, cost: int, barred: tuple[int, ...]
) -> _Step:
    """The cheapest way on from `steps` to `degree`, where being there costs `cost` more."""
    best = None
    for step in steps:
        total, move = step.cost, 0
        if step.degree is not None:
            move = degree - step.degree
            size = abs(move)
            price = MOVE_COST[size] if size < len(MOVE_COST) else FAR
            # The last note of a phrase is approached, not aimed at from afar.
            total += CLOSING * price if slot.closing else price
            if size == 1 and degree % 7 in barred and step.degree % 7 in barred:
                total += FAR
            # A leap wants to be answered by a move the other way.
            if abs(step.move) > 2 and move * step.move > 0:
                total += UNRECOVERED
            if slot.leap is not None:
                total += MOTIF_COST * min(abs(move - slot.leap), 3)
        if best is None or total < best[0]:
            best = (total, degree, move, step)
    if not slot.closing:
        cost += CONTOUR_COST * abs(degree - slot.height)
    return _Step(best[0] + cost, *best[1:])
