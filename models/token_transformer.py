"""A bidirectional transformer over tokens of one or more tracks."""

import keras
from keras import ops

from layers.attention_block import AttentionBlock
from layers.channel_norm import ChannelNorm
from layers.positions import BarPositions
from layers.token_embedding import TokenEmbedding


@keras.saving.register_keras_serializable("ostinato")
class TokenTransformer(keras.Model):
    """(tokens (batch, length, tracks), times (batch,)) -> logits (batch, length, all vocabularies).

    The tokens of track k are 0 to vocabularies[k] - 1 and the mask after them; the logits of the
    tracks stand side by side, without the masks. The tokens of a place are embedded together, with
    its step in a `bar` and the bar's number (in a bar of one step: with its own number alone).
    With `padded`, rows of -1 are seen by nobody. Times are not looked at: how much is masked can
    be seen, and where parts are given a time would only mislead. (Pre-norm: Xiong et al. 2020.)
    """

    def __init__(
        self,
        length: int,
        vocabularies,
        bar: int = 1,
        padded: bool = False,
        width: int = 512,
        depth: int = 24,
        heads: int = 8,
        expansion: int = 4,
        rotary: bool = True,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.settings = {
            "length": length,
            "vocabularies": tuple(vocabularies),
            "bar": bar,
            "padded": padded,
            "width": width,
            "depth": depth,
            "heads": heads,
            "expansion": expansion,
            "rotary": rotary,
        }
        self.padded = padded
        precision = {"dtype": self.dtype_policy}
        with_mask = [size + 1 for size in vocabularies]
        self.embed = TokenEmbedding(with_mask, width, name="embed", **precision)
        self.place = BarPositions(bar, name="place", **precision)
        self.blocks = [
            AttentionBlock(heads, False, expansion, rotary, name=f"block_{i}", **precision)
            for i in range(depth)
        ]
        self.norm = ChannelNorm(name="norm", **precision)
        self.heads = keras.layers.Dense(sum(vocabularies), dtype="float32", name="heads")

    def call(self, tokens, times):
        present = tokens[..., 0] >= 0 if self.padded else None
        sequence = self.think(self.place(self.embed(tokens)), present)
        return self.heads(ops.cast(self.norm(sequence), "float32"))

    def think(self, sequence, present):
        """The blocks one after another: (batch, places, width) -> the same."""
        for block in self.blocks:
            sequence = block(sequence, present)
        return sequence

    def get_config(self):
        return {**super().get_config(), **self.settings}
