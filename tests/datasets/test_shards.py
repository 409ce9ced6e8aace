"""Corpus shards: what a piece was comes back, with TFDS or without, whole or not at all."""

import json
import random
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from datasets.columns import columns_of, piece_from
from datasets.crew import Crew
from datasets.folder import Folder, FolderBuilder
from datasets.midi_files import SPLITS
from datasets.pop909 import Pop909, Pop909Builder
from datasets.shards import PART, Built, Shards
from errors import UserError
from tests.datasets.material import lay, pack, song
from tests.datasets.test_corpora import pop909
from tests.music.random_pieces import pieces

ROOT = Path(__file__).parents[2]


def built(files, root: Path, builder=FolderBuilder, size: int = 0) -> Shards:
    with Crew(size) as crew:
        return Built(builder, files, root, crew).shards


@given(pieces())
def test_columns_hold_everything_of_a_piece(piece):
    columns = columns_of(piece)
    names = [name.decode("utf-8") for name in columns["track_names"]]
    assert piece_from(columns) == replace(piece, track_names=tuple(names))


def test_pieces_come_back_and_parts_are_all_of_them(tmp_path):
    root = lay(tmp_path / "there", {f"{i}.mid": song(i, 5 + i % 40) for i in range(200)})
    corpus = Folder(root)
    expected = {split: dict(corpus.pieces(split)) for split in SPLITS}
    shards = built(Folder(root), tmp_path / "corpora", size=2)
    for split in SPLITS:
        assert dict(shards.pieces(split)) == expected[split]
        parts = shards.parts(split)
        assert all(len(part) <= PART for part in parts)
        assert [id for part in parts for id, _ in part.pieces()] == [
            id for id, _ in shards.pieces(split)
        ]
        singles = [single for part in parts for single in part.singles()]
        assert [next(single.pieces())[0] for single in singles] == [
            id for part in parts for id, _ in part.pieces()
        ]
    assert shards.report == {"kept": 200, "dropped": {}, "duplicates": 0}
    with pytest.raises(UserError, match="valid"):
        shards.parts("valid")


def test_tfds_reads_them_with_all_that_is_known(tmp_path):
    import tensorflow_datasets as tfds

    shards = built(Pop909(pack(tmp_path / "z.zip", pop909())), tmp_path, Pop909Builder)
    source = tfds.builder_from_directory(shards.path).as_data_source("test")
    (example,) = list(source)
    (id, piece) = next(iter(shards.pieces("test")))
    assert example["id"].decode() == id and example["song"] == 909
    np.testing.assert_array_equal(example["pitch"], piece.pitch)
    np.testing.assert_array_equal(example["tempos"], piece.tempos)
    assert example["chords"].decode() == "N\nGb:maj7"
    assert example["beats"].shape == (2, 3) and example["beats"].dtype == np.float32


SPILLING = """
    import sys
    from pathlib import Path

    from datasets import builder
    from datasets.crew import Crew
    from datasets.folder import Folder, FolderBuilder
    from datasets.shards import Built

    builder.SHUFFLED_IN_MEMORY, builder.SPILLED_TO = 2000, 7
    with Crew(0) as crew:
        print(Built(FolderBuilder, Folder(sys.argv[1]), Path(sys.argv[2]), crew).shards.path)
    assert "tensorflow" not in sys.modules
"""


def test_what_does_not_fit_into_memory_gives_the_same_bytes_without_tensorflow(tmp_path):
    root = lay(tmp_path / "there", {f"{i}.mid": song(i) for i in range(80)})
    whole = built(Folder(root), tmp_path / "whole").path
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SPILLING), str(root), str(tmp_path / "spilled")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    spilled = Path(done.stdout.strip())
    shards = sorted(path.name for path in whole.glob("*array_record*"))
    assert len(shards) == 3
    for name in shards:
        assert (spilled / name).read_bytes() == (whole / name).read_bytes()
    assert not list((tmp_path / "spilled").rglob("*.tmp"))


def test_nothing_is_built_again_unless_something_changed(tmp_path):
    root = lay(tmp_path / "there", {f"{i}.mid": song(i) for i in range(30)})
    first = built(Folder(root), tmp_path / "c").path
    kept = first.stat().st_ino
    assert built(Folder(root), tmp_path / "c").path.stat().st_ino == kept
    lay(root, {"new.mid": song(99)})
    other = built(Folder(root), tmp_path / "c").path
    assert other != first and first.stat().st_ino == kept
    assert built(Folder(root, limit=5), tmp_path / "c").report["kept"] == 5


def test_a_split_without_pieces_is_left_out_and_none_at_all_is_refused(tmp_path):
    files = {"train/a.mid": song(0), "validation/b.mid": b"MThd", "test/c.mid": song(2)}
    shards = built(Folder(lay(tmp_path / "there", files)), tmp_path / "c")
    assert shards.counts == {"train": [1], "test": [1]} and shards.parts("validation") == []
    assert shards.report["dropped"]["not readable as MIDI"]["count"] == 1
    bad = lay(tmp_path / "bad", {"a.mid": b"no", "b.mid": b"MThd"})
    with pytest.raises(UserError, match=r"no file gave a piece.*not MIDI"):
        built(Folder(bad), tmp_path / "c2")
    assert not list((tmp_path / "c2").rglob("*.json"))
    with pytest.raises(UserError, match="not a corpus"):
        Shards(tmp_path)


def test_names_that_are_not_unicode_do_not_stop_it(tmp_path):
    (tmp_path / "there").mkdir()
    with open(bytes(tmp_path / "there") + b"/\x83s\x83A.mid", "wb") as file:
        file.write(song(0))
    (piece,) = [
        pair
        for split in SPLITS
        for pair in built(Folder(tmp_path / "there"), tmp_path / "c").pieces(split)
    ]
    assert piece[0].endswith("A.mid")


def test_killed_at_any_moment_it_leaves_the_old_or_the_new(tmp_path):
    root = pack(tmp_path / "z.zip", {f"{i}.mid": song(i, 60) for i in range(400)})
    command = [sys.executable, str(ROOT / "prepare.py"), "--archive", str(root), "--num_workers=2"]
    command += ["--set", "representation.length=16"]
    rng, killed = random.Random(0), 0
    for attempt in range(4):
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.4 + 2.2 * rng.random() if attempt < 3 else 0)
        if attempt < 3:
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            for path in (tmp_path / "data").glob("corpora/folder/*/*"):
                assert sum(map(sum, Shards(path).counts.values())) == 400
            for path in (tmp_path / "data").glob("windows/folder_*"):
                assert json.loads((path / "index.json").read_text())["splits"]["train"]["windows"]
    assert process.wait() == 0 and killed
    (windows,) = (tmp_path / "data").glob("windows/folder_*")
    assert json.loads((windows / "summary.json").read_text())["kept"] == 400
    leftovers = [p.name for p in (tmp_path / "data").rglob(".prepare-*")]
    assert not leftovers
