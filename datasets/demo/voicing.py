"""Where the notes of a chord lie: a bass that moves little, a right hand that moves less."""

from functools import cache
from itertools import combinations

from datasets.demo.harmony import Chord, Key

BASS_LOW, BASS_HIGH, BASS_MIDDLE = 34, 52, 43
HAND_LOW, HAND_HIGH = 50, 76
WIDEST = 12
PARALLEL = 8


@cache
def bass(before: int, wanted: int) -> int:
    """The pitch of class `wanted` nearest to the bass `before`, drawn to the middle."""
    options = range(BASS_LOW + (wanted - BASS_LOW) % 12, BASS_HIGH + 1, 12)
    return min(options, key=lambda pitch: 2 * abs(pitch - before) + abs(pitch - BASS_MIDDLE))


@cache
def _close(classes: frozenset[int]) -> tuple[tuple[int, ...], ...]:
    """Every close position of three pitch classes within reach of the right hand."""
    pitches = [pitch for pitch in range(HAND_LOW, HAND_HIGH + 1) if pitch % 12 in classes]
    return tuple(
        hand
        for hand in combinations(pitches, 3)
        if hand[2] - hand[0] < WIDEST and len({pitch % 12 for pitch in hand}) == 3
    )


@cache
def hand(
    before: tuple[int, ...], classes: frozenset[int], middle: int, old_bass: int, new_bass: int
) -> tuple[int, ...]:
    """The right hand's chord (3,) that moves least from `before`, drawn to `middle`."""

    def cost(option: tuple[int, ...]) -> tuple:
        moved = sum(abs(one - other) for one, other in zip(option, before, strict=True))
        drift = abs(sum(option) - 3 * middle)
        return 2 * moved + drift + PARALLEL * _parallels(before, option, old_bass, new_bass), option

    return min(_close(classes), key=cost)


def _parallels(
    before: tuple[int, ...], after: tuple[int, ...], old_bass: int, new_bass: int
) -> int:
    """Pairs of voices that move together in fifths or octaves."""
    old, new = (old_bass, *before), (new_bass, *after)
    return sum(
        old[low] != new[low]
        and (old[high] - old[low]) % 12 == (new[high] - new[low]) % 12
        and (new[high] - new[low]) % 12 in (0, 7)
        for low, high in combinations(range(4), 2)
    )


@cache
def upper_classes(key: Key, chord: Chord) -> frozenset[int]:
    """The three pitch classes that the right hand plays over a chord's bass."""
    degrees = chord.degrees
    if len(degrees) == 4:
        # Four notes do not fit: the one that the bass has is left to it.
        degrees = tuple(d for place, d in enumerate(degrees) if place != chord.bass)
    return frozenset(key.pitch(degree, chord.altered) % 12 for degree in degrees)


@cache
def bass_class(key: Key, chord: Chord) -> int:
    """The pitch class in the bass."""
    return key.pitch(chord.degrees[chord.bass], chord.altered) % 12


@cache
def left_hand(low: int, classes: frozenset[int]) -> tuple[int, int, int, int]:
    """The bass, a chord tone about a fifth above it, its octave, and one about a tenth above."""

    def above(least: int) -> int:
        return next(pitch for pitch in range(low + least, low + 30) if pitch % 12 in classes)

    return low, above(5), low + 12, above(14)
