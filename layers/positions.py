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
