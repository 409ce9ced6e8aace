"""From a system with trained weights to pieces."""

from dataclasses import asdict

import numpy as np

from config import Sampling
from diffusion.sampling import Sampler
from errors import UserError
from music import Piece
from system.build import System
from system.precision import sampling_jit, sampling_tile


def sampler(system: System, settings: Sampling) -> Sampler:
    """The compiled reverse process of a system; keep it to draw more than once."""
    try:
        return Sampler(
            system.network,
            system.process,
            system.representation.shape,
            settings.sampler,
            settings.steps,
            settings.batch_size,
            settings.chunk,
            sampling_jit(settings.jit_compile, settings.steps),
            sampling_tile(settings),
            settings.repeats,
        )
    except ValueError as error:
        raise UserError(f"sampling.sampler: {error}") from None


def draw(
    system: System, settings: Sampling, count: int, seed: int, drawer: Sampler | None = None, **how
) -> list[Piece]:
    """`count` pieces; `how` (velocity, program, tempo) goes to the representation's `decode`."""
    drawer = drawer or sampler(system, settings)
    arrays = drawer.sample(count, seed)
    return [system.representation.decode(np.asarray(a), **how) for a in arrays]


def settings_with(base: Sampling, **asked) -> Sampling:
    """The model's own sampling settings, changed where the user asked for something else."""
    chosen = {name: value for name, value in asked.items() if value is not None}
    return Sampling(**{**asdict(base), **chosen})
