"""The roll U-Net: what each cell sees, that it is told the time, and that it is a sound layer."""

import numpy as np
import pytest

from models.roll_unet import RollUNet
from tests.layer_checks import check_layer, made, random

FRAMES, PITCHES, CHANNELS = 16, 9, 2
ROLLS = (random(2, FRAMES, PITCHES, CHANNELS) > 0.5).astype("float32")
TIMES = np.array([90.0, 3.0], "float32")


def small(**settings):
    """A U-Net of two levels."""
    return RollUNet(FRAMES, PITCHES, CHANNELS, **{"widths": (8, 12), "time_width": 8, **settings})


EVERYTHING = {
    "fold": 4,
    "groups": 2,
    "residual": True,
    "attention": "both",
    "heads": 2,
    "registers": True,
    "harmony": 8,
}


@pytest.mark.parametrize("settings", [{}, EVERYTHING])
def test_it_is_a_network(settings):
    check_layer(lambda: small(**settings), ROLLS, TIMES, half_output="float32", half_tolerance=0.1)


def seen_by(network, frame, pitch):
    """Whether changing each cell of a roll changes the cell at (frame, pitch)."""
    seen = np.zeros((FRAMES, PITCHES), bool)
    cells = [(f, p) for f in range(FRAMES) for p in range(PITCHES)]
    changed = np.repeat(ROLLS[:1], len(cells) + 1, axis=0)
    for row, (f, p) in enumerate(cells):
        changed[row, f, p] += 3.0
    found = np.asarray(network(changed, np.full(len(changed), 90.0, "float32")))[:, frame, pitch]
    for row, cell in enumerate(cells):
        seen[cell] = np.abs(found[row] - found[-1]).max() > 1e-6
    return seen


def test_a_convolution_sees_its_neighbours_and_attention_everything():
    near = seen_by(made(lambda: small(widths=(8,)), [ROLLS, TIMES]), 8, 4)
    distance = np.maximum(*np.abs(np.indices((FRAMES, PITCHES)) - [[[8]], [[4]]]))
    assert not near[distance > 2].any() and near[distance <= 1].all()
    assert seen_by(made(lambda: small(attention="both", heads=2), [ROLLS, TIMES]), 0, 0).all()


def test_with_harmony_every_cell_hears_every_other():
    assert seen_by(made(lambda: small(widths=(8,), harmony=8), [ROLLS, TIMES]), 0, 0).all()


def test_pitch_is_never_pooled():
    """Up and down the keyboard the same roll is answered alike, but for the edges."""
    network = made(lambda: RollUNet(16, 40, 2, widths=(8, 8, 8), time_width=8), [
        np.zeros((1, 16, 40, 2), "float32"), TIMES[:1]])  # fmt: skip
    roll = np.zeros((1, 16, 40, 2), "float32")
    roll[0, 4:7, 18] = 1
    answer = np.asarray(network(roll, TIMES[:1]))
    shifted = np.asarray(network(np.roll(roll, 1, axis=2), TIMES[:1]))
    assert np.allclose(answer[:, :, 14:23], shifted[:, :, 15:24], atol=1e-5)
    assert not np.allclose(answer[:, :, 14:23], shifted[:, :, 14:23], atol=1e-2)


def test_with_registers_it_knows_low_from_high():
    still = np.zeros_like(ROLLS)
    plain, told = (
        np.asarray(made(lambda r=r: small(registers=r, widths=(8,)), [ROLLS, TIMES])(still, TIMES))
        for r in (False, True)
    )
    middle = np.s_[:, 4:-4, 2:-2]
    assert np.allclose(plain[middle], plain[middle][:, :, :1], atol=1e-5)
    assert not np.allclose(told[middle], told[middle][:, :, :1], atol=1e-2)


@pytest.mark.parametrize("settings", [{}, EVERYTHING])
def test_every_block_is_told_the_time(settings):
    network = made(lambda: small(**settings), [ROLLS, TIMES])
    answers = [np.asarray(network(ROLLS, np.full(2, t, "float32"))) for t in (1, 2, 100)]
    assert not np.allclose(answers[0], answers[1], atol=1e-3)
    assert not np.allclose(answers[1], answers[2], atol=1e-3)
    for block in (network.enter, *network.down, *network.up):
        assert np.abs(np.asarray(block.shift.kernel)).max() > 0
        kept = block.shift.get_weights()
        block.shift.set_weights([np.zeros_like(w) for w in kept])
        assert not np.allclose(network(ROLLS, np.full(2, 1, "float32")), answers[0], atol=1e-4)
        block.shift.set_weights(kept)


def test_examples_do_not_see_each_other():
    network = made(lambda: small(**EVERYTHING), [ROLLS, TIMES])
    together, swapped = network(ROLLS, TIMES), network(ROLLS[::-1], TIMES[::-1])
    np.testing.assert_allclose(together, swapped[::-1], atol=1e-5)


def test_folding_loses_nothing():
    network = small(fold=4)
    folded = network._folded(ROLLS)
    assert folded.shape == (2, 4, PITCHES, 8)
    assert np.array_equal(folded[1, 2, 3], ROLLS[1, 8:12, 3].ravel())
    assert np.array_equal(network._unfolded(folded), ROLLS)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"fold": 16}, "divisible by 32"), ({"attention": "time"}, "none, frames, both")],
)
def test_what_cannot_be_built_is_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        small(**wrong)
