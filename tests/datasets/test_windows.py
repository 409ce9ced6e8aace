"""Prepared windows: whole or absent, rebuilt only for a reason, and the same as encoding anew."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from datasets import encoding
from datasets import windows as module
from datasets.folder import Folder
from datasets.windows import Windows, prepare
from datasets.workspace import LOCK
from errors import UserError
from music import Piece
from representations.notes import Notes

REPOSITORY = Path(__file__).parents[2]
POP909 = REPOSITORY.parent / "shared" / "data" / "POP909.zip"
LENGTH = 8


class Tunes:
    """A corpus of tunes: how many notes each has, by split."""

    def __init__(self, version="1", **splits):
        self.version, self.splits, self.reads = version, splits, 0
        self.report = {"kept": sum(map(len, splits.values()))}

    def pieces(self, split):
        for i, notes in enumerate(self.splits.get(split, ())):
            self.reads += 1
            rng = np.random.default_rng([len(split), i])
            onset = np.cumsum(rng.integers(0, 960, notes))
            yield f"{split}{i}", Piece.from_notes(onset, 240, rng.integers(40, 80, notes))

    def fingerprint(self):
        return f"tunes {self.version} {self.splits}"


def whole_corpus():
    return Tunes(train=[30, 5, 50, 8], validation=[17, 9], test=[8])


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name != LOCK)


def test_windows_are_those_of_the_representation_with_their_pieces(tmp_path):
    corpus, notes = whole_corpus(), Notes(length=LENGTH)
    found = prepare(corpus, notes, tmp_path, "tunes")
    for split in module.SPLITS:
        expected = np.concatenate([notes.encode(piece) for _, piece in corpus.pieces(split)])
        np.testing.assert_array_equal(getattr(found, split), expected)
        assert isinstance(getattr(found, split), np.memmap)
        assert not getattr(found, split).flags.writeable
        np.testing.assert_array_equal(np.load(found.path / f"{split}.npy"), expected)
    train = found.index["splits"]["train"]
    assert train["pieces"] == ["train0", "train2", "train3"]
    assert train["first"] == [0, 3, 9] and train["windows"] == 10
    assert train["pieces_without_windows"] == 1
    assert train["without"] == {"fewer than 8 notes": {"count": 1, "examples": ["train1"]}}
    assert found.statistics == notes.measure(found.train)
    assert found.index["settings"] == notes.storage_settings()
    assert found.index["corpus"] == corpus.fingerprint()
    assert found.index["report"] == {"kept": 7} and found.index["remarks"] == []
    assert names(tmp_path) == [found.path.name]
    assert found.path.name.startswith("tunes_notes_") and len(found.path.name) == 24


def test_what_is_read_through_does_not_stay_mapped(tmp_path):
    found = prepare(whole_corpus(), Notes(length=LENGTH), tmp_path, "tunes")
    array, path = np.array(found.train), found.path / "train.npy"
    del found
    through = module.ReadThrough(path)
    assert len(through) == len(array)
    for key in (slice(2, 5), (slice(3, 9), slice(None, 4)), slice(8, 100)):
        np.testing.assert_array_equal(through[key], array[key])
        assert type(through[key]) is np.ndarray
    assert str(path) not in Path("/proc/self/maps").read_text()


def test_nothing_is_read_again_unless_something_changed(tmp_path):
    first, again = whole_corpus(), whole_corpus()
    path = prepare(first, Notes(length=LENGTH), tmp_path, "tunes").path
    kept = path.stat().st_ino
    assert prepare(again, Notes(length=LENGTH, transpose=0), tmp_path, "tunes").path == path
    assert again.reads == 0 and path.stat().st_ino == kept
    changed = [
        (Tunes("2", **first.splits), Notes(length=LENGTH), "tunes"),
        (again, Notes(length=LENGTH, max_delta=4), "tunes"),
        (again, Notes(length=LENGTH, pitch="midi"), "tunes"),
        (again, Notes(length=LENGTH), "other"),
    ]
    paths = {prepare(corpus, notes, tmp_path, name).path for corpus, notes, name in changed}
    assert len(paths | {path}) == 5
    assert path.stat().st_ino == kept


def test_the_same_corpus_gives_the_same_bytes(tmp_path):
    folders = [prepare(whole_corpus(), Notes(length=LENGTH), tmp_path / d, "t").path for d in "ab"]
    assert names(folders[0]) == names(folders[1]) != []
    for name in names(folders[0]):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_the_header_holds_any_number_of_windows(tmp_path):
    sample = np.zeros((0, 128, 3), np.float32)
    lengths = set()
    for count in (0, 1, 10**6, 10**12):
        with open(tmp_path / "header", "wb") as file:
            encoding.write_header(file, sample, count)
            lengths.add(file.tell())
    assert len(lengths) == 1


def test_an_empty_test_split_is_an_empty_array(tmp_path):
    found = prepare(Tunes(train=[20], validation=[20]), Notes(length=LENGTH), tmp_path, "t")
    assert found.test.shape == (0, LENGTH, 3) and found.test.dtype == np.float32
    assert Windows.open(found.path).test.shape == (0, LENGTH, 3)


@pytest.mark.parametrize(("pieces", "moved"), [(2, 1), (10, 1), (60, 3)])
def test_validation_takes_whole_pieces_from_train_where_it_has_none(tmp_path, pieces, moved):
    corpus, notes = Tunes(train=[20] * pieces, test=[20], validation=[3]), Notes(length=LENGTH)
    found = prepare(corpus, notes, tmp_path, "t")
    every = np.concatenate([notes.encode(piece) for _, piece in corpus.pieces("train")])
    kept = 2 * (pieces - moved)
    np.testing.assert_array_equal(found.train, every[:kept])
    np.testing.assert_array_equal(found.validation, every[kept:])
    size = (found.path / "train.npy").stat().st_size
    assert size == found.train.offset + found.train.nbytes
    split = found.index["splits"]
    assert split["train"]["pieces"] + split["validation"]["pieces"] == [
        f"train{i}" for i in range(pieces)
    ]
    assert split["validation"]["first"] == [0, 2, 4][:moved]
    assert found.statistics == notes.measure(every[:kept])
    assert str(moved) in found.index["remarks"][0]


def test_a_single_piece_is_train_and_validation(tmp_path):
    found = prepare(Tunes(train=[20]), Notes(length=LENGTH), tmp_path, "t")
    np.testing.assert_array_equal(found.train, found.validation)
    assert len(found.train) == 2 and "one piece" in found.index["remarks"][0]


def test_a_tiny_corpus_that_fell_into_test_trains_all_the_same(tmp_path):
    found = prepare(Tunes(test=[20, 30], validation=[9]), Notes(length=LENGTH), tmp_path, "t")
    assert [len(found.train), len(found.validation), len(found.test)] == [5, 1, 0]
    assert found.held_out is found.validation
    assert found.index["splits"]["train"]["pieces"] == ["test0", "test1"]
    only = prepare(Tunes(validation=[20]), Notes(length=LENGTH), tmp_path, "t")
    assert [len(only.train), len(only.validation), len(only.test)] == [2, 2, 0]


def test_a_corpus_without_a_window_says_why_and_leaves_nothing(tmp_path):
    short = Tunes(train=[3, 4], test=[5])
    short.report["dropped"] = {"not MIDI": {"count": 2, "examples": ["a.txt", "b.txt"]}}
    said = r"each of the 3 pieces is too short.*; dropped before that: 2 not MIDI \(a.txt, b.txt\)"
    with pytest.raises(UserError, match=said):
        prepare(short, Notes(length=LENGTH), tmp_path, "t")
    with pytest.raises(UserError, match=r"3 fewer than 8 notes \(train0, train1, test0\)"):
        prepare(Tunes(train=[3, 4], test=[5]), Notes(length=LENGTH), tmp_path, "t")
    with pytest.raises(UserError, match="gave no piece"):
        prepare(Tunes(), Notes(length=LENGTH), tmp_path, "t")
    assert names(tmp_path) == []
    with pytest.raises(UserError, match="name"):
        prepare(whole_corpus(), Notes(length=LENGTH), tmp_path, "../t")


def test_what_is_not_a_whole_folder_is_refused_and_prepared_again(tmp_path):
    notes = Notes(length=LENGTH)
    path = prepare(whole_corpus(), notes, tmp_path, "t").path
    good = {name: (path / name).read_bytes() for name in names(path)}
    index = json.loads(good["index.json"])
    index["splits"]["train"]["windows"] += 1
    damages = [
        ("train.npy", good["train.npy"][:-1]),
        ("train.npy", b""),
        ("test.npy", b"not an array"),
        ("validation.npy", good["test.npy"]),
        ("validation.npy", None),
        ("index.json", None),
        ("index.json", good["index.json"][:-9]),
        ("index.json", b"[]"),
        ("index.json", json.dumps(index | {"format": 99}).encode()),
        ("index.json", json.dumps(index).encode()),
    ]
    for name, content in damages:
        (path / name).unlink()
        if content is not None:
            (path / name).write_bytes(content)
        with pytest.raises(UserError, match=path.name):
            Windows.open(path)
        corpus = whole_corpus()
        prepare(corpus, notes, tmp_path, "t")
        assert corpus.reads == 7
        assert {name: (path / name).read_bytes() for name in names(path)} == good
    assert names(tmp_path) == [path.name]
    for other in tmp_path, tmp_path / "nowhere", path / "index.json":
        with pytest.raises(UserError, match="prepare.py"):
            Windows.open(other)


def test_a_failing_corpus_leaves_the_old_windows_and_no_litter(tmp_path):
    class Failing(Tunes):
        def pieces(self, split):
            yield from super().pieces(split)
            raise KeyboardInterrupt

    old = prepare(whole_corpus(), Notes(length=LENGTH), tmp_path, "t")
    with pytest.raises(KeyboardInterrupt):
        prepare(Failing("2", train=[20]), Notes(length=LENGTH), tmp_path, "t")
    assert names(tmp_path) == [old.path.name]


ENDLESS = """
    import sys
    from datasets.windows import prepare
    from music import Piece
    from representations.notes import Notes

    class Endless:
        def pieces(self, split):
            while True:
                yield "x", Piece.from_notes(range(0, 48000, 480), 240, 60)
        def fingerprint(self):
            return "endless"

    prepare(Endless(), Notes(length=8), sys.argv[1], "t")
