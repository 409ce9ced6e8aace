"""The note U-Net: what it may see, what it must see, and that it is a sound layer."""

import numpy as np
import pytest
from keras import ops

from models.note_unet import NoteUNet
from tests.layer_checks import check_layer, influence, made, policy, random

LENGTH, FEATURES = 8, 3
NOTES = random(2, LENGTH, 3 * FEATURES)  # values, and the sines and cosines a process shows
TIMES = np.array([999.0, 3.0], "float32")


def small(length=LENGTH, **settings):
    """A U-Net that halves its notes twice."""
    shape = {"widths": (8, 8, 8, 12), "kernels": (5, 3), "time_width": 8, "heads": 2}
    return NoteUNet(length, FEATURES, **{**shape, **settings})


@pytest.fixture(scope="module")
def network():
    return made(small, [NOTES, TIMES])


def test_it_is_a_network():
    check_layer(lambda: small(widths=(8, 8, 12)), NOTES, TIMES, half_output="float32")


def test_a_note_sees_itself_and_the_past_and_no_future(network):
    seen = influence(lambda notes: network(notes, TIMES), NOTES)
    assert np.array_equal(seen, np.triu(np.ones((LENGTH, LENGTH))))


def test_half_precision_opens_no_way_back():
    with policy("mixed_bfloat16"):
        network = made(small, [NOTES, TIMES])
    seen = influence(lambda notes: network(notes, TIMES), NOTES)
    assert not np.tril(seen, -1).any() and seen.diagonal().all()


def test_without_causality_every_note_sees_every_other():
    network = made(lambda: small(causal=False), [NOTES, TIMES])
    assert influence(lambda notes: network(notes, TIMES), NOTES).all()


@pytest.mark.parametrize("causal", [True, False])
def test_every_layer_is_told_whether_it_may_look_ahead(causal):
    """One that was not would go unnoticed, since the others see everything."""
    network = made(lambda: small(causal=causal), [NOTES, TIMES])
    told = [layer.causal for layer in network._flatten_layers() if hasattr(layer, "causal")]
    assert len(told) > 10 and set(told) == {causal}


def test_examples_do_not_see_each_other(network):
    together, swapped = network(NOTES, TIMES), network(NOTES[::-1], TIMES[::-1])
    np.testing.assert_allclose(together, swapped[::-1], atol=1e-6)
    changed = NOTES.copy()
    changed[0] += 1
    np.testing.assert_array_equal(network(changed, TIMES)[1], together[1])


@pytest.mark.parametrize("name", ["float32", "mixed_bfloat16"])
def test_the_answer_depends_on_the_examples_own_time(name):
    """Also on times that are one number in bfloat16."""
    with policy(name):
        network = made(small, [NOTES, TIMES])
    answers = [np.asarray(network(NOTES, np.array([t, 3.0], "float32"))) for t in (998, 999, 1000)]
    for earlier, later in zip(answers, answers[1:], strict=False):
        assert not np.array_equal(earlier[0], later[0])
        np.testing.assert_array_equal(earlier[1], later[1])


def test_half_precision_tells_one_pitch_from_the_next():
    """Two values that are one number in bfloat16 are not one to the network."""
    with policy("mixed_bfloat16"):
        network = made(small, [NOTES, TIMES])
    near = NOTES + np.float32(1e-4) * (np.abs(NOTES) > 0.5)
    same = np.asarray(ops.cast(NOTES, "bfloat16")) == np.asarray(ops.cast(near, "bfloat16"))
    assert same.mean() > 0.9
    answers = [np.asarray(network(notes, TIMES)) for notes in (NOTES, near)]
    assert (answers[0] != answers[1]).mean() > 0.9


def test_the_number_of_features_out_is_its_own(network):
    assert network(NOTES, TIMES).shape == (2, LENGTH, FEATURES)


def test_the_depth_may_vary():
    for widths in [(8, 8, 12), (8, 8, 8, 8, 8)]:
        assert small(widths=widths)(NOTES, TIMES).shape == (2, LENGTH, FEATURES)


def test_a_length_that_cannot_be_halved_so_often_is_refused():
    with pytest.raises(ValueError, match="3 levels need a length divisible by 4"):
        small(length=10)
