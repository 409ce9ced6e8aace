"""The folder corpus: what is found, how it is split, and that no bad file stops it."""

import os
import random
import zipfile

import pytest

from datasets import sources
from datasets.folder import Folder
from datasets.midi_files import SPLITS
from errors import UserError
from music import Piece, midi
from tests.datasets.material import DATA, lay, pack, song

POP909 = DATA / "POP909.zip"


def ids(corpus: Folder) -> dict[str, list[str]]:
    return {split: [id for id, _ in corpus.pieces(split)] for split in SPLITS}


def everything(corpus: Folder) -> list[str]:
    return sorted(sum(ids(corpus).values(), []))


def test_files_are_found_at_any_depth_and_in_any_case_and_junk_is_not(tmp_path):
    good = {"a.mid": song(0), "b/C.MIDI": song(1), "b/d/e.Kar": song(2)}
    junk = {"f.txt": b"x", "__MACOSX/a.mid": song(3), ".g/a.mid": song(4), "b/._e.mid": song(5)}
    for root in lay(tmp_path / "there", good | junk), pack(tmp_path / "z.zip", good | junk):
        corpus = Folder(root)
        assert everything(corpus) == sorted(good)
        assert corpus.report == {"kept": 3, "dropped": {}, "duplicates": 0}


def test_pieces_are_those_of_the_files_and_each_is_parsed_once(tmp_path, monkeypatch):
    files = {f"{i}.mid": song(i) for i in range(60)}
    lay(tmp_path, files)
    parsed = []
    read = midi.read
    monkeypatch.setattr(midi, "read", lambda content: parsed.append(1) or read(content))
    corpus = Folder(tmp_path)
    found = {id: piece for split in SPLITS for id, piece in corpus.pieces(split)}
    assert len(parsed) == 60
    assert found == {name: read(content) for name, content in files.items()}


def test_the_content_decides_the_split_and_not_the_name_place_or_company(tmp_path):
    contents = [song(i) for i in range(300)]
    folder = lay(tmp_path / "a", {f"{i}.mid": content for i, content in enumerate(contents)})
    archive = pack(tmp_path / "b.zip", {f"x/{i}/y.mid": contents[i] for i in range(0, 300, 2)})
    split_of = {int(id[:-4]): split for split, names in ids(Folder(folder)).items() for id in names}
    again = {
        int(id.split("/")[1]): split
        for split, names in ids(Folder(archive)).items()
        for id in names
    }
    assert len(split_of) == 300 and len(again) == 150
    assert all(split_of[i] == split for i, split in again.items())
    counts = [list(split_of.values()).count(split) for split in SPLITS]
    assert counts[0] > 250 and counts[1] > 5 and counts[2] > 5


@pytest.mark.parametrize("above", ["", "corpus/", "corpus/midi/"])
def test_folders_named_for_splits_decide(tmp_path, above):
    files = {
        f"{above}train/a.mid": song(0),
        f"{above}train/x/b.mid": song(1),
        f"{above}validation/c.mid": song(2),
        f"{above}test/x/d.mid": song(3),
        f"{above}stray.mid": song(4),
        f"{above}train/copy_of_test.mid": song(3),
        f"{above}test/copy_of_test.mid": song(3),
        f"{above}train/copy_of_validation.mid": song(2),
    }
    for root in lay(tmp_path / "there", files), pack(tmp_path / "z.zip", files):
        corpus = Folder(root)
        assert ids(corpus) == {
            "train": [f"{above}train/a.mid", f"{above}train/x/b.mid"],
            "validation": [f"{above}validation/c.mid"],
            "test": [f"{above}test/copy_of_test.mid"],
        }
        stray = {"count": 1, "examples": [f"{above}stray.mid"]}
        expected = {"outside train, validation and test": stray}
        assert corpus.report == {"kept": 4, "dropped": expected, "duplicates": 3}


def test_train_alone_is_train_and_a_folder_called_test_is_no_split(tmp_path):
    train = lay(tmp_path / "a", {f"train/{i}.mid": song(i) for i in range(40)})
    assert len(ids(Folder(train))["train"]) == 40
    test = lay(tmp_path / "b", {f"test/{i}.mid": song(i) for i in range(40)})
    assert len(ids(Folder(test))["train"]) > 20


def test_equal_contents_are_kept_once_across_roots(tmp_path):
    one = lay(tmp_path / "one" / "midi", {"a.mid": song(0), "b.mid": song(1), "c.mid": song(0)})
    two = lay(tmp_path / "two" / "midi", {"a.mid": song(1), "d.mid": song(2)})
    corpus = Folder([one, pack(tmp_path / "z.zip", {"e.mid": song(2)}), two])
    assert everything(corpus) == ["midi#1/a.mid", "midi#1/b.mid", "midi#2/d.mid"]
    assert corpus.report["duplicates"] == 3
    assert everything(Folder([one, one])) == ["midi#1/a.mid", "midi#1/b.mid"]


