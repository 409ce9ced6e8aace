"""What a user gives by mistake is named, and so are what is wrong with it and what to do."""

import tarfile

import pytest

from datasets.crew import Crew
from datasets.folder import Folder, FolderBuilder
from datasets.maestro import Maestro
from datasets.pop909 import Pop909
from datasets.shards import Built
from errors import UserError
from tests.datasets.material import lay, pack, roll_up, song

WHOLE = {f"{i}.mid": song(i, 200) for i in range(3)}
JPEG = b"\xff\xd8\xff" + bytes(100)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with one of each mistake in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    good = pack(tmp_path / "good.zip", WHOLE).read_bytes()
    lay(tmp_path, {f"pictures/{i}/a{i}.jpg": JPEG for i in range(3)} | {"pictures/README": b"x"})
    lay(tmp_path, {"cut.zip": good[:900], "song.mid": song(0), "notes.txt": b"hello"})
    lay(tmp_path, {"a.rar": b"Rar!\x1a\x07\x00" + bytes(90), "a.7z": b"7z\xbc\xaf\x27\x1c"})
    lay(tmp_path, {"nothing.zip": b"", "nothing.tar": b"", "deep/down/only.zip": good})
    pack(tmp_path / "nested.zip", {"inner.zip": good, "readme.txt": b"x"})
    pack(tmp_path / "pictures.zip", {"a.jpg": JPEG})
    roll_up(tmp_path / "pictures.tar.gz", {"a.jpg": JPEG})
    roll_up(tmp_path / "songs.tar", WHOLE).rename(tmp_path / "songs")
    with tarfile.open(tmp_path / "packed", "w:gz") as archive:
        archive.add("song.mid")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty", "holds no MIDI file (.mid, .midi, .kar): it is empty; name a directory"),
        ("pictures", "but other files (3 .jpg, 1 no ending); name a directory"),
        ("pictures.zip", "but other files (1 .jpg); name a directory"),
        ("pictures.tar.gz", "but other files (1 .jpg); name a directory"),
        ("cut.zip", "cannot be read as a zip: it was cut short or damaged; copy or fetch it again"),
        ("nowhere", "does not exist; name a directory, a .zip or a .tar"),
        ("song.mid", "it is a MIDI file by itself; name the folder that holds it"),
        ("notes.txt", "cannot be read as a zip: File is not a zip file; name a directory"),
        ("nested.zip", "but another archive, inner.zip; unpack that and name it"),
        ("deep", "but an archive; name it with --archive deep/down/only.zip"),
        ("a.rar", "it is a RAR archive; unpack it and name the folder"),
        ("a.7z", "it is a 7-Zip archive; unpack it and name the folder"),
        ("nothing.zip", "it is empty; copy or fetch it again"),
        ("nothing.tar", "cannot be read as a tar (empty file); fetch it again"),
        ("songs", "it is a tar; end its name in .tar"),
        ("packed", "it is packed with gzip; if it is a tar, end its name in .tar.gz"),
    ],
)
def test_each_mistake_has_its_answer(home, name, said):
    with pytest.raises(UserError) as told, Crew(0) as crew:
        Folder(name).select(crew, home)
    assert str(told.value).startswith(f"{name}: ") and said in str(told.value)
    assert "\n" not in str(told.value)


def test_music_that_is_another_corpus_is_told_from_no_music(home):
    with pytest.raises(UserError, match=r"such as 0\.mid, but none under a name that pop909"):
        Pop909("good.zip")
    with pytest.raises(UserError, match=r"good\.zip: holds no maestro-v\*\.csv"):
        Maestro("good.zip").fingerprint()


def test_files_that_all_fail_are_told_in_words(home):
    pack(home / "bad.zip", {"a.mid": b"no", "b.mid": b"nor this", "c.mid": song(0)[:60]})
    with pytest.raises(UserError) as told, Crew(0) as crew:
        Built(FolderBuilder, Folder("bad.zip"), home / "data", crew).shards  # noqa: B018
    assert "2 not MIDI (a.mid, b.mid), 1 not readable as MIDI (c.mid); give it" in str(told.value)
