"""The builders under Apache Beam, for corpora that one machine should not read alone.

The same pieces come out in the same order: sources are hashed and parsed where the runner likes,
of equal contents the same copy wins, and TFDS orders examples by a hash of their ids either way.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import create_runner

from datasets.builder import example_of, key_of
from datasets.crew import Crew
from datasets.ingest import Ingest, both_of
from datasets.midi_files import SPLITS, fate_of, held_out_first, split_of_mark
from datasets.sources import Dropped, Source
from errors import UserError

FATES = "fates"
DROPPED = "dropped"
# Up to so many files a split may turn out empty, so all are looked at before; of more, where each
# has a chance of one in twenty, none does.
FEW = 2000


def settings(runner: str, options: str) -> dict[str, Any]:
    """What TFDS has to know to build with Beam."""
    try:
        create_runner(runner)
    # A runner that needs what is not installed fails in its own way.
    except Exception as error:
        told = str(error).strip().splitlines()[0]
        raise UserError(f"--beam_runner {runner}: {told}") from None
    # Workers that a local runner starts do not inherit where this project lies.
    above = str(Path(__file__).parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [above, os.getenv("PYTHONPATH")]))
    return {"beam_runner": runner, "beam_options": PipelineOptions(options.split())}


def on_beam(builder: type) -> type:
    """The same builder with Beam to do its reading."""
    named = {"name": builder.name, "__doc__": builder.__doc__, "__module__": builder.__module__}
    return type(builder)(builder.__name__, (_OnBeam, builder), named, skip_registration=True)


class _OnBeam:
    """What replaces a builder's own reading."""

    def _split_generators(self, dl_manager, pipeline) -> dict[str, Any]:
        pairs = self.files.sources(self.scratch)
        places = {split for _, split in pairs}
        found = [split for split in SPLITS if split in places or None in places]
        if len(pairs) <= FEW:
            found = self._found()
        digested = (
            pipeline
            | "sources" >> beam.Create(pairs)
            | "spread" >> beam.Reshuffle()
            | "hash" >> beam.ParDo(_Hash()).with_outputs(DROPPED, main="hashed")
        )
        chosen = (
            digested.hashed
            | "equal contents" >> beam.GroupByKey()
            | "keep one" >> beam.FlatMap(_chosen).with_outputs(DROPPED, main="chosen")
        )
        read = (
            chosen.chosen
            | "spread again" >> beam.Reshuffle()
            | "read" >> beam.ParDo(_Read(self.files.ingest)).with_outputs(DROPPED, main="read")
        )
        _ = (
            (digested[DROPPED], chosen[DROPPED], read[DROPPED])
            | "dropped" >> beam.Flatten()
            | "as lines" >> beam.Map(repr)
            | "write" >> beam.io.WriteToText(str(self.scratch / FATES))
        )
        make = partial(_example, files=self.files)
        return {
            split: read.read
            | f"only {split}" >> beam.Filter(partial(_is_of, split=split))
            | f"{split} examples" >> beam.Map(make)
            for split in found
        }

    def _writing(self) -> contextlib.AbstractContextManager:
        return contextlib.nullcontext()  # the runner's processes give TFDS columns

    def _report(self) -> dict[str, Any]:
        for path in sorted(Path(self.scratch).glob(f"{FATES}*")):
            self.files.note(fate_of(line) for line in path.read_text().splitlines())
        kept = sum(split.num_examples for split in self.info.splits.values())
        return self.files.report | {"kept": kept}


class _Guarded(beam.DoFn):
    """Work in a process of its own, which may die."""

    def setup(self) -> None:
        self.crew = Crew(1)

    def teardown(self) -> None:
        self.crew.__exit__()

    def outcome(self, function, source: Source) -> Any:
        """What `function` makes of a source, or why it makes nothing."""
        return next(iter(self.crew.map(function, [source])))[1]


class _Hash(_Guarded):
    """(source, split) to (digest, (source, split, mark))."""

    def process(self, pair: tuple[Source, str | None]) -> Iterator[Any]:
        found = self.outcome(both_of, pair[0])
        if isinstance(found, Dropped):
            yield beam.pvalue.TaggedOutput(DROPPED, (pair[0].id, str(found)))
        else:
            digest, mark = found
            yield digest, (*pair, mark)


class _Read(_Guarded):
    """(split, source) to (split, id, columns)."""

    def __init__(self, ingest: Ingest):
        super().__init__()
        self.ingest = ingest

    def process(self, chosen: tuple[str, Source]) -> Iterator[Any]:
        split, source = chosen
        columns = self.outcome(self.ingest, source)
        if isinstance(columns, Dropped):
            yield beam.pvalue.TaggedOutput(DROPPED, (source.id, str(columns)))
        else:
            yield split, source.id, columns


def _chosen(group: tuple[bytes, Iterable[tuple[Source, str | None, int]]]) -> Iterator[Any]:
    _, copies = group
    kept = False
    for source, split, mark in sorted(copies, key=held_out_first):
        if kept:
            yield beam.pvalue.TaggedOutput(DROPPED, (source.id, "duplicate"))
        elif split not in (None, *SPLITS):
            yield beam.pvalue.TaggedOutput(DROPPED, (source.id, split.strip("()")))
        else:
            kept = True
            yield split or split_of_mark(mark), source


def _is_of(read: tuple, split: str) -> bool:
    return read[0] == split


def _example(read: tuple, files) -> tuple[bytes, dict[str, Any]]:
    _, id, columns = read
    return key_of(id), example_of(id, columns, files)
