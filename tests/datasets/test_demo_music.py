"""The demo corpus as music: harmony, form, tune, accompaniment, and its known statistics."""

from collections import Counter
from itertools import groupby

import numpy as np
import pytest

from datasets.demo import compose, facts, harmony, statistics
from datasets.demo.form import FORMS
from datasets.demo.song import TRACKS
from music.theory import best_scale

STEP, HALF, BAR = 120, 960, 1920
SONGS = 300
MELODY, BRIDGE, PIANO = range(3)


@pytest.fixture(scope="module")
def songs():
    return [(compose((9, 0, seed)), facts((9, 0, seed))) for seed in range(SONGS)]


def voice(piece, track):
    return piece.select(piece.track == track)


def test_tracks_are_those_of_pop909_and_the_piano_is_the_main_one(songs):
    for piece, _ in songs:
        assert piece.track_names == TRACKS == ("MELODY", "BRIDGE", "PIANO")
        assert not piece.program.any() and not piece.is_drum.any()
        assert np.bincount(piece.track, minlength=3).argmax() == PIANO


def test_everything_lies_on_the_grid_and_within_bounds(songs):
    for piece, truth in songs:
        assert not (piece.onset % STEP).any() and not (piece.duration % STEP).any()
        assert piece.duration.max() <= BAR
        assert piece.pitch.min() >= 28 and piece.pitch.max() <= 96
        assert np.diff(voice(piece, PIANO).onset).max() <= BAR
        assert piece.time_signatures.tolist() == [[0, 4, 4]]
        assert 60 <= truth.tempo <= 140 and truth.bars % 4 == 0 and 16 <= truth.bars <= 40
        assert piece.velocity.min() >= 30 and piece.velocity.max() <= 120


def test_no_voice_strikes_a_key_that_it_holds(songs):
    for piece, _ in songs:
        order = np.lexsort((piece.onset, piece.pitch, piece.track))
        track, pitch = piece.track[order], piece.pitch[order]
        same = (track[1:] == track[:-1]) & (pitch[1:] == pitch[:-1])
        assert (piece.ends[order][:-1] <= piece.onset[order][1:])[same].all()


def test_melody_and_bridge_are_single_lines(songs):
    for piece, _ in songs:
        for track in (MELODY, BRIDGE):
            line = voice(piece, track)
            assert (line.ends[:-1] <= line.onset[1:]).all()


def test_all_keys_modes_styles_and_forms_appear(songs):
    assert {truth.key.tonic for _, truth in songs} == set(range(12))
    assert {truth.key.mode for _, truth in songs} == set(harmony.MODES)
    assert len({truth.style for _, truth in songs}) == 6
    bodies = {"".join(s.base for s in truth.sections if s.base in "ABC") for _, truth in songs}
    assert bodies == set(FORMS)


def test_numerals_are_spelled_as_they_sound():
    for mode, functions in harmony.VOCABULARY.items():
        for words in functions.values():
            for word in words:
                root, third, fifth, *_ = (
                    harmony.Key(0, mode).pitch(degree)
                    for degree in harmony.chord(mode, word, "T").degrees
                )
                major, diminished = (third - root) % 12 == 4, (fifth - root) % 12 == 6
                assert word.rstrip("7°").isupper() == major
                assert ("°" in word) == diminished


def test_cadences_are_where_the_form_says(songs):
    seen = Counter()
    for _, truth in songs:
        for section in truth.sections:
            for phrase, cadence in enumerate(section.cadences):
                chords = section.chords[8 * phrase : 8 * phrase + 8]
                *_, before, last = (chord for chord, _ in groupby(chords))
                seen[cadence] += 1
                closed = last.degrees[0] == 0 and last.bass == 0
                if cadence == "authentic":
                    assert closed and before.function == "D"
                elif cadence == "plagal":
                    assert closed and before.function == "S"
                elif cadence == "half":
                    assert last.function == "D" and last.bass == 0
                elif cadence == "deceptive":
                    assert not closed and before.function == "D" and last.function == "T"
    assert min(seen[name] for name in ("authentic", "half", "plagal", "deceptive")) > 50


