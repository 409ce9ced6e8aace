"""Archives are read where they lie: the same files come out, and no member can do harm."""

import io
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from datasets import sources, tars
from datasets.crew import Crew
from datasets.folder import Folder
from datasets.sources import Dropped, Reader, find, is_midi
from errors import UserError
from tests.datasets.material import lay, pack, roll_up, song

FILES = {"a.mid": song(0), "b/C.MIDI": song(1, 300), "b/d/e.Kar": song(2), "f.txt": b"x"}
WANTED = {name: content for name, content in FILES.items() if name != "f.txt"}


def contents(root: Path, scratch: Path | None = None) -> dict[str, bytes]:
    with Reader() as reader:
        return {s.id: reader.read(s) for s in find(root, is_midi, scratch)}


def everything_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_folder_and_every_archive_of_it_hold_the_same(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    roots = [
        lay(tmp_path / "there", FILES),
        pack(tmp_path / "deflated.zip", FILES),
        pack(tmp_path / "stored.zip", FILES, zipfile.ZIP_STORED),
        pack(tmp_path / "bzip2.zip", FILES, zipfile.ZIP_BZIP2),
        *(roll_up(tmp_path / f"t.{end}", FILES) for end in ("tar", "tar.gz", "tgz", "tar.xz")),
    ]
    for root in roots:
        assert contents(root, scratch) == WANTED, root


def test_a_zip_behind_other_bytes_and_with_extra_fields_is_read(tmp_path):
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("a.mid")
        info.extra = b"\x99\x99\x04\x00abcd"
        archive.writestr(info, FILES["a.mid"])
    behind = tmp_path / "behind.zip"
    behind.write_bytes(b"#!/bin/sh\n" * 50 + path.read_bytes())
    assert contents(path) == contents(behind) == {"a.mid": FILES["a.mid"]}


@pytest.mark.parametrize("name", ["../../out.mid", "/tmp/out.mid", "a/../../../out.mid"])
def test_no_member_is_written_under_its_own_name(tmp_path, name):
    home = tmp_path / "deep" / "down"
    home.mkdir(parents=True)
    made = [pack(home / "z.zip", {name: song(0)}), roll_up(home / "t.tar.gz", {name: song(0)})]
    before = everything_below(tmp_path)
    scratch = home / "scratch"
    scratch.mkdir()
    for path in made:
        assert list(contents(path, scratch).values()) == [song(0)]
    new = set(everything_below(tmp_path)) - set(before)
    assert new == {"deep/down/scratch/t.tar.gz.unpacked"}


def test_links_and_devices_in_a_tar_are_no_files(tmp_path):
    path = tmp_path / "t.tar"
    with tarfile.open(path, "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo(f"{kind.decode()}.mid")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        member = tarfile.TarInfo("a.mid")
        member.size = len(song(0))
        archive.addfile(member, io.BytesIO(song(0)))
    assert contents(path) == {"a.mid": song(0)}


def test_bombs_are_not_unpacked(tmp_path, monkeypatch):
    bomb = song(0) + bytes(20_000_000)
    path = pack(tmp_path / "z.zip", {"bomb.mid": bomb, "a.mid": song(1)})
    roll = roll_up(tmp_path / "t.tar.gz", {"bomb.mid": bomb, "a.mid": song(1)})
    del bomb
    monkeypatch.setattr(sources, "LARGEST", 100_000)
    for root in (path, roll):
        found = {source.id: source for source in find(root, is_midi, tmp_path)}
        tracemalloc.start()
        with Reader() as reader:
            with pytest.raises(Dropped, match="larger"):
                reader.read(found["bomb.mid"])
            assert reader.read(found["a.mid"]) == song(1)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
        tracemalloc.stop()
    assert (tmp_path / "t.tar.gz.unpacked").stat().st_size < 200_000
    monkeypatch.setattr(tars, "LEAST", 1_000_000)
    with pytest.raises(UserError, match="unpacks to more than"):
        find(roll, is_midi, tmp_path)


def test_encrypted_members_and_unknown_methods_are_named(tmp_path):
    path = pack(tmp_path / "z.zip", {"a.mid": song(0), "b.mid": song(1)}, zipfile.ZIP_LZMA)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    corpus = Folder(path)
    assert not [id for split in ("train", "validation", "test") for id, _ in corpus.pieces(split)]
    assert set(corpus.report["dropped"]) == {
        "encrypted in its archive",
        "packed in a way that is not known here",
    }


def test_a_cut_tar_gives_what_lies_before_the_cut(tmp_path):
    files = {f"{i}.mid": song(i, 400) for i in range(40)}
    for name in ("t.tar", "t.tar.gz"):
        path = roll_up(tmp_path / name, files)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        corpus = Folder(path)
        with Crew(0) as crew:
            kept = sum(len(found) for found in corpus.select(crew, tmp_path).values())
        assert 10 < kept < 40
        (remark,) = corpus.report["remarks"]
        assert name in remark and "damaged" in remark
    path.write_bytes(b"\x1f\x8b not gzip")
    with pytest.raises(UserError, match="t.tar.gz: cannot be read as a tar"):
        find(path, is_midi, tmp_path)
