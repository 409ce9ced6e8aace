"""The builders under Beam's DirectRunner with two workers, against the plain ones."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from datasets.crew import Crew
from datasets.folder import Folder, FolderBuilder
from datasets.midi_files import SPLITS
from datasets.shards import Built, Shards
from errors import UserError
from tests.datasets.material import lay, song

ROOT = Path(__file__).parents[2]
OPTIONS = "--direct_num_workers=2 --direct_running_mode=multi_processing"

needs_beam = pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is None,
    reason='Apache Beam is not installed (pip install ".[beam]")',
)


@needs_beam
def test_beam_builds_the_same_shards(tmp_path):
    files = {f"train/{i}.mid": song(i) for i in range(30)}
    files |= {f"validation/{i}.mid": song(i) for i in range(28, 34)}
    files |= {"test/a.mid": b"not a song, so this split is empty", "test/b.mid": b"no"}
    files |= {"train/bad.mid": b"no", "train/cut.mid": song(50)[:60], "stray.mid": song(60)}
    root = lay(tmp_path / "there", files)
    with Crew(0) as crew:
        plain = Built(FolderBuilder, Folder(root), tmp_path / "plain", crew).shards
    command = [sys.executable, str(ROOT / "prepare.py"), "--data_dir", str(root)]
    command += ["--beam_runner", "DirectRunner", "--beam_options", OPTIONS]
    command += ["--set", "representation.length=4", "--num_workers", "0"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "data/corpora").glob("folder/*/*")
    beamed = Shards(path)
    assert beamed.counts == plain.counts and beamed.report == plain.report
    assert plain.report["duplicates"] == 3 and len(plain.report["dropped"]) == 3
    assert set(plain.counts) == {"train", "validation"}
    for split in SPLITS:
        assert list(beamed.pieces(split)) == list(plain.pieces(split))


@needs_beam
def test_a_runner_that_beam_does_not_have_is_named():
    from datasets.beam import settings

    assert settings("DirectRunner", OPTIONS)["beam_runner"] == "DirectRunner"
    with pytest.raises(UserError, match="--beam_runner DirectRuner: .*DirectRunner"):
        settings("DirectRuner", OPTIONS)


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is not None, reason="Apache Beam is installed"
)
def test_without_beam_the_flag_says_what_to_install(tmp_path):
    command = [sys.executable, str(ROOT / "prepare.py"), "--data_dir", str(tmp_path)]
    done = subprocess.run(
        [*command, "--beam_runner", "DirectRunner"], capture_output=True, text=True
    )
    assert done.returncode == 2 and 'pip install ".[beam]"' in done.stderr
