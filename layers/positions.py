"""Sinusoidal encodings of where a note stands and of how noisy the music is."""

import math

import keras
from keras import ops


def sinusoids(values, width: int, longest: float = 10_000.0):
    """Sines and cosines of `values` (...,) at `width // 2` frequencies: (..., width).

    Vaswani et al. 2017, section 3.5.
    """
    half = width // 2
    frequencies = ops.exp(-math.log(longest) / half * ops.arange(half, dtype="float32"))
    angles = ops.expand_dims(ops.cast(values, "float32"), -1) * frequencies
    return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)


@keras.saving.register_keras_serializable("ostinato")
class PositionEncoding(keras.layers.Layer):
    """Adds to every place of a sequence (batch, places, width) the sinusoids of its index."""

    def call(self, sequence):
        places, width = ops.shape(sequence)[1], sequence.shape[-1]
        code = sinusoids(ops.arange(places), width)
        return sequence + ops.cast(code, sequence.dtype)


@keras.saving.register_keras_serializable("ostinato")
class TimeEmbedding(keras.layers.Layer):
    """Diffusion times (batch,) -> embeddings (batch, width): sinusoids through a small MLP."""

    def __init__(self, width: int, **kwargs):
        super().__init__(autocast=False, **kwargs)  # bfloat16 holds no whole number past 256
        self.width = width
        precision = {"dtype": self.dtype_policy}
        self.hidden = keras.layers.Dense(width, activation="silu", name="hidden", **precision)
        self.out = keras.layers.Dense(width, name="out", **precision)

    def build(self, input_shape):
        self.hidden.build((None, self.width))
        self.out.build((None, self.width))

    def call(self, times):
        code = ops.cast(sinusoids(times, self.width), self.compute_dtype)
        return self.out(self.hidden(code))

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable("ostinato")
class BarPositions(keras.layers.Layer):
    """Adds to each place of a sequence (batch, places, width) where it stands in the music.

    What is added is learnt: one vector for each of the steps of a bar, and a linear map of the
    sinusoids of the bar's number, so that bars beyond those of training have a place too.
    """

    def __init__(self, steps_per_bar: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.steps_per_bar = steps_per_bar

    def build(self, input_shape):
        width = input_shape[-1]
        shape = (self.steps_per_bar, width)
        self.step = self.add_weight(shape=shape, initializer="glorot_uniform", name="step")
        precision = {"dtype": self.dtype_policy}
        self.number = keras.layers.Dense(width, use_bias=False, name="number", **precision)
        self.number.build((None, width))

    def call(self, sequence):
        places, width = sequence.shape[1:]
        bars = -(-places // self.steps_per_bar)
        code = ops.cast(sinusoids(ops.arange(bars), width), self.compute_dtype)
        added = ops.expand_dims(self.number(code), 1) + ops.cast(self.step, self.compute_dtype)
        return sequence + ops.reshape(added, (bars * self.steps_per_bar, width))[:places]

    def get_config(self):
        return {**super().get_config(), "steps_per_bar": self.steps_per_bar}
