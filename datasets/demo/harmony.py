"""Keys, chords and a weighted grammar of chord functions that ends in cadences.

A chord is a stack of thirds on a degree of the mode, so one table of numerals serves every
mode. Progressions are lists with one chord per half bar.
"""

from functools import cache
from typing import NamedTuple

from datasets.demo.chance import Dice, spread

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "natural minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
MODE_WEIGHTS = spread(
    {"major": 8, "natural minor": 3, "harmonic minor": 3, "dorian": 3, "mixolydian": 3}
)
NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
PLAIN = (0,) * 7


class Key(NamedTuple):
    """A tonic (0 for C to 11 for B) and a mode."""

    tonic: int
    mode: str

    @property
    def classes(self) -> frozenset[int]:
        """The seven pitch classes of the scale."""
        return frozenset((self.tonic + step) % 12 for step in MODES[self.mode])

    def pitch(self, degree: int, altered: tuple[int, ...] = PLAIN) -> int:
        """The MIDI pitch of a scale degree counted from the tonic at or above middle C."""
        octave, step = divmod(degree, 7)
        return 60 + self.tonic + 12 * octave + MODES[self.mode][step] + altered[step]


class Chord(NamedTuple):
    """A stack of thirds: its numeral, its function, its degrees (root first) and its bass."""

    numeral: str
    function: str
    degrees: tuple[int, ...]
    altered: tuple[int, ...] = PLAIN
    bass: int = 0

    @property
    def name(self) -> str:
        """The numeral with the figure of its inversion, as in I, V7 or IV6."""
        return self.numeral + ("", "6", "64")[self.bass]

    def classes(self, key: Key) -> frozenset[int]:
        """The pitch classes that sound."""
        return frozenset(key.pitch(degree, self.altered) % 12 for degree in self.degrees)


# What each function may become. Numerals in lower case are minor or diminished.
VOCABULARY = {
    "major": {
        "T": {"I": 6, "vi": 3, "iii": 1},
        "t": {"vi": 1},
        "S": {"IV": 4, "ii": 3, "ii7": 2},
        "D": {"V": 4, "V7": 4, "vii°": 1},
    },
    "natural minor": {
        "T": {"i": 6, "VI": 3, "III": 2},
        "t": {"VI": 3, "III": 2},
        "S": {"iv": 4, "VI": 2, "ii°": 1},
        "D": {"VII": 4, "v": 3},
    },
    "harmonic minor": {
        "T": {"i": 6, "VI": 2},
        "t": {"VI": 1},
        "S": {"iv": 5, "ii°": 1, "ii°7": 1},
        "D": {"V": 4, "V7": 4, "vii°": 1},
    },
    "dorian": {
        "T": {"i": 6, "III": 1},
        "t": {"III": 1},
        "S": {"IV": 5, "ii": 2},
        "D": {"VII": 3, "v": 2},
    },
    "mixolydian": {
        "T": {"I": 6, "vi": 2},
        "t": {"vi": 1},
        "S": {"IV": 5, "ii": 2},
        "D": {"VII": 4, "v": 2},
    },
}
# Two bars each; two letters share a bar. T tonic, t its substitutes, S subdominant,
# P the plain fourth degree, D dominant, V its plain triads, K the six-four chord that delays
# it, I the tonic itself.
HOME = spread({"I T": 3, "I S": 4, "I D": 4, "I t": 3, "ID T": 2, "I TS": 2, "It SD": 1})
AWAY = spread({"t S": 3, "S T": 4, "t D": 2, "S D": 2, "S t": 1})
CLOSES = {
    "authentic": spread({"SD I": 6, "D I": 3, "KV I": 2, "TD I": 1}),
    "half": spread({"S V": 4, "TS V": 2, "t V": 2, "S KV": 1}),
    "plagal": spread({"P I": 3, "TP I": 2, "tP I": 1}),
    "deceptive": spread({"SD t": 3, "D t": 2}),
}
# A dominant borrowed to lead into each of these chords of the major mode.
BORROWED = {"V": ("V7/V", 1, 3, 1), "vi": ("V7/vi", 2, 4, 1), "ii": ("V7/ii", 5, 0, 1)}
BORROWED_PERCENT = 8
INVERTED_PERCENT = 45


@cache
def chord(mode: str, numeral: str, function: str) -> Chord:
    """The chord of a numeral, its degrees read from the numeral alone."""
    plain = numeral.rstrip("7").rstrip("°")
    root = NUMERALS.index(plain.upper())
    thirds = 4 if numeral.endswith("7") else 3
    return Chord(numeral, function, tuple((root + 2 * third) % 7 for third in range(thirds)))


@cache
def _choices(mode: str, function: str) -> tuple[Chord, ...]:
    tonic, fourth = ("I", "IV") if MODES[mode][2] == 4 else ("i", "iv")
    if function == "I":
        return (chord(mode, tonic, "T"),)
    if function == "K":
        return (chord(mode, tonic, "D")._replace(bass=2),)
    if function == "P":
        return (chord(mode, "IV" if mode == "dorian" else fourth, "S"),)
    plain = function == "V"
    function = "D" if plain else function
    words = VOCABULARY[mode][function]
    if plain:
        words = {word: count for word, count in words.items() if word.isalpha()}
    return spread({chord(mode, word, function.upper()): count for word, count in words.items()})


def progress(dice: Dice, mode: str, bars: str, before: Chord | None = None) -> list[Chord]:
    """Chords for bars such as "SD I": two for each bar, no bar repeating the one before it."""
    chords: list[Chord] = []
    for bar in bars.split():
        for function in bar:
            drawn = dice.pick(_choices(mode, function))
            for _ in range(2):
                if before is not None and drawn.numeral == before.numeral:
                    drawn = dice.pick(_choices(mode, function))
            chords += [drawn] * (2 // len(bar))
            before = drawn
    return chords


def colour(dice: Dice, key: Key, chords: list[Chord]) -> list[Chord]:
    """The same phrase with a few borrowed dominants, and inversions where the bass steps."""
    chords = list(chords)
    for slot in range(1, len(chords) - 2):
        follower = chords[slot + 1]
        turns = follower.numeral != chords[slot].numeral and follower.numeral in BORROWED
        if key.mode == "major" and turns and dice.chance(BORROWED_PERCENT):
            numeral, root, degree, sharp = BORROWED[follower.numeral]
            altered = tuple(sharp * (step == degree) for step in range(7))
            degrees = tuple((root + 2 * third) % 7 for third in range(4))
            chords[slot] = Chord(numeral, "D", degrees, altered)
    for slot in range(1, len(chords) - 2):
        chords[slot] = _inverted(dice, chords[slot - 1], chords[slot], chords[slot + 1])
    return chords


def _inverted(dice: Dice, before: Chord, now: Chord, after: Chord) -> Chord:
    if now.numeral == before.numeral:
        # A chord that goes on keeps its bass until it is about to move.
        return before
    if now.numeral.endswith("°"):
        return now._replace(bass=1)
    if now.bass or now.function == "D" and after.function == "T" and len(now.degrees) == 4:
        return now
    third, here = now.degrees[1], before.degrees[before.bass]
    next_bass = after.degrees[after.bass]
    steps = (third - here) % 7 in (1, 6) and (third - next_bass) % 7 in (0, 1, 6)
    return now._replace(bass=1) if steps and dice.chance(INVERTED_PERCENT) else now
