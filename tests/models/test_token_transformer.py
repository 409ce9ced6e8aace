"""The two transformers of tokens: what they see, what they must not, and that they are sound."""

import numpy as np
import pytest
from keras import ops

from models.conv_transformer import ConvTransformer
from models.token_transformer import TokenTransformer
from tests.layer_checks import check_layer, made

LENGTH, VOCABULARIES = 16, (5, 3)
TOKENS = np.random.default_rng(0).integers(0, (6, 4), (2, LENGTH, 2)).astype("float32")
TIMES = np.array([1000.0, 3.0], "float32")
BOTH = pytest.mark.parametrize("kind", [TokenTransformer, ConvTransformer])


def small(kind, length=LENGTH, **settings):
    shape = {"bar": 4, "width": 8, "depth": 2, "heads": 2}
    return kind(length, VOCABULARIES, **{**shape, **settings})


@BOTH
def test_it_is_a_network(kind):
    check_layer(lambda: small(kind), TOKENS, TIMES, half_output="float32", half_tolerance=0.1)


@BOTH
def test_every_token_of_every_track_is_seen_from_everywhere(kind):
    network = made(lambda: small(kind), [TOKENS, TIMES])
    before = np.asarray(network(TOKENS, TIMES))
    assert before.shape == (2, LENGTH, sum(VOCABULARIES))
    for place in range(LENGTH):
        for track, size in enumerate(VOCABULARIES):
            changed = TOKENS.copy()
            changed[0, place, track] = (changed[0, place, track] + 1) % (size + 1)
            after = np.asarray(network(changed, TIMES))
            assert (after[0] != before[0]).any(axis=-1).all()
            np.testing.assert_array_equal(after[1], before[1])


@BOTH
def test_a_mask_is_not_any_token(kind):
    network = made(lambda: small(kind), [TOKENS, TIMES])
    masked, answers = TOKENS.copy(), []
    for token in range(VOCABULARIES[0] + 1):
        masked[:, 3, 0] = token
        answers.append(np.asarray(network(masked, TIMES)))
    assert len(np.unique(np.stack(answers).reshape(len(answers), -1), axis=0)) == len(answers)


@BOTH
def test_the_time_is_not_looked_at(kind):
    network = made(lambda: small(kind), [TOKENS, TIMES])
    np.testing.assert_array_equal(network(TOKENS, TIMES), network(TOKENS, TIMES[::-1]))


@BOTH
def test_padding_is_seen_by_nobody(kind):
    """With rows of padding the answer is that of the shorter sequence."""
    network = made(lambda: small(kind, padded=True), [TOKENS, TIMES])
    shorter = made(lambda: small(kind, length=8, padded=True), [TOKENS[:, :8], TIMES])
    shorter.set_weights(network.get_weights())
    padded = TOKENS.copy()
    padded[:, 8:] = -1
    found = np.asarray(network(padded, TIMES))[:, :8]
    np.testing.assert_allclose(found, shorter(TOKENS[:, :8], TIMES), atol=1e-5)
    blind = made(lambda: small(kind), [TOKENS, TIMES])
    assert np.abs(np.asarray(blind(padded, TIMES))[:, :8] - found).max() > 1e-3


@BOTH
def test_positions_go_on_beyond_those_of_training(kind):
    """Weights of four bars fit a network of twelve, whose further bars each differ."""
    network = made(lambda: small(kind), [TOKENS, TIMES])
    same = np.tile(TOKENS[:, :1], (1, 3 * LENGTH, 1))
    longer = small(kind, length=3 * LENGTH)
    longer(same, TIMES)
    longer.set_weights(network.get_weights())
    bars = np.asarray(longer(same, TIMES))[0].reshape(12, -1)
    assert len(np.unique(bars.round(5), axis=0)) == 12
    steps = bars.reshape(12, 4, -1)
    assert all(len(np.unique(bar.round(5), axis=0)) == 4 for bar in steps)


def test_the_convolution_makes_the_sequence_shorter():
    network = made(lambda: small(ConvTransformer), [TOKENS, TIMES])
    lengths = []
    for block in network.blocks:
        call = block.call
        block.call = lambda x, *rest, call=call: lengths.append(ops.shape(x)[1]) or call(x, *rest)
    network(TOKENS, TIMES)
    assert lengths == [LENGTH // 4] * 2


def test_a_length_that_the_stride_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="a stride of 4 needs a length divisible by it, not 10"):
        small(ConvTransformer, length=10)


@pytest.mark.parametrize("kernel, reached", [(4, range(8, 12)), (12, range(0, 16))])
def test_a_wider_kernel_sees_the_steps_of_other_groups(kernel, reached):
    """Without blocks: how far a token reaches through the two convolutions alone."""
    network = made(lambda: small(ConvTransformer, depth=0, kernel=kernel), [TOKENS, TIMES])
    changed = TOKENS.copy()
    changed[0, 9, 0] = (changed[0, 9, 0] + 1) % VOCABULARIES[0]
    difference = np.asarray(network(changed, TIMES) - network(TOKENS, TIMES))[0]
    assert np.flatnonzero((difference != 0).any(axis=-1)).tolist() == list(reached)
