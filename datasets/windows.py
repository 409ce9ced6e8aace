"""Training windows on disk: encoded once, read at random through memory maps."""

import fcntl
import hashlib
import json
import math
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from absl import logging
from tqdm import tqdm

from errors import UserError
from files import replacing
from music import Piece

SPLITS = ("train", "validation", "test")
FORMAT = 1
HELD_OUT_SHARE = 0.05
CHUNK = 4096
LOCK, TEMPORARY = ".prepare.lock", ".prepare-"
ANEW = "name a folder that prepare.py made, or delete it and prepare it anew"


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a corpus, memory-mapped: (windows, ...) for each split, and their index."""

    path: Path
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    index: dict[str, Any]

    @property
    def statistics(self) -> dict[str, Any]:
        """What the representation measured on the train split."""
        return self.index["statistics"]

    @classmethod
    def open(cls, path: str | os.PathLike) -> "Windows":
        """Maps the windows that `prepare` left at `path`; reads only the index."""
        path = Path(path)
        try:
            index = json.loads((path / "index.json").read_text(encoding="utf-8"))
            if index["format"] != FORMAT:
                raise UserError(f"{path}: of format {index['format']}, not {FORMAT}; {ANEW}")
            arrays = {split: _mapped(path / f"{split}.npy") for split in SPLITS}
            for split, array in arrays.items():
                expected = [index["splits"][split]["windows"], *index["shape"]]
                if [*array.shape] != expected or array.dtype != index["dtype"]:
                    raise UserError(f"{path}/{split}.npy: not the array in the index; {ANEW}")
            index["statistics"]
        except FileNotFoundError as error:
            raise UserError(f"{path}: no {Path(error.filename).name} here; {ANEW}") from None
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path}: damaged windows ({error}); {ANEW}") from None
        return cls(path, index=index, **arrays)


def prepare(corpus: Any, representation: Any, root: str | os.PathLike, name: str) -> Windows:
    """Opens the windows of a corpus under `root`, encoding them first unless nothing changed.

    The folder is named by a hash of the corpus, the representation and its settings, and appears
    whole, by a rename. Of several processes one encodes while the others wait for it.

    A corpus too small to fill its splits still trains: without validation windows, the last
    pieces of train become validation, 5 in 100 and at least one, and a single piece is both.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise UserError(f"name: {name!r} cannot begin a folder's name; use letters and digits")
    root = Path(root)
    identity = {
        "format": FORMAT,
        "name": name,
        "representation": type(representation).__name__.lower(),
        "settings": representation.storage_settings(),
        "corpus": corpus.fingerprint(),
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    target = root / f"{name}_{identity['representation']}_{digest}"
    _clear_leftovers(root)
    found = _open_whole(target)
    if found:
        return found
    root.mkdir(parents=True, exist_ok=True)
    with _alone_in(root):
        found = _open_whole(target)  # another process may have built it while we waited
        if found:
            return found
        with _temporary_folder(root) as temporary, _temporary_folder(root) as damaged:
            _build(temporary, corpus, representation, identity)
            if target.exists():
                os.replace(target, damaged)
            os.replace(temporary, target)
    return Windows.open(target)


def _build(folder: Path, corpus: Any, representation: Any, identity: dict[str, Any]) -> None:
    """Fills `folder` with the arrays of the three splits and their index."""
    sample = representation.encode(Piece.from_notes([], [], []))
    splits = {
        split: _write_split(folder / f"{split}.npy", corpus.pieces(split), representation, sample)
        for split in SPLITS
    }
    report = getattr(corpus, "report", None)
    if not any(entry["windows"] for entry in splits.values()):
        raise UserError(_why_none(splits, identity, report))
    remarks = _fill_train(folder, splits) + _fill_validation(folder, splits)
    for remark in remarks:
        logging.warning("%s: %s", identity["name"], remark)
    # Only representations that scale have anything to measure.
    measure = getattr(representation, "measure", lambda windows: {})
    index = identity | {
        "shape": list(sample.shape[1:]),
        "dtype": str(sample.dtype),
        "statistics": measure(_mapped(folder / "train.npy")),
        "splits": splits,
        "remarks": remarks,
        "report": report,
    }
    with replacing(folder / "index.json") as path:
        path.write_text(json.dumps(index), encoding="utf-8")


def _write_split(
    path: Path, pieces: Iterable[tuple[str, Piece]], representation: Any, sample: np.ndarray
) -> dict[str, Any]:
    """Streams the windows of some pieces to `path`; `sample` has their dtype and shape."""
    entry = {"windows": 0, "pieces": [], "first": [], "pieces_without_windows": 0}
    with open(path, "wb") as file:
        _write_header(file, sample, 0)
        for id, piece in tqdm(pieces, f"encoding {path.stem}", unit=" pieces", delay=2):
            windows = representation.encode(piece)
            if not len(windows):
                entry["pieces_without_windows"] += 1
                continue
            entry["pieces"].append(id)
            entry["first"].append(entry["windows"])
            entry["windows"] += len(windows)
            file.write(np.ascontiguousarray(windows, sample.dtype).data)
        _finish(file, sample, entry["windows"])
    return entry


def _write_header(file: BinaryIO, sample: np.ndarray, windows: int) -> None:
    # NumPy pads the header so that it keeps its length when the first axis grows.
    header = np.lib.format.header_data_from_array_1_0(sample)
    np.lib.format.write_array_header_1_0(file, header | {"shape": (windows, *sample.shape[1:])})


def _finish(file: BinaryIO, sample: np.ndarray, windows: int) -> None:
    """Writes the number of windows into the header, cuts what is past them, syncs."""
    file.seek(0)
    _write_header(file, sample, windows)
    file.truncate(file.tell() + windows * sample.dtype.itemsize * math.prod(sample.shape[1:]))
    file.flush()
    os.fsync(file.fileno())


def _fill_train(folder: Path, splits: dict[str, Any]) -> list[str]:
    """Makes the fullest split train where a tiny corpus left none to it."""
    if splits["train"]["windows"]:
        return []
    fullest = max(SPLITS, key=lambda split: splits[split]["windows"])
    os.replace(folder / "train.npy", folder / "spare.npy")
    os.replace(folder / f"{fullest}.npy", folder / "train.npy")
    os.replace(folder / "spare.npy", folder / f"{fullest}.npy")
    splits["train"], splits[fullest] = splits[fullest], splits["train"]
    return [f"no window in train; those of {fullest} train instead"]


def _fill_validation(folder: Path, splits: dict[str, Any]) -> list[str]:
    """Gives the last pieces of train to an empty validation, or all of a single piece."""
    train, validation = splits["train"], splits["validation"]
    if validation["windows"]:
        return []
    source = _mapped(folder / "train.npy")
    pieces = len(train["pieces"])
    moved = min(max(round(pieces * HELD_OUT_SHARE), 1), pieces - 1)
    start = train["first"][-moved] if moved else 0
    with open(folder / "validation.npy", "r+b") as file:
        _write_header(file, source, 0)
        for at in range(start, len(source), CHUNK):
            file.write(np.ascontiguousarray(source[at : at + CHUNK]).data)
        _finish(file, source, len(source) - start)
    validation["windows"] = len(source) - start
    validation["pieces"] = train["pieces"][-moved:]
    validation["first"] = [first - start for first in train["first"][-moved:]]
    if not moved:
        return ["one piece in all; it is train and validation, so validation tells nothing"]
    train["windows"] = start
    train["pieces"], train["first"] = train["pieces"][:-moved], train["first"][:-moved]
    with open(folder / "train.npy", "r+b") as file:
        _finish(file, source, start)
    return [f"no window in validation; it took {moved} of the {pieces} pieces of train"]


def _why_none(splits: dict[str, Any], identity: dict[str, Any], report: Any) -> str:
    pieces = sum(entry["pieces_without_windows"] for entry in splits.values())
    settings = ", ".join(f"{key}={value}" for key, value in identity["settings"].items())
    what = f"{identity['name']}: not one window for {identity['representation']} ({settings})"
    told = f"; the corpus reports {json.dumps(report)}" if report else ""
    if not pieces:
        return f"{what}: the corpus gave no piece{told}; give it MIDI files that hold notes"
    return (
        f"{what}: each of the {pieces} pieces is too short or holds nothing to encode{told}; "
        "give longer pieces or ask for shorter windows"
    )


def _mapped(path: Path) -> np.ndarray:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _open_whole(target: Path) -> Windows | None:
    """The windows at `target`, or None where they are missing or damaged."""
    if not target.exists():
        return None
    try:
        return Windows.open(target)
    except UserError as error:
        logging.warning("preparing again: %s", error)
        return None


@contextmanager
def _alone_in(root: Path) -> Iterator[None]:
    """Waits until no other process prepares windows in `root`."""
    with open(root / LOCK, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logging.info("%s: waiting for another process that prepares windows here", root)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            # Some network file systems have no locks: two runs may then do the same work twice.
            logging.warning("%s: cannot be locked (%s); start one run at a time", root, error)
        yield


@contextmanager
def _temporary_folder(root: Path) -> Iterator[Path]:
    folder = root / f"{TEMPORARY}{uuid.uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_leftovers(root: Path) -> None:
    """Removes what killed runs left in `root`; a live one holds the lock."""
    if not list(root.glob(f"{TEMPORARY}*")):
        return
    with suppress(OSError), open(root / LOCK, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for leftover in root.glob(f"{TEMPORARY}*"):
            shutil.rmtree(leftover, ignore_errors=True)
