"""What a command says while it works."""

import logging as standard
import os

from absl import logging


def start() -> None:
    """Shows our messages and not TensorFlow's; call it before TensorFlow is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    standard.basicConfig(format="%(message)s")
    logging.set_verbosity(logging.INFO)
