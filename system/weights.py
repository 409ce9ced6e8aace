"""Weights that travel: arrays in one file, and a model card that says what they are.

weights/notes.npz holds each variable of the network under its path; weights/notes.json is the
card: config, statistics of the corpus, how they were trained, what they score, the data's licence,
and the sha256 of the arrays. No code is run by loading either.
"""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from config import Config, from_dict
from errors import UserError
from files import replacing

HOME = Path(__file__).resolve().parent.parent / "weights"
NEEDED = ("config", "statistics", "sha256", "training", "data")


@dataclass(frozen=True)
class Card:
    """What is known of a weights file."""

    path: Path
    content: dict

    @classmethod
    def open(cls, name: str | Path) -> "Card":
        """The card of shipped weights by name ("notes"), or of any by the path of either file."""
        path = _card_path(name)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            missing = [key for key in NEEDED if key not in content]
        except FileNotFoundError:
            missing = "no such weights, or no card" if path.parent != HOME else "none are shipped"
            raise UserError(
                f"{name}: {missing} ({path.name}); shipped are: {', '.join(shipped()) or 'none'}. "
                "Train your own with `python train.py` and draw from them with --run"
            ) from None
        except (ValueError, TypeError) as error:
            raise UserError(f"{path}: not a model card ({error})") from None
        if missing:
            raise UserError(f"{path}: not a model card, it lacks {', '.join(missing)}")
        for key, kind in (("config", dict), ("statistics", dict), ("sha256", str)):
            if not isinstance(content[key], kind):
                raise UserError(f"{path}: not a model card, its {key} is {content[key]!r}")
        return cls(path, content)

    @property
    def config(self) -> Config:
        """The config that the weights were trained with."""
        try:
            return from_dict(self.content["config"])
        except UserError as error:
            raise UserError(f"{self.path}: config: {error}") from None

    @property
    def statistics(self) -> dict:
        """The statistics of the corpus that the weights were trained on."""
        return self.content["statistics"]

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by variable, once their hash is seen to be the card's."""
        path = self.path.with_suffix(".npz")
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except FileNotFoundError:
            raise UserError(f"{path}: missing, though its card {self.path.name} is there") from None
        if found != self.content["sha256"]:
            raise UserError(
                f"{path}: sha256 is {found[:12]}.., its card says {self.content['sha256'][:12]}..; "
                "the file is damaged or not the one the card describes: fetch both again"
            )
        try:
            with np.load(path, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (ValueError, OSError, zipfile.BadZipFile) as error:
            raise UserError(f"{path}: not a file of arrays ({error})") from None


def save(network, path: Path, content: dict, dtype: str = "float16") -> None:
    """Writes a network's weights to `path`.npz and their card to `path`.json."""
    arrays = {n: np.asarray(v).astype(dtype) for n, v in named(network).items()}
    target = Path(path).with_suffix(".npz")
    with replacing(target) as temporary:
        np.savez(temporary, **arrays)
        digest = hashlib.sha256(Path(temporary).read_bytes()).hexdigest()
    with replacing(target.with_suffix(".json")) as temporary:
        card = {**content, "sha256": digest, "dtype": dtype}
        Path(temporary).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def assign(network, arrays: dict[str, np.ndarray], source) -> None:
    """Gives a network the arrays of its variables; refuses any that do not fit, naming them."""
    variables = named(network)
    faults = [f"{n} is missing" for n in variables if n not in arrays]
    faults += [f"{n} is not in the network" for n in arrays if n not in variables]
    faults += [
        f"{n} is {tuple(arrays[n].shape)}, the network has {tuple(v.shape)}"
        for n, v in variables.items()
        if n in arrays and tuple(arrays[n].shape) != tuple(v.shape)
    ]
    faults += [f"{n} holds no numbers" for n, a in arrays.items() if a.dtype.kind != "f"]
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise UserError(f"{source}: does not fit the network: {'; '.join(faults[:3])}{more}")
    for name, variable in variables.items():
        variable.assign(arrays[name].astype("float32"))


def named(network) -> dict:
    """A network's variables by their path inside it, the same in every process."""
    return {v.path.split("/", 1)[1]: v for v in network.variables}


def shipped() -> list[str]:
    """The names of the weights that come along."""
    return sorted(path.stem for path in HOME.glob("*.json"))


def _card_path(name: str | Path) -> Path:
    path = Path(name)
    if path.parent == Path() and not path.suffix:
        return HOME / f"{path}.json"
    return path.with_suffix(".json")
