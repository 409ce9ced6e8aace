"""What the tests of whole runs share: a run of seconds, and its checkpoints as arrays."""

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

DRIVER = Path(__file__).parent / "driver.py"
# The shapes are those of the real thing and everything is as small as it can be.
SMALLEST = [
    "--size=tiny",
    "--batch_size=4",
    "--set=songs=20",
    "--set=training.save_every=4",
    "--set=training.validate_batches=1",
    "--set=training.samples=1",
    "--set=representation.length=16",
    "--set=network.widths=8,8,8",
    "--set=network.time_width=8",
    "--set=sampling.steps=3",
    "--mixed_precision=float32",
    "--set=training.jit_compile=false",
]

# Six steps, kept after three, of any other preset; its own sizes go with them.
SIX_STEPS = [
    "--size=tiny",
    "--batch_size=4",
    "--steps=6",
    "--set=songs=12",
    "--set=training.save_every=3",
    "--set=training.validate_batches=1",
    "--set=training.samples=1",
    "--mixed_precision=float32",
    "--set=training.warmup=0",
    "--set=training.jit_compile=false",
    "--set=sampling.jit_compile=false",
]

# The same of the presets of tokens.
TOKENS = [
    *SIX_STEPS,
    "--set=representation.bars=4",
    "--set=network.width=8",
    "--set=network.depth=1",
    "--set=network.heads=2",
    "--set=sampling.steps=4",
    "--set=sampling.chunk=4",
]

# JAX without its compiler runs operation by operation, each compiled by itself: five times slower.
COMPILED = ["--set=training.jit_compile=auto", "--set=sampling.jit_compile=auto"]


def on_jax(folder) -> dict[str, str]:
    """The environment of commands under JAX; a network is compiled once for all of them."""
    return {
        "KERAS_BACKEND": "jax",
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }


def drive(folder, *commands: list[str], without: str = "", **environment):
    """The finished process of some commands, run one after another in `folder`."""
    words = ["--without", without] if without else []
    for command in commands:
        words += [*map(str, command), "--"]
    done = subprocess.run(
        [sys.executable, str(DRIVER), *words[:-1]],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=600,
    )
    codes = [line for line in done.stdout.splitlines() if line.startswith("exit code")]
    assert codes == ["exit code 0"] * len(commands), done.stdout + done.stderr
    return done


def checkpoint(run, name="last") -> dict[str, np.ndarray]:
    """Every array of a run's checkpoint, by its place in the file."""
    arrays = {}

    def keep(place, item):
        if isinstance(item, h5py.Dataset):
            arrays[place] = item[()]

    with h5py.File(Path(run) / "checkpoints" / f"{name}.weights.h5") as file:
        file.visititems(keep)
    return arrays


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """Both checkpoints hold the same bits."""
    assert one.keys() == other.keys()
    assert [place for place in one if not np.array_equal(one[place], other[place])] == []
