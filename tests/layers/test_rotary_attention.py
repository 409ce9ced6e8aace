"""Attention by distance: what moves together stays the same, whatever the length."""

import keras
import numpy as np

from layers.rotary_attention import RotaryAttention, turned
from tests.layer_checks import check_layer, made, random


def small():
    return RotaryAttention(2, 4, use_bias=False)


def test_it_is_a_layer():
    check_layer(small, random(2, 6, 8), random(2, 6, 8, seed=1))


def test_products_of_turned_vectors_depend_on_their_distance_alone():
    query, key = (np.tile(random(1, 1, 2, 8, seed=s), (1, 40, 1, 1)) for s in (0, 1))
    products = np.einsum("bqhd,bkhd->hqk", turned(query), turned(key))
    for distance in range(-39, 40):
        same = np.diagonal(products, distance, axis1=1, axis2=2)
        np.testing.assert_allclose(same, same[:, :1].repeat(same.shape[1], 1), atol=1e-4)
    assert len(np.unique(products[0, 0].round(4))) == 40
    np.testing.assert_allclose(
        np.linalg.norm(turned(query), axis=-1), np.linalg.norm(query, axis=-1), rtol=1e-5
    )


def test_the_order_of_places_matters_where_plain_attention_cannot_tell():
    sequence = random(1, 12, 8)
    backwards = sequence[:, ::-1].copy()
    rotary = made(small, [sequence, sequence])
    plain = keras.layers.MultiHeadAttention(2, 4, use_bias=False)
    plain(sequence, sequence)
    plain.set_weights(rotary.get_weights())
    for layer, tells in ((rotary, True), (plain, False)):
        there, back = (np.asarray(layer(s, s)) for s in (sequence, backwards))
        assert (np.abs(there[:, ::-1] - back).max() > 1e-3) == tells
