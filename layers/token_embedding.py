"""Tokens of several tracks as one vector a place."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("ostinato")
class TokenEmbedding(keras.layers.Layer):
    """The sum of the embeddings of a place's tokens: (batch, places, tracks) -> (.., width).

    `vocabularies` are the numbers of tokens of the tracks, masks included; -1 adds nothing. It is
    one product of a row that has a 1 for each token: unlike a table that is looked up in, its
    gradient adds up in the same order each time.
    """

    def __init__(self, vocabularies, width: int, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.vocabularies = tuple(vocabularies)
        self.width = width

    def build(self, input_shape):
        self.table = self.add_weight(
            shape=(sum(self.vocabularies), self.width),
            initializer=keras.initializers.RandomNormal(stddev=len(self.vocabularies) ** -0.5),
            name="table",
        )

    def call(self, tokens):
        tokens = ops.cast(tokens, "int32")
        rows = [
            ops.one_hot(tokens[..., track], size, dtype=self.compute_dtype)
            for track, size in enumerate(self.vocabularies)
        ]
        table = ops.cast(self.table, self.compute_dtype)
        return ops.matmul(ops.concatenate(rows, axis=-1), table)

    def get_config(self):
        config = {"vocabularies": self.vocabularies, "width": self.width}
        return {**super().get_config(), **config}
