"""Filling through the sampler: an exact model of a few songs gives back the one that it sees."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from keras import ops
from symusic import ControlChange, KeySignature, PitchBend, Score, TextMeta

import generator
from config import resolve
from diffusion.binomial import Binomial
from diffusion.gaussian import Gaussian
from music import Piece, midi
from music.where import Where
from representations.notes import Notes
from representations.roll import Roll
from system import fill, gaps, generate, weights
from system.build import System, build

SONGS = 4
BEAT = 480


def songs(notes: int, beats: float) -> list[Piece]:
    """Songs that have nothing in common but their first onset and their length."""
    made = []
    for seed in range(SONGS):
        rng = np.random.default_rng(seed)
        onset = np.arange(notes) * int(beats * BEAT) // notes
        duration = rng.integers(1, 3, notes) * (BEAT // 8)
        pitch = rng.permutation(np.arange(50, 90))[:notes]
        made.append(
            Piece.from_notes(
                onset, duration, pitch, 70, 3, tempos=[[0, 600_000]], track_names=("KEYS",)
            )
        )
    return made


def weights_of(likeness):
    """Posterior (batch, songs) from log-likelihoods (batch, songs, ...cells)."""
    total = ops.sum(likeness, axis=tuple(range(2, len(likeness.shape))))
    return ops.softmax(total, axis=-1)


def exact_notes(pieces):
    """A system whose network knows E[clean | noisy] of windows of sixteen notes, exactly."""
    notes = Notes(length=16, pitch="midi")
    windows = np.concatenate([notes.encode(piece) for piece in pieces])
    notes = notes.with_statistics(notes.measure(windows))
    clean = notes.scale(windows)
    process = Gaussian(steps=1000, schedule="cosine", predicts="clean", sees="unit", waves=False)

    def denoise(noisy, t):
        index = ops.cast(t, "int32")
        signal, spread = (
            ops.reshape(ops.take(ops.convert_to_tensor(a, "float32"), index), (-1, 1, 1, 1))
            for a in (process.signal, process.spread)
        )
        error = (noisy[:, None] - signal * clean[None]) / ops.maximum(spread, 1e-3)
        return ops.einsum("bs,snf->bnf", weights_of(-0.5 * error**2), clean)

    return _system(notes, process, denoise, "ddpm", 60)


def exact_roll(pieces):
    """The same for rolls of four beats: the log-odds of each cell."""
    roll = Roll(length=4, resolution=8, lowest=48, highest=92, random_start=False)
    clean = np.stack([roll.roll(piece) for piece in pieces])
    process = Binomial(steps=100, statistics={"density": [float(clean.mean())]})

    def denoise(noisy, t):
        chance = ops.stack(
            [process.chance(ops.broadcast_to(c, ops.shape(noisy)), t) for c in clean], 1
        )
        chance = ops.clip(chance, 1e-5, 1 - 1e-5)
        seen = noisy[:, None]
        weights = weights_of(seen * ops.log(chance) + (1 - seen) * ops.log(1 - chance))
        p = ops.clip(ops.einsum("bs,sfpc->bfpc", weights, clean), 1e-6, 1 - 1e-6)
        return ops.log(p / (1 - p)) - process.odds_alone(noisy, t)

    return _system(roll, process, denoise, "ancestral", 50)


def _system(representation, process, denoise, sampler, steps):
    config = resolve("notes", "tiny", "demo", {})
    settings = generate.settings_with(
        config.sampling, sampler=sampler, steps=steps, tile=4, jit_compile="false", context=0.75
    )
    return System(config, representation, process, denoise), settings


CASES = [
    (exact_notes, 4.0, Where(beats=(3, 3.5))),
    (exact_roll, 4.0, Where(beats=(2, 3))),
    (exact_roll, 4.0, Where(beats=(0, 4), pitches=(75, 92))),
]


@pytest.mark.parametrize(("exact", "beats", "where"), CASES)
def test_an_exact_model_restores_each_song_from_what_is_kept(exact, beats, where):
    pieces = songs(16, beats)
    system, settings = exact(pieces)
    holes = [where.gap(piece, system.representation) for piece in pieces]
    drawer = generate.sampler(system, settings)
    made, _ = fill.fill(system, settings, holes, seed=3, drawer=drawer)
    for piece, result, hole in zip(pieces, made, holes, strict=True):
        assert len(hole.old) >= 2
        assert result == piece
    # The same piece whatever stands beside it.
    alone, _ = fill.fill(system, settings, holes[:1], seed=3, drawer=drawer)
    assert alone == made[:1]


def test_the_config_says_how_often_each_step_is_made():
    system, settings = exact_roll(songs(16, 4.0))
    for repeats in (1, 3):
        drawer = generate.sampler(system, generate.settings_with(settings, repeats=repeats))
        assert drawer.repeats == repeats


def test_each_window_of_a_long_piece_has_random_numbers_of_its_own():
    """Without context a long piece of an exact model is one song after another, not one song."""
    pieces = songs(16, 4.0)
    system, settings = exact_roll(pieces)
    settings = generate.settings_with(settings, context=0.0)
    made, seams = fill.fill(system, settings, [gaps.blank(system.representation, 8, 90, 5)] * 2, 1)
    assert seams == [[4 * BEAT * i for i in range(1, 8)]] * 2
    rolls = [system.representation.roll(piece) for piece in pieces]
    found = []
    for piece in made:
        assert set(piece.program) == {5} and piece.tempos.tolist() == [[0, 666_667]]
        windows = [system.representation.roll(piece, 4 * i) for i in range(8)]
        found.append([next(i for i, r in enumerate(rolls) if (r == w).all()) for w in windows])
    assert len(set(found[0])) > 1 and found[0] != found[1]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A file of three tracks, and what a tiny network makes of its second and third bar."""
    folder = tmp_path_factory.mktemp("filled")
    changes = {"network.widths": "8,8,8", "network.time_width": 8, "representation.length": 32}
    changes |= {"sampling.steps": 3, "sampling.jit_compile": "false", "sampling.tile": 2}
    config = resolve("notes", "tiny", "demo", changes)
    statistics = Notes(length=32, pitch="midi").measure(np.float32([[[30, 0.1, 0], [90, 2, 0.5]]]))
    card = {"config": asdict(config), "statistics": statistics, "training": {}, "data": ""}
    weights.save(build(config, statistics).network, folder / "tiny", card)
    rng = np.random.default_rng(0)
    onset = np.tile(np.arange(48) * 120, 3)
    song = Piece.from_notes(
        onset,
        rng.integers(30, 121, 144),
        np.repeat([70, 55, 40], 48) + rng.integers(0, 10, 144),
        velocity=rng.integers(40, 100, 144),
        program=np.repeat([40, 0, 32], 48),
        track=np.repeat([0, 1, 2], 48),
        ticks_per_beat=240,
        tempos=[[0, 500_000], [960, 700_000]],
        time_signatures=[[0, 4, 4], [1920, 2, 4]],
        track_names=("MELODY", "PIANO", "BASS"),
    )  # fmt: skip
    score = Score.from_midi(midi.to_bytes(song))
    score.tracks[1].controls.extend([ControlChange(time, 64, 127) for time in (0, 1200, 4000)])
    score.tracks[2].pitch_bends.append(PitchBend(100, 500))
    score.tracks[0].lyrics.append(TextMeta(240, "la"))
    score.key_signatures.append(KeySignature(0, 2, 0))
    score.markers.append(TextMeta(960, "chorus"))
    score.dump_midi(folder / "song.mid")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        asked = ["--infill", "song.mid", "--bars", "1:3", "--n", "2"]
        patch.setattr("sys.argv", ["generator.py", "out", "--weights", "tiny.npz", *asked])
        generator.main()
    return folder


