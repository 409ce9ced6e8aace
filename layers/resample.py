"""Halving and doubling the length of a sequence without letting the future leak back."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("ostinato")
class HalveTime(keras.layers.Layer):
    """Max-pools (batch, places, width), an even number of places, by two.

    Causal: place j of the result covers places 2j - 1 and 2j, so that it may be handed back to
    2j and everything after it. Otherwise it covers 2j and 2j + 1.
    """

    def __init__(self, causal: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.causal = causal

    def call(self, sequence):
        places = sequence.shape[1]
        if places % 2:
            raise ValueError(f"{self.name}: {places} places cannot be halved; give an even number")
        if self.causal:
            sequence = ops.concatenate([sequence[:, :1], sequence[:, :-1]], axis=1)
            sequence = ops.reshape(sequence, (-1, places // 2, 2, sequence.shape[-1]))
            return ops.max(sequence, axis=2)
        return ops.max_pool(sequence, pool_size=2, strides=2)

    def get_config(self):
        return {**super().get_config(), "causal": self.causal}


@keras.saving.register_keras_serializable("ostinato")
class DoubleTime(keras.layers.Layer):
    """Doubles the length of (batch, places, width).

    Causal: repeats each place, which after `HalveTime` has seen nothing beyond its first copy.
    Otherwise interpolates linearly between neighbours.
    """

    def __init__(self, causal: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.causal = causal

    def call(self, sequence):
        if self.causal:
            return ops.repeat(sequence, 2, axis=1)
        before = ops.concatenate([sequence[:, :1], sequence[:, :-1]], axis=1)
        after = ops.concatenate([sequence[:, 1:], sequence[:, -1:]], axis=1)
        early, late = 0.75 * sequence + 0.25 * before, 0.75 * sequence + 0.25 * after
        pairs = ops.stack([early, late], axis=2)
        return ops.reshape(pairs, (-1, 2 * sequence.shape[1], sequence.shape[-1]))

    def get_config(self):
        return {**super().get_config(), "causal": self.causal}
