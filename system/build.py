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
    made = find("representations", config.representation.kind)(**_fields(config.representation))
    return made if statistics is None else made.with_statistics(statistics)


def process(config: Config, statistics: dict | None):
    """The process of a config."""
    cls = find("diffusion", config.process.kind)
    try:
        return cls(**_fields(config.process), statistics=statistics)
    except ValueError as error:
        raise UserError(f"process: {error}") from None


def build(config: Config, statistics: dict) -> System:
    """The whole system; its network has fresh weights that `config.seed` decides."""
    import keras

    keras.utils.set_random_seed(config.seed)
    music = representation(config, statistics)
    corruption = process(config, statistics)
    made = find("models", config.network.kind)
    network = made(**music.sizes, **corruption.asks(music.shape), **_fields(config.network))
    network(keras.Input(corruption.shown(music.shape)), keras.Input(()))
    return System(config, music, corruption, network)


def _fields(part) -> dict[str, Any]:
    values = {f.name: getattr(part, f.name) for f in dataclasses.fields(part)}
    values.pop("kind")
    return values


def with_network(system: System, network) -> System:
    """The same system around another network."""
    return replace(system, network=network)
