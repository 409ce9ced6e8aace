"""Accompaniment patterns, written as tablature: a row a voice, a column a sixteenth.

`x` strikes, `-` holds, `.` is silent. Voices from the left hand up: B the bass, F a chord
tone about a fifth above it, O its octave, T a tenth; 1 2 3 the right hand's chord from below.
"""

from typing import NamedTuple

VOICES = "BFOT123"
BAR = 16


class Strike(NamedTuple):
    """One note of a pattern: its sixteenth, its length, its place in `VOICES`."""

    step: int
    length: int
    voice: int


TABLATURE = {
    "held": """
        B x---------------
        123 x---------------""",
    "chorale": """
        B x-------x-------
        123 x-------x-------""",
    "quarters": """
        B x-------x-------
        123 x---x---x---x---""",
    "alberti": """
        B x-------x-------
        1 x-......x-......
        3 ..x-..x-..x-..x-
        2 ....x-......x-..""",
    "rolling": """
        B x-------x-------
        F ..x-----..x-----
        O ....x---....x---
        T ......x-......x-
        23 x-------........""",
    "wide": """
        B x---------------
        F ..x-------------
        O ....x-----------
        T ......x---....x-
        1 ........x-..x---
        2 ..........x-....""",
    "harp": """
        B x-------x-------
        F ..x-----..x-----
        1 ....x---....x---
        2 ......x-......x-""",
    "arch": """
        B x-------........
        F ..x-..........x-
        O ....x-......x-..
        2 ......x-..x-....
        3 ........x-......
        1 ........x---....""",
    "murmur": """
        B x-------x-------
        F .x.......x......
        1 ..x..x....x..x..
        2 ...x..x....x..x.
        3 ....x..x....x..x""",
    "stride": """
        B x---............
        F ........x---....
        123 ....x---....x---""",
    "offbeat": """
        B x---....x---....
        F ....x---....x---
        123 ..x-..x-..x-..x-""",
    "syncopated": """
        B x-----x-x-----x-
        123 x-----x-----x---""",
    "pop": """
        B x-------x-----x-
        O ......x-........
        123 x---x-----x-x---""",
    "tresillo": """
        B x-----x-----x---
        O ........x---....
        123 ....x-......x---
        23 ..........x-....""",
    "habanera": """
        B x-----x-x---x---
        123 ..x---....x---..
        3 ......x-......x-""",
    "pulse": """
        B x-------x-------
        23 x-x-x-x-x-x-x-x-
        1 x---x---x---x---""",
    "ripple": """
        B x-------x-------
        1 x---x---x---x---
        2 .x-..x-..x-..x-.
        3 ..xx..xx..xx..xx""",
}


def _read(tablature: str) -> tuple[Strike, ...]:
    strikes = []
    for row in tablature.split("\n"):
        voices, _, cells = row.strip().partition(" ")
        for step, cell in enumerate(cells):
            if cell == "x":
                tail = cells[step + 1 :]
                length = 1 + len(tail) - len(tail.lstrip("-"))
                strikes += [Strike(step, length, VOICES.index(voice)) for voice in voices]
    return tuple(sorted(strikes))


def _halves(strikes: tuple[Strike, ...]) -> tuple[Strike, ...]:
    """The first half of a bar twice, for a bar whose chord changes in the middle."""
    half = BAR // 2
    first = [
        strike._replace(length=min(strike.length, half - strike.step))
        for strike in strikes
        if strike.step < half
    ]
    return (*first, *(strike._replace(step=strike.step + half) for strike in first))


WHOLE = {name: _read(tablature) for name, tablature in TABLATURE.items()}
HALVED = {name: _halves(strikes) for name, strikes in WHOLE.items()}
