"""Layer normalisation and GELU in few passes over memory.

On a CPU a training step in bfloat16 spends more time in such elementwise passes than in its
convolutions, so both are written with as few as they can have. XLA fuses them either way.
"""

import keras
from keras import ops


def gelu(values):
    """GELU in its sigmoid form, x * sigmoid(1.702 x) (Hendrycks & Gimpel 2016, section 2)."""
    return values * ops.sigmoid(1.702 * values)


@keras.saving.register_keras_serializable("ostinato")
class ChannelNorm(keras.layers.Layer):
    """Normalises (batch, places, width) over its channels, then scales and shifts them."""

    def __init__(self, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        width = (input_shape[-1],)
        self.scale = self.add_weight(shape=width, initializer="ones", name="scale")
        self.shift = self.add_weight(shape=width, initializer="zeros", name="shift")

    def call(self, sequence):
        centred = sequence - _mean(sequence)
        spread = ops.rsqrt(_mean(ops.square(centred)) + self.epsilon)
        return centred * spread * self.scale + self.shift

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


def _mean(sequence):
    """Mean over channels: (batch, places, width) -> (batch, places, 1).

    In half precision a product with a column, which sums in float32 inside the matrix unit; a
    reduction would sum in half precision, or copy the whole array to float32 first.
    """
    if sequence.dtype == "float32":
        return ops.mean(sequence, axis=-1, keepdims=True)
    width = sequence.shape[-1]
    return ops.matmul(sequence, ops.full((width, 1), 1.0 / width, dtype=sequence.dtype))
