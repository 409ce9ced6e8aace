"""The TFDS builders: a corpus as shards in which one example is one piece.

    tfds.builder_from_directory("data/corpora/pop909/0123456789ab/2.0.0").as_data_source("train")

reads them anywhere, this project or not. ArrayRecord needs no TensorFlow to be written or read.
"""

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import tensorflow_datasets as tfds
from absl import logging
from array_record.python import array_record_module
from tensorflow_datasets.core import shuffle, writer
from tensorflow_datasets.core.example_serializer import ExampleSerializer

from datasets import tally
from datasets.columns import CHANGES, NAMES, NOTES
from datasets.crew import Crew
from datasets.ingest import Serialise
from datasets.midi_files import SPLITS, MidiFiles
from datasets.records import entries_of, example
from errors import UserError
from files import replacing

VERSION = "2.0.0"
REPORT = "report.json"
FORMAT = "array_record"
# Note tables pack to 57 in 100 with snappy and 38 with zstd, the default, at 3.5 times the cost.
PACKING = "group_size:1,snappy"
# TFDS holds a gigabyte of examples before it spills them to 1,000 open files through TensorFlow,
# and has no public way to do otherwise.
SHUFFLED_IN_MEMORY = 128 * 2**20
SPILLED_TO = 256  # files, each of which is then sorted in memory
PLAIN_FILES = SimpleNamespace(
    io=SimpleNamespace(gfile=SimpleNamespace(GFile=open, exists=os.path.exists, remove=os.remove)),
    errors=SimpleNamespace(ResourceExhaustedError=()),
)

BYTES = tfds.features.Encoding.BYTES  # a column as it is, where the default is a varint a value


def column(dtype, *shape: int | None) -> tfds.features.Tensor:
    """An array stored as its bytes."""
    return tfds.features.Tensor(shape=shape or (None,), dtype=dtype, encoding=BYTES)


def words() -> tfds.features.Sequence:
    """A list of strings."""
    return tfds.features.Sequence(tfds.features.Text())


PIECE = {
    "id": tfds.features.Text(),
    **{name: column(dtype) for name, dtype in NOTES.items()},
    **{name: column(np.int32, None, width) for name, width in CHANGES.items()},
    "ticks_per_beat": tfds.features.Scalar(np.int32),
    NAMES: words(),
}


class PieceBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Shards of the pieces of some MIDI files: their note tables and what else is known."""

    VERSION = tfds.core.Version(VERSION)
    FILES: type[MidiFiles] = MidiFiles  # what the corpus reads
    ABOUT: dict[str, Any] = {}  # features that its files' `about` fills

    def __init__(self, files: MidiFiles, data_dir: str | Path, crew: Crew, scratch: Path):
        self.files, self.crew, self.scratch = files, crew, scratch
        config = tfds.core.BuilderConfig(name=files.fingerprint()[:12])
        with _quietly():
            super().__init__(data_dir=data_dir, config=config, file_format=FORMAT)

    def build(self, **download_config) -> Path:
        """Writes the shards, whole or not at all, and returns their folder."""
        settings = tfds.download.DownloadConfig(**download_config)
        with _quietly(), _shuffling_in(SHUFFLED_IN_MEMORY, SPILLED_TO), self._writing():
            self.download_and_prepare(download_config=settings)
        return Path(self.data_dir)

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self, features=tfds.features.FeaturesDict(PIECE | self.ABOUT)
        )

    def _split_generators(self, dl_manager) -> dict[str, Iterator]:
        return {split: self._generate_examples(split) for split in self._found()}

    def _found(self) -> list[str]:
        """The splits in which there is a piece; TFDS refuses one without, so each is tried."""
        self.files.select(self.crew, self.scratch)
        found = [s for s in SPLITS if self.files.any_piece(s, self.crew, self.scratch)]
        if not found:
            dropped = self.files.report["dropped"]
            raise UserError(
                f"{self.name}: no file gave a piece: {tally.in_words(dropped)}; "
                "give it MIDI files that hold notes"
            )
        return found

    def _generate_examples(self, split: str) -> Iterator[tuple[bytes, bytes]]:
        read = Serialise(self.files.ingest)
        for id, entries in self.files.outcomes(split, read, self.crew, self.scratch):
            yield key_of(id), example(entries_of(example_of(id, {}, self.files)) + entries)

    def _writing(self) -> contextlib.AbstractContextManager:
        return _serialised()

    def _example_writer(self) -> writer.ExampleWriter:
        return _Writer(self.info.file_format)

    def _download_and_prepare(self, *given, **named) -> None:
        super()._download_and_prepare(*given, **named)
        # Here the folder still has its temporary name: the report appears with the shards.
        with replacing(Path(self.data_dir) / REPORT) as path:
            path.write_text(json.dumps(self._report()), encoding="utf-8")

    def _report(self) -> dict[str, Any]:
        return self.files.report


class _Writer(writer.ExampleWriter):
    """Writes ArrayRecord packed as `PACKING` says, which TFDS has no option for."""

    def write(self, path, examples) -> None:
        """Writes (key, serialized example) pairs to a shard."""
        file = array_record_module.ArrayRecordWriter(str(path), PACKING)
        for _, record in examples:
            file.write(record)
        file.close()


def key_of(id: str) -> bytes:
    """What TFDS orders examples by: the bytes of the name, Unicode or not."""
    return id.encode("utf-8", "surrogateescape")


def example_of(id: str, columns: dict[str, Any], files: MidiFiles) -> dict[str, Any]:
    """What TFDS stores of a piece; a name that is not Unicode loses what is not."""
    return {"id": id.encode("utf-8", "replace"), **columns, **files.about(id)}


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """TFDS says what it does on standard output and warns of every config it does not know."""
    level = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    tfds.disable_progress_bar()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(level)


@contextlib.contextmanager
def _serialised() -> Iterator[None]:
    """TFDS takes examples as they are: the workers have written them already."""
    as_it_is = {"new": lambda self, example: example}
    with (
        mock.patch.object(tfds.features.FeaturesDict, "encode_example", **as_it_is),
        mock.patch.object(ExampleSerializer, "serialize_example", **as_it_is),
    ):
        yield


@contextlib.contextmanager
def _shuffling_in(memory: int, files: int) -> Iterator[None]:
    """The order is the same whatever the numbers."""
    with (
        mock.patch.object(shuffle, "MAX_MEM_BUFFER_SIZE", memory),
        mock.patch.object(shuffle, "BUCKETS_NUMBER", files),
        mock.patch.object(shuffle, "tf", PLAIN_FILES),
    ):
        yield
