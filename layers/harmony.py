"""Which pitches and pitch classes a roll holds, near each cell and over all of it."""

import keras
import numpy as np
from keras import ops

OCTAVE = 12


@keras.saving.register_keras_serializable("ostinato")
class Harmony(keras.layers.Layer):
    """(batch, frames, pitches, channels), time (batch, time_width) -> (..., pitches, width).

    Noise hides single cells and leaves sums of many: what every pitch holds, and every pitch class
    over all octaves, is added up over so many frames around each one (None: all of them) and
    divided by the square root of their number, so that sums of noise have the same size whatever
    is summed. Each pitch class is then told the sums of all twelve, counted from itself, through a
    small network that knows the time: a key or a chord is read alike in every transposition.
    """

    def __init__(self, width: int, horizons=(1, 4, 16, None), inner: int = 64, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.horizons = tuple(horizons)
        self.inner = inner

    def build(self, rolls_shape, time_shape):
        precision = {"dtype": self.dtype_policy}
        _, frames, pitches, _ = rolls_shape
        apart = np.abs(np.arange(frames)[:, None] - np.arange(frames))
        near = np.stack([apart < (frames if h is None else h) for h in self.horizons])
        self.sums = (near / np.sqrt(near.sum(2, keepdims=True))).reshape(-1, frames)
        self.name_of = np.arange(pitches) % OCTAVE
        of_class = np.eye(OCTAVE)[self.name_of]
        self.classes = of_class / np.sqrt(np.maximum(of_class.sum(0), 1))
        self.from_each = (np.arange(OCTAVE)[:, None] + np.arange(OCTAVE)) % OCTAVE

        count = len(self.horizons)
        self.read = keras.layers.Dense(self.inner, use_bias=False, name="read", **precision)
        self.shift = keras.layers.Dense(self.inner, name="shift", **precision)
        self.think = keras.layers.Dense(self.inner, activation="relu", name="think", **precision)
        self.tell = keras.layers.Dense(self.width, name="tell", **precision)
        self.own = keras.layers.Dense(self.width, use_bias=False, name="own", **precision)
        self.read.build((None, frames, OCTAVE, OCTAVE * count))
        self.shift.build(time_shape)
        self.think.build((None, frames, OCTAVE, self.inner))
        self.tell.build((None, frames, OCTAVE, self.inner))
        self.own.build((None, frames, pitches, count))

    def call(self, rolls, time):
        frames, pitches, channels = rolls.shape[1:]
        count = len(self.horizons)
        cells = ops.sum(rolls, axis=-1) / channels**0.5
        sums = ops.matmul(ops.cast(self.sums, rolls.dtype), cells)
        sums = ops.reshape(sums, (-1, count, frames, pitches))
        classes = ops.matmul(sums, ops.cast(self.classes, rolls.dtype))
        told = ops.transpose(ops.take(classes, self.from_each, axis=3), (0, 2, 3, 1, 4))
        told = self.read(ops.reshape(told, (-1, frames, OCTAVE, count * OCTAVE)))
        told = ops.relu(told + self.shift(keras.activations.silu(time))[:, None, None])
        told = self.tell(self.think(told))
        return ops.take(told, self.name_of, axis=2) + self.own(ops.transpose(sums, (0, 2, 3, 1)))

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "horizons": self.horizons,
            "inner": self.inner,
        }
