"""What evaluate.py would say of a model while it trains, as curves in TensorBoard."""

import math
import time

import keras
import numpy as np
from absl import logging

from datasets.windows import Windows
from diffusion.sampling import Sampler
from metrics.judge import judge, measures
from metrics.table import Table
from system import generate
from system.averaging import averaged
from system.build import System
from system.optimizer import steps_taken

MOST = 256  # held-out windows to judge by


class Judge(keras.callbacks.Callback):
    """Draws pieces from the averaged weights and judges them by the held-out windows.

    `due` says when; `board` is told each measure, and for those that are to be like the data how
    far they are from it.
    """

    def __init__(self, system: System, windows: Windows, drawer: Sampler, board, due):
        super().__init__()
        self.system, self.drawer, self.board, self.due = system, drawer, board, due
        held_out = windows.validation
        places = np.unique(np.linspace(0, len(held_out) - 1, MOST).astype(int))
        arrays = system.representation.scale(np.asarray(held_out[places]))
        self.reference = Table.of(system.representation.decode(array) for array in arrays)

    def on_epoch_end(self, epoch, logs=None):
        training = self.system.config.training
        if not self.due(self.model, training, training.evaluate_every):
            return
        began, step = time.monotonic(), steps_taken(self.model)
        with averaged(self.model):
            pieces = generate.draw(
                self.system, self.system.config.sampling, training.judged, 0, self.drawer
            )
        figures = judged(Table.of(pieces), self.reference)
        self.board.scalars({f"judged/{name}": value for name, value in figures.items()}, step)
        logging.info(
            "step %d: Fréchet distance %.3g to the held-out music (%.1f s)",
            *(step, figures.get("Fréchet distance", math.nan), time.monotonic() - began),
        )


def judged(samples: Table, reference: Table) -> dict[str, float]:
    """Every measure by name, and " off" after those whose ideal is the reference's own."""
    figures = {}
    for row in judge(samples, reference, measures(), resamples=1):
        name, value = row.measure.name, row.value.value
        if not math.isfinite(value):
            continue
        figures[name] = value
        if row.reference is not None:
            figures[f"{name} off"] = abs(value - row.reference.value)
    return figures
