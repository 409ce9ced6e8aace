"""What a command says while it works."""

import logging as standard
import os
import sys
import tempfile

from absl import logging


def start() -> None:
    """Shows our messages and not TensorFlow's; call it before TensorFlow is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    standard.basicConfig(format="%(message)s")
    logging.set_verbosity(logging.INFO)


def import_keras() -> None:
    """Imports Keras and what it runs on, without the notices of TensorFlow that nothing stops.

    Its C++ writes them straight to the terminal before any level of logging is heeded. They are
    kept aside, and shown should the import fail.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            import keras

            keras.backend.backend()
        except BaseException:
            aside.seek(0)
            os.write(terminal, aside.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
