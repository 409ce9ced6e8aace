"""What every test begins with."""

import sys

import pytest

# The files that take a minute or more; they begin first, so that no processor waits in the end.
LONG = (
    "test_learning.py",
    "test_token_commands.py",
    "test_roll_commands.py",
    "test_jax.py",
    "test_devices.py",
    "test_commands.py",
)


def pytest_collection_modifyitems(items):
    """Puts the long files in front; all else stays as it was."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(autouse=True)
def _same_weights_every_time():
    """Fresh weights are the same whichever tests ran before, without loading Keras for others."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)
