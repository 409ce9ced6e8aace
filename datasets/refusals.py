"""What to tell a user whose folder or archive holds no music, or is no archive."""

import os
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from datasets.sources import SUFFIXES, is_midi

LOOKED_AT = 10_000  # names of a place without music; enough to say what it is
KINDS = 3
ARCHIVE = re.compile(r"\.(zip|rar|7z|tar|tgz|tbz2?|txz|gz|bz2|xz)$", re.IGNORECASE)
INSTEAD = "name a directory, a .zip or a .tar of MIDI files"
# How a file begins, and what that makes of it.
BEGINNINGS = {
    b"PK\3\4": ("it was cut short or damaged", "copy or fetch it again"),
    b"MThd": ("it is a MIDI file by itself", "name the folder that holds it"),
    b"Rar!": ("it is a RAR archive", "unpack it and name the folder"),
    b"7z\xbc\xaf": ("it is a 7-Zip archive", "unpack it and name the folder"),
    b"\x1f\x8b": ("it is packed with gzip", "if it is a tar, end its name in .tar.gz"),
    b"BZh": ("it is packed with bzip2", "if it is a tar, end its name in .tar.bz2"),
    b"\xfd7zXZ": ("it is packed with xz", "if it is a tar, end its name in .tar.xz"),
}
TAR_MARK = slice(257, 262)


def no_zip(path: Path, error: Exception) -> str:
    """Why a file that was to be a zip is none, and what to do."""
    with open(path, "rb") as file:
        head = file.read(TAR_MARK.stop)
    what, instead = str(error), INSTEAD
    if not head:
        what, instead = "it is empty", "copy or fetch it again"
    elif head[TAR_MARK] == b"ustar":
        what, instead = "it is a tar", "end its name in .tar"
    for beginning, told in BEGINNINGS.items():
        if head.startswith(beginning):
            what, instead = told
    return f"{path}: cannot be read as a zip: {what}; {instead}"


def no_music(root: Path, corpus: str) -> str:
    """Why nothing at `root` belongs to a corpus, and what to do."""
    names = list(islice(_names(root), LOOKED_AT))
    midi = [name for name in names if is_midi(name)]
    archives = [name for name in names if ARCHIVE.search(name)]
    if midi:
        return (
            f"{root}: holds MIDI files such as {_printed(midi[0])}, but none under a name that "
            f"{corpus} gives its own; name what was published, or use --dataset folder"
        )
    held = f"{root}: holds no MIDI file ({', '.join(SUFFIXES)})"
    if archives and root.is_dir():
        return f"{held} but an archive; name it with --archive {_printed(str(root / archives[0]))}"
    if archives:
        return (
            f"{held} but another archive, {_printed(archives[0])}; unpack that and name it, since "
            "archives within archives are not opened"
        )
    if not names:
        return f"{held}: it is empty; {INSTEAD}"
    kinds = Counter(PurePosixPath(name).suffix.lower() or "no ending" for name in names)
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(KINDS))
    more = ", ..." if len(kinds) > KINDS or len(names) == LOOKED_AT else ""
    return f"{held} but other files ({_printed(told)}{more}); {INSTEAD}"


def _names(root: Path) -> Iterator[str]:
    """The names of the files at `root`, which has been read before."""
    if root.is_dir():
        for folder, _, files in os.walk(root):
            yield from (os.path.relpath(os.path.join(folder, file), root) for file in files)
    elif zipfile.is_zipfile(root):
        with zipfile.ZipFile(root) as archive:
            yield from (name for name in archive.namelist() if not name.endswith("/"))
    else:
        with tarfile.open(root) as archive:
            yield from (member.name for member in archive if member.isreg())


def _printed(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
