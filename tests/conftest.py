"""What every test begins with."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _same_weights_every_time():
    """Fresh weights are the same whichever tests ran before, without loading Keras for others."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)
