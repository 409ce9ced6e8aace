"""From what the command line names to the windows that a system trains on."""

from pathlib import Path

from absl import logging

from config import Config
from datasets.windows import Windows, prepare
from errors import UserError

ROOT = Path("data") / "windows"


def windows_of(config: Config, representation, sources: list[Path] | None = None) -> Windows:
    """The windows of the config's corpus, from the cache or encoded now."""
    corpus = corpus_of(config, sources)
    return prepare(corpus, representation, ROOT, config.dataset)


def windows_at(path: Path, representation) -> Windows:
    """Windows that were prepared before, if they are as this representation makes them."""
    windows = Windows.open(path)
    stored = windows.index.get("settings", {})
    for name, wanted in representation.storage_settings().items():
        if name in stored and stored[name] != wanted:
            raise UserError(
                f"{path}: prepared with {name} {stored[name]}, and the config asks for {wanted}; "
                f"prepare them anew or --set representation.{name}={stored[name]}"
            )
    # What is stored may hold more than a window, to cut it from.
    shape = tuple(getattr(representation, "stored_shape", representation.shape))
    if windows.train.shape[1:] != shape:
        raise UserError(
            f"{path}: windows of {windows.train.shape[1:]}, and the config asks for "
            f"{shape}; prepare them anew"
        )
    return windows


def corpus_of(config: Config, sources: list[Path] | None):
    """The corpus by name, from the folders and archives that the user gave."""
    if config.dataset == "demo":
        if sources:
            raise UserError(
                f"{sources[0]}: the demo corpus reads no files; add --dataset folder to use it"
            )
        from datasets.demo import Demo

        logging.info(
            "no corpus named: composing the demo corpus, %d songs by rule; "
            "`--dataset folder --data_dir PATH` trains on your own MIDI",
            config.songs,
        )
        return Demo(songs=config.songs)
    if not sources:
        raise UserError(
            f"--dataset {config.dataset}: say where it is, with --data_dir for a folder or "
            "--archive for a zip file"
        )
    from datasets.folder import Folder

    return Folder(sources)
