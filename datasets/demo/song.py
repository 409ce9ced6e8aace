"""From a seed to a finished piece: plan, tune, second voice, piano, dynamics."""

from dataclasses import dataclass

import numpy as np

from datasets.demo import accompaniment, bridge, form, harmony, tunes
from datasets.demo.chance import Dice, Seed
from datasets.demo.form import Section
from datasets.demo.harmony import Chord, Key
from datasets.demo.melody import BAR, HALF, Note
from datasets.demo.style import STYLE_WEIGHTS, STYLES
from music.piece import Piece

TRACKS = ("MELODY", "BRIDGE", "PIANO")
TICKS_PER_BEAT, TICKS_PER_STEP = 480, 120
LOUDNESS = np.array([92, 74, 66])
# The metre: the bar's first beat, its third, the other beats, the eighths between, the rest.
ACCENTS = np.array([8, -5, -2, -5, 2, -5, -2, -5, 5, -5, -2, -5, 2, -5, -2, -5])
SWELL = np.array([-3, 0, 3, 0])
SECTION_LEVEL = {"intro": -8, "A": 0, "A'": 2, "A''": 4, "B": 5, "C": 7, "coda": -5}
JITTER = 5
SIXTH, SEVENTH = 5, 6


@dataclass(frozen=True)
class Facts:
    """What is true of a song because it was made so; chords are one for each half bar."""

    key: Key
    style: str
    tempo: int
    sections: tuple[Section, ...]

    @property
    def bars(self) -> int:
        """The number of bars, intro and coda included."""
        return self.sections[-1].start + self.sections[-1].bars

    @property
    def form(self) -> tuple[str, ...]:
        """The letters of the sections in order."""
        return tuple(section.letter for section in self.sections)

    @property
    def chords(self) -> tuple[Chord, ...]:
        """The chord of every half bar."""
        return tuple(chord for section in self.sections for chord in section.chords)


def facts(seed: Seed) -> Facts:
    """The plan that `compose(seed)` carries out."""
    return _plan(Dice(seed))


def compose(seed: Seed) -> Piece:
    """A song with tracks MELODY, BRIDGE and PIANO, the same bytes for the same seed."""
    dice = Dice(seed)
    plan = _plan(dice)
    style, chords = STYLES[plan.style], plan.chords
    melodies = tunes.write(dice, plan.key, plan.sections, style)
    first = plan.sections[0]
    entry = first.bars if first.letter == "intro" else 0
    lead = tunes.join(melodies, entry if not entry else entry - 1)
    second = bridge.write(dice, plan.key, plan.sections, melodies, chords)
    piano = accompaniment.write(dice, plan.key, plan.sections, style)
    voices = (_spell(plan.key, lead, chords), _spell(plan.key, second, chords), piano)
    table = np.array(
        [(track, *sound) for track, sounds in enumerate(voices) for sound in sounds], np.int64
    )
    track, step, length, pitch = _untangle(table).T
    return Piece.from_notes(
        step * TICKS_PER_STEP,
        length * TICKS_PER_STEP,
        pitch,
        _velocities(dice, plan, track, step),
        track=track,
        ticks_per_beat=TICKS_PER_BEAT,
        tempos=[[0, 60_000_000 // plan.tempo]],
        time_signatures=[[0, 4, 4]],
        track_names=TRACKS,
    )


def _plan(dice: Dice) -> Facts:
    key = Key(dice.below(12), dice.pick(harmony.MODE_WEIGHTS))
    name = dice.pick(STYLE_WEIGHTS)
    style = STYLES[name]
    tempo = style.slowest + dice.below(style.fastest - style.slowest + 1)
    return Facts(key, name, tempo, form.plan(dice, key))


def _spell(key: Key, notes: list[Note], chords: tuple[Chord, ...]) -> list[tuple[int, int, int]]:
    """Steps, lengths and pitches, the harmonic minor sung as the melodic minor."""
    spelled = []
    for place, (step, length, degree) in enumerate(notes):
        pitch = key.pitch(degree, chords[step // HALF].altered)
        if key.mode == "harmonic minor" and degree % 7 in (SIXTH, SEVENTH):
            around = [notes[at] for at in (place - 1, place + 1) if 0 <= at < len(notes)]
            pitch += _smoothed(notes[place], around, chords)
        spelled.append((step, length, pitch))
    return spelled


def _smoothed(note: Note, around: list[Note], chords: tuple[Chord, ...]) -> int:
    """What to add to a sixth or a seventh that would stand an augmented second from the other."""
    tones = chords[note.step // HALF].degrees
    if note.degree % 7 == SEVENTH:
        falls = any(other.degree == note.degree - 1 for other in around)
        return -1 if falls and SEVENTH not in tones else 0
    leads = any(
        other.degree == note.degree + 1 and SEVENTH in chords[other.step // HALF].degrees
        for other in around
    )
    return 1 if leads and SIXTH not in tones else 0


def _untangle(table: np.ndarray) -> np.ndarray:
    """The table (notes, 4) of track, step, length, pitch, where no pitch is struck as it sounds."""
    table = table[np.lexsort((-table[:, 2], table[:, 1], table[:, 3], table[:, 0]))]
    same = (table[1:, [0, 3]] == table[:-1, [0, 3]]).all(axis=1)
    gap = np.diff(table[:, 1])
    table = table[np.append(True, ~(same & (gap == 0)))]
    same = (table[1:, [0, 3]] == table[:-1, [0, 3]]).all(axis=1)
    gap = np.diff(table[:, 1])
    table[:-1, 2] = np.where(same, np.minimum(table[:-1, 2], gap), table[:-1, 2])
    return table


def _velocities(dice: Dice, plan: Facts, track: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Loudness (notes,) shaped by voice, metre, phrase and section, with a little unevenness."""
    bar = step // BAR
    levels = [
        SECTION_LEVEL.get(section.letter, SECTION_LEVEL[section.base])
        for section in plan.sections
        for _ in range(section.bars)
    ]
    uneven = dice.words(len(step)) >> np.uint64(32)
    return (
        LOUDNESS[track]
        + ACCENTS[step % BAR]
        + SWELL[bar % len(SWELL)]
        + np.array(levels)[bar]
        + (uneven % np.uint64(JITTER)).astype(np.int64)
        - JITTER // 2
    )