def test_bad_files_are_named_with_their_reason_and_cost_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST", 10_000)
    silent = midi.to_bytes(Piece.from_notes([], [], []))
    bad = {f"broken{i:02}.mid": song(i)[: 30 + i] for i in range(12)}
    files = bad | {"silent.mid": silent, "huge.mid": bytes(10_001), "good.mid": song(50)}
    for root in lay(tmp_path / "there", files), pack(tmp_path / "z.zip", files):
        corpus = Folder(root)
        for _ in range(2):  # counts do not grow when a split is read again
            assert everything(corpus) == ["good.mid"]
            dropped = corpus.report["dropped"]
            assert dropped["no notes"] == {"count": 1, "examples": ["silent.mid"]}
            assert dropped["larger than 0 MiB"] == {"count": 1, "examples": ["huge.mid"]}
            examples = sorted(bad)[:10]
            assert dropped["not readable as MIDI"] == {"count": 12, "examples": examples}
            assert len(dropped) == 3 and corpus.report["kept"] == 1


def test_a_file_that_vanishes_is_one_more_bad_file(tmp_path):
    lay(tmp_path, {"a.mid": song(0), "b.mid": song(1)})
    os.symlink(tmp_path / "nowhere.mid", tmp_path / "c.mid")
    corpus = Folder(tmp_path)
    (tmp_path / "a.mid").unlink()
    assert everything(corpus) == ["b.mid"]
    assert corpus.report["dropped"]["cannot be read: No such file or directory"]["count"] == 2


def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    lay(tmp_path / "elsewhere", {"a.mid": song(0)})
    lay(tmp_path / "corpus", {"b.mid": song(1)})
    os.symlink(tmp_path / "elsewhere", tmp_path / "corpus" / "link")
    os.symlink(tmp_path / "corpus", tmp_path / "corpus" / "circle")
    assert everything(Folder(tmp_path / "corpus")) == ["b.mid", "link/a.mid"]


def test_damaged_zip_members_are_dropped_and_the_rest_is_kept(tmp_path):
    path = pack(tmp_path / "z.zip", {"a.mid": song(0), "b.mid": song(1, 200), "c.mid": song(2)})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("b.mid").header_offset + 60
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)
    corpus = Folder(path)
    assert everything(corpus) == ["a.mid", "c.mid"]
    (reason,) = corpus.report["dropped"]
    assert "damaged" in reason


def test_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST", 1000)
    bomb = song(0) + bytes(10_000_000)
    corpus = Folder(pack(tmp_path / "z.zip", {"bomb.mid": bomb, "a.mid": song(1)}))
    assert everything(corpus) == ["a.mid"]


def test_faults_of_the_user_say_what_to_do(tmp_path):
    with pytest.raises(UserError, match="none given"):
        Folder([])
    with pytest.raises(UserError, match="no.such.*does not exist"):
        Folder(tmp_path / "no_such")
    with pytest.raises(UserError, match=r"no MIDI file \(.mid"):
        Folder(lay(tmp_path / "texts", {"a.txt": b"x"}))
    with pytest.raises(UserError, match="no MIDI file"):
        Folder(pack(tmp_path / "texts.zip", {"a.txt": b"x"}))
    with pytest.raises(UserError, match="a.mid: cannot be read as a zip"):
        Folder(lay(tmp_path / "songs", {"a.mid": song(0)}) / "a.mid")
    with pytest.raises(UserError, match="'valid' is not one of train"):
        list(Folder(tmp_path / "songs").pieces("valid"))


def test_the_fingerprint_changes_with_names_sizes_and_times_only(tmp_path):
    files = {"a.mid": song(0), "b.mid": song(1)}
    root = lay(tmp_path / "r", files)
    first = Folder(root).fingerprint()
    assert Folder(str(root)).fingerprint() == first
    (tmp_path / "r").rename(tmp_path / "moved")
    root = tmp_path / "moved"
    assert Folder(root).fingerprint() == first
    seen = {first}
    os.utime(root / "a.mid", (1, 1))
    seen.add(Folder(root).fingerprint())
    (root / "a.mid").rename(root / "c.mid")
    seen.add(Folder(root).fingerprint())
    lay(root, {"d.mid": song(2)})
    seen.add(Folder(root).fingerprint())
    assert len(seen) == 4
    zips = [
        pack(tmp_path / f"{i}.zip", f) for i, f in enumerate([files, files, {"a.mid": song(1)}])
    ]
    same, again, other = (Folder(path).fingerprint() for path in zips)
    assert same == again != other


@pytest.mark.skipif(not POP909.exists(), reason="POP909.zip is not beside the repository")
def test_truncated_and_flipped_real_files_never_crash(tmp_path):
    rng = random.Random(0)
    with zipfile.ZipFile(POP909) as archive:
        names = [name for name in archive.namelist() if name.endswith(".mid")][:10]
        contents = [archive.read(name) for name in names]
    files = {"good.mid": contents[0]}
    for i in range(300):
        content = bytearray(rng.choice(contents))
        if i % 2:
            content = content[: rng.randrange(len(content))]
        else:
            for _ in range(rng.choice([1, 10, 100])):
                content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        files[f"bad{i}.mid"] = bytes(content)
    corpus = Folder(pack(tmp_path / "z.zip", files))
    assert "good.mid" in everything(corpus)
    report = corpus.report
    dropped = sum(entry["count"] for entry in report["dropped"].values())
    assert report["kept"] + dropped + report["duplicates"] == 301
    assert dropped > 100


def test_flipped_bytes_of_a_zip_never_crash(tmp_path):
    path = pack(tmp_path / "z.zip", {f"{i}.mid": song(i) for i in range(5)})
    whole, rng = path.read_bytes(), random.Random(1)
    for _ in range(200):
        content = bytearray(whole)
        for _ in range(rng.choice([1, 4, 16])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            everything(Folder(path))
        except UserError as error:
            assert "z.zip" in str(error)
