"""The commands with the presets of tokens, on both backends."""

import importlib.util
import json

import numpy as np
import pytest

from music import midi
from tests.system.runs import COMPILED, TOKENS, assert_same, checkpoint, drive, on_jax

GRID = ["--model=trio"]
EVENTS = [
    "--model=melody_octuple",
    "--set=representation.length=32",
    "--set=representation.fewest=4",
]


def notes_of(piece, name: str):
    """Rows (onset, end, pitch) of the track of a name."""
    own = piece.track == [n.lower() for n in piece.track_names].index(name)
    return np.stack([piece.onset[own], piece.ends[own], piece.pitch[own]]).T.tolist()


def test_a_trio_trains_resumes_exactly_draws_and_writes_a_part_for_a_melody(tmp_path):
    drive(
        tmp_path,
        ["train.py", *GRID, *TOKENS, "--run_dir=whole"],
        ["@4", "train.py", *GRID, *TOKENS, "--run_dir=parts"],
        ["train.py", "--resume", "--run_dir=parts"],
        ["generator.py", "drawn", "--n=3", "--model=trio", "--run=parts", "--sampler=remask"],
        ["generator.py", "again", "--n=2", "--model=trio", "--run=whole", "--sampler=remask"],
        ["generator.py", "long", "--n=1", "--model=trio", "--run=parts", "--bars=6", "--tempo=90"],
    )
    assert_same(checkpoint(tmp_path / "whole"), checkpoint(tmp_path / "parts"))
    for number in (1, 2):
        name = f"sample {number}.mid"
        one, other = ((tmp_path / folder / name).read_bytes() for folder in ("drawn", "again"))
        assert one == other
    long = midi.read(tmp_path / "long" / "sample 1.mid")
    assert long.tempos.tolist() == [[0, 666_667]] and len(set(long.track)) == 3
    assert 5 * 4 * long.ticks_per_beat < long.length_ticks <= 6 * 4 * long.ticks_per_beat
    alone = long.select(long.track == 0)
    midi.write(alone, tmp_path / "melody.mid")
    asked = ["--n=1", "--model=trio", "--run=parts", "--infill=melody.mid", "--tracks=piano"]
    drive(tmp_path, ["generator.py", "piano", *asked])
    found = midi.read(tmp_path / "piano" / "melody 1.mid")
    assert notes_of(found, "melody") == notes_of(alone, "melody")
    assert len(notes_of(found, "piano"))


def test_events_train_draw_and_are_filled_in(tmp_path):
    from_run = ["--n=2", "--model=melody_octuple", "--run=run"]
    drive(
        tmp_path,
        ["train.py", *EVENTS, *TOKENS, "--run_dir=run"],
        ["generator.py", "drawn", *from_run, "--tempo=90", "--program=40"],
        ["generator.py", "filled", *from_run, "--infill=drawn/sample 1.mid", "--bars=1:3"],
    )
    song = midi.read(tmp_path / "drawn" / "sample 1.mid")
    assert song.tempos[0].tolist() == [0, 666_667]
    assert set(song.program[~song.is_drum]) <= {40} and len(song)
    lines = song.bars()
    start, stop = int(lines[1]), int(lines[3]) if len(lines) > 3 else song.length_ticks
    for number in (1, 2):
        found = midi.read(tmp_path / "filled" / f"sample 1 {number}.mid")
        kept = [p.select((p.onset < start) | (p.ends > stop)) for p in (song, found)]
        assert kept[0] == kept[1]
    assert json.loads((tmp_path / "drawn" / "samples.json").read_text())["tempo"] == 90


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="no JAX here")
def test_both_train_and_draw_under_jax(tmp_path):
    few = [*TOKENS, *COMPILED, "--steps=2", "--set=training.save_every=2"]
    drive(
        tmp_path,
        ["train.py", *GRID, *few, "--run_dir=trio"],
        ["generator.py", "trios", "--n=2", "--model=trio", "--run=trio"],
        ["train.py", *EVENTS, *few, "--run_dir=events"],
        ["generator.py", "melodies", "--n=2", "--model=melody_octuple", "--run=events"],
        **on_jax(tmp_path),
    )
    for folder in ("trios", "melodies"):
        assert all(len(midi.read(path)) for path in (tmp_path / folder).glob("*.mid"))
        assert len(list((tmp_path / folder).glob("sample *.mid"))) == 2
