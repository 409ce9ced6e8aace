"""The commands as their user types them: train, stop, resume, draw; and what they refuse."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from music import midi
from tests.metrics.small import songs
from tests.system.runs import SMALLEST, checkpoint, drive

ROOT = Path(__file__).parent.parent
EIGHT = [*SMALLEST, "--steps=8", "--set=training.drop_at=4", "--set=training.warmup=0"]


def run(folder, script, *arguments, **environment):
    """The finished process of a command run in `folder`."""
    return subprocess.run(
        [sys.executable, str(ROOT / script), *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=300,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a run of eight steps in runs/notes_demo."""
    folder = tmp_path_factory.mktemp("home")
    judged = ["--evaluate_every=4", "--set=training.judged=4"]
    done = run(folder, "train.py", *EIGHT, *judged)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_run_leaves_what_the_readme_says(home):
    made = home / "runs" / "notes_demo"
    config = json.loads((made / "config.json").read_text())
    assert config["training"]["batch_size"] == 4 and config["network"]["widths"] == [8, 8, 8]
    assert {p.name for p in (made / "checkpoints").glob("*.h5")} == {
        "last.weights.h5",
        "best.weights.h5",
    }
    assert list((made / "samples").rglob("sample 1.mid"))
    assert list((made / "tensorboard").rglob("events*"))
    rows = list(csv.DictReader((made / "log.csv").read_text().splitlines()))
    for figure in ("loss", "loss_band_3", "val_loss", "gradient_norm"):
        assert all(float(row[figure]) > 0 for row in rows), figure
    assert int(rows[-1]["step"]) == 8


