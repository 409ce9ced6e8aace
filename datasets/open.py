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


def corpus_of(config: Config, sources: list[Path] | None):
    """The corpus by name, from the folders and archives that the user gave."""
    if config.dataset == "demo":
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
