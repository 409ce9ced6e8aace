"""Self-attention followed by its MLP, each on a normalised input and added back."""

import keras

from layers.channel_norm import ChannelNorm, gelu
from layers.rotary_attention import RotaryAttention


@keras.saving.register_keras_serializable("ostinato")
class AttentionBlock(keras.layers.Layer):
    """Pre-norm self-attention and MLP over (batch, places, width).

    If `causal`, a place attends to itself and to what came before it. Nothing attends to places
    that are not `present` (batch, places), where that is given. If `rotary`, it is told how far
    apart two places are.
    """

    def __init__(
        self,
        heads: int = 4,
        causal: bool = True,
        expansion: int = 1,
        rotary: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.heads = heads
        self.causal = causal
        self.expansion = expansion
        self.rotary = rotary

    def build(self, input_shape):
        width = input_shape[-1]
        precision = {"dtype": self.dtype_policy}
        self.attention_norm = ChannelNorm(name="attention_norm", **precision)
        # No biases: softmax cancels the key's, so it would have no gradient at all.
        attention = RotaryAttention if self.rotary else keras.layers.MultiHeadAttention
        self.attention = attention(
            self.heads, width // self.heads, use_bias=False, name="attention", **precision
        )
        self.mlp_norm = ChannelNorm(name="mlp_norm", **precision)
        inner = width * self.expansion
        self.hidden = keras.layers.Dense(inner, activation=gelu, name="hidden", **precision)
        self.out = keras.layers.Dense(width, name="out", **precision)
        shape = (None, None, width)
        self.attention_norm.build(shape)
        self.attention.build(shape, shape)
        self.mlp_norm.build(shape)
        self.hidden.build(shape)
        self.out.build((None, None, inner))

    def call(self, sequence, present=None):
        normal = self.attention_norm(sequence)
        seen = None if present is None else present[:, None, :]  # alike from every place
        sequence = sequence + self.attention(
            normal, normal, attention_mask=seen, use_causal_mask=self.causal
        )
        return sequence + self.out(self.hidden(self.mlp_norm(sequence)))

    def get_config(self):
        return {
            **super().get_config(),
            "heads": self.heads,
            "causal": self.causal,
            "expansion": self.expansion,
            "rotary": self.rotary,
        }
