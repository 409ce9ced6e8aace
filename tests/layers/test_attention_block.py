"""The attention block against a plain NumPy program."""

import numpy as np
import pytest

from layers.attention_block import AttentionBlock
from tests.layer_checks import check_layer, influence, made, random


def norm(sequence, scale, shift):
    """Layer normalisation over channels."""
    centred = sequence - sequence.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(sequence.var(axis=-1, keepdims=True) + 1e-5) * scale + shift


def attention(sequence, query, key, value, out, causal):
    """Softmax attention; query, key, value (width, heads, depth), out (heads, depth, width)."""
    q, k, v = (np.einsum("bpw,whd->bhpd", sequence, kernel) for kernel in (query, key, value))
    scores = np.einsum("bhqd,bhkd->bhqk", q, k) / np.sqrt(query.shape[-1])
    if causal:
        scores = np.where(np.tri(sequence.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.einsum("bhqk,bhkd,hdw->bqw", weights, v, out)


@pytest.mark.parametrize("causal", [True, False])
def test_it_is_a_layer(causal):
    check_layer(lambda: AttentionBlock(2, causal), random(2, 6, 8))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize(("heads", "expansion"), [(1, 1), (4, 3)])
def test_it_attends_and_then_thinks(causal, heads, expansion):
    sequence = random(2, 6, 8)
    block = made(lambda: AttentionBlock(heads, causal, expansion), [sequence])
    weights = block.get_weights()
    expected = sequence + attention(norm(sequence, *weights[:2]), *weights[2:6], causal)
    scale, shift, hidden, hidden_bias, out, out_bias = weights[6:]
    inner = norm(expected, scale, shift) @ hidden + hidden_bias
    expected = expected + inner / (1 + np.exp(-1.702 * inner)) @ out + out_bias
    np.testing.assert_allclose(block(sequence), expected, atol=2e-5)


def test_a_causal_block_sees_the_past_and_no_future():
    block = made(AttentionBlock, [random(2, 9, 8)])
    assert np.array_equal(influence(block, random(2, 9, 8)), np.triu(np.ones((9, 9))))


def test_a_block_that_is_not_causal_sees_everything():
    block = made(lambda: AttentionBlock(causal=False), [random(2, 9, 8)])
    assert influence(block, random(2, 9, 8)).all()


def test_what_is_not_present_is_not_attended_to():
    """The places that are get the answer of the shorter sequence."""
    sequence = random(2, 9, 8)
    block = made(lambda: AttentionBlock(causal=False), [sequence])
    present = np.arange(9) < np.array([[5], [9]])
    found = np.asarray(block(sequence, present))
    np.testing.assert_allclose(found[0, :5], block(sequence[:1, :5])[0], atol=1e-5)
    np.testing.assert_allclose(found[1], block(sequence)[1], atol=1e-5)
