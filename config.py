"""Every preset and every hyper-parameter. Nothing else in the project holds one.

A config is a tree of frozen dataclasses. Later wins: the defaults below, then the preset
(`--model`), its size (`--size`), the corpus (`--dataset`; with what the two ask of each other),
then flags and `--set part.field=value`.

    python train.py                                   the `notes` preset on the demo corpus
    python train.py --dataset folder --data_dir midi  the same on your own music
    python train.py --set process.schedule=cosine     with one thing changed

A part with a `kind` is built from the file of that name: `process.kind = "gaussian"` is the one
class of diffusion/gaussian.py, made with the part's other fields. A new network is a file in
models/, a dataclass here for its fields and a preset that uses it; nothing is registered anywhere.
"""

import dataclasses
import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from errors import UserError
from fields import changed, known, leaves

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
    random_start: bool = True


@dataclass(frozen=True)
class Grid:
    """representations/grid.py."""

    kind: str = "grid"
    bars: int = 64
    steps_per_bar: int = 16
    arrangement: str = "melody"  # or "trio", or "named" as in POP909
    lowest: int = 21
    highest: int = 108
    signatures: tuple[str, ...] = ("4/4", "1/4")  # POP909 writes 1/4 where it knows none
    strict_tempo: bool = False
    on_change: str = "split"
    hop: int = 16
    fullness: float = 0.75
    transpose: int = 6


@dataclass(frozen=True)
class Octuple:
    """representations/octuple.py."""

    kind: str = "octuple"
    length: int = 1024
    bars: int = 64
    steps_per_beat: int = 12
    arrangement: str = "melody"  # or "trio", "named" as in POP909, or "all"
    instruments: int = 16  # of "all"
    hop: int | None = None
    fewest: int = 32
    transpose: int = 6


@dataclass(frozen=True)
class Gaussian:
    """diffusion/gaussian.py."""

    kind: str = "gaussian"
    steps: int = 1000
    schedule: str = "cosine"  # or "linear", as published
    first_beta: float = 1e-4
    last_beta: float = 0.02
    shift: float = 4.0
    predicts: str = "velocity"  # or "noise", as published, or "clean"
    sees: str = "standard"  # or "unit", as published, or "symmetric"
    waves: bool = True  # shown beside the values; the published program has none
    levels: bool = True  # pitch is chosen among the corpus'; the published program rounds
    level_weight: float = 0.3
    spacing: str = "time"  # or "karras": how sampling spends its steps


@dataclass(frozen=True)
class Absorbing:
    """diffusion/absorbing.py."""

    kind: str = "absorbing"
    steps: int = 1024
    schedule: str = "random"  # or "fixed": the same share of every track
    weighting: str = "reweighted_elbo"  # or "elbo", or "mlm"
    whole_tracks: float = 0.1  # the published program has none
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    remask: float = 0.02
    choice_temperature: float = 4.5
    power: float = 2.0  # 1, as published, draws in even steps


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
    lift: float = 0.0  # of the log-odds in drawing, against a density lost on the way


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
class TokenTransformer:
    """models/token_transformer.py."""

    kind: str = "token_transformer"
    width: int = 512
    depth: int = 24
    heads: int = 8
    expansion: int = 4
    rotary: bool = True  # attention hears how far apart two places are; the published does not


@dataclass(frozen=True)
class ConvTransformer(TokenTransformer):
    """models/conv_transformer.py."""

    kind: str = "conv_transformer"
    stride: int = 4
    kernel: int = 4  # as published; 12 for the smaller sizes, which learn faster so


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
    harmony: int = 0  # how wide it thinks about pitch classes


@dataclass(frozen=True)
class Training:
    """How `fit` is run."""

    batch_size: int = 64
    steps: int = 200_000
    learning_rate: float = 1e-4
    final_learning_rate: float = 1e-6
    schedule: Literal["step", "cosine"] = "step"  # drops at `drop_at`; or glides down to the last
    drop_at: int = 150_000
    warmup: int = 0
    ema: float = 0.999
    clip_norm: float | None = None
    mixed_precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = "auto"
    jit_compile: Literal["auto", "true", "false"] = "auto"
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
    repeats: int = 1  # of each step of a filling, so that it agrees with what is kept
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


