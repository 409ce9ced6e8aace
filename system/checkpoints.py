"""Saving and restoring a run: weights, their average, and the optimizer, in one file."""

import json
import os
import shutil
import warnings
from pathlib import Path

import keras
from absl import logging

from errors import MachineError, UserError
from files import replacing
from system.run_folder import BEST, LAST, RunFolder


class Checkpoints(keras.callbacks.Callback):
    """Saves `last` at every epoch's end, and `best` when the validation loss fell.

    A file is written under another name and renamed, so that a kill leaves the one before.
    """

    def __init__(self, run: RunFolder):
        super().__init__()
        self.run = run
        self.best = best_loss(run)

    def on_epoch_end(self, epoch, logs=None):
        save(self.model, self.run.checkpoint(LAST))
        loss = (logs or {}).get("val_loss")
        if loss is not None and loss < self.best:
            self.best = float(loss)
            with replacing(self.run.checkpoint(BEST)) as temporary:
                shutil.copyfile(self.run.checkpoint(LAST), temporary)
            with replacing(_best_note(self.run)) as temporary:
                note = {"val_loss": self.best, "steps": int(self.model.optimizer.iterations)}
                Path(temporary).write_text(json.dumps(note), encoding="utf-8")


def best_loss(run: RunFolder) -> float:
    """The validation loss of the run's `best`, infinite when there is none."""
    try:
        return float(json.loads(_best_note(run).read_text(encoding="utf-8"))["val_loss"])
    except FileNotFoundError:
        return float("inf")
    except (ValueError, KeyError, TypeError):
        logging.warning("%s is damaged: the next validation is taken as the best", _best_note(run))
        return float("inf")


def save(model, path: Path) -> None:
    """Writes weights and optimizer of a compiled model to `path`, whole or not at all."""
    with replacing(path) as temporary:
        # Keras insists on the ending; the rename back is what `replacing` expects.
        named = f"{temporary}.weights.h5"
        try:
            model.save_weights(named)
            os.replace(named, temporary)
        except OSError as error:
            raise MachineError(f"{path}: cannot be written ({error})") from error
        finally:
            if os.path.exists(named):
                os.unlink(named)


def restore(model, path: Path) -> None:
    """Reads what `save` wrote into a compiled model of the same structure."""
    try:
        with warnings.catch_warnings():
            # Of an optimizer that does not fit Keras only warns, and leaves it as it was.
            warnings.simplefilter("error")
            model.load_weights(path)
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such checkpoint") from None
    except (OSError, ValueError, KeyError, UserWarning) as error:
        first = str(error).strip().splitlines()[0]
        raise UserError(
            f"{path}: cannot be read as this model's checkpoint ({first}); it may be damaged or "
            "of another config: delete it, or begin anew with another --run_dir"
        ) from None


def _best_note(run: RunFolder) -> Path:
    return run.path / "checkpoints" / "best.json"
