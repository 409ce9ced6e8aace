"""What can be told to be wrong with a config before anything heavy is loaded."""

from config import SAMPLERS, Config, known
from errors import UserError

LEAST = {
    "seed": 0,
    "songs": 1,
    "representation.length": 1,
    "process.steps": 1,
    "network.width": 1,
    "network.depth": 1,
    "network.heads": 1,
    "network.expansion": 1,
    "network.stride": 1,
    "network.kernel": 1,
    "training.batch_size": 1,
    "training.steps": 1,
    "training.warmup": 0,
    "training.drop_at": 1,
    "training.save_every": 1,
    "training.sample_every": 1,
    "training.samples": 1,
    "training.evaluate_every": 0,
    "training.judged": 2,
    "training.validate_batches": 1,
    "sampling.steps": 1,
    "sampling.batch_size": 1,
    "sampling.tile": 1,
    "sampling.gpu_tile": 1,
    "sampling.chunk": 1,
    "sampling.repeats": 1,
}


def check(config: Config) -> Config:
    """The config itself, if its numbers can be worked with."""
    for path, least in LEAST.items():
        part, _, field = path.rpartition(".")
        value = getattr(getattr(config, part) if part else config, field, least)
        smallest = min(value, default=0) if isinstance(value, tuple) else value
        if smallest < least:
            raise UserError(f"{path}: {smallest} is too small; give at least {least}")
    training = config.training
    if not training.learning_rate > 0:
        raise UserError(f"training.learning_rate: {training.learning_rate} is not above 0")
    if not 0 <= training.ema < 1:
        raise UserError(f"training.ema: {training.ema} is not from 0 to below 1")
    check_sampling(config, "sampling.")
    return config


def check_sampling(config: Config, prefix: str) -> None:
    """Refuses a sampler that the process lacks, and more steps than it has."""
    sampling, process = config.sampling, config.process
    if process.kind in SAMPLERS:
        known(f"{prefix}sampler", sampling.sampler, SAMPLERS[process.kind])
    if not 0 <= sampling.context < 1:
        raise UserError(f"{prefix}context: {sampling.context} is not a share from 0 to below 1")
    if sampling.steps > process.steps:
        raise UserError(
            f"{prefix}steps: {sampling.steps} are more than the {process.steps} steps of the "
            "model's process; give no more than those"
        )
