"""Any directories or zip files of MIDI as a corpus."""

import hashlib
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from tqdm import tqdm

from errors import UserError
from music import Piece, midi

SPLITS = ("train", "validation", "test")
SUFFIXES = (".mid", ".midi", ".kar")
LARGEST = 32 * 2**20
EXAMPLES = 10
VERSION = 1


@dataclass(frozen=True)
class Source:
    """One MIDI file of a directory, or one member of a zip."""

    id: str
    path: Path
    member: zipfile.ZipInfo | None
    stamp: str
    split: str | None  # None: the content decides; "": outside of every split


class Dropped(Exception):
    """Why a file is not a piece of the corpus."""


class Folder:
    """Every MIDI file under some directories and zip files, split, without exact duplicates.

    Folders `train`, `validation` and `test` right below a path, or below the one folder it holds,
    say what belongs to each, and a file outside them is dropped. Where there is no `train`, a
    hash of each file's content sends 90 in 100 to train, 5 to validation and 5 to test, wherever
    the file lies and whatever its name. Of files with equal content one is kept, in a held-out
    split where there is a choice.
    """

    def __init__(self, paths: str | os.PathLike | list[str | os.PathLike]):
        given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        if not given:
            raise UserError("paths: none given; name a directory or a .zip with MIDI files in it")
        roots = [Path(path) for path in given]
        self._sources = []
        for root, prefix in zip(roots, _prefixes(roots), strict=True):
            self._sources += _sources(root, prefix)
        self._sources.sort(key=lambda source: source.id)
        self._fate: dict[str, str | None] = {}  # by id: why it was dropped, None where it was kept

    def pieces(self, split: str) -> Iterator[tuple[str, Piece]]:
        """(id, piece) of every file of a split that holds notes, by id."""
        if split not in SPLITS:
            raise UserError(f"split: {split!r} is not one of {', '.join(SPLITS)}")
        with _Reader() as reader:
            for source in self._routes[split]:
                try:
                    piece = _parse(reader.read(source))
                except Dropped as reason:
                    self._fate[source.id] = str(reason)
                    continue
                self._fate[source.id] = None
                yield source.id, piece

    def fingerprint(self) -> str:
        """Changes when a file is added, removed, renamed or altered; opens none of them."""
        digest = hashlib.sha256(f"folder {VERSION}".encode())
        for source in self._sources:
            digest.update(f"\n{source.id}\t{source.stamp}".encode(errors="replace"))
        return digest.hexdigest()

    @property
    def report(self) -> dict[str, Any]:
        """What became of the files read so far, ready for JSON."""
        dropped: dict[str, dict[str, Any]] = {}
        for id, reason in sorted(self._fate.items()):
            if reason is not None:
                entry = dropped.setdefault(reason, {"count": 0, "examples": []})
                entry["count"] += 1
                entry["examples"] += [id] if len(entry["examples"]) < EXAMPLES else []
        duplicates = dropped.pop("duplicate", {"count": 0})["count"]
        kept = sum(reason is None for reason in self._fate.values())
        return {"kept": kept, "dropped": dropped, "duplicates": duplicates}

    @cached_property
    def _routes(self) -> dict[str, list[Source]]:
        """The sources of each split; contents are hashed here and parsed by `pieces`."""
        routes: dict[str, list[Source]] = {split: [] for split in SPLITS}
        seen: set[bytes] = set()
        with _Reader() as reader:
            # Held-out files first, so that a copy in train is the one to go.
            ordered = sorted(self._sources, key=lambda source: source.split == "train")
            for source in tqdm(ordered, "finding duplicates", unit=" files", delay=2, leave=False):
                try:
                    digest = hashlib.blake2b(reader.read(source), digest_size=16).digest()
                    if digest in seen:
                        raise Dropped("duplicate")
                    if source.split == "":
                        raise Dropped("outside train, validation and test")
                except Dropped as reason:
                    self._fate[source.id] = str(reason)
                    continue
                seen.add(digest)
                routes[source.split or _split_of(digest)].append(source)
        return routes


