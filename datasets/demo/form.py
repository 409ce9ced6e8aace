"""The plan of a song: its sections, their phrases, cadences and chords."""

from typing import NamedTuple

from datasets.demo import harmony
from datasets.demo.chance import Dice, spread
from datasets.demo.harmony import Chord, Key

FORMS = spread({"AABA": 6, "ABAC": 3, "AABB": 1, "ABA": 5, "AAB": 2, "ABAB": 1, "AB": 2, "AA": 1})
# Bars of intro and coda, for songs of so many sections.
EXTRAS = {
    2: spread({(4, 0): 1, (0, 4): 1, (2, 2): 1, (4, 4): 2}),
    3: spread({(0, 0): 1, (4, 0): 2, (0, 4): 2, (2, 2): 2, (4, 4): 1}),
    4: spread({(0, 0): 4, (4, 0): 1, (0, 4): 1, (2, 2): 1}),
}
LONG, SHORT = 8, 4
HALF_BARS = 2


class Section(NamedTuple):
    """Some bars of a song under one letter, with a chord for each half bar.

    A prime after the letter marks a varied return; `cadences` holds one name per phrase.
    """

    letter: str
    start: int
    bars: int
    cadences: tuple[str, ...]
    chords: tuple[Chord, ...]
    parallel: bool

    @property
    def base(self) -> str:
        """The letter without its primes."""
        return self.letter.rstrip("'")


class _Material(NamedTuple):
    """What every return of a letter shares: an eight-bar period short of its last two bars."""

    middle: str
    parallel: bool
    head: list[Chord]
    closes: dict[str, list[Chord]]


def plan(dice: Dice, key: Key) -> tuple[Section, ...]:
    """The sections of one song, intro and coda included."""
    letters = dice.pick(FORMS)
    intro, coda = dice.pick(EXTRAS[len(letters)])
    sections: list[Section] = []
    materials: dict[str, _Material] = {}
    start = intro
    for place, letter in enumerate(letters):
        if letter not in materials:
            materials[letter] = _material(dice, key, away=letter == "B")
        cadence = _cadence(dice, letters, place, has_coda=coda > 0)
        primes = "'" * min(2, letters[:place].count(letter)) if dice.chance(65) else ""
        sections.append(_period(dice, key, letter + primes, start, materials[letter], cadence))
        start += LONG
    if intro:
        sections.insert(0, _intro(dice, key, intro, sections[0]))
    if coda:
        sections.append(_coda(dice, key, coda, start))
    return tuple(sections)


def _cadence(dice: Dice, letters: str, place: int, has_coda: bool) -> str:
    """How a section ends: open where another must answer it, closed at the end of the song."""
    if place == len(letters) - 1:
        return "deceptive" if has_coda and dice.chance(20) else "authentic"
    if letters[place + 1] == "A" and letters[place] != "A":
        return dice.pick(spread({"half": 6, "authentic": 2, "plagal": 1}))
    if letters[place : place + 2] == "AA":
        return dice.pick(spread({"authentic": 4, "half": 2, "deceptive": 1}))
    return dice.pick(spread({"authentic": 4, "plagal": 1}))


def _material(dice: Dice, key: Key, away: bool) -> _Material:
    middle = dice.pick(spread({"half": 5, "deceptive": 1, "plagal": 1}))
    opening = harmony.progress(dice, key.mode, dice.pick(harmony.AWAY if away else harmony.HOME))
    first = opening + _close(dice, key, middle, opening[-1])
    parallel = dice.chance(65)
    if not parallel:
        bars = dice.pick(harmony.AWAY if away or dice.chance(40) else harmony.HOME)
        opening = harmony.progress(dice, key.mode, bars, first[-1])
    head = harmony.colour(dice, key, first)
    second = head[:4] if parallel else opening
    return _Material(middle, parallel, head + second, {})


def _close(dice: Dice, key: Key, cadence: str, before: Chord) -> list[Chord]:
    bars = dice.pick(harmony.CLOSES[cadence])
    if "K" in bars and harmony.MODES[key.mode][6] == 10:
        # Without a leading tone the six-four chord delays nothing.
        bars = bars.replace("KV", "SV" if bars.startswith("KV") else "V")
    return harmony.progress(dice, key.mode, bars, before)


def _period(
    dice: Dice, key: Key, letter: str, start: int, material: _Material, cadence: str
) -> Section:
    if cadence not in material.closes:
        close = _close(dice, key, cadence, material.head[-1])
        phrase = harmony.colour(dice, key, material.head[-4:] + close)
        # The first half of the phrase has been heard; only the way out is new.
        material.closes[cadence] = phrase[4:]
    chords = material.head + material.closes[cadence]
    cadences = (material.middle, cadence)
    return Section(letter, start, LONG, cadences, tuple(chords), material.parallel)


def _intro(dice: Dice, key: Key, bars: int, first: Section) -> Section:
    """The last phrase of the first section, heard before it; or a two-bar vamp."""
    if bars == SHORT:
        return Section("intro", 0, bars, first.cadences[-1:], first.chords[-8:], False)
    chords = harmony.progress(dice, key.mode, dice.pick(("I S", "I D", "I SD")))
    return Section("intro", 0, bars, ("open",), tuple(chords), False)


def _coda(dice: Dice, key: Key, bars: int, start: int) -> Section:
    cadence = dice.pick(spread({"plagal": 3, "authentic": 2}))
    opening = harmony.progress(dice, key.mode, dice.pick(("I S", "t S"))) if bars == SHORT else []
    close = _close(dice, key, cadence, opening[-1] if opening else None)
    chords = harmony.colour(dice, key, opening + close) if bars == SHORT else close
    return Section("coda", start, bars, (cadence,), tuple(chords), False)
