"""Tunes: phrases of a line of chord tones, and the figures that fill the line.

A tune is a list of `Note`s whose times count sixteenths from the start of its section.
"""

from typing import NamedTuple

from datasets.demo import figures, line, rhythm
from datasets.demo.chance import Dice, spread
from datasets.demo.form import Section
from datasets.demo.harmony import Chord, Key
from datasets.demo.line import Anchor, Slot
from datasets.demo.rhythm import Bar

BAR, HALF, BEAT = 16, 8, 4
HALVES = 8
LOWEST, HIGHEST = 61, 81
EARLY = 2
CONTOURS = spread(
    {
        (-2, -1, 0, 1, 2, 2, 1, 0): 3,
        (0, 1, 2, 2, 1, 0, -1, -2): 3,
        (2, 1, 0, -1, -1, 0, 1, 0): 1,
        (-2, -2, -1, 0, 1, 2, 3, 2): 2,
        (0, -1, 0, 1, 0, 1, 0, -1): 1,
    }
)
# The degrees that a phrase may end on, where its last chord has them.
GOALS = {"authentic": (0,), "plagal": (0,), "half": (1, 4, 6, 1), "deceptive": (0, 2)}


class Note(NamedTuple):
    """One note of a tune: sixteenths from the section's start, length, scale degree."""

    step: int
    length: int
    degree: int


class Palette(NamedTuple):
    """What gives one letter its face: bars of rhythm by letter, contours, height, pickups."""

    bars: dict[str, Bar]
    phrases: tuple[str, str]
    contours: tuple[tuple[int, ...], tuple[int, ...]]
    centre: int
    pickup: int


def bounds(key: Key) -> tuple[int, int]:
    """The lowest and the highest scale degree a tune may use."""
    low = next(degree for degree in range(-9, 9) if key.pitch(degree) >= LOWEST)
    high = next(degree for degree in range(20, 0, -1) if key.pitch(degree) <= HIGHEST)
    return low, high


def draw_palette(dice: Dice, key: Key, cells: str, push_percent: int, lift: int) -> Palette:
    """A palette whose tunes lie `lift` degrees above the middle of the range."""
    bars = {
        letter: rhythm.draw_bar(dice, cells, push_percent, opens=letter == "a") for letter in "abc"
    }
    first = dice.pick(rhythm.PHRASES)
    phrases = first, first if dice.chance(70) else dice.pick(rhythm.PHRASES)
    low, high = bounds(key)
    contours = dice.pick(CONTOURS), dice.pick(CONTOURS)
    pickup = dice.pick((0, 0, 1, 2, 2, 3))
    return Palette(bars, phrases, contours, (low + high) // 2 + lift, pickup)


def draw_line(
    dice: Dice, key: Key, section: Section, palette: Palette, before: int | None
) -> list[Anchor]:
    """The anchors of a whole section that follows the degree `before`.

    A parallel second phrase begins as the first did.
    """
    anchors: list[Anchor] = []
    for phrase in range(len(section.cadences)):
        known: list[Anchor] = []
        if phrase and section.parallel:
            known = [
                anchor._replace(half=anchor.half + HALVES)
                for anchor in anchors
                if anchor.half < HALVES // 2
            ]
        anchors += _draw_phrase(dice, key, section, palette, phrase, known, before)
        before = anchors[-1].degree
    return anchors


def draw_close(
    dice: Dice, key: Key, section: Section, palette: Palette, old: list[Anchor]
) -> list[Anchor]:
    """The line with its last two bars drawn anew for the cadence that `section` ends in."""
    phrase = len(section.cadences) - 1
    start = HALVES * phrase
    kept = [anchor for anchor in old if anchor.half < start]
    known = [anchor for anchor in old if start <= anchor.half < start + HALVES // 2]
    return kept + _draw_phrase(dice, key, section, palette, phrase, known, None)


def _draw_phrase(
    dice: Dice,
    key: Key,
    section: Section,
    palette: Palette,
    phrase: int,
    known: list[Anchor],
    before: int | None,
) -> list[Anchor]:
    """The anchors of one phrase: those `known`, then the cheapest that end in its cadence."""
    start = HALVES * phrase
    chords = section.chords[start : start + HALVES]
    letters = palette.phrases[phrase][-(len(chords) // 2) :]
    bars = [palette.bars.get(letter) for letter in letters[:-1]]
    bars.append(rhythm.draw_ending(dice, late=chords[-1] != chords[-2]))
    goals = [(goal,) for goal in GOALS[section.cadences[phrase]] if goal in chords[-1].degrees]
    goal = dice.pick(goals or [chords[-1].degrees])
    heights = palette.contours[phrase]
    slots = []
    for place, bar in enumerate(bars):
        for side in (0, 1):
            half = 2 * place + side
            if not bar.cells[side] or known and start + half <= known[-1].half:
                continue
            closing = place == len(bars) - 1 and (side == 1 or not bar.cells[1])
            tones = goal if closing else chords[half].degrees[:3]
            blank = Anchor(start + half, 0, bar.cells[side], bar.tastes[side], bar.push[side])
            leap = bar.leap if side else None
            slots.append(Slot(tones, palette.centre + heights[half], leap, closing, blank))
    before = known[-1].degree if known else before
    # The augmented second of the harmonic minor is hard to sing.
    barred = (5, 6) if key.mode == "harmonic minor" else ()
    return known + line.search(dice, slots, before, *bounds(key), barred)


def realise(anchors: list[Anchor], chords: tuple[Chord, ...]) -> list[Note]:
    """The notes of a line: its half bars filled, each note held until the next."""
    onsets: list[tuple[int, int]] = []
    for place, anchor in enumerate(anchors):
        follower = anchors[place + 1] if place + 1 < len(anchors) else anchor
        start = anchor.half * HALF
        first, *rest = anchor.cell
        early = EARLY if anchor.push and place and onsets[-1][0] <= start - BEAT else 0
        onsets.append((start + first - early, anchor.degree))
        inner = figures.fill(
            anchor.taste,
            follower.degree - anchor.degree,
            anchor.degree,
            chords[anchor.half].degrees,
            tuple(step % BEAT == 0 for step in rest),
        )
        degrees = (anchor.degree + offset for offset in inner)
        onsets += zip((start + step for step in rest), degrees, strict=True)
    onsets.append((len(chords) * HALF, 0))
    return [
        Note(step, _held(step, until), degree)
        for (step, degree), (until, _) in zip(onsets, onsets[1:], strict=False)
    ]


def _held(step: int, until: int) -> int:
    """How long a note sounds that begins at `step` when the next one begins at `until`."""
    beat = until // HALF * HALF
    late = until % HALF == 2
    if late and step < beat:
        # A cell that begins after its beat leaves a breath there, not a suspension.
        until = beat
    return min(until - step, BAR)
