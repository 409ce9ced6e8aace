"""Self-attention that knows how far apart two places are."""

import keras
from keras import ops

from layers.positions import sinusoids

LONGEST = 1000.0


@keras.saving.register_keras_serializable("ostinato")
class RotaryAttention(keras.layers.MultiHeadAttention):
    """Multi-head attention whose queries and keys are turned by angles that grow with their place.

    Their product then depends on the distance of the two places alone, whatever the length: "what
    was there a bar ago" is learnt once for all places. (Su et al. 2021.)
    """

    def _compute_attention(self, query, key, value, *args, **kwargs):
        return super()._compute_attention(turned(query), turned(key), value, *args, **kwargs)


def turned(heads):
    """Vectors (batch, places, heads, width), each pair of numbers turned by angles of its place."""
    places, width = heads.shape[1], heads.shape[-1]
    code = ops.expand_dims(sinusoids(ops.arange(places), width, LONGEST), 1)
    sine, cosine = ops.split(ops.cast(code, heads.dtype), 2, axis=-1)
    first, second = ops.split(heads, 2, axis=-1)
    return ops.concatenate(
        [first * cosine - second * sine, second * cosine + first * sine], axis=-1
    )
