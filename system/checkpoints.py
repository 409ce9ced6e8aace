"""Saving and restoring a run: weights, their average, and the optimizer, in one file."""

import math
import os
import shutil
import warnings
from pathlib import Path

import keras
from absl import logging

from errors import MachineError, UserError
from files import replacing
from system.optimizer import steps_taken
from system.run_folder import BEST, LAST, RunFolder

HDF5_OVERHEAD = 4096  # bytes that a variable takes beside its numbers, at most


class Checkpoints(keras.callbacks.Callback):
    """Saves `last` at every epoch's end, and `best` when the validation loss fell.

    A file is written under another name and renamed, so that a kill leaves the one before.
    `all_saved` tells whether nothing was trained since.
    """

    def __init__(self, run: RunFolder):
        super().__init__()
        self.run = run
        self.best_loss = best_loss(run)
        self.all_saved = False

    def on_epoch_begin(self, epoch, logs=None):
        self.all_saved = False

    def on_epoch_end(self, epoch, logs=None):
        steps = steps_taken(self.model)
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            raise UserError(
                f"the loss is no longer a number at step {steps}; the last checkpoint is from "
                "before: try a lower --learning_rate or --set training.clip_norm=1"
            )
        self._save(steps, (logs or {}).get("val_loss", math.inf))
        self.all_saved = True

    def _save(self, steps: int, loss: float) -> None:
        if not loss < self.best_loss:
            save(self.model, self.run.checkpoint(LAST))
            return
        # `last` comes last: killed before it, the run repeats this epoch and arrives here again.
        self.best_loss = float(loss)
        save(self.model, self.run.checkpoint(BEST))
        self.run.keep_best(self.best_loss, steps)
        with replacing(self.run.checkpoint(LAST)) as temporary:
            shutil.copyfile(self.run.checkpoint(BEST), temporary)


def best_loss(run: RunFolder) -> float:
    """The validation loss of the run's `best`, infinite when there is none."""
    try:
        return float(run.best().get("val_loss", math.inf))
    except (UserError, ValueError, TypeError) as error:
        logging.warning("the next validation is taken as the best: %s", error)
        return math.inf


def save(model, path: Path) -> None:
    """Writes weights and optimizer of a compiled model to `path`, whole or not at all."""
    with replacing(path) as temporary:
        # Keras insists on the ending; the rename back is what `replacing` expects.
        named = f"{temporary}.weights.h5"
        try:
            _check_room(model, temporary)
            model.save_weights(named)
            os.replace(named, temporary)
        except (OSError, RuntimeError) as error:  # h5py knows both for a full disk
            reason = str(error).strip().splitlines()[0]
            raise MachineError(
                f"{path}: cannot be written ({reason}); what was saved before is untouched"
            ) from error
        finally:
            if os.path.exists(named):
                os.unlink(named)


def _check_room(model, path: Path) -> None:
    """Raises OSError where the disk has no room for a model; HDF5 would end the process."""
    variables = [*model.variables, *model.optimizer.variables]
    size = sum(math.prod(v.shape) * 4 + HDF5_OVERHEAD for v in variables)
    with open(path, "r+b") as file:
        if hasattr(os, "posix_fallocate"):  # not on macOS
            os.posix_fallocate(file.fileno(), 0, size)
            file.truncate(0)


def restore(model, path: Path) -> None:
    """Reads what `save` wrote into a compiled model of the same structure."""
    try:
        with warnings.catch_warnings():
            # Of an optimizer that does not fit Keras only warns, and leaves it as it was.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such checkpoint") from None
    except (OSError, RuntimeError, ValueError, KeyError, UserWarning) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UserError(
            f"{path}: cannot be read as this model's checkpoint ({first}); it may be damaged or "
            "of another config: delete it, or begin anew with another --run_dir"
        ) from None
