"""The learning rate as a function of the step."""

import math

import keras
from keras import ops

from config import Training


class LearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """Rises over `warmup` steps; then drops once, at step `drop_at`, or glides down to the last.

    With "step", where a run stops changes nothing before it, so that N steps and, resumed, N more
    are 2 N. "cosine" needs to know the end, and takes no more than a quarter of it to rise.
    """

    def __init__(self, training: Training):
        super().__init__()
        self.training = training
        glides = training.schedule == "cosine"
        self.warmup = min(training.warmup, training.steps // 4) if glides else training.warmup

    def __call__(self, step):
        training = self.training
        first, last = training.learning_rate, training.final_learning_rate
        step = ops.cast(step, "float32")
        if training.schedule == "cosine":
            gone = (step - self.warmup) / max(1, training.steps - self.warmup)
            rate = last + (first - last) * 0.5 * (1.0 + ops.cos(math.pi * ops.clip(gone, 0.0, 1.0)))
        else:
            rate = ops.where(step < training.drop_at, first, last)
        if not self.warmup:
            return ops.cast(rate, "float32")
        return rate * ops.minimum(1.0, (step + 1.0) / self.warmup)

    def get_config(self):
        return {"training": self.training}
