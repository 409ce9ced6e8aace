"""The likelihood bound of held-out music, for the processes that have one."""

from argparse import Namespace

import keras
import numpy as np

from datasets.stream import validation_stream
from system.build import System
from system.evaluation import columns
from system.evaluation.verdict import Line

BATCHES = 64


def lines(system: System, windows: np.ndarray, args: Namespace) -> list[Line]:
    """One line with the bound of some windows, none where the process offers no `judge`."""
    if not hasattr(system.process, "judge") or not len(windows):
        return []
    values = per_window(system, windows, args.seed)
    return [columns.share_line("likelihood bound", "bits", 0.0, values, args.resamples, args.seed)]


def per_window(system: System, windows: np.ndarray, seed: int) -> np.ndarray:
    """The bound's part of each window at one time of its own, in bits: their mean is the bound."""
    process = system.process.judge()
    size = system.config.sampling.batch_size
    stream, batches = validation_stream(
        *(windows, system.representation, process, size), BATCHES, seed
    )
    found = []
    for batch in stream.batches(0, batches):
        x0, t, noise = (keras.ops.convert_to_tensor(batch[n]) for n in ("x0", "t", "noise"))
        shown = process.show(process.corrupt(x0, t, noise), t)
        prediction = keras.ops.cast(system.network(shown, t, training=False), "float32")
        found.append(keras.ops.convert_to_numpy(process.loss(prediction, x0, t, noise)))
    return np.concatenate(found)
