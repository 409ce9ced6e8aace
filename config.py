"""Every preset and every hyper-parameter. Nothing else in the project holds one.

A config is a tree of frozen dataclasses. Later wins: the defaults below, then the preset
(`--model`), its size (`--size`), the corpus (`--dataset`), then flags and `--set part.field=value`.

    python train.py                                   the `notes` preset on the demo corpus
    python train.py --dataset folder --data_dir midi  the same on your own music
    python train.py --set process.schedule=cosine     with one thing changed

A part with a `kind` is built from the file of that name: `process.kind = "gaussian"` is the one
class of diffusion/gaussian.py, made with the part's other fields. A new network is a file in
models/, a dataclass here for its fields and a preset that uses it; nothing is registered anywhere.
"""

import dataclasses
import difflib
import json
from dataclasses import dataclass, field, replace
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from errors import UserError

CHOSEN_BY_FLAG = ("model", "size", "dataset")


@dataclass(frozen=True)
class Notes:
    """representations/notes.py."""

    kind: str = "notes"
    length: int = 128
    pitch: str = "midi"  # or "frequency", as published, or "log_frequency"
    max_duration: float = 8.0
    max_delta: float = 8.0
    on_long: str = "split"
    transpose: int = 6


@dataclass(frozen=True)
class Gaussian:
    """diffusion/gaussian.py."""

    kind: str = "gaussian"
    steps: int = 1000
    schedule: str = "cosine"  # or "linear", as published
    first_beta: float = 1e-4
    last_beta: float = 0.02
    shift: float = 6.0
    predicts: str = "velocity"  # or "noise", as published, or "clean"
    sees: str = "standard"  # or "unit", as published, or "symmetric"
    waves: bool = True  # shown beside the values; the published program has none
    levels: bool = True  # pitch is chosen among the corpus'; the published program rounds
    level_weight: float = 0.3
    spacing: str = "time"  # or "karras": how sampling spends its steps


@dataclass(frozen=True)
class Roll:
    """representations/roll.py."""

    kind: str = "roll"
    length: int = 16
    resolution: int = 24
    lowest: int = 21
    highest: int = 108
    unit: str = "beats"  # or "seconds"
    onsets: bool = False  # a channel of their own, so that repeated notes stay apart
    random_start: bool = True
    transpose: int = 6


@dataclass(frozen=True)
class Binomial:
    """diffusion/binomial.py."""

    kind: str = "binomial"
    steps: int = 100
    ratio: float | None = None  # the corpus' density
    loss: str = "cross_entropy"  # or "l1", as published
    power: float = 1.0
    sees: str = "standard"  # or "unit", as published


@dataclass(frozen=True)
class NoteUNet:
    """models/note_unet.py."""

    kind: str = "note_unet"
    widths: tuple[int, ...] = (64, 128, 256, 256, 512)
    kernels: tuple[int, ...] = (7, 5, 3)
    time_width: int = 256
    heads: int = 4
    squeeze_ratio: int = 16
    causal: bool = False  # True, as published: a note hears only those before it


@dataclass(frozen=True)
class RollUNet:
    """models/roll_unet.py."""

    kind: str = "roll_unet"
    widths: tuple[int, ...] = (48, 96, 192, 192)
    time_width: int = 128
    kernel: tuple[int, ...] = (3, 3)
    fold: int = 1
    groups: int = 0
    residual: bool = False
    attention: str = "none"
    heads: int = 4
    registers: bool = False


@dataclass(frozen=True)
class Training:
    """How `fit` is run."""

    batch_size: int = 64
    steps: int = 200_000
    learning_rate: float = 1e-4
    final_learning_rate: float = 1e-6
    schedule: Literal["step", "cosine"] = "step"  # drops once, at `drop_at`, or glides down
    drop_at: float = 0.75
    warmup: int = 0
    ema: float = 0.999
    clip_norm: float | None = None
    mixed_precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = "auto"
    jit_compile: Literal["auto", "gpu", "true", "false"] = "auto"  # gpu: there, and under JAX
    save_every: int = 1000
    validate_batches: int = 8
    sample_every: int = 5000
    samples: int = 4
    evaluate_every: int = 0  # 0: never; else TensorBoard is told what evaluate.py would find
    judged: int = 32  # pieces drawn to be judged


@dataclass(frozen=True)
class Sampling:
    """How pieces are drawn unless the user says otherwise."""

    sampler: str = "dpmpp"
    steps: int = 50
    batch_size: int = 8
    tile: int = 8  # the network always sees so many pieces, which fixes how its sums round
    gpu_tile: int = 64  # the same on a GPU
    chunk: int = 25
    context: float = 0.5  # how much of a window is music before it, where a piece is longer
    jit_compile: Literal["auto", "true", "false"] = "auto"
    mixed_precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = "float32"


@dataclass(frozen=True)
class Config:
    """Everything that shapes a system, its training and what it draws."""

    model: str = "notes"
    size: str = "base"
    dataset: str = "demo"
    seed: int = 0
    representation: Any = field(default_factory=Notes)
    process: Any = field(default_factory=Gaussian)
    network: Any = field(default_factory=NoteUNet)
    training: Training = field(default_factory=Training)
    sampling: Sampling = field(default_factory=Sampling)
    songs: int = 2000  # of the demo corpus


PRESETS = {
    "notes": Config(),
    "roll": Config(
        model="roll",
        representation=Roll(),
        process=Binomial(),
        network=RollUNet(),
        training=Training(
            batch_size=4,
            steps=100_000,
            learning_rate=1e-3,
            final_learning_rate=1e-5,
            schedule="cosine",
            jit_compile="gpu",  # on a CPU its convolutions gain nothing and compile for minutes
        ),
        sampling=Sampling(sampler="ancestral", steps=50, mixed_precision="auto"),
    ),
}