class _Reader:
    """Reads the bytes of sources, keeping the zip they come from open."""

    def __init__(self):
        self._path, self._zip = None, None

    def __enter__(self) -> "_Reader":
        return self

    def __exit__(self, *exception) -> None:
        if self._zip:
            self._zip.close()

    def read(self, source: Source) -> bytes:
        try:
            if source.member is None:
                with open(source.path, "rb") as file:
                    content = file.read(LARGEST + 1)
            else:
                with self._archive(source.path).open(source.member) as file:
                    content = file.read(LARGEST + 1)
        except OSError as error:
            raise Dropped(f"cannot be read: {error.strerror or error}") from None
        # zipfile meets damage with errors of a dozen kinds, and none may stop the other files.
        except Exception:
            raise Dropped("damaged, encrypted or of an unknown method in its zip") from None
        if len(content) > LARGEST:
            raise Dropped(f"larger than {LARGEST // 2**20} MiB")
        return content

    def _archive(self, path: Path) -> zipfile.ZipFile:
        if path != self._path:
            self.__exit__()
            self._path, self._zip = path, zipfile.ZipFile(path)
        return self._zip


def _parse(content: bytes) -> Piece:
    try:
        piece = midi.read(content)
    # A corpus of 178,000 files holds every fault there is; none of them may stop the others.
    except Exception:
        raise Dropped("not readable as MIDI") from None
    if not len(piece.onset):
        raise Dropped("no notes")
    return piece


def _split_of(digest: bytes) -> str:
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if place < 0.9 else "validation" if place < 0.95 else "test"


def _prefixes(roots: list[Path]) -> list[str]:
    """What tells the ids of several roots apart, without saying where they lie."""
    if len(roots) == 1:
        return [""]
    names = [root.resolve().name for root in roots]
    return [
        f"{name}/" if names.count(name) == 1 else f"{name}#{names[: i + 1].count(name)}/"
        for i, name in enumerate(names)
    ]


def _sources(root: Path, prefix: str) -> list[Source]:
    if root.is_dir():
        found = _in_directory(root)
    elif root.is_file():
        found = _in_zip(root)
    else:
        raise UserError(f"{root}: does not exist; name a directory or a .zip with MIDI files in it")
    if not found:
        raise UserError(
            f"{root}: holds no MIDI file ({', '.join(SUFFIXES)}); "
            "name the directory or the .zip that does"
        )
    splits = _splits([name for name, *_ in found])
    return [
        Source(prefix + name, path, member, stamp, split)
        for (name, path, member, stamp), split in zip(found, splits, strict=True)
    ]


def _is_midi(name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return name.lower().endswith(SUFFIXES) and not hidden


def _in_directory(root: Path) -> list[tuple]:
    found, visited = [], set()
    for folder, below, files in os.walk(root, followlinks=True):
        place = os.stat(folder)
        if (place.st_dev, place.st_ino) in visited:  # a link back to a folder above
            below.clear()
            continue
        visited.add((place.st_dev, place.st_ino))
        for file in files:
            path = Path(folder, file)
            name = path.relative_to(root).as_posix()
            if not _is_midi(name):
                continue
            try:
                about = path.stat()
            except OSError:
                found.append((name, path, None, "unreadable"))
                continue
            if stat.S_ISREG(about.st_mode):
                found.append((name, path, None, f"{about.st_size} {about.st_mtime_ns}"))
    return found


def _in_zip(path: Path) -> list[tuple]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    # zipfile meets damage with errors of a dozen kinds.
    except Exception as error:
        raise UserError(
            f"{path}: cannot be read as a zip ({error}); name a directory or a whole .zip"
        ) from None
    # Of two members of one name a zip means the last.
    named = {m.filename: m for m in members if not m.is_dir() and _is_midi(m.filename)}
    return [(name, path, m, f"{m.file_size} {m.CRC}") for name, m in named.items()]


def _splits(names: list[str]) -> list[str | None]:
    """The split of each name by its folder; "" for outside of them, None for no such folders."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    # A zip often holds one folder that holds everything; the splits are then one level down.
    shared = os.path.commonprefix(folders)
    if "train" in shared:
        return ["train"] * len(names)
    level = ["".join(parts[len(shared) :][:1]) for parts in folders]
    if "train" not in level:
        return [None] * len(names)
    return [folder if folder in SPLITS else "" for folder in level]
