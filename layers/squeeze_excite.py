"""Squeeze-and-excitation along a sequence, with or without sight of the future."""

import keras
import numpy as np
from keras import ops

from layers.channel_norm import gelu


def running_mean(sequence):
    """Mean over the past and the present: out[:, i] = mean(sequence[:, :i + 1]).

    sequence: (batch, places, width). A product with a constant triangle: for the few hundred
    places that a window has it is faster than a cumulative sum, which runs place by place.
    """
    places = sequence.shape[1]
    triangle = np.tril(np.ones((places, places), "float32")) / np.arange(1, places + 1)[:, None]
    return ops.matmul(ops.cast(triangle, sequence.dtype), sequence)


@keras.saving.register_keras_serializable("ostinato")
class SqueezeExcite(keras.layers.Layer):
    """Scales each channel of (batch, places, width) by a gate that looks at all channels.

    The gate reads the mean over time. If `causal`, that is the mean of what came before, so that
    place i never learns of what follows it. (Hu et al. 2018.)
    """

    def __init__(self, ratio: int = 16, causal: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio
        self.causal = causal

    def build(self, input_shape):
        width = input_shape[-1]
        squeezed = max(16, width // self.ratio)
        precision = {"dtype": self.dtype_policy}
        self.squeeze = keras.layers.Dense(squeezed, activation=gelu, name="squeeze", **precision)
        self.excite = keras.layers.Dense(width, activation="sigmoid", name="excite", **precision)
        self.squeeze.build((None, None, width))
        self.excite.build((None, None, squeezed))

    def call(self, sequence):
        if self.causal:
            summary = running_mean(sequence)
        else:
            summary = ops.mean(sequence, axis=1, keepdims=True)
        return sequence * self.excite(self.squeeze(summary))

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio, "causal": self.causal}