def test_the_file_keeps_all_that_lies_outside(filled):
    song = midi.read(filled / "song.mid")
    start, stop = Where(bars=(1, 3)).ticks(song)
    assert (start, stop) == (960, 2400)
    results = [midi.read(filled / "out" / f"song {i}.mid") for i in (1, 2)]
    assert results[0] != results[1]
    for result in results:
        assert np.array_equal(result.tempos, song.tempos)
        assert np.array_equal(result.time_signatures, song.time_signatures)
        assert result.track_names == song.track_names
        assert result.ticks_per_beat == song.ticks_per_beat
        piano = song.track_names.index("PIANO")
        inside = [
            (p.onset >= start) & (p.ends <= stop) & (p.track == piano) for p in (song, result)
        ]
        assert result.select(~inside[1]) == song.select(~inside[0])
        new = result.select(inside[1])
        assert len(new) and set(new.program) == {0}
    about = json.loads((filled / "out" / "samples.json").read_text())
    assert about["bars"] == [1, 3] and about["infill"] == "song.mid" and about["n"] == 2


def test_pedals_bends_and_words_are_those_of_the_song(filled):
    song, *results = (
        Score.from_midi((filled / name).read_bytes())
        for name in ("song.mid", "out/song 1.mid", "out/song 2.mid")
    )
    for kind, count in (("controls", 3), ("pitch_bends", 1), ("lyrics", 1)):
        assert sum(len(getattr(track, kind)) for track in song.tracks) == count
    for result in results:
        assert result.key_signatures == song.key_signatures and len(song.key_signatures) == 1
        assert result.markers == song.markers and len(song.markers) == 1
        for mine, theirs in zip(result.tracks, song.tracks, strict=True):
            for kind in ("controls", "pedals", "pitch_bends", "lyrics"):
                assert getattr(mine, kind) == getattr(theirs, kind), kind
