"""The members of tar archives, packed or plain."""

import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bars import bar
from errors import UserError

TAR_NAME = re.compile(r"\.(tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$")
# What a packed tar may unpack to, as a multiple of its own size and at the least: MIDI packs
# about fourfold, and deflate cannot do better than a thousandfold.
EXPANSION, LEAST = 200, 2**30
DAMAGE = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)

Member = tuple[str, str, int, int]


def members(
    path: Path,
    wanted: Callable[[str], bool],
    scratch: Path | None,
    largest: int,
    remarks: list[str],
) -> list[Member]:
    """(name, file, start, bytes) of the wanted regular members of a tar.

    Those of a plain tar are where they lie. A packed one is read through once and its wanted
    members, none beyond `largest` bytes, are laid end to end in one file of `scratch`; their
    names name nothing on disk. What cannot be read behind damage is told in `remarks`.
    """
    try:
        if tarfile.is_tarfile(path) and _is_plain(path):
            found = list(_plain(path, wanted, remarks))
        else:
            if scratch is None:
                raise UserError(f"{path}: a packed tar; unpack it to read it here")
            found = list(_unpacked(path, wanted, scratch, largest, remarks))
    except DAMAGE as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise UserError(f"{path}: cannot be read as a tar ({error}); fetch it again") from None
    # Of two members of one name a tar means the last.
    return list({member[0]: member for member in found}.values())


def _is_plain(path: Path) -> bool:
    try:
        with tarfile.open(path, "r:") as archive:
            archive.next()
    except tarfile.TarError:
        return False
    return True


def _plain(path: Path, wanted: Callable[[str], bool], remarks: list[str]) -> Iterator[Member]:
    with tarfile.open(path, "r:") as archive:
        for member in _steadily(archive, path, remarks):
            if member.isreg() and not member.issparse() and wanted(member.name):
                yield member.name, str(path), member.offset_data, member.size


def _unpacked(
    path: Path,
    wanted: Callable[[str], bool],
    scratch: Path,
    largest: int,
    remarks: list[str],
) -> Iterator[Member]:
    allowed = max(EXPANSION * path.stat().st_size, LEAST)
    target = scratch / f"{path.name}.unpacked"
    with (
        open(target, "wb") as spool,
        tarfile.open(path, "r|*") as archive,
        bar(what=f"unpacking {path.name}", unit="files") as progress,
    ):
        for member in _steadily(archive, path, remarks):
            if member.offset_data + member.size > allowed:
                raise UserError(
                    f"{path}: unpacks to more than {allowed / 2**30:.0f} GiB, as no archive of "
                    "MIDI does; look at what is in it"
                )
            if not (member.isreg() and not member.issparse() and wanted(member.name)):
                continue
            start = spool.tell()
            try:
                # One byte past the limit tells the reader that there was more.
                content = archive.extractfile(member).read(largest + 1)
            except DAMAGE as error:
                _note(remarks, f"{path}: damaged within {member.name}", error)
                return
            spool.write(content)
            progress.update()
            yield member.name, str(target), start, len(content)


def _steadily(
    archive: tarfile.TarFile, path: Path, remarks: list[str]
) -> Iterator[tarfile.TarInfo]:
    """The members one by one, forgotten as they go; what follows damage is given up."""
    seen = 0
    while True:
        try:
            member = archive.next()
        except DAMAGE as error:
            if not seen:
                raise
            _note(remarks, f"{path}: damaged after {seen} members", error)
            return
        if member is None:
            return
        seen += 1
        archive.members = []
        yield member


def _note(remarks: list[str], what: str, error: Exception) -> None:
    remarks.append(f"{what} ({error}); what follows is lost, so fetch it again")
