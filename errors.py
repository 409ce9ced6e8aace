"""Faults that have a remedy, and how a command tells the user about them."""

import argparse
import errno
import os
import sys
from collections.abc import Callable
from typing import NoReturn

USER, MACHINE, STOPPED = 2, 1, 130
MACHINE_FAULTS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.ENOMEM,
    errno.EMFILE,
    errno.ENFILE,
}


class UserError(Exception):
    """Something the user gave cannot be used: names it, says what is wrong and what to do."""


class MachineError(Exception):
    """The machine failed us (a full disk, a lost device); the user gave nothing wrong."""


class Parser(argparse.ArgumentParser):
    """A command line whose faults are told in one line, like all others."""

    def __init__(self, **settings):
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings
        )

    def error(self, message: str) -> NoReturn:
        """Raises a UserError instead of printing the whole usage."""
        raise UserError(f"{message.removeprefix('argument ')}; --help lists the flags")


def run_command(command: Callable[[], None]) -> None:
    """Runs a command's body and turns the faults we foresee into one line and an exit code."""
    try:
        command()
    except UserError as error:
        _leave(str(error), USER)
    except MachineError as error:
        _leave(str(error), MACHINE)
    except OSError as error:
        _leave(told(error), MACHINE if error.errno in MACHINE_FAULTS else USER)
    except MemoryError:
        _leave("out of memory; give a smaller --batch_size", MACHINE)
    except KeyboardInterrupt:
        _leave("stopped", STOPPED)
    except Exception as error:
        # TensorFlow's word for a full disk and for a device without memory; by its name, since
        # to import it here would cost every command five seconds.
        if type(error).__name__ != "ResourceExhaustedError":
            raise
        _leave(str(error).strip().splitlines()[0], MACHINE)


def told(error: OSError) -> str:
    """An error of the system in one line, with the file it is about."""
    where = f"{os.fspath(error.filename)}: " if error.filename else ""
    return where + str(error.strerror or error).strip().splitlines()[0]


def _leave(message: str, code: int) -> NoReturn:
    name = os.path.basename(sys.argv[0])
    sys.stderr.write(f"{name}: {message}\n")
    sys.exit(code)
