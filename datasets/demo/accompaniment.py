"""The piano: patterns played on well-led chords, with a bass that walks between phrases."""

from typing import NamedTuple

from datasets.demo import patterns, voicing
from datasets.demo.chance import Dice
from datasets.demo.form import Section
from datasets.demo.harmony import Chord, Key
from datasets.demo.patterns import BAR
from datasets.demo.style import Style

HALF = 8
PHRASE_BARS = 4
VERSE_MIDDLE, CHORUS_MIDDLE = 58, 61
HOLD_PERCENT, WALK_PERCENT, TURN_PERCENT = 45, 55, 35
WALK_STEP = 2
# A bass and the right hand's three pitches above it; the hands at rest.
Grip = tuple[int, tuple[int, ...]]
REST = (43, (55, 59, 64))


class Sound(NamedTuple):
    """A sounding note: sixteenths from the song's start, length, MIDI pitch."""

    step: int
    length: int
    pitch: int


def write(dice: Dice, key: Key, sections: tuple[Section, ...], style: Style) -> list[Sound]:
    """Every note of the piano, in no order; a note may meet another of its pitch."""
    chosen: dict[str, tuple[str, str]] = {}
    sounds: list[Sound] = []
    grip = REST
    for section in sections:
        names = _patterns(dice, section, style, chosen)
        middle = CHORUS_MIDDLE if section.base in "BC" else VERSE_MIDDLE
        holds, walks = dice.chance(HOLD_PERCENT), dice.chance(WALK_PERCENT)
        lows = []
        for bar in range(section.bars):
            chords = section.chords[2 * bar : 2 * bar + 2]
            hands = []
            for chord in chords:
                grip = _lead(grip, key, chord, middle)
                hands.append(voicing.left_hand(grip[0], chord.classes(key)) + grip[1])
            lows.append(grip[0])
            last = section is sections[-1] and bar == section.bars - 1
            closes = bar % PHRASE_BARS == PHRASE_BARS - 1
            played = "held" if last or closes and holds else names[bar // PHRASE_BARS]
            bars = patterns.HALVED if chords[0] != chords[1] else patterns.WHOLE
            strikes = bars[played]
            start = (section.start + bar) * BAR
            sounds += [
                Sound(start + step, length, hands[step // HALF][voice])
                for step, length, voice in strikes
            ]
            if closes and walks and bar + 1 < section.bars:
                upcoming = section.chords[2 * bar + 2]
                sounds += _walk(key, grip[0], chords[1], upcoming, start + BAR)
    return sounds


def _patterns(
    dice: Dice, section: Section, style: Style, chosen: dict[str, tuple[str, str]]
) -> tuple[str, str]:
    """A pattern for each phrase; a letter keeps those it had, a varied return may change them."""
    if section.letter == "intro":
        return dice.pick((("held",) * 2, ("chorale",) * 2, (dice.pick(style.verse),) * 2))
    if section.letter == "coda":
        return chosen["A"]
    if section.letter not in chosen:
        options = style.verse if section.base == "A" else style.chorus
        if section.letter != section.base:
            options = (*style.verse, *style.chorus)
        first = dice.pick(options)
        second = dice.pick(options) if dice.chance(TURN_PERCENT) else first
        chosen[section.letter] = (first, second)
    return chosen[section.letter]


def _lead(grip: Grip, key: Key, chord: Chord, middle: int) -> Grip:
    """The bass and the right hand that follow a grip most smoothly."""
    low = voicing.bass(grip[0], voicing.bass_class(key, chord))
    classes = voicing.upper_classes(key, chord)
    return low, voicing.hand(grip[1], classes, middle, grip[0], low)


def _walk(key: Key, low: int, now: Chord, upcoming: Chord, end: int) -> list[Sound]:
    """Two notes of the scale that bring the bass by step to the next bar's, where they fit."""
    target = voicing.bass(low, voicing.bass_class(key, upcoming))
    if abs(target - low) < 3:
        return []
    direction = 1 if target > low else -1
    scale = key.classes
    steps = [
        pitch
        for pitch in range(target - direction, target - 6 * direction, -direction)
        if pitch % 12 in scale
    ][:2]
    walk = [pitch for pitch in reversed(steps) if pitch != low]
    first = end - WALK_STEP * len(walk)
    return [Sound(first + WALK_STEP * place, WALK_STEP, pitch) for place, pitch in enumerate(walk)]
