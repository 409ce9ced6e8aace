"""The convolution block against a plain NumPy program."""

import numpy as np
import pytest

from layers.conv_block import ConvBlock
from tests.layer_checks import check_layer, influence, made, random


def convolution(sequence, kernel, causal):
    """A convolution over time; kernel (taps, in, out)."""
    taps, places = len(kernel), sequence.shape[1]
    before = taps - 1 if causal else (taps - 1) // 2
    padded = np.pad(sequence, [(0, 0), (before, taps - 1 - before), (0, 0)])
    return sum(padded[:, k : k + places] @ kernel[k] for k in range(taps))


def norm(sequence, scale, shift):
    """Layer normalisation over channels."""
    centred = sequence - sequence.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(sequence.var(axis=-1, keepdims=True) + 1e-5) * scale + shift


def gelu(values):
    """GELU in its sigmoid form."""
    return values / (1 + np.exp(-1.702 * values))


def gate(sequence, squeeze, squeeze_bias, excite, excite_bias, causal):
    """Squeeze-and-excitation."""
    summary = sequence.mean(axis=1, keepdims=True)
    if causal:
        summary = np.cumsum(sequence, axis=1) / np.arange(1, sequence.shape[1] + 1)[:, None]
    hidden = gelu(summary @ squeeze + squeeze_bias)
    return sequence / (1 + np.exp(-(hidden @ excite + excite_bias)))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("residual", [True, False])
def test_it_is_a_layer(causal, residual):
    check_layer(lambda: ConvBlock(8, 3, 6, residual, causal), random(2, 6, 8))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_it_computes_two_gated_convolutions(causal, kernel):
    sequence = random(2, 7, 4)
    block = made(lambda: ConvBlock(6, kernel, middle=10, causal=causal), [sequence])
    expected, weights = sequence, block.get_weights()
    for half in (weights[:7], weights[7:]):
        expected = gelu(norm(convolution(expected, half[0], causal), *half[1:3]))
        expected = gate(expected, *half[3:], causal)
    np.testing.assert_allclose(block(sequence), expected, atol=2e-5)


def test_a_residual_block_adds_what_came_in():
    sequence = random(2, 6, 8)
    plain = made(lambda: ConvBlock(8, 3), [sequence])
    residual = made(lambda: ConvBlock(8, 3, residual=True), [sequence])
    residual.set_weights(plain.get_weights())
    np.testing.assert_allclose(residual(sequence), sequence + plain(sequence), atol=1e-6)


def test_a_residual_block_must_keep_its_width():
    with pytest.raises(ValueError, match="keeps its width, but 4 comes in and 8 goes out"):
        ConvBlock(8, 3, residual=True)(random(1, 4, 4))


@pytest.mark.parametrize("residual", [True, False])
def test_a_causal_block_sees_the_past_and_no_future(residual):
    block = made(lambda: ConvBlock(8, 3, residual=residual), [random(2, 9, 8)])
    assert np.array_equal(influence(block, random(2, 9, 8)), np.triu(np.ones((9, 9))))


def test_a_block_that_is_not_causal_sees_everything():
    block = made(lambda: ConvBlock(8, 3, causal=False), [random(2, 9, 8)])
    assert influence(block, random(2, 9, 8)).all()
