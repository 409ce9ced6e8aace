"""From a config and a corpus' statistics to a representation, a process and a network."""

import dataclasses
import importlib
import inspect
from dataclasses import dataclass, replace
from typing import Any

from config import Config
from errors import UserError


@dataclass(frozen=True)
class System:
    """A config made real: what turns music into arrays, corrupts them and restores them."""

    config: Config
    representation: Any
    process: Any
    network: Any


def find(room: str, kind: str) -> type:
    """The class of room/kind.py whose name is the file's: "note_unet" -> NoteUNet."""
    try:
        module = importlib.import_module(f"{room}.{kind}")
    except ModuleNotFoundError as error:
        if error.name != f"{room}.{kind}":
            raise
        raise UserError(f"kind={kind!r}: there is no file {room}/{kind}.py") from None
    wanted = kind.replace("_", "")
    for name, member in inspect.getmembers(module, inspect.isclass):
        if name.lower() == wanted and member.__module__.startswith(module.__name__):
            return member
    raise UserError(f"{room}/{kind}.py: no class in it has the file's name")


def representation(config: Config, statistics: dict | None = None):
    """The representation of a config, with the statistics of the corpus once they are known."""
    made = _make("representations", config.representation)
    return made if statistics is None else made.with_statistics(statistics)


def process(config: Config, statistics: dict | None):
    """The process of a config."""
    try:
        return _make("diffusion", config.process, statistics=statistics)
    except ValueError as error:
        raise UserError(f"process: {error}") from None


def build(config: Config, statistics: dict) -> System:
    """The whole system; its network has fresh weights that `config.seed` decides."""
    import keras

    keras.utils.set_random_seed(config.seed)
    music = representation(config, statistics)
    corruption = process(config, statistics)
    told = {**music.sizes, **corruption.asks(music.shape)}
    try:
        network = _make("models", config.network, **told)
    except ValueError as error:
        raise UserError(f"network: {error}") from None
    network(keras.Input(corruption.shown(music.shape)), keras.Input(()))
    return System(config, music, corruption, network)


def _make(room: str, part, **more):
    """The class of a part of the config, made with the part's fields and what else it is told."""
    cls = find(room, part.kind)
    values = {f.name: getattr(part, f.name) for f in dataclasses.fields(part)} | more
    del values["kind"]
    ours = [c for c in cls.__mro__ if c.__module__.startswith(f"{room}.")]
    takes = {name for c in ours for name in inspect.signature(c).parameters}
    for name in values:
        if name not in takes:
            raise UserError(
                f"{room}/{part.kind}.py: its class takes no {name!r}; give it one, or give it a "
                "dataclass of its own in config.py"
            )
    return cls(**values)


def with_network(system: System, network) -> System:
    """The same system around another network."""
    return replace(system, network=network)
