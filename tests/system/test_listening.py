"""What reaches TensorBoard."""

import glob
import importlib.util

import keras
import numpy as np
import pytest

from system.fit import GradientNorm
from system.listening import Board, StepsOnBoard
from system.optimizer import adam

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="no TensorBoard here"
)


def told(folder):
    """{tag: steps} of everything that the event files under `folder` hold."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    steps = {}
    for path in sorted(glob.glob(f"{folder}/**/events*", recursive=True)):
        events = EventAccumulator(path, size_guidance={"tensors": 0})
        events.Reload()
        for tag in events.Tags()["tensors"]:
            steps.setdefault(tag, []).extend(e.step for e in events.Tensors(tag))
    return steps


def test_every_epoch_and_sample_is_told_at_its_step(tmp_path):
    """Epochs of three steps, where only every second batch is told."""
    from music import Piece, picture

    class Sheet(keras.callbacks.Callback):
        board = Board(tmp_path / "samples")

        def on_epoch_end(self, epoch, logs=None):
            picture.contact_sheet([Piece.from_notes([0], [480], [60])], tmp_path / "sheet.png")
            png = (tmp_path / "sheet.png").read_bytes()
            self.board.images("pieces", [png], 3 * (epoch + 1))

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([100], [0.1, 0.01])
    model.compile(adam(learning_rate=rate), "mse")
    board = StepsOnBoard(str(tmp_path), write_graph=False, update_freq=2)
    x = np.ones((6, 1), "float32")
    for epoch in range(3):  # as after two resumptions
        model.fit(
            *(x, x),
            batch_size=2,
            initial_epoch=epoch,
            epochs=epoch + 1,
            validation_data=(x, x),
            callbacks=[GradientNorm(), Sheet(), board],
            verbose=0,
        )
    steps = told(tmp_path)
    assert steps["pieces"] == [3, 6, 9]
    for tag in ("epoch_learning_rate", "epoch_gradient_norm"):
        assert steps[tag] == [3, 6, 9], tag
    assert sorted(steps["epoch_loss"]) == [3, 3, 6, 6, 9, 9]  # trained and held out
    assert steps["batch_loss"] == [2, 4, 6, 8]
