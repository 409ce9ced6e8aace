"""Notes on a grid as tokens: the one line of a melodic track, the bit sets of the drums.

A line's tokens are HOLD (what sounds, or the silence, goes on), OFF (silence begins) and then the
pitches from the lowest. A step of the drums is a set of classes, one bit each; 0 is no stroke.
"""

from dataclasses import dataclass

import numpy as np

HOLD, OFF, FIRST_PITCH = 0, 1, 2

# The nine classes by the key that stands for each, and the other keys of General MIDI's
# percussion (and its GS and XG extensions from 26) that sound most like it.
DRUM_CLASSES = {
    36: (35,),  # bass drum
    38: (27, 28, 31, 32, 33, 34, 37, 39, 40, 75, 85),  # snare: sticks, claps, claves, clicks
    42: (44, 54, 69, 70, 80),  # closed hi-hat: pedal, tambourine, shakers, muted triangle
    46: (26, 58, 67, 68, 71, 72, 73, 74, 78, 79, 81, 82),  # open hi-hat: guiro, agogos, whistles
    45: (41, 43, 64, 66, 87),  # low tom: floor toms, low conga, low timbale, surdo
    48: (47, 61, 62, 63, 86),  # middle tom: bongos and congas
    50: (60, 65, 76, 77),  # high tom: high bongo, high timbale, wood blocks
    49: (29, 30, 52, 55, 57),  # crash: china, splash, scratches
    51: (53, 56, 59, 83, 84),  # ride: its bell, cowbell, jingles
}
DRUM_KEYS = np.array(list(DRUM_CLASSES))
CLASS_OF_KEY = np.full(128, -1)
for _index, (_key, _others) in enumerate(DRUM_CLASSES.items()):
    CLASS_OF_KEY[[_key, *_others]] = _index
BITS = (1 << np.arange(len(DRUM_KEYS))).astype(np.int16)


FATES = ON_TIME, LATE, COVERED, OUT_OF_RANGE = range(4)


@dataclass(frozen=True)
class Lines:
    """The tokens of some lines over some steps, and what became of their notes.

    A note is heard from its onset on, or only after a higher one ended, or never, covered by
    others; or its line has no token for it.
    """

    tokens: np.ndarray  # int16 (steps, lines)
    sounding: np.ndarray  # int16 (steps, lines): the token to begin with there, HOLD in silence
    fates: np.ndarray  # int8 (notes,)


def melodic_lines(
    onset: np.ndarray,
    stop: np.ndarray,
    pitch: np.ndarray,
    line: np.ndarray,
    shape: tuple[int, int],
    lowest: int,
    highest: int,
) -> Lines:
    """The highest pitch that sounds at each step in each line; `shape` is (steps, lines).

    Of notes struck together only the highest counts: hands let go of a chord key by key, and what
    they leave is no melody. A note is struck where it begins, or where the higher ones that began
    before it are over, if it lasts more than a step from there: until then the higher one goes on.
    One that lasts so much longer than a higher one within it is struck again after.
    """
    steps, lines = shape
    fates = np.full(len(pitch), OUT_OF_RANGE, np.int8)
    fits = np.flatnonzero((pitch >= lowest) & (pitch <= highest))
    fates[fits] = COVERED
    # The lines are laid end to end and read as one.
    before = line[fits] * steps
    chosen, lasts = _uppermost(
        onset[fits] + before, stop[fits] + before, pitch[fits], steps * lines
    )
    onset = onset[fits[chosen]] + before[chosen]
    chosen = fits[chosen]
    # Later notes are written over earlier ones, so the highest stays. Silence is row -1.
    index = np.repeat(np.arange(len(chosen)), lasts)
    place = np.arange(len(index)) + np.repeat(onset + lasts - np.cumsum(lasts), lasts)
    top = np.full(steps * lines, -1)
    top[place] = index
    at, row = _runs(top, onset)
    token = np.append(pitch[chosen] - lowest + FIRST_PITCH, OFF).astype(np.int16)
    fate = np.full(len(chosen) + 1, COVERED, np.int8)
    fate[row] = LATE
    fate[row[at == np.append(onset, -1)[row]]] = ON_TIME
    fates[chosen] = fate[:-1]
    tokens = np.full(steps * lines, HOLD, np.int16)
    tokens[at] = token[row]
    tokens[::steps][top[::steps] < 0] = HOLD
    token[-1] = HOLD
    sounding = np.repeat(token[row], np.append(at[1:], len(top)) - at)
    return Lines(tokens.reshape(lines, steps).T, sounding.reshape(lines, steps).T, fates)


def _uppermost(
    onset: np.ndarray, stop: np.ndarray, pitch: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """The highest note struck at each step, from low to high, and how long each of them lasts.

    It ends where its pitch is struck again, but for which it would have lasted as long as the
    longest of those before it.
    """
    # Each pitch has a stretch of numbers of its own: one sort and one running maximum serve all.
    base = pitch.astype(np.int64) * (steps + 1)
    begin = base + onset
    order = np.argsort(begin)
    begin, onset = begin[order], onset[order]
    end = np.maximum.accumulate((base + stop)[order])
    end[:-1] = np.minimum(end[:-1], begin[1:])
    highest = np.full(steps, -1)
    highest[onset] = np.arange(len(order))  # the last written stays
    highest = np.sort(highest[highest >= 0])
    return order[highest], (end - begin)[highest]


def _runs(top: np.ndarray, onset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each note or silence (row -1) of `top` begins, and its row.

    Where a note other than at its onset comes out for one step, the one before it goes on.
    """
    at = np.append(0, np.flatnonzero(top[1:] != top[:-1]) + 1)
    row = top[at]
    short = np.flatnonzero((np.append(at[1:], len(top)) - at == 1) & (row >= 0))
    slivers = short[onset[row[short]] != at[short]]
    if len(slivers):
        source = np.arange(len(at))
        source[slivers] = 0
        row = row[np.maximum.accumulate(source)]
        new = np.append(True, row[1:] != row[:-1])
        at, row = at[new], row[new]
    return at, row


def drum_line(onset: np.ndarray, key: np.ndarray, steps: int) -> Lines:
    """The set of classes struck at each step, as one line."""
    kind = CLASS_OF_KEY[key]
    fits = np.flatnonzero(kind >= 0)
    place = onset[fits] * len(BITS) + kind[fits]
    # Of strokes of one class at one step one is heard: the last written.
    heard = np.full(steps * len(BITS), -1)
    heard[place] = fits
    fates = np.full(len(key), OUT_OF_RANGE, np.int8)
    fates[fits] = COVERED
    fates[heard[place]] = ON_TIME
    tokens = (heard >= 0).reshape(steps, len(BITS)) @ BITS
    return Lines(tokens[:, None], tokens[:, None], fates)


def melodic_notes(tokens: np.ndarray, lowest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Onset, duration and pitch of the notes in a line of tokens, of which none is too large."""
    event = np.flatnonzero(tokens != HOLD)
    stop = np.append(event[1:], len(tokens))
    struck = tokens[event] >= FIRST_PITCH
    onset = event[struck]
    return onset, stop[: len(event)][struck] - onset, tokens[onset] - FIRST_PITCH + lowest


def drum_notes(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Onset, duration (one step) and key of the strokes in a line of sets."""
    onset, kind = np.nonzero(tokens[:, None] & BITS)
    return onset, np.ones_like(onset), DRUM_KEYS[kind]
