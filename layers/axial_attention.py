"""Attention along one axis of a roll, each row of the other by itself."""

import keras
from keras import ops

from layers.attention_block import AttentionBlock
from layers.positions import PositionEncoding

FRAMES, PITCHES = "frames", "pitches"


@keras.saving.register_keras_serializable("ostinato")
class AxialAttention(keras.layers.Layer):
    """Self-attention and MLP over (batch, frames, pitches, width) along one axis.

    Along "frames" a pitch hears when else it sounds, along "pitches" a frame which others do. Each
    place on the axis is told from the others by the sinusoids of its index. (Ho et al. 2019.)
    """

    def __init__(self, axis: str = FRAMES, heads: int = 4, **kwargs):
        super().__init__(**kwargs)
        if axis not in (FRAMES, PITCHES):
            raise ValueError(f"axis {axis!r} is neither {FRAMES} nor {PITCHES}")
        self.axis = axis
        self.heads = heads

    def build(self, input_shape):
        precision = {"dtype": self.dtype_policy}
        self.place = PositionEncoding(name="place", **precision)
        self.attend = AttentionBlock(self.heads, causal=False, name="attend", **precision)
        self.attend.build((None, None, input_shape[-1]))

    def call(self, rolls):
        frames, pitches, width = rolls.shape[1:]
        if self.axis == FRAMES:
            turned = ops.transpose(rolls, (0, 2, 1, 3))
            rows = self._attended(ops.reshape(turned, (-1, frames, width)))
            turned = ops.reshape(rows, (-1, pitches, frames, width))
            return ops.transpose(turned, (0, 2, 1, 3))
        rows = self._attended(ops.reshape(rolls, (-1, pitches, width)))
        return ops.reshape(rows, (-1, frames, pitches, width))

    def _attended(self, rows):
        return self.attend(self.place(rows))

    def get_config(self):
        return {**super().get_config(), "axis": self.axis, "heads": self.heads}
