"""The second voice: silent at first, then a counter-melody, thirds or answers to the tune."""

from datasets.demo.chance import Dice, spread
from datasets.demo.form import Section
from datasets.demo.harmony import Chord, Key
from datasets.demo.melody import BAR, BEAT, HALF, Note

PHRASE = 4 * BAR
FIRST = spread({"silent": 5, "answer": 3})
LATER = spread({"counter": 3, "thirds": 3, "answer": 4})
COUNTER_LOW, COUNTER_HIGH = 57, 72
ANSWER_GAP = 6
ANSWER_HIGH = 86
ANSWER_RISE = 3


def write(
    dice: Dice,
    key: Key,
    sections: tuple[Section, ...],
    tunes: dict[int, list[Note]],
    chords: tuple[Chord, ...],
) -> list[Note]:
    """The second voice of the song, steps counted from its start."""
    notes: list[Note] = []
    heard: set[str] = set()
    for section in sections:
        kind = dice.pick(LATER if heard else FIRST)
        if section.letter == "intro":
            notes += _announce(section, tunes, sections[1], chords)
            continue
        heard.add(section.base)
        tune = [
            note._replace(step=note.step + section.start * BAR)
            for note in tunes[section.start]
            if note.step >= 0
        ]
        start, end = section.start * 2, (section.start + section.bars) * 2
        if kind == "counter":
            notes += _counter(dice, key, chords, start, end)
        elif kind == "thirds":
            # The second voice joins for the answering phrase alone.
            entry = section.start * BAR + (PHRASE if section.bars > PHRASE // BAR else 0)
            notes += _thirds([note for note in tune if note.step >= entry], chords)
        elif kind == "answer":
            # The song's last bar belongs to its last note.
            closing = end * HALF - BAR * (section is sections[-1])
            notes += _answers(dice, key, tune, chords, closing)
    return notes


def _announce(
    section: Section, tunes: dict[int, list[Note]], first: Section, chords: tuple[Chord, ...]
) -> list[Note]:
    """The intro: the end of the coming tune, or a rising arpeggio over a vamp."""
    if section.bars * BAR == PHRASE:
        offset = (first.bars - section.bars) * BAR
        return [
            note._replace(step=note.step - offset)
            for note in tunes[first.start]
            if note.step >= offset
        ]
    return [
        Note(half * HALF + BEAT * place, BEAT, chords[half].degrees[place] + 7 * (place // 3))
        for half in range(2 * section.bars)
        for place in (0, 1)
    ]


def _counter(dice: Dice, key: Key, chords: tuple[Chord, ...], start: int, end: int) -> list[Note]:
    """Long tones that move to the nearest chord tone when the chord changes."""
    notes: list[Note] = []
    span = [d for d in range(-9, 9) if COUNTER_LOW <= key.pitch(d) <= COUNTER_HIGH]
    degree = span[len(span) // 2]
    direction = 1
    for half in range(start, end):
        if notes and half % 2 and chords[half] == chords[half - 1]:
            notes[-1] = notes[-1]._replace(length=BAR)
            continue
        options = [option for option in span if option % 7 in chords[half].degrees]
        nearest = min(options, key=lambda o: (abs(o - degree - direction), dice.below(2), o))
        if nearest in (span[0], span[-1]):
            direction = -direction
        degree = nearest
        notes.append(Note(half * HALF, HALF, degree))
    return notes


def _thirds(tune: list[Note], chords: tuple[Chord, ...]) -> list[Note]:
    """The tune a third below; on a beat a fourth or a fifth, where only that is in the chord."""
    below = []
    for note in tune:
        tones = chords[note.step // HALF].degrees
        degree = note.degree - 2
        if note.step % BEAT == 0 and degree % 7 not in tones:
            degree = next(d for d in (note.degree - 3, note.degree - 4) if d % 7 in tones)
        below.append(note._replace(degree=degree))
    return below


def _answers(
    dice: Dice, key: Key, tune: list[Note], chords: tuple[Chord, ...], end: int
) -> list[Note]:
    """Short arpeggios above the tune that fill its long notes and rests until `end`."""
    notes: list[Note] = []
    for note, follower in zip(tune, [*tune[1:], None], strict=True):
        until = follower.step if follower else end
        first = note.step + BEAT + note.step % 2
        if until - first >= ANSWER_GAP:
            direction = dice.pick((1, 1, -1))
            count = min((until - first) // 2, 2 + dice.below(3))
            degree = note.degree + ANSWER_RISE
            notes += _arpeggio(key, chords, first, until, count, degree, direction)
    return notes


def _arpeggio(
    key: Key,
    chords: tuple[Chord, ...],
    first: int,
    until: int,
    count: int,
    degree: int,
    direction: int,
) -> list[Note]:
    """At most `count` chord tones in eighths from `degree`, the last of them left to ring."""
    notes: list[Note] = []
    for step in range(first, first + 2 * count, 2):
        while degree % 7 not in chords[step // HALF].degrees:
            degree += direction
        if key.pitch(degree) > ANSWER_HIGH:
            break
        notes.append(Note(step, 2, degree))
        degree += direction
    if notes:
        start = notes[-1].step
        ring = min(until - start, HALF - start % HALF)
        notes[-1] = notes[-1]._replace(length=ring)
    return notes
