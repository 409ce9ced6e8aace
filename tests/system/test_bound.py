"""The likelihood bound as evaluate.py takes it."""

import numpy as np
import pytest
from keras import ops

from config import Config, resolve
from datasets.demo import Demo
from diffusion.absorbing import Absorbing
from diffusion.binomial import Binomial
from system.build import System, build, representation
from system.evaluation import bound

RATIO = 0.25


class Cells:
    """Windows that are arrays already, of cells that know nothing of one another."""

    shape, draws = (8, 8), 0

    def scale(self, windows):
        return windows.astype("float32")


class Tokens(Cells):
    """Windows of tokens."""

    shape = (16, 2)

    def scale(self, windows):
        return windows.astype("int32")


def know_nothing(shown, times, training):
    """What a network answers that adds nothing to what each cell tells of itself."""
    return ops.zeros_like(shown)


def know_no_token(shown, times, training):
    """The same of tokens: each of the two tracks' four is as likely."""
    return ops.zeros((*shown.shape[:2], 8))


def test_the_bound_of_cells_by_chance_is_their_entropy():
    windows = np.random.default_rng(0).random((512, 8, 8)) < RATIO
    system = System(Config(), Cells(), Binomial(steps=20, ratio=RATIO), know_nothing)
    found = bound.per_window(system, windows, seed=0)
    entropy = -(RATIO * np.log2(RATIO) + (1 - RATIO) * np.log2(1 - RATIO))
    error = found.std() / np.sqrt(len(found))
    assert len(found) == 512 and error < 0.1
    assert found.mean() == pytest.approx(entropy, abs=4 * error)


def test_absorbing_is_judged_as_its_bound_is_defined_however_it_was_trained():
    """A network that knows nothing of even tokens needs log2 of their number for each."""
    process = Absorbing(64, "fixed", "mlm", whole_tracks=1.0, statistics={"vocabularies": [4, 4]})
    windows = np.random.default_rng(1).integers(0, 4, (512, 16, 2))
    system = System(Config(), Tokens(), process, know_no_token)
    found = bound.per_window(system, windows, seed=0)
    error = found.std() / np.sqrt(len(found))
    assert error < 0.1 and found.mean() == pytest.approx(2.0, abs=4 * error)


@pytest.mark.parametrize("model", ["roll", "trio", "melody_octuple"])
def test_the_networks_that_have_a_bound_can_be_asked_for_it(model):
    """As evaluate.py calls them, which is not how they are called in training."""
    config = resolve(model, "tiny", "demo", {})
    made = representation(config)
    songs = [piece for _, piece in Demo(songs=12).pieces("train")]
    windows = np.concatenate([made.encode(piece) for piece in songs])[:8]
    found = bound.per_window(build(config, made.measure(windows)), windows, seed=0)
    assert found.shape == (len(windows),) and np.isfinite(found).all() and (found > 0).any()


@pytest.mark.parametrize("loss", ["l1", "cross_entropy"])
def test_the_process_itself_goes_on_with_its_own_loss(loss):
    process = Binomial(steps=20, ratio=RATIO, loss=loss)
    cells = np.zeros((1, 4, 4), "float32")
    before = np.asarray(process.loss(cells, cells, np.array([5.0]), cells + 0.5))
    judged = np.asarray(process.judge().loss(cells, cells, np.array([5.0]), cells + 0.5))
    after = np.asarray(process.loss(cells, cells, np.array([5.0]), cells + 0.5))
    assert before == after != judged
