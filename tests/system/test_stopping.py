"""What Ctrl-C does to a training, depending on what is saved."""

import signal

import keras
import numpy as np
import pytest

from config import Config
from system.checkpoints import Checkpoints
from system.fit import StopOnSignal
from system.optimizer import steps_taken
from system.run_folder import LAST, RunFolder


class CtrlC(keras.callbacks.Callback):
    """Presses it in the second of four epochs, in one of a step's or an epoch's callbacks."""

    def __init__(self, when: str):
        super().__init__()
        self.epoch, self.reached = 0, 0
        setattr(self, when, self._press)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def _press(self, number, logs=None):
        if self.epoch == 1:
            signal.raise_signal(signal.SIGINT)
            self.reached += 1


@pytest.fixture
def fit(tmp_path):
    """Trains epochs of three steps with a callback between saving and the end; what came of it."""
    run = RunFolder.create(tmp_path / "run", Config(), {}, {"commands": ["python train.py"]})
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=keras.backend.backend() == "tensorflow")
    saver = Checkpoints(run)
    stopper = StopOnSignal(saver)

    def train(between):
        x = np.ones((3, 2), "float32")
        with stopper:
            model.fit(
                *(x, x[:, :1]),
                batch_size=1,
                epochs=4,
                callbacks=[saver, between, stopper],
                verbose=0,
            )

    return train, model, stopper, run.checkpoint(LAST)


def test_what_is_not_saved_is_saved_before_the_run_leaves(fit):
    train, model, stopper, saved = fit
    between = CtrlC("on_train_batch_end")
    train(between)
    assert between.reached == 1 and stopper.asked
    assert steps_taken(model) == 4 and saved.is_file()


def test_once_all_is_saved_the_first_leaves_at_once(fit):
    """As while the last pieces are drawn, which may take minutes."""
    train, model, stopper, saved = fit
    between = CtrlC("on_epoch_end")
    with pytest.raises(KeyboardInterrupt):
        train(between)
    assert between.reached == 0
    assert steps_taken(model) == 6 and saved.is_file()


def test_a_second_one_does_not_wait_for_saving(fit):
    stopper, saved = fit[2:]
    with stopper:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert not saved.exists()