"""


def test_a_killed_run_leaves_no_windows_and_the_next_clears_its_leftovers(tmp_path):
    old = prepare(whole_corpus(), Notes(length=LENGTH), tmp_path, "t")
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ENDLESS), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while not any(p.stat().st_size > 10_000 for p in tmp_path.glob(".prepare-*/train.npy")):
            assert run.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        prepare(whole_corpus(), Notes(length=LENGTH), tmp_path, "t")
        assert list(tmp_path.glob(".prepare-*/train.npy"))  # its owner lives
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert len(names(tmp_path)) > 1
    again = whole_corpus()
    prepare(again, Notes(length=LENGTH), tmp_path, "t")
    assert again.reads == 0 and names(tmp_path) == [old.path.name]


def test_of_two_runs_at_once_one_encodes(tmp_path):
    corpora = [whole_corpus() for _ in range(4)]
    paths = []

    def run(corpus):
        paths.append(prepare(corpus, Notes(length=LENGTH), tmp_path, "t").path)

    threads = [threading.Thread(target=run, args=(corpus,)) for corpus in corpora]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 4 and len(set(paths)) == 1
    assert sorted(corpus.reads for corpus in corpora) == [0, 0, 0, 7]


def test_windows_need_no_tensorflow(tmp_path):
    path = prepare(whole_corpus(), Notes(length=LENGTH), tmp_path, "t").path
    code = (
        "import sys; from datasets.windows import Windows; import representations.notes;"
        f"print(len(Windows.open({str(path)!r}).train), 'tensorflow' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert run.stdout.split() == [b"10", b"False"], run.stderr


@pytest.mark.skipif(not POP909.exists(), reason="POP909.zip is not beside the repository")
def test_a_real_archive_is_prepared_whole(tmp_path):
    found = prepare(Folder(POP909), Notes(), tmp_path, "pop909")
    assert found.index["report"] == {"kept": 818, "dropped": {}, "duplicates": 0}
    assert len(found.train) > 5000 and len(found.validation) > 200 and len(found.test) > 200
    scaled = Notes(statistics=found.statistics).scale(found.train)
    np.testing.assert_array_equal(scaled.max(axis=(0, 1)), 1)
