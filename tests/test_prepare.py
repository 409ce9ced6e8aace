"""prepare.py as its user types it, and training from what it left without TensorFlow."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import prepare
from datasets.windows import Windows
from errors import UserError
from tests.datasets.material import lay, pack, song

ROOT = Path(__file__).parents[1]
SHORT = ("--set", "representation.length=8")


def run(where: Path, script: str, *words, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / script), *map(str, words)],
        cwd=where,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with an archive of 60 songs, 3 of them broken and 2 of them copies."""
    home = tmp_path_factory.mktemp("home")
    files = {f"songs/{i:02}.mid": song(i, 40) for i in range(60)}
    files |= {"songs/a.mid": b"no", "songs/b.mid": b"MThd", "songs/c.mid": b"no, too"}
    files |= {"songs/copy.mid": song(5, 40), "songs/again.mid": song(5, 40)}
    pack(home / "songs.zip", files)
    return home


def test_the_table_and_its_json_tell_what_became_of_every_file(home):
    done = run(home, "prepare.py", "--archive", "songs.zip", *SHORT, "--num_workers", 2)
    assert done.returncode == 0, done.stderr
    (path,) = (home / "data/windows").glob("folder_notes_*")
    summary = json.loads((path / "summary.json").read_text())
    assert summary["files"] == 65 and summary["kept"] == 60 and summary["duplicates"] == 2
    dropped = {reason: entry["count"] for reason, entry in summary["dropped"].items()}
    assert dropped == {"not MIDI": 2, "not readable as MIDI": 1}
    assert sum(summary["windows"].values()) == 60 * 5
    assert summary["portrait"]["pieces"] == 60 and summary["notes"] == 60 * 40
    rows = {line.split("  ")[1]: line.split() for line in done.stdout.splitlines() if "  " in line}
    assert rows["kept"][-1] == "60" and "songs/a.mid," in rows["dropped: not MIDI"]
    assert (path / "corpus.png").read_bytes().startswith(b"\x89PNG")
    windows = Windows.open(path)
    assert [len(getattr(windows, split)) for split in ("train", "validation", "test")] == [
        summary["windows"][split] for split in ("train", "validation", "test")
    ]


def test_the_table_tells_once_why_pieces_have_no_window(tmp_path):
    files = {f"train/{i}.mid": song(i, 10 + 20 * (i % 2)) for i in range(20)}
    pack(tmp_path / "z.zip", files)
    words = ("--archive", "z.zip", "--set", "representation.length=25")
    for workers in (0, 2):
        done = run(tmp_path, "prepare.py", *words, "--num_workers", workers)
        assert done.returncode == 0, done.stderr
        (path,) = (tmp_path / "data/windows").glob("folder_notes_*")
        summary = json.loads((path / "summary.json").read_text())
        ((reason, entry),) = summary["without_windows"].items()
        assert reason == "fewer than 25 notes" and entry["count"] == 10
        assert set(entry["examples"]) == {f"train/{i}.mid" for i in range(0, 20, 2)}
        rows = {line.split("  ")[1]: line for line in done.stdout.splitlines() if "  " in line}
        assert rows["no window: fewer than 25 notes"].split()[-5] == "10"
        # The split without a window is worth one remark, in the table, and no warning above it.
        assert done.stdout.count("no window in validation") == 1
        assert "no window in validation" not in done.stderr
        shutil.rmtree(path)


