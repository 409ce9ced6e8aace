"""Lines of tokens against a reading of the notes step by step."""

import numpy as np
import pytest

from representations.lines import (
    BITS,
    CLASS_OF_KEY,
    COVERED,
    DRUM_CLASSES,
    DRUM_KEYS,
    HOLD,
    LATE,
    OFF,
    ON_TIME,
    OUT_OF_RANGE,
    drum_line,
    drum_notes,
    melodic_lines,
    melodic_notes,
)

LOWEST, HIGHEST = 60, 71


def line_of(notes, steps, lowest=LOWEST, highest=HIGHEST):
    """Tokens and fates of one line of notes (onset, stop, pitch)."""
    columns = np.array(notes, np.int64).reshape(-1, 3).T
    zeros = np.zeros(len(notes), np.int64)
    lines = melodic_lines(*columns, zeros, (steps, 1), lowest, highest)
    return lines.tokens[:, 0], lines.sounding[:, 0], lines.fates


def step_by_step(notes, steps):
    """What `melodic_lines` says, read one step at a time; notes are (onset, stop, pitch)."""
    owner: dict[int, tuple[int, int]] = {}  # by pitch: the note that sounds and until when
    top = []
    for step in range(steps):
        struck = [i for i, (at, _, key) in enumerate(notes) if at == step and fits(key)]
        highest = max((notes[i][2] for i in struck), default=None)
        for i in struck:
            _, stop, key = notes[i]
            stop = max(stop, owner[key][1] if key in owner else 0)
            owner[key] = (i, stop) if key == highest else (None, stop)
        owner = {key: held for key, held in owner.items() if held[1] > step}
        keys = [key for key, (i, _) in owner.items() if i is not None]
        top.append(owner[max(keys)][0] if keys else None)
    for step in range(1, steps):
        alone = top[step] != top[step - 1] and (step + 1 == steps or top[step + 1] != top[step])
        if alone and top[step] is not None and notes[top[step]][0] != step:
            shown = top[step - 1]
            top = [*top[:step], (shown, "on"), *top[step + 1 :]]
    heard, before = [], None
    for i in top:
        before = before if isinstance(i, tuple) else i
        heard.append(before)
    return heard


def fits(pitch):
    return LOWEST <= pitch <= HIGHEST


def tokens_of(heard, notes):
    tokens, before = [], None
    for i in heard:
        token = HOLD if i == before else OFF if i is None else notes[i][2] - LOWEST + 2
        tokens.append(token)
        before = i
    return tokens


@pytest.mark.parametrize("seed", range(60))
def test_the_top_line_is_that_of_a_reading_step_by_step(seed):
    rng = np.random.default_rng(seed)
    steps, count = 48, int(rng.integers(1, 40))
    onset = rng.integers(0, steps, count)
    stop = np.minimum(onset + rng.integers(1, 12, count), steps)
    # Distinct (onset, pitch), so that it is one note that is heard.
    rows = np.stack([onset, stop, rng.integers(57, 75, count)], axis=1).tolist()
    notes = list({(at, key): (at, end, key) for at, end, key in rows}.values())
    tokens, sounding, fates = line_of(notes, steps)
    heard = step_by_step(notes, steps)
    assert tokens.tolist() == tokens_of(heard, notes)
    assert sounding.tolist() == [HOLD if i is None else notes[i][2] - LOWEST + 2 for i in heard]
    for i, (at, _, key) in enumerate(notes):
        expected = COVERED if i not in heard else ON_TIME if heard[at] == i else LATE
        assert fates[i] == (expected if fits(key) else OUT_OF_RANGE)


def test_what_is_left_of_a_chord_is_no_melody_but_what_a_higher_note_covered_is():
    chord = [(0, 8, 60), (0, 8, 64), (0, 4, 67)]
    assert line_of(chord, 8)[0].tolist() == [9, 0, 0, 0, OFF, 0, 0, 0]
    pedal = [(0, 8, 60), (2, 4, 67)]
    tokens, _, fates = line_of(pedal, 8)
    assert tokens.tolist() == [2, 0, 9, 0, 2, 0, 0, 0]
    assert fates.tolist() == [ON_TIME, ON_TIME]
    legato = [(0, 5, 67), (4, 8, 60)]
    tokens, _, fates = line_of(legato, 8)
    assert tokens.tolist() == [9, 0, 0, 0, 0, 2, 0, 0]
    assert fates.tolist() == [ON_TIME, LATE]


def test_a_note_that_comes_out_for_one_step_is_not_struck():
    tokens, _, fates = line_of([(0, 3, 67), (1, 4, 60), (4, 8, 65)], 8)
    assert tokens.tolist() == [9, 0, 0, 0, 7, 0, 0, 0]
    assert fates.tolist() == [ON_TIME, COVERED, ON_TIME]


def test_lines_do_not_hear_each_other():
    notes = np.array([(0, 4, 60, 0), (4, 8, 62, 0), (0, 8, 71, 1), (6, 8, 70, 2)])
    onset, stop, pitch, line = notes.T
    together = melodic_lines(onset, stop, pitch, line, (8, 3), LOWEST, HIGHEST)
    for index in range(3):
        own = [tuple(row[:3]) for row in notes if row[3] == index]
        tokens, sounding, _ = line_of(own, 8)
        assert together.tokens[:, index].tolist() == tokens.tolist()
        assert together.sounding[:, index].tolist() == sounding.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_one_voice_comes_back_note_for_note(seed):
    rng = np.random.default_rng(seed)
    onset = np.unique(rng.integers(0, 64, 20))
    room = np.append(onset[1:], 64) - onset
    duration = rng.integers(1, room + 1)
    pitch = rng.integers(LOWEST, HIGHEST + 1, len(onset))
    tokens, _, fates = line_of(list(zip(onset, onset + duration, pitch, strict=True)), 64)
    assert set(fates) == {ON_TIME}
    for found, given in zip(melodic_notes(tokens, LOWEST), (onset, duration, pitch), strict=True):
        assert found.tolist() == given.tolist()


def test_holds_and_offs_without_a_note_are_silence():
    tokens = np.array([0, 1, 0, 1, 5, 1, 1, 0, 6, 0])
    onset, duration, pitch = melodic_notes(tokens, 60)
    assert onset.tolist() == [4, 8] and duration.tolist() == [1, 2] and pitch.tolist() == [63, 64]
    assert [len(column) for column in melodic_notes(np.zeros(9, int), 60)] == [0, 0, 0]


def test_every_set_of_drums_comes_back():
    tokens = np.arange(512)
    onset, duration, key = drum_notes(tokens)
    assert set(duration) == {1} and set(key) <= set(DRUM_KEYS)
    lines = drum_line(onset, key, 512)
    assert lines.tokens[:, 0].tolist() == tokens.tolist()
    assert set(lines.fates) == {ON_TIME}


def test_drums_of_one_class_at_one_step_are_one_stroke():
    lines = drum_line(np.array([0, 0, 1, 1]), np.array([36, 35, 36, 0]), 2)
    assert lines.tokens[:, 0].tolist() == [1, 1]
    assert sorted(lines.fates.tolist()) == [ON_TIME, ON_TIME, COVERED, OUT_OF_RANGE]


def test_every_percussion_key_of_general_midi_has_one_class():
    assert (CLASS_OF_KEY[26:88] >= 0).all()
    assert (CLASS_OF_KEY[DRUM_KEYS] == np.arange(9)).all()
    listed = [key for own, others in DRUM_CLASSES.items() for key in (own, *others)]
    assert len(listed) == len(set(listed)) == 62
    assert BITS.sum() == 511
