"""What a run shows while it trains: pieces drawn now and then, as files and in TensorBoard."""

import io
import os
from contextlib import contextmanager

import keras
import numpy as np
from absl import logging

from bars import counted
from config import Training
from datasets.windows import Windows
from errors import UserError
from music import fluid, midi, picture, sound
from system import generate
from system.averaging import averaged
from system.build import System
from system.judging import Judge
from system.optimizer import steps_taken
from system.progress import StepsInFile
from system.run_folder import RunFolder


class Listen(keras.callbacks.Callback):
    """Draws a few pieces from the averaged weights every `sample_every` steps."""

    def __init__(self, system: System, run: RunFolder, board):
        super().__init__()
        self.system = system
        self.run = run
        self.board = board
        self.drawer = generate.sampler(system, system.config.sampling)

    def on_epoch_end(self, epoch, logs=None):
        training = self.system.config.training
        step = steps_taken(self.model)
        if not due(self.model, training, training.sample_every):
            return
        logging.info("drawing %s", counted(training.samples, "piece"))
        with averaged(self.model):
            pieces = generate.draw(
                self.system, self.system.config.sampling, training.samples, 0, self.drawer
            )
        folder = self.run.path / "samples" / f"step {step:07d}"
        folder.mkdir(parents=True, exist_ok=True)
        for number, piece in enumerate(pieces, 1):
            midi.write(piece, folder / f"sample {number}.mid")
        sheet = io.BytesIO()
        picture.contact_sheet(pieces, sheet)
        (folder / "contact sheet.png").write_bytes(sheet.getvalue())
        if self.board is not None:
            self.board.images("samples", [sheet.getvalue()], step)
            self.board.sounds("sounds", pieces, step)  # a tag is of one kind


def due(model, training: Training, every: int) -> bool:
    """Whether something done every so many steps is to be done now, at the end of an epoch.

    It is at the run's end, and not when the run is asked to stop before.
    """
    step = steps_taken(model)
    if step >= training.steps:
        return True
    return not model.stop_training and step // every != (step - training.save_every) // every


class Board:
    """TensorBoard's page of samples, written with TensorFlow."""

    RATE = 22_050
    SECONDS = 30

    def __init__(self, path: os.PathLike):
        import tensorflow as tf

        if keras.backend.backend() != "tensorflow":
            tf.config.set_visible_devices([], "GPU")  # or it would take the memory from training
        self.tf = tf
        self.writer = tf.summary.create_file_writer(str(path))

    @contextmanager
    def _recording(self):
        # Whatever Keras' TensorBoard, at work around us, records or skips just now.
        with self.tf.summary.record_if(True), self.writer.as_default():
            yield

    def scalars(self, figures: dict[str, float], step: int) -> None:
        """Shows figures by name."""
        with self._recording():
            for name, value in figures.items():
                self.tf.summary.scalar(name, value, step=step)
            self.writer.flush()

    def images(self, name: str, pngs: list[bytes], step: int) -> None:
        """Shows pictures, given as the bytes of PNG files."""
        pixels = [self.tf.io.decode_png(png, channels=3) for png in pngs]
        with self._recording():
            self.tf.summary.image(name, self.tf.stack(pixels), step=step)
            self.writer.flush()

    def sounds(self, name: str, pieces: list, step: int) -> None:
        """Plays pieces, when FluidSynth is there to play them."""
        if fluid.program() is None:
            return
        length = self.RATE * self.SECONDS
        played = np.zeros((len(pieces), length, 1), "float32")
        for row, piece in zip(played, pieces, strict=True):
            try:
                samples, _ = sound.render(piece, self.RATE)
            except UserError as error:
                logging.warning("no sound for TensorBoard: %s", error)
                return
            samples = samples.mean(axis=1)[:length]
            row[: len(samples), 0] = samples
        with self._recording():
            self.tf.summary.audio(name, played, self.RATE, step=step, max_outputs=len(pieces))
            self.writer.flush()


class StepsOnBoard(keras.callbacks.TensorBoard):
    """Keras' TensorBoard, counting steps from the run's beginning and not from this process'."""

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._global_train_batch = steps_taken(self.model)

    def on_epoch_end(self, epoch, logs=None):
        # Keras would write an epoch's figures only where those of a batch happen to be due.
        with self.summary.record_if(True):
            super().on_epoch_end(steps_taken(self.model), logs)


def watchers(system: System, run: RunFolder, windows: Windows) -> list[keras.callbacks.Callback]:
    """The callbacks that report: a CSV always, TensorBoard where TensorFlow is installed."""
    csv = StepsInFile(str(run.path / "log.csv"), append=True)
    try:
        board = Board(run.path / "tensorboard" / "samples")
    except ModuleNotFoundError:
        logging.info("TensorFlow is not installed: figures go to log.csv, not to TensorBoard")
        return [Listen(system, run, None), csv]
    tensorboard = StepsOnBoard(str(run.path / "tensorboard"), write_graph=False, update_freq=50)
    listen = Listen(system, run, board)
    judges = []
    if system.config.training.evaluate_every:
        judges = [Judge(system, windows, listen.drawer, board, due)]
    return [listen, *judges, tensorboard, csv]
