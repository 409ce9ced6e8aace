"""Training a system with Keras' `fit`: the schedule, the segments, and what is called between."""

import signal
import time
from collections.abc import Iterator

import keras
from absl import logging

from config import Config
from datasets.stream import Stream, noise_shape, validation_stream
from datasets.windows import Windows
from diffusion.model import Diffusion
from system import checkpoints
from system.averaging import ValidateAverage
from system.build import System
from system.learning_rate import LearningRate
from system.loss_scale import CountedLossScale
from system.optimizer import adam, bare, steps_taken
from system.precision import training_jit
from system.progress import Progress
from system.run_folder import LAST, RunFolder


def compiled(system: System, policy: str) -> Diffusion:
    """The system's network and process as a model that is ready to train."""
    training = system.config.training
    model = Diffusion(system.network, system.process)
    optimizer = adam(
        learning_rate=LearningRate(training),
        use_ema=True,
        ema_momentum=training.ema,
        global_clipnorm=training.clip_norm,
    )
    if policy == "mixed_float16":
        optimizer = CountedLossScale(optimizer)
    jit = training_jit(training.jit_compile)
    model.compile(optimizer, jit_compile=jit, auto_scale_loss=False)
    model.built = True
    optimizer.build(model.trainable_variables)
    return model


def segments(start: int, stop: int, length: int) -> Iterator[tuple[int, int, int]]:
    """Steps start..stop as calls of `fit`: (first epoch, end epoch, steps an epoch).

    Epochs are `length` steps; a run that stopped inside one first finishes it.
    """
    if start % length and start < stop:
        end = min(stop, (start // length + 1) * length)
        yield start // length, start // length + 1, end - start
        start = end
    if stop // length > start // length and start < stop:
        yield start // length, stop // length, length
        start = stop // length * length
    if start < stop:
        yield start // length, start // length + 1, stop - start


def train(
    system: System,
    model: Diffusion,
    windows: Windows,
    run: RunFolder,
    callbacks: list[keras.callbacks.Callback],
) -> bool:
    """Trains to the config's last step; whether it got there, rather than being asked to stop."""
    config: Config = system.config
    training = config.training
    stream = Stream(
        windows.train,
        system.representation,
        system.process.times,
        system.process.noise,
        training.batch_size,
        config.seed,
        noise_shape=noise_shape(system.process, system.representation),
        first=windows.first("train"),
    )
    judge, batches = validation_stream(
        windows.validation,
        system.representation,
        system.process,
        training.batch_size,
        training.validate_batches,
        config.seed,
    )
    start = steps_taken(model)
    saver, progress = checkpoints.Checkpoints(run), Progress(start, training.steps)
    stopper = StopOnSignal(saver)
    everything = [
        ValidateAverage(),
        GradientNorm(),
        progress,
        keras.callbacks.TerminateOnNaN(),
        saver,  # before the slow ones: what is saved is safe
        *callbacks,
        stopper,
    ]
    with stopper, progress:
        for first, end, length in segments(start, training.steps, training.save_every):
            stop = start + (end - first) * length
            model.fit(
                batches_of(stream, start, stop),
                epochs=end,
                initial_epoch=first,
                steps_per_epoch=length,
                validation_data=batches_of(judge, 0, batches, again=True),
                validation_steps=batches,
                callbacks=everything,
                shuffle=False,  # the stream has shuffled
                verbose=0,
            )
            start = stop
            if stopper.asked:
                break
    return steps_taken(model) >= training.steps


def batches_of(stream: Stream, start: int, stop: int, again: bool = False):
    """Steps of a stream in the form that this backend's `fit` reads fastest."""
    if keras.backend.backend() == "tensorflow":
        return stream.dataset(start, stop)
    if again:
        return Batches(stream, start, stop)
    return ((batch,) for batch in stream.batches(start, stop))


class Batches(keras.utils.PyDataset):
    """Steps of a stream that can be read over and over."""

    def __init__(self, stream: Stream, start: int, stop: int):
        super().__init__()
        self.stream, self.start, self.stop = stream, start, stop

    def __len__(self):
        return self.stop - self.start

    def __getitem__(self, index):
        return (self.stream.batch(self.start + index),)


class GradientNorm(keras.callbacks.Callback):
    """Puts the gradient's norm, which the optimizer follows, among the epoch's figures."""

    def on_epoch_end(self, epoch, logs=None):
        norm = bare(self.model.optimizer).gradient_norm
        logs["gradient_norm"] = float(keras.ops.convert_to_numpy(norm))


class StopOnSignal(keras.callbacks.Callback):
    """Ctrl-C or SIGTERM ends the step, saves and leaves; a second one does not wait.

    Nor does the first where `saver` has saved all there is, as while pieces are drawn.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self, saver: checkpoints.Checkpoints):
        super().__init__()
        self.saver, self.asked = saver, False

    def __enter__(self):
        self.previous = {s: signal.signal(s, self._ask) for s in self.SIGNALS}
        return self

    def __exit__(self, *exception):
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def _ask(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self.saver.all_saved:
            logging.info("stopping: all that was trained is saved; --resume goes on from there")
            raise KeyboardInterrupt
        logging.info("stopping: first judging and saving; once more leaves without")

    def on_train_batch_end(self, batch, logs=None):
        if self.asked:
            self.model.stop_training = True


def start_from(model: Diffusion, run: RunFolder) -> int:
    """Restores a run's last checkpoint; the step it was saved at."""
    began = time.monotonic()
    checkpoints.restore(model, run.checkpoint(LAST))
    step = steps_taken(model)
    logging.info("resumed at step %d (%.1f s)", step, time.monotonic() - began)
    return step
