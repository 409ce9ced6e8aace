"""From what the command line names to the windows that a system trains on."""

import importlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from absl import logging

from config import Config
from datasets.crew import Crew
from datasets.official import downloaded, how_to_get
from datasets.parsing import Rules
from datasets.windows import Windows, prepare
from errors import UserError

ROOT = Path("data") / "windows"
CORPORA = Path("data") / "corpora"


@dataclass(frozen=True)
class Request:
    """Where a corpus lies and how it is to be read, beyond what a config says."""

    sources: list[Path] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)
    limit: int | None = None
    most: int | None = None  # windows of one piece
    workers: int | None = None  # None: one for each processor
    beam: dict[str, Any] = field(default_factory=dict)


def windows_of(config: Config, representation, sources: list[Path] | None = None) -> Windows:
    """The windows of the config's corpus, from the cache or encoded now; warns of what is odd."""
    windows = made(config, representation, Request(sources or []))[1]
    for remark in windows.remarks:
        logging.warning("%s: %s", config.dataset, remark)
    return windows


def made(config: Config, representation, request: Request) -> tuple[Any, Windows]:
    """A corpus and its windows, each from the cache or made now."""
    with crew_of(request) as crew:
        corpus = corpus_of(config, request, crew)
        return corpus, prepare(corpus, representation, ROOT, config.dataset, crew, request.most)


def crew_of(request: Request) -> Crew:
    """As many workers as were asked for."""
    workers = request.workers
    return Crew(len(os.sched_getaffinity(0)) if workers is None else workers)


def windows_at(path: Path, representation) -> Windows:
    """Windows that were prepared before, if they are as this representation makes them."""
    windows = Windows.open(path)
    stored = windows.index.get("settings", {})
    for name, wanted in representation.storage_settings().items():
        if name in stored and stored[name] != wanted:
            instead = f" or --set representation.{name}={stored[name]}" if name != "version" else ""
            raise UserError(
                f"{path}: prepared with {name} {stored[name]}, and the config asks for {wanted}; "
                f"prepare them anew{instead}"
            )
    # What is stored may hold more than a window, to cut it from.
    shape = tuple(getattr(representation, "stored_shape", representation.shape))
    if windows.train.shape[1:] != shape:
        raise UserError(
            f"{path}: windows of {windows.train.shape[1:]}, and the config asks for "
            f"{shape}; prepare them anew"
        )
    return windows


def corpus_of(config: Config, request: Request, crew: Crew):
    """The corpus by name, from the folders and archives that the user gave."""
    if config.dataset == "demo":
        if request.sources:
            raise UserError(
                f"{request.sources[0]}: the demo corpus reads no files; add --dataset folder "
                "to use it"
            )
        from datasets.demo import Demo

        logging.info("composing the demo corpus, %d songs by rule", config.songs)
        return Demo(songs=config.songs)
    kept = downloaded(config.dataset)
    sources = request.sources or ([kept] if kept else [])
    if not sources:
        raise UserError(f"--dataset {config.dataset}: not here; {how_to_get(config.dataset)}")
    from datasets.shards import Built

    builder = builder_of(config.dataset)
    files = builder.FILES(sources, request.rules, request.limit)
    return Built(builder, files, CORPORA, crew, **request.beam)


def builder_of(name: str) -> type:
    """The TFDS builder in datasets/NAME.py."""
    from datasets.builder import PieceBuilder

    module = importlib.import_module(f"datasets.{name}")
    return next(
        member
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, PieceBuilder)
        and member.__module__ == module.__name__
    )
