"""The same commands under JAX, where there is no TensorFlow."""

import importlib.util
import json

import pytest

from tests.system.runs import COMPILED, SMALLEST, assert_same, checkpoint, drive, on_jax

pytestmark = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="no JAX here")


def test_it_trains_stops_resumes_exactly_and_draws_without_tensorflow(tmp_path):
    from datasets.demo import Demo
    from datasets.windows import prepare
    from representations.notes import Notes

    windows = prepare(Demo(songs=20), Notes(length=16, pitch="midi"), tmp_path, "demo")
    asked = [*SMALLEST, *COMPILED, "--windows", windows.path, "--steps=8"]
    done = drive(
        tmp_path,
        ["train.py", *asked, "--run_dir=whole"],
        ["@5", "train.py", *asked, "--run_dir=parts"],
        ["train.py", "--resume", "--run_dir=parts"],
        ["generator.py", "drawn", "--n=2", "--run=parts"],
        without="tensorflow,tensorboard",
        **on_jax(tmp_path),
    )
    assert "stopped and saved at step 5" in done.stderr
    assert "log.csv, not to TensorBoard" in done.stderr
    assert_same(checkpoint(tmp_path / "whole"), checkpoint(tmp_path / "parts"))
    assert len(list((tmp_path / "drawn").glob("sample *.mid"))) == 2
    origin = json.loads((tmp_path / "parts" / "origin.json").read_text())
    assert len(origin["commands"]) == 2 and "--resume" in origin["commands"][1]