# What the presets of tokens share. A line of 64 bars is long, so batches are small.
_TOKENS = Config(
    process=Absorbing(),
    network=ConvTransformer(),
    training=Training(batch_size=16, learning_rate=3e-4, schedule="cosine", clip_norm=1.0),
    sampling=Sampling(sampler="first_hitting", steps=64, batch_size=4, tile=2),
)
_EVENTS = replace(_TOKENS, network=TokenTransformer())

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
        ),
        sampling=Sampling(sampler="ancestral", steps=20, repeats=4, mixed_precision="auto"),
    ),
    "melody": replace(_TOKENS, model="melody", representation=Grid()),
    "trio": replace(_TOKENS, model="trio", representation=Grid(arrangement="trio")),
    "melody_octuple": replace(_EVENTS, model="melody_octuple", representation=Octuple()),
    "trio_octuple": replace(
        _EVENTS, model="trio_octuple", representation=Octuple(arrangement="trio")
    ),
}

# The `tiny` sizes are there to be tried: they learn the demo corpus in about three minutes.
QUICK = {
    "training.batch_size": 16,
    "training.steps": 1600,
    "training.learning_rate": 3e-3,
    "training.final_learning_rate": 3e-4,
    "training.drop_at": 1200,
    "training.warmup": 100,
    "training.ema": 0.99,
    "training.clip_norm": 1.0,
    "training.mixed_precision": "float32",
    "training.save_every": 400,
    "training.sample_every": 1600,
}

# What many masks tell little by little: small batches and many of them teach tokens fastest.
_TOKEN_SIZES = {
    "tiny": {
        "network.width": 128,
        "network.depth": 4,
        "network.heads": 4,
        **QUICK,
        "training.batch_size": 8,
        "training.steps": 2000,
        "training.learning_rate": 2e-3,
        "training.final_learning_rate": 2e-5,
    },
    "small": {"network.width": 256, "network.depth": 8, "network.heads": 4},
    "base": {},
}
_WIDER = {"network.kernel": 12}

SIZES = {
    "token_transformer": _TOKEN_SIZES,
    "conv_transformer": {n: s | _WIDER if s else s for n, s in _TOKEN_SIZES.items()},
    "note_unet": {
        "tiny": {"network.widths": (32, 64, 64, 128), "network.time_width": 64, **QUICK},
        "small": {"network.widths": (48, 96, 128, 128, 256), "network.time_width": 128},
        "base": {},
    },
    "roll_unet": {
        "tiny": {
            "network.widths": (24, 48),
            "network.time_width": 64,
            "network.fold": 12,  # an eighth
            "network.residual": True,
            "network.registers": True,
            "network.harmony": 64,
            "process.power": 2.0,
            "process.lift": 0.05,
            "sampling.steps": 50,
            **QUICK,
            "training.steps": 600,
            "training.save_every": 200,
            "training.sample_every": 600,
        },
        "small": {
            "network.widths": (32, 64, 96),
            "network.fold": 12,
            "network.residual": True,
            "network.attention": "frames",
            "network.registers": True,
            "network.harmony": 128,
            "process.power": 2.0,
            "process.lift": 0.05,
            "sampling.steps": 50,
        },
        "base": {},
    },
}

# The dataclass of each kind of part: all those above.
PARTS = {c.kind: c for c in tuple(globals().values()) if isinstance(c, type) and hasattr(c, "kind")}

# The samplers of each process, to check a command line by before anything heavy is loaded.
SAMPLERS = {
    "gaussian": ("dpmpp", "ddim", "ddpm"),
    "binomial": ("ancestral", "xor"),
    "absorbing": ("first_hitting", "random", "confidence", "remask"),
}

DATASETS: dict[str, dict] = {"demo": {}, "folder": {}, "lakh": {}, "maestro": {}, "pop909": {}}

# What a corpus asks of a preset: the demo's songs are short, and it names its tracks as POP909.
# MAESTRO's beats are none: its performances were recorded by the clock.
_SHORT = {"representation.bars": 16, "representation.hop": 4}
_NAMED = {"representation.arrangement": "named"}
FITTED: dict[tuple[str, str], dict] = {
    ("roll", "maestro"): {"representation.unit": "seconds"},
    ("melody", "demo"): _SHORT,
    ("trio", "demo"): _SHORT | _NAMED,
    ("trio", "pop909"): _NAMED,
    ("trio_octuple", "demo"): _NAMED,
    ("trio_octuple", "pop909"): _NAMED,
}


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
        FITTED.get((model, dataset), {}),
        changes,
    ]
    for layer in layers:
        config = changed(config, layer.items(), PARTS)
    return config


def to_json(config: Config) -> str:
    """The config as it is kept in a run folder and in a model card."""
    return json.dumps(dataclasses.asdict(config), indent=2)


def from_dict(values: dict) -> Config:
    """The config that `to_json` wrote; unknown fields are refused, missing ones have defaults."""
    return changed(PRESETS.get(values.get("model"), Config()), leaves(values), PARTS)
