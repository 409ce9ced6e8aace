"""How far a run is: a bar on a terminal, lines in a log, rows in a file."""

import sys
import time

import keras
from absl import logging
from tqdm import tqdm

from system.optimizer import steps_taken

SECONDS_A_LINE = 60.0  # where there is no terminal for a bar
SHOWN = {"loss": "loss", "val_loss": "held out", "gradient_norm": "gradient"}


class Progress(keras.callbacks.Callback):
    """Steps from the run's beginning to its last, over all calls of `fit`.

    The bar stands on a terminal; elsewhere a line tells every minute that the run lives. Either
    way each checkpoint has a line with its figures.
    """

    def __init__(self, start: int, steps: int, stream=None, clock=time.monotonic):
        super().__init__()
        self.step, self.steps, self.clock = start, steps, clock
        self.told = self.began = clock()
        self.first = True
        stream = stream or sys.stderr
        self.bar = tqdm(
            initial=start, total=steps, unit="step", file=stream, disable=not stream.isatty()
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.bar.close()

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        now = self.clock()
        if self.first:
            self._line(f"first step after {now - self.began:.1f} s, most of it compiling")
            self.first, self.told = False, now
        elif self.bar.disable and now - self.told >= SECONDS_A_LINE:
            self._line(_figures(logs))
            self.told = now
        if not self.bar.disable:
            self.bar.set_postfix_str(_figures(logs), refresh=False)
            self.bar.update(1)

    def on_epoch_end(self, epoch, logs=None):
        self._line(_figures(logs))
        self.told = self.clock()

    def _line(self, text: str) -> None:
        self.bar.clear()
        logging.info("step %s of %s: %s", f"{self.step:,}", f"{self.steps:,}", text)
        self.bar.refresh()


class StepsInFile(keras.callbacks.CSVLogger):
    """Keras' log.csv with the step of each row."""

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {"step": steps_taken(self.model), **(logs or {})})


def _figures(logs: dict | None) -> str:
    found = [f"{told} {logs[name]:.4g}" for name, told in SHOWN.items() if name in (logs or {})]
    return ", ".join(found)
