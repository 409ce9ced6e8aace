"""Corpus shards on disk: built once, read without TensorFlow."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from datasets.columns import CHANGES, NAMES, NOTES, piece_from
from datasets.crew import Crew
from datasets.midi_files import SPLITS, MidiFiles
from datasets.workspace import alone_in, clear_leftovers, temporary_folder
from errors import UserError
from music import Piece

PART = 64


@dataclass(frozen=True)
class Part:
    """Some records of one shard, which any process can read."""

    path: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def pieces(self) -> Iterator[tuple[str, Piece]]:
        """(id, piece) of each record."""
        for fields in _records(self):
            columns = {name: np.frombuffer(_bytes(fields, name), t) for name, t in NOTES.items()}
            for name, width in CHANGES.items():
                columns[name] = np.frombuffer(_bytes(fields, name), np.int32).reshape(-1, width)
            columns["ticks_per_beat"] = fields["ticks_per_beat"].int64_list.value[0]
            columns[NAMES] = list(fields[NAMES].bytes_list.value)
            yield _bytes(fields, "id").decode("utf-8", "replace"), piece_from(columns)

    def singles(self) -> list["Part"]:
        """The same records, each by itself."""
        return [Part(self.path, place, place + 1) for place in range(self.start, self.stop)]


class Shards:
    """A corpus that was built before, at the folder of its shards."""

    def __init__(self, path: Path):
        self.path = path
        try:
            self.report = json.loads((path / "report.json").read_text(encoding="utf-8"))
            self._info = json.loads((path / "dataset_info.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(
                f"{path}: not a corpus that prepare.py built ({error}); delete it and run "
                "prepare.py again"
            ) from None

    @cached_property
    def counts(self) -> dict[str, list[int]]:
        """How many pieces each shard of each split holds."""
        return {
            split["name"]: [int(count) for count in split["shardLengths"]]
            for split in self._info["splits"]
        }

    def parts(self, split: str) -> list[Part]:
        """All records of a split in runs that can be read side by side."""
        if split not in SPLITS:
            raise UserError(f"split: {split!r} is not one of {', '.join(SPLITS)}")
        counts = self.counts.get(split, [])
        name = self._info["name"]
        return [
            Part(
                str(self.path / f"{name}-{split}.array_record-{i:05}-of-{len(counts):05}"),
                start,
                min(start + PART, count),
            )
            for i, count in enumerate(counts)
            for start in range(0, count, PART)
        ]

    def pieces(self, split: str) -> Iterator[tuple[str, Piece]]:
        """(id, piece) of a split, in the order of the shards."""
        for part in self.parts(split):
            yield from part.pieces()

    def fingerprint(self) -> str:
        """The name of the folder, which was made from the files' own fingerprint."""
        return f"{self._info['name']} {self.path.parent.name} {self.path.name}"


class Built:
    """The shards of a builder's files under `root`, built when they are first asked for."""

    def __init__(self, builder: type, files: MidiFiles, root: Path, crew: Crew, **beam: Any):
        self.builder, self.files, self.root, self.crew, self.beam = builder, files, root, crew, beam
        # Before anything is opened: windows that were made of it need not wait for it.
        name, version = files.name, str(builder.VERSION)
        self.path = root / name / files.fingerprint()[:12] / version
        self._fingerprint = f"{name} {files.fingerprint()[:12]} {version}"

    @cached_property
    def shards(self) -> Shards:
        """The shards, built now unless they are there."""
        clear_leftovers(self.root)
        if not self.path.is_dir():
            with alone_in(self.root), temporary_folder(self.root) as work:
                if not self.path.is_dir():  # another process may have built it while we waited
                    made = self._builder()(self.files, work, self.crew, work).build(**self.beam)
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                    made.rename(self.path)
        return Shards(self.path)

    def _builder(self) -> type:
        if not self.beam:
            return self.builder
        from datasets.beam import on_beam

        return on_beam(self.builder)

    @property
    def report(self) -> dict[str, Any]:
        """What became of the files."""
        return self.shards.report

    def parts(self, split: str) -> list[Part]:
        """See `Shards`."""
        return self.shards.parts(split)

    def pieces(self, split: str) -> Iterator[tuple[str, Piece]]:
        """See `Shards`."""
        return self.shards.pieces(split)

    def fingerprint(self) -> str:
        """The same as that of the shards, known before they are built."""
        return self._fingerprint


def _records(part: Part) -> Iterator[Any]:
    from array_record.python.array_record_module import ArrayRecordReader
    from tensorflow_datasets.proto import tf_example_pb2

    reader = ArrayRecordReader(part.path)
    try:
        for record in reader.read(part.start, part.stop):
            yield tf_example_pb2.Example.FromString(record).features.feature
    finally:
        reader.close()


def _bytes(fields, name: str) -> bytes:
    return fields[name].bytes_list.value[0]
