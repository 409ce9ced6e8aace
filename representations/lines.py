"""Notes on a grid as tokens: the one line of a melodic track, the bit sets of the drums.

A line's tokens are HOLD (what sounds, or the silence, goes on), OFF (silence begins) and then the
pitches from the lowest. A step of the drums is a set of classes, one bit each; 0 is no stroke.
"""

from dataclasses import dataclass

import numpy as np

HOLD, OFF, FIRST_PITCH = 0, 1, 2

# The nine classes by the key that stands for each, and the other keys of General MIDI's
# percussion (and its GS and XG extensions from 27) that sound most like it.
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
class Line:
    """The tokens of a track over some steps, and what became of its notes.

    A note is heard from its onset on, or only after a higher one ended, or never, covered by
    others; or the line has no token for it.
    """

    tokens: np.ndarray  # int16 (steps,)
    sounding: np.ndarray  # int16 (steps,): the token to begin with at a step, HOLD in silence
    fates: np.ndarray  # int8 (notes,)


def melodic_line(
    onset: np.ndarray,
    stop: np.ndarray,
    pitch: np.ndarray,
    steps: int,
    lowest: int,
    highest: int,
) -> Line:
    """The highest pitch that sounds at each step, from notes that last from onset to stop.

    Of notes struck together only the highest counts: hands let go of a chord key by key, and what
    they leave is no melody. A note is struck where it begins, or where the higher ones that began
    before it are over, if it lasts more than a step from there: until then the higher one goes on.
    One that lasts so much longer than a higher one within it is struck again after.
    """
    fates = np.full(len(pitch), OUT_OF_RANGE, np.int8)
    fits = np.flatnonzero((pitch >= lowest) & (pitch <= highest))
    # Each pitch has a stretch of numbers of its own, so that one sort and one running maximum
    # serve for all: a note ends where its pitch is struck again, but for which it would have
    # lasted as long as the longest of those before.
    base = pitch[fits].astype(np.int64) * (steps + 1)
    order = np.argsort(base + onset[fits], kind="stable")
    chosen = fits[order]
    base, onset = base[order], onset[chosen]
    begin = base + onset
    end = np.maximum.accumulate(base + stop[chosen])
    end[:-1] = np.minimum(end[:-1], begin[1:])
    highest_struck = np.full(steps, -1)
    highest_struck[onset] = np.arange(len(begin))  # the last written, the highest, stays
    lasts = np.where(highest_struck[onset] == np.arange(len(begin)), end - begin, 0)
    index = np.repeat(np.arange(len(begin)), lasts)
    place = np.arange(len(index)) - np.repeat(np.cumsum(lasts) - lasts - onset, lasts)
    # Higher pitches come later and lie over lower ones. Before the first step there is silence.
    top = np.full(steps + 1, -1)
    top[1:][place] = index
    top = _without_slivers(top, onset)
    changed = top[1:] != top[:-1]
    top = top[1:]
    sounding = np.append(pitch[chosen] - lowest + FIRST_PITCH, HOLD).astype(np.int16)[top]
    tokens = np.where(changed, np.where(top < 0, OFF, sounding), HOLD).astype(np.int16)
    fate = np.full(len(chosen), COVERED, np.int8)
    fate[top[top >= 0]] = LATE
    fate[top[onset] == np.arange(len(chosen))] = ON_TIME
    fates[chosen] = fate
    return Line(tokens, sounding, fates)


def _without_slivers(top: np.ndarray, onset: np.ndarray) -> np.ndarray:
    """`top` (1 + steps,) with the note before going on where another comes out for one step."""
    begins = top[1:] != top[:-1]
    ends = np.append(begins[1:], True)
    own = (onset[top[1:]] == np.arange(len(begins))) | (top[1:] < 0) if len(onset) else True
    sliver = np.append(False, begins & ends & ~own)
    return top[np.maximum.accumulate(np.where(sliver, 0, np.arange(len(top))))]


def drum_line(onset: np.ndarray, key: np.ndarray, steps: int) -> Line:
    """The set of classes struck at each step."""
    kind = CLASS_OF_KEY[key]
    fits = np.flatnonzero(kind >= 0)
    struck = np.zeros((steps, len(BITS)), np.int16)
    struck[onset[fits], kind[fits]] = BITS[kind[fits]]
    fates = np.full(len(key), OUT_OF_RANGE, np.int8)
    fates[fits] = COVERED
    # Of strokes of one class at one step the first is the one that is heard.
    _, first = np.unique(onset[fits] * len(BITS) + kind[fits], return_index=True)
    fates[fits[first]] = ON_TIME
    tokens = struck.sum(axis=1, dtype=np.int16)
    return Line(tokens, tokens, fates)


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
