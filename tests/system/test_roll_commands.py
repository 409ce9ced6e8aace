"""The commands with the `roll` preset: other windows, another process, zeros and ones."""

import importlib.util
import json

import numpy as np
import pytest

from music import midi
from tests.system.runs import COMPILED, SIX_STEPS, assert_same, checkpoint, drive, on_jax

SMALLEST = [
    *SIX_STEPS,
    "--model=roll",
    "--set=representation.length=2",
    "--set=representation.resolution=4",
    "--set=network.widths=8",
    "--set=network.fold=2",
    "--set=network.harmony=8",
    "--set=network.attention=none",
    "--set=network.time_width=8",
    "--set=sampling.steps=3",
    "--set=sampling.mixed_precision=mixed_bfloat16",
]

FROM_RUN = ["--n=2", "--model=roll", "--run=parts"]


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_it_trains_stops_resumes_exactly_and_draws(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"no {backend} here")
    smallest, environment = SMALLEST, {}
    if backend == "jax":
        smallest, environment = SMALLEST + COMPILED, on_jax(tmp_path)
    drive(
        tmp_path,
        ["train.py", *smallest, "--run_dir=whole"],
        ["@4", "train.py", *smallest, "--run_dir=parts"],
        ["train.py", "--resume", "--run_dir=parts"],
        ["generator.py", "drawn", "--n=3", "--model=roll", "--run=parts", "--program=5"],
        ["generator.py", "again", "--n=2", "--model=roll", "--run=whole", "--program=5"],
        ["generator.py", "filled", *FROM_RUN, "--infill=drawn/sample 1.mid", "--beats=0.5:1.5"],
        ["generator.py", "long", *FROM_RUN, "--bars=2", "--tempo=90"],
        **environment,
    )
    assert_same(checkpoint(tmp_path / "whole"), checkpoint(tmp_path / "parts"))
    about = json.loads((tmp_path / "drawn" / "samples.json").read_text())
    assert about["config"]["process"]["kind"] == "binomial"
    for number in (1, 2):
        name = f"sample {number}.mid"
        one, other = ((tmp_path / folder / name).read_bytes() for folder in ("drawn", "again"))
        assert one == other
        piece = midi.read(one)
        assert set(piece.program) <= {5}
        assert np.all(piece.onset % (piece.ticks_per_beat // 4) == 0)
    song = midi.read(tmp_path / "drawn" / "sample 1.mid")
    for number in (1, 2):
        found = midi.read(tmp_path / "filled" / f"sample 1 {number}.mid")
        start, stop = song.ticks_per_beat // 2, song.ticks_per_beat * 3 // 2
        kept = [p.select((p.onset < start) | (p.ends > stop)) for p in (song, found)]
        assert kept[0] == kept[1] and len(song) > len(kept[0])
        long = midi.read(tmp_path / "long" / f"sample {number}.mid")
        assert 6 * long.ticks_per_beat < long.length_ticks <= 8 * long.ticks_per_beat
        assert long.tempos.tolist() == [[0, 666_667]]
    told = json.loads((tmp_path / "long" / "samples.json").read_text())
    beat = long.ticks_per_beat
    assert told["seams"] == [[i * beat for i in range(2, 8)]] * 2
