"""What weights/ holds: every card and its arrays fit the code as it is."""

import numpy as np
import pytest

from config import PRESETS
from system import load, weights

NAMES = sorted(path.stem for path in weights.HOME.glob("*.json"))


def test_notes_and_roll_are_shipped():
    assert {"notes", "roll"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_they_are_whole_small_and_fit_their_network(name):
    source = load.source(name)
    assert source.config.model == name and name in PRESETS
    told = weights.Card.open(name).content
    assert told["training"]["command"].startswith("python train.py") and told["data"]
    judged = told["evaluation"]
    assert judged["drawn"].keys() == judged["held-out half against the other"].keys()
    system = source.system()
    assert all(np.isfinite(np.asarray(v)).all() for v in system.network.variables)
    assert (weights.HOME / f"{name}.npz").stat().st_size < 10e6
    assert (weights.HOME / f"{name}.png").is_file()