def test_resuming_is_exact_even_after_a_kill(home):
    """A process killed without warning loses the steps since its last save and nothing else."""
    command = [sys.executable, str(ROOT / "train.py"), *EIGHT, "--run_dir=killed"]
    process = subprocess.Popen(
        command, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    saved = home / "killed" / "checkpoints" / "last.weights.h5"
    while not saved.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = run(home, "train.py", "--resume", "--run_dir=killed")
    assert done.returncode == 0, done.stderr
    unbroken, resumed = checkpoint(home / "runs/notes_demo"), checkpoint(home / "killed")
    assert unbroken.keys() == resumed.keys()
    # The norm is a sum over threads, for the eye; it is the one figure that may round otherwise.
    different = [
        place
        for place, array in unbroken.items()
        if not np.array_equal(array, resumed[place]) and np.ndim(array)
    ]
    assert not different


def test_drawing_is_the_same_whatever_the_batch_size(home):
    how = ["--n", 3, "--run", "runs/notes_demo", "--steps", 4, "--seed", 3]
    one = ["generator.py", "one", "--batch_size", 1, *how]
    drive(home, one, ["generator.py", "two", "--batch_size", 3, *how])
    for number in (1, 2, 3):
        name = f"sample {number}.mid"
        assert (home / "one" / name).read_bytes() == (home / "two" / name).read_bytes()
        assert len(midi.read(home / "one" / name)) > 0
    assert (home / "one" / "contact sheet.png").stat().st_size > 1000
    about = json.loads((home / "one" / "samples.json").read_text())
    assert about["seed"] == 3


def test_a_run_is_judged(home):
    judge = ["evaluate.py", "--run", "runs/notes_demo", "--n", 4, "--resamples", 5]
    fill = ["evaluate.py", "--run", "runs/notes_demo", "--task", "infill", "--bars", "1:3"]
    fill += ["--input_midi_dir", "songs", "--resamples", 5]
    (home / "songs").mkdir()
    for number, piece in enumerate(songs(3)):
        midi.write(piece, home / "songs" / f"song {number}.mid")
    drive(home, [*judge, "--save_samples"], fill)
    out = home / "runs" / "notes_demo" / "evaluation"
    content = json.loads((out / "metrics_unconditional.json").read_text())
    assert content["config"]["network"]["widths"] == [8, 8, 8] and content["n"] == 4
    assert "runs/notes_demo: few pieces (4), wide intervals" in content["facts"]
    rows = {row["name"]: row for row in content["rows"]}
    assert "untrained" in rows["pitch KL"]["floors"]
    assert rows["pieces with notes"]["value"]["value"] == 1
    assert len(list((out / "samples").glob("*.mid"))) == 4
    rows = json.loads((out / "metrics_infill.json").read_text())["rows"]
    found = {row["name"]: row for row in rows}
    assert found["kept outside"]["value"]["value"] == 1
    assert "untrained" in found["pitch accuracy"]["floors"]
    assert found["pitch accuracy"]["value"]["value"] < 0.9


@pytest.mark.parametrize("command", [["generator.py", "roll"], ["evaluate.py"]])
def test_a_run_of_another_model_than_the_one_named_is_refused(home, command):
    done = run(home, *command, "--run", "runs/notes_demo", "--model", "roll")
    assert done.returncode == 2
    said = "--model roll: runs/notes_demo is of the model notes; leave --model out"
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not (home / "roll").exists()


def test_a_corrupt_checkpoint_is_refused(home):
    broken = home / "broken"
    subprocess.run(["cp", "-r", str(home / "runs/notes_demo"), str(broken)], check=True)
    for name in ("last", "best"):
        path = broken / "checkpoints" / f"{name}.weights.h5"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    done = run(home, "generator.py", "nothing", "--run", "broken")
    assert done.returncode == 2
    assert "weights.h5" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not list((home / "nothing").glob("*.mid"))


@pytest.mark.parametrize(
    ("script", "arguments", "said"),
    [
        ("generator.py", ["out", "--n", "0"], "--n"),
        ("generator.py", ["out", "--model", "note"], "notes"),
        ("generator.py", ["out", "--weights", "none.npz"], "none.json"),
        ("generator.py", ["out", "--run", "none"], "none"),
        ("generator.py", ["out", "--sampler", "dpmp"], "dpmpp"),
        ("generator.py", ["tensorflow.py/out", "--n", "1"], "tensorflow.py"),
        ("train.py", ["--set", "process.step=5"], "steps"),
        ("train.py", ["--set", "process.steps=many"], "whole number"),
        ("train.py", ["--size", "smal"], "small"),
        ("train.py", ["--dataset", "folder"], "--data_dir"),
        ("train.py", ["--dataset", "folder", "--data_dir", "none"], "none"),
        ("train.py", ["--resume", "--run_dir", "none"], "none"),
        ("train.py", ["--devices", "two"], "--devices"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_before_tensorflow_is_loaded(
    tmp_path, script, arguments, said
):
    """TensorFlow is made impossible to import: whoever needs it to complain fails."""
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('tensorflow was imported')")
    done = run(tmp_path, script, *arguments, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2, done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr
    assert "tensorflow was imported" not in done.stderr
    assert len(done.stderr.strip().splitlines()[-1]) > 10
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_and_files_that_are_not_midi_are_refused(tmp_path):
    (tmp_path / "midi").mkdir()
    empty = run(tmp_path, "train.py", "--dataset", "folder", "--data_dir", "midi")
    assert empty.returncode == 2 and "midi" in empty.stderr
    (tmp_path / "midi" / "a.mid").write_bytes(b"MThd not really")
    broken = run(tmp_path, "train.py", "--dataset", "folder", "--data_dir", "midi")
    assert broken.returncode == 2 and "Traceback" not in broken.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("script", ["train", "generator", "prepare", "evaluate", "decode"])
def test_help_is_quick_because_nothing_is_loaded(script):
    code = f"import sys; sys.argv=['{script}.py', '--help']; import runpy\n"
    code += f"try: runpy.run_path('{script}.py', run_name='__main__')\n"
    code += "except SystemExit: pass\n"
    code += "print({'numpy', 'keras', 'tensorflow', 'symusic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip().splitlines()[-1] == "set()"
