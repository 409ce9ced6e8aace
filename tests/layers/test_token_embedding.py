"""Tokens as vectors: the sum of their rows of the table."""

import numpy as np

from layers.token_embedding import TokenEmbedding
from tests.layer_checks import check_layer, made

TOKENS = np.array([[[0, 2], [3, 0], [-1, -1]], [[1, 1], [0, -1], [2, 2]]], "float32")


def embedding():
    return TokenEmbedding((4, 3), 8)


def test_it_is_a_layer():
    check_layer(embedding, TOKENS)


def test_a_place_is_the_sum_of_its_tokens_and_padding_is_nothing():
    layer = made(embedding, [TOKENS])
    (table,) = layer.get_weights()
    found = np.asarray(layer(TOKENS.astype("int32")))
    for row, expected in zip(TOKENS.reshape(-1, 2).astype(int), found.reshape(-1, 8), strict=True):
        parts = [
            table[start + token] for start, token in zip((0, 4), row, strict=True) if token >= 0
        ]
        np.testing.assert_allclose(np.sum(parts, axis=0) + np.zeros(8), expected, atol=1e-6)
