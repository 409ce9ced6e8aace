"""The tune of a whole song: letters keep their line when they return, primes ornament it."""

from datasets.demo import melody
from datasets.demo.chance import Dice
from datasets.demo.form import Section
from datasets.demo.harmony import Chord, Key
from datasets.demo.melody import BAR, BEAT, HALF, Note
from datasets.demo.style import Style

PHRASE = 4 * BAR
ORNAMENT_PERCENT = 45
CODA_CONTOUR = (1, 1, 0, 0, -1, -1, -2, -2)
# Degrees above the middle of the range: the later letters carry the climax.
LIFT = {"A": 0, "B": 2, "C": 2}
BREATH = 2
HIGH = 2


def write(
    dice: Dice, key: Key, sections: tuple[Section, ...], style: Style
) -> dict[int, list[Note]]:
    """The tune of each section by the bar it starts at, the intro left out."""
    palettes, lines, tunes = {}, {}, {}
    before = None
    for section in sections:
        if section.letter == "intro":
            continue
        base, cadence = section.base, section.cadences[-1]
        if base not in palettes:
            cells = dice.pick(style.verse_cells if base == "A" else style.chorus_cells)
            push = style.push
            if base == "coda":
                cells, push = "calm", 0
            palette = melody.draw_palette(dice, key, cells, push, LIFT.get(base, -1))
            if base == "coda":
                palette = palette._replace(contours=(CODA_CONTOUR,) * 2, pickup=0)
            palettes[base] = palette
            lines[base] = lines[base, cadence] = melody.draw_line(
                dice, key, section, palette, before
            )
        elif (base, cadence) not in lines:
            lines[base, cadence] = melody.draw_close(
                dice, key, section, palettes[base], lines[base]
            )
        notes = melody.realise(lines[base, cadence], section.chords)
        if section.letter != base:
            notes = _ornament(dice, notes, section.chords)
        tunes[section.start] = _lead_in(notes, palettes[base].pickup, before)
        before = notes[-1].degree
    last = sections[-1]
    *others, final = tunes[last.start]
    tunes[last.start] = [*others, final._replace(length=last.bars * BAR - final.step)]
    return tunes


def join(tunes: dict[int, list[Note]], start: int = 0) -> list[Note]:
    """One line from the tunes of the sections, steps counted from the song's start.

    A pickup cuts the note it meets short; nothing sounds before bar `start`.
    """
    joined: list[Note] = []
    for bar, notes in sorted(tunes.items()):
        for note in notes:
            step = note.step + bar * BAR
            if step < start * BAR:
                continue
            while joined and joined[-1].step >= step:
                joined.pop()
            if joined and joined[-1].step + joined[-1].length > step:
                joined[-1] = joined[-1]._replace(length=step - joined[-1].step)
            joined.append(note._replace(step=step))
    return joined


def _ornament(dice: Dice, notes: list[Note], chords: tuple[Chord, ...]) -> list[Note]:
    """The same tune with some of its longer notes divided by a passing tone or a neighbour."""
    varied = []
    for place, note in enumerate(notes):
        follower = notes[place + 1] if place + 1 < len(notes) else None
        closing = note.step % PHRASE >= 3 * BAR
        if follower is None or closing or note.length < BEAT or not dice.chance(ORNAMENT_PERCENT):
            varied.append(note)
            continue
        first = BEAT // 2 if note.length < BEAT + 2 else BEAT
        move = follower.degree - note.degree
        between = note.degree + _bridge_over(dice, move)
        tones = chords[(note.step + first) // HALF].degrees
        if abs(between - note.degree) > 1 and between % 7 not in tones:
            between = note.degree
        varied.append(note._replace(length=first))
        varied.append(Note(note.step + first, note.length - first, between))
    return varied


def _bridge_over(dice: Dice, move: int) -> int:
    """Where to step, from a note, before a note that lies `move` degrees away."""
    if move == 0:
        return dice.pick((1, -1))
    if abs(move) == 1:
        return dice.pick((0, -move))
    return move // 2 if move > 0 else -(-move // 2)


def _lead_in(notes: list[Note], pickup: int, before: int | None) -> list[Note]:
    """The tune with a breath before each phrase, and `pickup` eighths that step into it.

    They come from below, or from above where the note before, of degree `before`, is high.
    """
    led: list[Note] = []
    for note in notes:
        if note.step % PHRASE == 0:
            first = note.step - 2 * pickup
            last = led[-1].degree if led else before
            side = 1 if last is not None and last > note.degree + HIGH else -1
            if pickup and (not led or led[-1].step <= first - BEAT):
                led = _cut(led, first)
                led += [
                    Note(first + 2 * place, 2, note.degree + side * (pickup - place))
                    for place in range(pickup)
                ]
            else:
                led = _cut(led, note.step - BREATH)
        led.append(note)
    return led


def _cut(notes: list[Note], step: int) -> list[Note]:
    """The notes with the last one ended by `step`, where it is long enough to end there."""
    if not notes or notes[-1].step + notes[-1].length <= step or notes[-1].step >= step - 1:
        return notes
    return [*notes[:-1], notes[-1]._replace(length=step - notes[-1].step)]