def test_workers_do_not_change_a_byte_of_the_windows(home, tmp_path):
    words = ("--archive", home / "songs.zip", *SHORT, "--num_workers", 0)
    assert run(tmp_path, "prepare.py", *words).returncode == 0
    one, other = (next(at.glob("data/windows/folder_*")) for at in (home, tmp_path))
    assert one.name == other.name
    for name in ("train.npy", "validation.npy", "test.npy", "index.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_fewer_windows_of_a_piece_and_fewer_files(home, tmp_path):
    words = ("--archive", home / "songs.zip", *SHORT, "--num_workers", 0)
    done = run(tmp_path, "prepare.py", *words, "--max_windows_per_piece", 2, "--limit", 20)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "data/windows").glob("folder_*")
    summary = json.loads((path / "summary.json").read_text())
    assert summary["files"] == 20 and sum(summary["windows"].values()) == 40
    every = run(tmp_path, "prepare.py", *words, "--limit", 20)
    assert every.returncode == 0
    (whole,) = set((tmp_path / "data/windows").glob("folder_*")) - {path}
    few, all_of_them = Windows.open(path), Windows.open(whole)
    for split in ("train", "validation"):
        chosen, full = getattr(few, split), getattr(all_of_them, split)
        np.testing.assert_array_equal(
            chosen.reshape(-1, 2, 8, 3), full.reshape(-1, 5, 8, 3)[:, [0, 2]]
        )


def test_training_finds_what_was_prepared_and_needs_no_tensorflow_for_it(home):
    (home / "broken").mkdir(exist_ok=True)
    (home / "broken" / "tensorflow.py").write_text("raise SystemExit('tensorflow was imported')")
    code = (
        "import config\n"
        "from datasets.open import windows_of\n"
        "from pathlib import Path\n"
        "from system.build import representation\n"
        "c = config.resolve('notes', 'base', 'folder', {'representation.length': '8'})\n"
        "w = windows_of(c, representation(c), [Path('songs.zip')])\n"
        "print(len(w.train), w.path)\n"
    )
    before = {path.name: path.stat().st_mtime_ns for path in (home / "data").rglob("*.npy")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{home / 'broken'}:{ROOT}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "folder_notes_" in done.stdout
    assert before == {path.name: path.stat().st_mtime_ns for path in (home / "data").rglob("*.npy")}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dataset", "maestro"], "maestro-v3.0.0-midi.zip"),
        (["--dataset", "lakh"], "lmd_full.tar.gz"),
        (["--dataset", "pop909"], "github.com/music-x-lab"),
        (["--dataset", "maestr"], "maestro"),
        (["--archive", "none.zip"], "none.zip: does not exist"),
        (["--representation", "note"], "notes"),
        (["--num_workers", "-1"], "--num_workers"),
        (["--limit", "0"], "--limit"),
        (["--download", "--archive", "a.zip"], "--download"),
        (["--dataset", "folder", "--download"], "no published archive"),
        (["--beam_options", "x"], "--beam_runner"),
        (["--beam_options=--flink_master=host:1"], "--beam_options: they need --beam_runner"),
        (["--beam_options", "--flink_master=host:1"], "is joined by =, as in --flag=-1"),
        (["--set", "representation.length"], "part.field=value"),
        (["--bars", "4"], "bars"),
        (["--bars", "4"], "--bars: notes counts no bars; say how long its windows are"),
        (["--variant", "3.0.0"], "--variant: folder has no published archive"),
        (["--variant", "3.0.0", "--archive", "a.zip"], "--variant: leave it out"),
        (["--data_dir", "midi"], "holds no MIDI file"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(tmp_path, monkeypatch, words, said):
    lay(tmp_path, {"midi/readme.txt": b"x"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["prepare.py", *words])
    with pytest.raises(UserError) as told:
        prepare.main()
    assert said in str(told.value)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "bars", "hop"),
    [
        ("--model melody --bars 8", 8, 8),
        ("--model melody --bars 32", 32, 16),
        ("--model melody --bars 8 --set representation.hop=2", 8, 2),
        ("--model trio_octuple --bars 8", 8, None),
    ],
)
def test_windows_of_few_bars_lie_no_farther_apart_than_they_are_long(monkeypatch, words, bars, hop):
    monkeypatch.setattr("sys.argv", ["prepare.py", "--dataset", "lakh", *words.split()])
    made = prepare.config_of(prepare.flags()).representation
    assert (made.bars, made.hop) == (bars, hop)
