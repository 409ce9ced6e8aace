"""Drawing: the same pieces whatever --batch_size, and what generator.py checks first."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest

import generator
from config import resolve
from errors import UserError
from system import gaps, generate
from system.build import build

STATISTICS = {
    "pitch": "midi",
    "lowest_pitch": 30,
    "highest_pitch": 100,
    "maximum": [100.0, 8.0, 8.0],
    "mean": [0.6, 0.1, 0.1],
    "std": [0.1, 0.1, 0.1],
    "notes": 1000,
}


@pytest.fixture(scope="module")
def system():
    changes = {"representation.length": "32", "network.widths": "16,16,32"}
    return build(resolve("notes", "tiny", "demo", changes), STATISTICS)


@pytest.mark.parametrize(("sampler", "jit_compile"), [("ddpm", "false"), ("dpmpp", "true")])
def test_the_numbers_do_not_depend_on_the_batch_size(system, sampler, jit_compile):
    """To the last bit: a network asked for one piece rounds otherwise than for eight."""

    def drawn(batch_size, count):
        settings = generate.settings_with(
            system.config.sampling,
            sampler=sampler,
            steps=2,
            tile=3,
            batch_size=batch_size,
            jit_compile=jit_compile,
        )
        return generate.sampler(system, settings).sample(count, seed=5, progress=False)

    reference = drawn(8, 8)
    assert len(np.unique(reference[:, 0, 0])) == 8
    for batch_size, count in ((1, 8), (64, 1)):
        assert np.array_equal(drawn(batch_size, count), reference[:count])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="one at a time elsewhere")
def test_pieces_in_flight_keep_their_order(system):
    """Eight tiles at once, over and over, give what one after another gives."""
    settings = dataclasses.replace(system.config.sampling, steps=2, tile=2)
    drawer = generate.sampler(system, settings)
    reference = drawer.sample(16, progress=False)
    drawer.abreast = 8
    for _ in range(3):
        assert np.array_equal(drawer.sample(16, progress=False), reference)


@pytest.fixture
def parsed(monkeypatch):
    """The flags of a command line."""

    def parse(*words):
        monkeypatch.setattr("sys.argv", ["generator.py", *map(str, words)])
        return generator.flags()

    return parse


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["out", "--n", "0"], "--n"),
        (["out", "--n", "2.5"], "--n"),
        (["out", "--seed", "-1"], "--seed"),
        (["out", "--program", "128"], "--program"),
        (["out", "--tempo", "0"], "--tempo"),
        (["out", "--tempo", "nan"], "--tempo"),
        (["out", "--batch_size", "0"], "--batch_size"),
        (["out", "--model", "nots"], "'notes'"),
        (["out", "--soundfont", "a.sf2"], "--wav"),
        (["out", "--wav", "--soundfont", "none.sf2"], "none.sf2"),
        (["out", "--run", "a", "--weights", "b"], "--weights"),
        ([], "out_dir"),
    ],
)
def test_a_wrong_flag_is_named(parsed, words, named):
    with pytest.raises(UserError, match=named) as told:
        parsed(*words)
    assert "\n" not in str(told.value)


def test_what_is_drawn_is_told_before():
    sampling = dataclasses.replace(resolve("notes", "tiny", "demo", {}).sampling, sampler="dpmpp")
    said = generator.drawing(dataclasses.replace(sampling, steps=50), 8, None)
    assert said == "drawing 8 pieces: 50 steps of dpmpp"
    short, gap = (
        dataclasses.replace(sampling, steps=1),
        gaps.Asked("song 1", None, Path("song.mid")),
    )
    assert generator.drawing(short, 8, [gap]) == "filling 1 gap: 1 step of dpmpp"
    long = gaps.Asked("sample 1", None)
    assert generator.drawing(short, 1, [long]) == "drawing 1 piece: 1 step of dpmpp"


def test_a_place_that_cannot_hold_pieces_is_refused_first(tmp_path):
    generator.check_out_dir(tmp_path / "new" / "folder")
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match="file"):
            generator.check_out_dir(place)
    assert not (tmp_path / "new").exists()
