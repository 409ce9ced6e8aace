"""A checkpoint is there whole or not at all, whatever ends its writing."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from config import Config
from errors import UserError
from system import checkpoints
from system.run_folder import BEST, LAST, RunFolder

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import os, resource, signal, sys
from pathlib import Path
import keras, numpy as np
from errors import MachineError
from music import Piece
from system import checkpoints, writing

folder = Path(sys.argv[1])
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64)])
model.compile("adam", "mse")
model.optimizer.build(model.trainable_variables)
path = folder / "last.weights.h5"
checkpoints.save(model, path)
before = path.read_bytes()

limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
try:
    checkpoints.save(model, path)
    print("saved on a full disk")
except MachineError as error:
    print("full:", error)
notes = np.arange(500)
piece = Piece.from_notes(notes * 480, np.full(500, 240), 40 + notes % 40)
try:
    writing.write([piece], folder / "drawn", {})
    print("wrote on a full disk")
except OSError as error:
    print("full:", error)
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
print("untouched:", path.read_bytes() == before, sorted(p.name for p in folder.rglob("*")))

write = keras.Model.save_weights
def die_in_the_middle(self, name):
    write(self, name)
    os.truncate(name, os.path.getsize(name) // 2)
    os.kill(os.getpid(), signal.SIGKILL)
keras.Model.save_weights = die_in_the_middle
checkpoints.save(model, path)
"""


def test_neither_a_full_disk_nor_a_kill_leaves_half_a_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    checkpoint, piece, untouched = done.stdout.splitlines()
    assert checkpoint.startswith("full:") and "last.weights.h5" in checkpoint
    assert piece.startswith("full:")
    assert untouched == "untouched: True ['drawn', 'last.weights.h5']"
    # The kill came after that; the file is still the whole one, and what is left lies hidden.
    model = dense(64)
    checkpoints.restore(model, tmp_path / "last.weights.h5")
    assert all(p.name.startswith(".") for p in tmp_path.glob("*.h5") if p.name != LAST)


def dense(width: int) -> keras.Model:
    """A compiled model whose optimizer is ready to be saved."""
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(width)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture
def run(tmp_path):
    return RunFolder.create(tmp_path / "run", Config(), {}, {"commands": ["python train.py"]})


def test_best_is_kept_when_the_loss_rises_and_last_follows(run):
    model = dense(4)
    saver = checkpoints.Checkpoints(run)
    saver.set_model(model)
    for step, loss in enumerate([3.0, 1.0, 2.0]):
        model.layers[0].kernel.assign(np.full((4, 4), step))
        model.optimizer.iterations.assign(step)
        saver.on_epoch_end(step, {"loss": loss, "val_loss": loss})
    assert run.best() == {"val_loss": 1.0, "steps": 1}
    for name, step in ((BEST, 1), (LAST, 2)):
        checkpoints.restore(model, run.checkpoint(name))
        assert np.asarray(model.layers[0].kernel)[0, 0] == step
        assert int(model.optimizer.iterations) == step
    assert checkpoints.best_loss(run) == 1.0


def test_a_loss_that_is_no_number_is_not_saved_over_good_weights(run):
    saver = checkpoints.Checkpoints(run)
    saver.set_model(dense(4))
    saver.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})
    kept = run.checkpoint(LAST).read_bytes()
    with pytest.raises(UserError, match="learning_rate"):
        saver.on_epoch_end(1, {"loss": float("nan"), "val_loss": float("nan")})
    assert run.checkpoint(LAST).read_bytes() == kept


@pytest.mark.parametrize("damage", ["truncated", "noise", "empty", "another model", "gone"])
def test_what_cannot_be_read_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "last.weights.h5"
    checkpoints.save(dense(8 if damage == "another model" else 4), path)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "noise":
        path.write_bytes(b"not a checkpoint" * 100)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "gone":
        path.unlink()
    with pytest.raises(UserError, match="last.weights.h5") as told:
        checkpoints.restore(dense(4), path)
    assert "\n" not in str(told.value)


def test_going_on_removes_what_a_killed_process_left(run):
    leftover = run.path / "checkpoints" / ".last.weights-0123.h5.weights.h5"
    leftover.write_bytes(b"half")
    again = RunFolder.open(run.path).go_on(run.config, "python train.py --resume")
    assert not leftover.exists()
    assert json.loads((run.path / "origin.json").read_text()) == again.origin
    assert again.command == "python train.py" and len(again.origin["commands"]) == 2


@pytest.mark.parametrize("name", ["config.json", "statistics.json", "origin.json"])
def test_damaged_papers_of_a_run_are_named(run, name):
    (run.path / name).write_text("{")
    with pytest.raises(UserError, match=name):
        RunFolder.open(run.path)
    (run.path / name).write_text("[]")
    with pytest.raises(UserError, match=name):
        RunFolder.open(run.path)


def test_a_folder_with_a_run_is_not_used_again(run):
    run.checkpoint(LAST).write_bytes(b"weights")
    with pytest.raises(UserError, match="--resume"):
        RunFolder.create(run.path, run.config, {})