def test_songs_end_on_the_tonic(songs):
    for piece, truth in songs:
        last = truth.chords[-1]
        assert last.degrees[0] == 0 and last.bass == 0
        sounding = piece.pitch[piece.ends == piece.length_ticks] % 12
        assert set(sounding) <= last.classes(truth.key)
        assert voice(piece, MELODY).pitch[-1] % 12 == truth.key.tonic
        assert (
            voice(piece, PIANO).pitch[voice(piece, PIANO).onset >= piece.length_ticks - BAR][0] % 12
            == truth.key.tonic
        )


def opening(piece, section, bars):
    """Onsets from the section's start and pitches of its tune's first bars, as a set."""
    tune = voice(piece, MELODY)
    onset = tune.onset - section.start * BAR
    # The last beat belongs to whatever comes next.
    inside = (onset >= 0) & (onset < bars * BAR - STEP * 8)
    return set(zip(onset[inside].tolist(), tune.pitch[inside].tolist(), strict=True))


def test_letters_return_with_their_tune(songs):
    exact, varied = [], []
    for piece, truth in songs:
        first = {}
        for section in truth.sections:
            if section.base not in "ABC":
                continue
            notes = opening(piece, section, 6)
            if section.base not in first:
                first[section.base] = notes
                continue
            model = first[section.base]
            shared = len(notes & model) / len(notes | model)
            (exact if section.letter == section.base else varied).append(shared)
    assert len(exact) > 50 and min(exact) == 1
    assert len(varied) > 100 and np.mean(varied) > 0.8
    assert np.mean(np.array(varied) < 1) > 0.5


def test_a_plain_return_with_the_same_cadence_is_the_same_to_its_end(songs):
    pairs = 0
    for piece, truth in songs:
        first = {}
        for section in truth.sections:
            if section.letter != section.base or section.bars < 8:
                continue
            notes = opening(piece, section, 8)
            model = first.setdefault((section.base, section.cadences), notes)
            pairs += model is not notes
            assert notes == model
    assert pairs > 30


def test_letters_differ_from_each_other(songs):
    for piece, truth in songs:
        tunes = {s.base: opening(piece, s, 6) for s in truth.sections if s.base in "ABC"}
        if "B" in tunes:
            assert len(tunes["A"] & tunes["B"]) < 0.7 * len(tunes["A"])


def test_parallel_phrases_begin_alike(songs):
    alike = []
    for piece, truth in songs:
        for section in truth.sections:
            if section.parallel and section.letter == section.base:
                answer = section._replace(start=section.start + 4)
                alike.append(opening(piece, section, 2) == opening(piece, answer, 2))
    assert len(alike) > 100 and np.mean(alike) > 0.9


def test_tunes_move_by_step_and_recover_from_leaps(songs):
    moves = [np.diff(voice(piece, MELODY).pitch.astype(int)) for piece, _ in songs]
    sizes = np.abs(np.concatenate(moves))
    assert 0.5 < np.mean((sizes == 1) | (sizes == 2)) < 0.7
    assert 0.1 < np.mean(sizes == 0) < 0.3
    assert np.mean(sizes > 7) < 0.01 and sizes.max() <= 21
    leaps = np.concatenate([m[:-1][np.abs(m[:-1]) > 4] for m in moves])
    after = np.concatenate([m[1:][np.abs(m[:-1]) > 4] for m in moves])
    assert np.mean(leaps * after > 0) < 0.35


def test_harmonic_minor_tunes_avoid_the_augmented_second(songs):
    augmented = moves = 0
    for piece, truth in songs:
        if truth.key.mode == "harmonic minor":
            tune = voice(piece, MELODY).pitch.astype(int)
            above = (tune - truth.key.tonic) % 12
            sixth_and_seventh = np.sort(np.stack([above[1:], above[:-1]]), axis=0).T == (8, 11)
            augmented += (sixth_and_seventh.all(axis=1) & (np.abs(np.diff(tune)) == 3)).sum()
            moves += len(tune) - 1
    assert moves > 2000 and augmented <= 0.005 * moves


