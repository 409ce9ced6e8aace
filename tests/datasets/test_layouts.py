"""The published corpora through prepare.py as they lie on a user's disk: unpacked, unpacked one
folder further down, and packed. All three give the same pieces, splits and facts."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

import prepare
from datasets import portrait_picture
from datasets.midi_files import SPLITS
from datasets.shards import Shards
from datasets.windows import Windows
from tests.datasets.material import lay, pack, roll_up, song
from tests.datasets.test_corpora import maestro, pop909

LENGTH = 8


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def lmd_full() -> dict[str, bytes]:
    """Files named by their own hash, in the folder of its first letter."""
    return {f"lmd_full/{md5(s)[0]}/{md5(s)}.mid": s for s in map(song, range(60))}


def lmd_matched() -> dict[str, bytes]:
    """Two files of each song, in the folder of its number in the Million Song Dataset."""
    tracks = {f"TR{'ABCDEF'[i % 6] * 5}{i:011d}": (song(i), song(100 + i)) for i in range(30)}
    return {
        f"lmd_matched/{track[2]}/{track[3]}/{track[4]}/{track}/{md5(content)}.mid": content
        for track, contents in tracks.items()
        for content in contents
    }


def clean_midi() -> dict[str, bytes]:
    """Songs by name in the folder of an artist, one of whom begins with a dot."""
    artists = (".38 Special", "ABBA", "Guns N' Roses", "AC_DC", "Édith Piaf")
    return {
        f"clean_midi/{artists[i % 5]}/Song {i}{end}.mid": song(10 * i + k)
        for i in range(30)
        for k, end in enumerate(("", ".1"))
    }


LAKH = {
    "lmd_full": (lmd_full, 60),
    "lmd_matched": (lmd_matched, 60),
    "clean_midi": (clean_midi, 60),
}


def prepared(where: Path, monkeypatch, dataset: str, *words) -> tuple[Shards, Windows]:
    """What prepare.py leaves in an empty folder."""
    where.mkdir()
    monkeypatch.chdir(where)
    monkeypatch.setattr(portrait_picture, "draw", lambda *given: None)
    words = ["--dataset", dataset, *map(str, words), "--num_workers", "0"]
    words += ["--set", f"representation.length={LENGTH}"]
    monkeypatch.setattr("sys.argv", ["prepare.py", *words])
    prepare.main()
    (shards,) = where.glob(f"data/corpora/{dataset}/*/*")
    (windows,) = where.glob(f"data/windows/{dataset}_notes_*")
    return Shards(shards), Windows.open(windows)


def facts(shards: Shards, names: tuple[str, ...]) -> dict[str, tuple]:
    """(split, pitches, named facts) of each piece, by the last two parts of its id."""
    import tensorflow_datasets as tfds

    found = {}
    for split in shards.counts:
        for example in tfds.builder_from_directory(shards.path).as_data_source(split):
            told = tuple(
                value.decode() if isinstance(value, bytes) else np.asarray(value).tolist()
                for value in (example[name] for name in names)
            )
            id = "/".join(example["id"].decode().split("/")[-2:])
            found[id] = (split, example["pitch"].tobytes(), *told)
    return found


def all_alike(tmp_path, monkeypatch, dataset: str, roots: list[Path], names) -> dict[str, tuple]:
    """The facts of a corpus, after checking that all of `roots` give the same."""
    made = []
    for i, root in enumerate(roots):
        flag = "--data_dir" if root.is_dir() else "--archive"
        shards, windows = prepared(tmp_path / f"run{i}", monkeypatch, dataset, flag, root)
        assert (
            len(windows.train) + len(windows.validation) + len(windows.test)
            == shards.report["kept"]
        )
        made.append((facts(shards, names), shards.report["kept"]))
    assert all(found == made[0] for found in made)
    return made[0][0]


@pytest.mark.parametrize("variant", LAKH)
def test_lakh_unpacked_and_packed(tmp_path, monkeypatch, variant):
    make, count = LAKH[variant]
    files = make()
    above = lay(tmp_path / "there", files)
    roots = [above, above / variant, roll_up(tmp_path / f"{variant}.tar.gz", files)]
    names = ("msd_track", "artist", "title")
    found = all_alike(tmp_path, monkeypatch, "lakh", roots, names)
    assert len(found) == len(files) == count
    splits = [split for split, *_ in found.values()]
    assert splits.count("train") > count * 0.7 and len(set(splits)) > 1
    if variant == "lmd_matched":
        assert all(track == id.split("/")[0] for id, (_, _, track, *_) in found.items())
    if variant == "clean_midi":
        assert found[".38 Special/Song 5.1.mid"][2:] == ("", ".38 Special", "Song 5")
        for id, (split, *_) in found.items():
            assert split == found[id.replace(".1.mid", ".mid")][0]


def test_pop909_unpacked_and_packed(tmp_path, monkeypatch):
    files = {f"POP909-Dataset-master/{name}": content for name, content in pop909().items()}
    above = lay(tmp_path / "there", files)
    roots = [above, above / "POP909-Dataset-master" / "POP909", pack(tmp_path / "z.zip", files)]
    names = ("song", "chords", "keys", "beats", "moved")
    found = all_alike(tmp_path, monkeypatch, "pop909", roots, names)
    assert {id: split for id, (split, *_) in found.items()} == {
        "001/001.mid": "train",
        "027/027.mid": "train",
        "018/018.mid": "validation",
        "909/909.mid": "test",
    }
    assert found["909/909.mid"][2:5] == (909, "N\nGb:maj7", "Gb:maj")


@pytest.mark.parametrize("version", ["1.0.0", "3.0.0"])
def test_maestro_unpacked_and_packed(tmp_path, monkeypatch, version):
    files = maestro(version)
    # The full archive holds a recording beside each performance.
    full = files | {name.replace(".midi", ".wav"): bytes(9000) for name in files if "midi" in name}
    above = lay(tmp_path / "there", files)
    roots = [above, above / f"maestro-v{version}", pack(tmp_path / "z.zip", full)]
    names = ("composer", "title", "year", "maestro_version")
    found = all_alike(tmp_path, monkeypatch, "maestro", roots, names)
    assert [found[f"{2004 + i}/{i}.midi"][0] for i in range(3)] == list(SPLITS)
    assert found["2005/1.midi"][2:] == ("Bach, J. S.", "Fugue 1", 2005, version)
