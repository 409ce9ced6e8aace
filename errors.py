"""Faults that have a remedy, and how a command tells the user about them."""

import errno
import os
import sys
from collections.abc import Callable

USER, MACHINE = 2, 1
MACHINE_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE}


class UserError(Exception):
    """Something the user gave cannot be used: names it, says what is wrong and what to do."""


class MachineError(Exception):
    """The machine failed us (a full disk, a lost device); the user gave nothing wrong."""


def run_command(command: Callable[[], None]) -> None:
    """Runs a command's body and turns the faults we foresee into one line and an exit code."""
    try:
        command()
    except UserError as error:
        _leave(str(error), USER)
    except MachineError as error:
        _leave(str(error), MACHINE)
    except OSError as error:
        where = f"{os.fspath(error.filename)}: " if error.filename else ""
        fault = MACHINE if error.errno in MACHINE_FAULTS else USER
        _leave(f"{where}{error.strerror or error}", fault)
    except KeyboardInterrupt:
        _leave("stopped", 130)


def _leave(message: str, code: int) -> None:
    name = os.path.basename(sys.argv[0])
    sys.stderr.write(f"{name}: {message}\n")
    sys.exit(code)
