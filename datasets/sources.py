"""Where the MIDI files of a corpus lie, and how to read one without trusting it.

A file of a directory, a member of a zip and a member of a tar are all a run of bytes in some file
on disk, perhaps deflated. `find` lists them once; any process can then `read` any of them without
a directory of the archive. Nothing is ever unpacked under a name that an archive chose.
"""

import bz2
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from datasets import tars
from errors import UserError

SUFFIXES = (".mid", ".midi", ".kar")
LARGEST = 32 * 2**20
WHOLE = -1
STORED, DEFLATED, BZIP2, ENCRYPTED = 0, 8, 12, -1
LOCAL_HEADER = struct.Struct("<4s22xHH")


class Dropped(Exception):
    """Why a file is not a piece of the corpus."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file: where its bytes are, and what tells that they changed."""

    id: str
    path: str
    stamp: str
    size: int  # of the content, if what lists it tells the truth
    start: int = 0
    stored: int = WHOLE  # bytes as they lie there; WHOLE is all of the file at `path`
    method: int = STORED  # as zip numbers them
    crc: int | None = None
    in_zip: bool = False
    beside: "Source | None" = None  # another file that tells how this one is to be read


class Reader:
    """Reads the bytes of sources, keeping the archive they come from open."""

    def __init__(self):
        self._open, self._file = None, None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception) -> None:
        if self._file:
            self._file.close()
        self._open, self._file = None, None

    def __reduce__(self):
        return Reader, ()

    def read(self, source: Source) -> bytes:
        """The content of a file, or `Dropped` where it cannot be had whole within `LARGEST`."""
        try:
            if source.stored == WHOLE:
                with open(source.path, "rb") as file:
                    content = file.read(LARGEST + 1)
            else:
                content = self._member(source)
        except OSError as error:
            raise Dropped(f"cannot be read: {error.strerror or error}") from None
        except (zlib.error, ValueError, EOFError, struct.error):
            raise Dropped("damaged in its archive") from None
        if len(content) > LARGEST:
            raise Dropped(f"larger than {LARGEST // 2**20} MiB")
        if source.crc is not None and zlib.crc32(content) != source.crc:
            raise Dropped("damaged in its archive")
        return content

    def _member(self, source: Source) -> bytes:
        if source.method == ENCRYPTED:
            raise Dropped("encrypted in its archive")
        if source.method not in (STORED, DEFLATED, BZIP2):
            raise Dropped("packed in a way that is not known here")
        about = os.stat(source.path)
        archive = (source.path, about.st_ino, about.st_size, about.st_mtime_ns)
        if archive != self._open:
            self.__exit__()
            self._open, self._file = archive, open(source.path, "rb")  # noqa: SIM115, kept open
        start = source.start
        if source.in_zip:  # the name and extra field there need not be those of the directory
            self._file.seek(start)
            mark, name, extra = LOCAL_HEADER.unpack(self._file.read(LOCAL_HEADER.size))
            if mark != b"PK\3\4":
                raise ValueError("no member begins here")
            start += LOCAL_HEADER.size + name + extra
        self._file.seek(start)
        content = self._file.read(min(source.stored, LARGEST + 1))
        if source.method == DEFLATED:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, LARGEST + 1)
        if source.method == BZIP2:
            return bz2.BZ2Decompressor().decompress(content, LARGEST + 1)
        return content


def is_midi(name: str) -> bool:
    """Whether a name ends as MIDI files do and is no system's hidden file."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and part != ".." for part in parts)
    return is_music(name) and not hidden


def is_music(name: str) -> bool:
    """The same where a name may begin with a dot, but for what macOS adds to archives."""
    parts = PurePosixPath(name).parts
    added = any(part.startswith("._") or part == "__MACOSX" for part in parts)
    return name.lower().endswith(SUFFIXES) and not added


def find(
    root: Path,
    wanted: Callable[[str], bool],
    scratch: Path | None = None,
    remarks: list[str] | None = None,
) -> list[Source]:
    """The files at `root` whose name, relative to it, is wanted; `scratch` holds what a
    compressed tar unpacks to, and `remarks` takes what is to be told of a damaged one."""
    if root.is_dir():
        return list(_in_directory(root, wanted))
    if not root.is_file():
        raise UserError(
            f"{root}: does not exist; name a directory, a .zip or a .tar with MIDI files in it"
        )
    if is_tar(root):
        return [
            Source(name, path, f"{stored}", stored, start, stored)
            for name, path, start, stored in tars.members(
                root, wanted, scratch, LARGEST, [] if remarks is None else remarks
            )
        ]
    return _in_zip(root, wanted)


def is_tar(path: Path) -> bool:
    """Whether a file's name is that of a tar, packed or not."""
    return path.is_file() and bool(tars.TAR_NAME.search(path.name.lower()))


def _in_directory(root: Path, wanted: Callable[[str], bool]) -> Iterator[Source]:
    visited = set()
    for folder, below, files in os.walk(root, followlinks=True):
        place = os.stat(folder)
        if (place.st_dev, place.st_ino) in visited:  # a link back to a folder above
            below.clear()
            continue
        visited.add((place.st_dev, place.st_ino))
        below.sort()
        inside = PurePosixPath(Path(folder).relative_to(root).as_posix())
        for file in files:
            name = str(inside / file)
            if not wanted(name):
                continue
            path = os.path.join(folder, file)
            try:
                about = os.stat(path)
            except OSError:
                yield Source(name, path, "unreadable", 0)
                continue
            if stat.S_ISREG(about.st_mode):
                stamp = f"{about.st_size} {about.st_mtime_ns}"
                yield Source(name, path, stamp, about.st_size)


def _in_zip(path: Path, wanted: Callable[[str], bool]) -> list[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    # zipfile meets damage with errors of a dozen kinds.
    except Exception as error:
        from datasets.refusals import no_zip

        raise UserError(no_zip(path, error)) from None
    # Of two members of one name a zip means the last.
    named = {m.filename: m for m in members if not m.is_dir() and wanted(m.filename)}
    return [
        Source(
            name,
            str(path),
            f"{m.file_size} {m.CRC}",
            m.file_size,
            m.header_offset,
            m.compress_size,
            ENCRYPTED if m.flag_bits & 1 else m.compress_type,
            m.CRC,
            in_zip=True,
        )
        for name, m in named.items()
    ]