def test_tunes_are_singable(songs):
    for piece, _ in songs:
        tune = voice(piece, MELODY).pitch
        assert tune.min() >= 54 and tune.max() <= 86
        assert 7 <= int(tune.max()) - int(tune.min()) <= 26


def test_strong_beats_have_chord_tones_and_weak_ones_are_free(songs):
    strong, weak = [], []
    for piece, truth in songs:
        tune = voice(piece, MELODY)
        for onset, pitch in zip(tune.onset.tolist(), tune.pitch.tolist(), strict=True):
            belongs = pitch % 12 in truth.chords[onset // HALF].classes(truth.key)
            (strong if onset % HALF == 0 else weak).append(belongs)
    assert np.mean(strong) > 0.97
    assert 0.3 < np.mean(weak) < 0.75


def test_the_piano_plays_the_chords_and_their_bass(songs):
    tones, basses = [], []
    for piece, truth in songs:
        piano = voice(piece, PIANO)
        halves = (piano.onset // HALF).tolist()
        for half, pitch in zip(halves, piano.pitch.tolist(), strict=True):
            tones.append(pitch % 12 in truth.chords[half].classes(truth.key))
        for half in range(0, 2 * truth.bars, 2):
            low = piano.pitch[piano.onset == half * HALF].min()
            chord = truth.chords[half]
            wanted = truth.key.pitch(chord.degrees[chord.bass], chord.altered) % 12
            basses.append(low % 12 == wanted)
    assert np.mean(tones) > 0.98 and all(basses)


def test_the_right_hand_leads_its_voices(songs):
    moves = []
    for piece, _ in songs:
        piano = voice(piece, PIANO)
        tops = [piano.pitch[piano.onset == onset].max() for onset in np.unique(piano.onset)]
        moves.append(np.abs(np.diff(np.array(tops, int))))
    assert np.median(np.concatenate(moves)) <= 5


def test_notes_lie_in_the_scale(songs):
    for track, known in enumerate(statistics.IN_SCALE):
        shares = [
            np.isin(voice(piece, track).pitch % 12, list(truth.key.classes)).mean()
            for piece, truth in songs
            if (piece.track == track).any()
        ]
        assert abs(np.mean(shares) - known) < 0.005
    best = [best_scale(voice(piece, PIANO).pitch)[2] for piece, _ in songs]
    assert np.mean(best) > 0.97 and abs(np.mean(best) - statistics.PIANO_IN_BEST_SCALE) < 0.003


@pytest.mark.parametrize("column", ["duration", "delta", "pitch_class_above_tonic"])
def test_the_piano_has_the_known_distributions(songs, column):
    counts = np.zeros(17)
    for piece, truth in songs:
        piano = voice(piece, PIANO)
        values = {
            "duration": piano.duration // STEP,
            "delta": np.diff(piano.onset) // STEP,
            "pitch_class_above_tonic": (piano.pitch.astype(int) - truth.key.tonic) % 12,
        }[column]
        counts += np.bincount(values, minlength=17)
    known = {
        "duration": statistics.PIANO_DURATIONS,
        "delta": statistics.PIANO_DELTAS,
        "pitch_class_above_tonic": statistics.PIANO_CLASSES,
    }[column]
    expected = np.array([known.get(value, 0) for value in range(17)])
    assert abs(expected.sum() - 1) < 0.002
    assert np.abs(counts / counts.sum() - expected).sum() < 0.12


def test_dynamics_follow_the_metre_and_the_voices(songs):
    loud = {track: [] for track in range(3)}
    first, off = [], []
    for piece, _ in songs:
        for track in range(3):
            loud[track] += voice(piece, track).velocity.tolist()
        first += piece.velocity[piece.onset % BAR == 0].tolist()
        off += piece.velocity[piece.onset % 480 == 240].tolist()
    assert np.mean(loud[MELODY]) > np.mean(loud[BRIDGE]) + 8 > np.mean(loud[PIANO]) + 8
    assert np.mean(first) > np.mean(off)
