"""Training windows on disk: encoded once, read at random through memory maps."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging

from datasets import tally
from datasets.crew import Crew
from datasets.encoding import Encoder, finish, write_header, write_split
from datasets.workspace import alone_in, clear_leftovers, temporary_folder
from errors import UserError
from files import replacing

SPLITS = ("train", "validation", "test")
FORMAT = 1
HELD_OUT_SHARE = 0.05
CHUNK = 4096
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

    @property
    def judging_split(self) -> str:
        """The split to judge by: the test split or, where it is empty, validation."""
        return "test" if len(self.test) else "validation"

    @property
    def held_out(self) -> np.ndarray:
        """The windows to judge by."""
        return getattr(self, self.judging_split)

    def first(self, split: str) -> np.ndarray:
        """Where each run of windows that lie end to end in one piece begins in a split."""
        if "max_windows_per_piece" in self.index:  # spread out, none lies beside another
            return np.arange(len(getattr(self, split)))
        return np.array(self.index["splits"][split]["first"], np.int64)

    @property
    def remarks(self) -> list[str]:
        """What was out of the ordinary on the way from files to windows."""
        return (self.index["report"] or {}).get("remarks", []) + self.index["remarks"]

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


def prepare(
    corpus: Any,
    representation: Any,
    root: str | os.PathLike,
    name: str,
    crew: Crew | None = None,
    most: int | None = None,
) -> Windows:
    """Opens the windows of a corpus under `root`, encoding them first unless nothing changed.

    The folder is named by a hash of the corpus, the representation and its settings, and appears
    whole, by a rename. Of several processes one encodes while the others wait for it. `crew`
    encodes side by side what comes in parts; `most` windows are taken from a piece at most.

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
    if most is not None:
        identity["max_windows_per_piece"] = most
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    target = root / f"{name}_{identity['representation']}_{digest}"
    clear_leftovers(root)
    found = _open_whole(target)
    if found:
        return found
    with alone_in(root):
        found = _open_whole(target)  # another process may have built it while we waited
        if found:
            return found
        with temporary_folder(root) as temporary, temporary_folder(root) as damaged:
            _build(temporary, corpus, Encoder(representation, most), identity, crew)
            if target.exists():
                os.replace(target, damaged)
            os.replace(temporary, target)
    return Windows.open(target)


def _build(
    folder: Path, corpus: Any, encoder: Encoder, identity: dict[str, Any], crew: Crew | None
) -> None:
    """Fills `folder` with the arrays of the three splits and their index."""
    sample = encoder.sample()
    splits = {
        split: write_split(folder / f"{split}.npy", corpus, encoder, sample, crew)
        for split in SPLITS
    }
    report = getattr(corpus, "report", None)
    if not any(entry["windows"] for entry in splits.values()):
        raise UserError(_why_none(splits, identity, report))
    remarks = _fill_train(folder, splits) + _fill_validation(folder, splits)
    # Only representations that scale have anything to measure.
    measure = getattr(encoder.representation, "measure", lambda windows: {})
    index = identity | {
        "shape": list(sample.shape[1:]),
        "dtype": str(sample.dtype),
        "statistics": measure(ReadThrough(folder / "train.npy")),
        "splits": splits,
        "remarks": remarks,
        "report": report,
    }
    with replacing(folder / "index.json") as path:
        path.write_text(json.dumps(index), encoding="utf-8")


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
        write_header(file, source, 0)
        for at in range(start, len(source), CHUNK):
            file.write(np.ascontiguousarray(source[at : at + CHUNK]).data)
        finish(file, source, len(source) - start)
    validation["windows"] = len(source) - start
    validation["pieces"] = train["pieces"][-moved:]
    validation["first"] = [first - start for first in train["first"][-moved:]]
    if not moved:
        return ["one piece in all; it is train and validation, so validation tells nothing"]
    train["windows"] = start
    train["pieces"], train["first"] = train["pieces"][:-moved], train["first"][:-moved]
    with open(folder / "train.npy", "r+b") as file:
        finish(file, source, start)
    return [f"no window in validation; it took {moved} of the {pieces} pieces of train"]


def _why_none(splits: dict[str, Any], identity: dict[str, Any], report: Any) -> str:
    pieces = sum(entry["pieces_without_windows"] for entry in splits.values())
    settings = ", ".join(f"{key}={value}" for key, value in identity["settings"].items())
    what = f"{identity['name']}: not one window for {identity['representation']} ({settings})"
    dropped = (report or {}).get("dropped")
    told = f"; dropped before that: {tally.in_words(dropped)}" if dropped else ""
    without = tally.in_words(tally.joined(entry["without"] for entry in splits.values()))
    if not pieces:
        return f"{what}: the corpus gave no piece{told}; give it MIDI files that hold notes"
    return (
        f"{what}: each of the {pieces} pieces is too short or holds nothing to encode: "
        f"{without}{told}; give longer pieces or ask for shorter windows"
    )


class ReadThrough:
    """An array on disk to be read once, slice by slice, each in memory only while it is used.

    Of a memory map every page that was read stays resident until the system is short of memory.
    """

    def __init__(self, path: Path):
        self._path = path
        self._length = len(_mapped(path))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, key: Any) -> np.ndarray:
        return np.array(_mapped(self._path)[key])


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