# The `tiny` sizes are there to be tried: they learn the demo corpus in about three minutes.
QUICK = {
    "training.batch_size": 16,
    "training.steps": 2000,
    "training.learning_rate": 3e-3,
    "training.schedule": "cosine",
    "training.warmup": 100,
    "training.ema": 0.99,
    "training.clip_norm": 1.0,
    "training.save_every": 500,
    "training.sample_every": 1000,
}

SIZES = {
    "note_unet": {
        "tiny": {
            "network.widths": (32, 64, 64, 128),
            "network.time_width": 64,
            **QUICK,
        },
        "small": {"network.widths": (48, 96, 128, 128, 256), "network.time_width": 128},
        "base": {},
    },
    "roll_unet": {
        "tiny": {
            "network.widths": (16, 32, 48),
            "network.time_width": 64,
            "network.fold": 6,  # a sixteenth
            "network.residual": True,
            "network.attention": "both",
            "network.registers": True,
        },
        "small": {
            "network.widths": (48, 96, 128),
            "network.fold": 6,
            "network.residual": True,
            "network.attention": "both",
            "network.registers": True,
        },
        "base": {},
    },
}

# The samplers of each process, to check a command line by before anything heavy is loaded.
SAMPLERS = {"gaussian": ("dpmpp", "ddim", "ddpm"), "binomial": ("ancestral", "xor")}

DATASETS: dict[str, dict] = {"demo": {}, "folder": {}}


def resolve(model: str, size: str, dataset: str, changes: dict[str, object]) -> Config:
    """The config that a command line asks for; `changes` maps dotted fields to values."""
    config = PRESETS[known("--model", model, PRESETS)]
    sizes = SIZES[config.network.kind]
    for name in CHOSEN_BY_FLAG:
        if name in changes:
            raise UserError(f"{name}: it brings other fields with it; choose it with --{name}")
    layers = [
        {"model": model, "size": size, "dataset": dataset},
        sizes[known("--size", size, sizes)],
        DATASETS[known("--dataset", dataset, DATASETS)],
        changes,
    ]
    for layer in layers:
        for path, value in layer.items():
            config = change(config, path, value)
    return config


def known(flag: str, name: str, names) -> str:
    """`name`, if it is one of `names`; otherwise an error that offers the nearest."""
    if name in names:
        return name
    raise UserError(f"{flag}: there is no {name!r}; {_nearest(name, names)}")


def change(config: Config, path: str, value) -> Config:
    """A copy of a config in which the field at `path` ("part.field") has `value`.

    A string is read as the field's type; any other value must have it.
    """
    return _changed(config, path.split("."), value, path)


def to_json(config: Config) -> str:
    """The config as it is kept in a run folder and in a model card."""
    return json.dumps(dataclasses.asdict(config), indent=2)


def from_dict(values: dict) -> Config:
    """The config that `to_json` wrote; unknown fields are refused, missing ones have defaults."""
    config = PRESETS.get(values.get("model"), Config())
    for path, value in _leaves(values):
        config = change(config, path, value)
    return config


def _leaves(values: dict, prefix: str = ""):
    """(dotted path, value) of everything in a tree of dictionaries."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _changed(part, names: list[str], value, path: str):
    """A copy of a part of the config with the field that `names` lead to changed."""
    name, *rest = names
    kinds = get_type_hints(type(part))
    if name not in kinds:
        raise UserError(f"{path}: there is no field {name!r}; {_nearest(name, kinds)}")
    kept = getattr(part, name)
    is_part = dataclasses.is_dataclass(kept)
    if rest and not is_part:
        raise UserError(f"{path}: {name} is a value and has no field {'.'.join(rest)!r}")
    if is_part and not rest:
        example = next(field for field in get_type_hints(type(kept)) if field != "kind")
        raise UserError(f"{path}: name one of its fields, as in {path}.{example}")
    if is_part:
        return replace(part, **{name: _changed(kept, rest, value, path)})
    try:
        return replace(part, **{name: _as(kinds[name], value)})
    except (ValueError, TypeError):
        raise UserError(f"{path}: {value!r} is not {_told(kinds[name])}") from None


def _as(kind, value):
    """`value` as `kind`, read from it where it is a string; otherwise a ValueError."""
    shape, inner = get_origin(kind), get_args(kind)
    text = value.strip() if isinstance(value, str) else None
    if shape is UnionType:
        is_none = value is None or (text is not None and text.lower() == "none")
        return None if is_none else _as(inner[0], value)
    if shape is Literal:
        return inner[inner.index(text)]
    if shape is tuple:
        items = value if text is None else text.strip("()[] ,").split(",")
        return tuple(_as(inner[0], item) for item in items)
    if text is not None:
        return READERS[kind](text)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:  # not isinstance: True is no whole number here
        raise ValueError
    return value


def _truth(text: str) -> bool:
    return ("false", "true").index(text.lower()) == 1


READERS = {int: int, float: float, str: str, bool: _truth}
WORDS = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}


def _told(kind) -> str:
    """What a user should write for a field of this kind."""
    shape, inner = get_origin(kind), get_args(kind)
    if shape is UnionType:
        return f"{_told(inner[0])} or none"
    if shape is Literal:
        return f"one of {', '.join(inner)}"
    if shape is tuple:
        return f"a list of {_told(inner[0]).removeprefix('a ')}s such as 1,2,3"
    return WORDS[kind]


def _nearest(name: str, names) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(sorted(names))}"
