"""Faults that have a remedy, and how a command tells the user about them."""

import argparse
import difflib
import errno
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

USER, MACHINE, STOPPED = 2, 1, 130
FLAG = re.compile(r"--?[A-Za-z][\w-]*")
LISTED = "--help lists the flags"
INSTALL = "run `make demo` once, then `source .venv/bin/activate`"
INSTALL_OF = {"jax": 'run `pip install ".[jax]"`'}  # what `make demo` leaves out
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

    def parse_known_args(self, args=None, namespace=None):
        """Like argparse's; keeps the words, to tell which of them is no flag."""
        self._words = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(self._words, namespace)

    def error(self, message: str) -> NoReturn:
        """Raises a UserError instead of printing the whole usage; offers the nearest flag."""
        # A flag with a slip in it is also why argparse misses a required one.
        if message.startswith(("unrecognized arguments", "the following arguments are required")):
            for word in self._words:
                flag = word.partition("=")[0]
                if FLAG.fullmatch(flag) and flag not in self._option_string_actions:
                    raise UserError(f"{flag}: there is no such flag; {self._nearest(flag)}")
        if message.endswith("expected one argument"):
            message += " (a value that begins with - is joined by =, as in --flag=-1)"
        raise UserError(f"{message.removeprefix('argument ')}; {LISTED}")

    def _nearest(self, flag: str) -> str:
        close = difflib.get_close_matches(flag, self._option_string_actions, n=1)
        return f"did you mean {close[0]}?" if close else LISTED


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
    except ModuleNotFoundError as error:
        if not _of_others(error.name):
            raise
        _leave(f"{error.name} is not installed; {INSTALL_OF.get(error.name, INSTALL)}", USER)
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


def _of_others(module: str | None) -> bool:
    """Whether a missing module is a whole package that is no folder or file of ours."""
    if not module or "." in module:
        return False
    ours = Path(__file__).parent / module
    return not (ours.is_dir() or ours.with_suffix(".py").is_file())


def _leave(message: str, code: int) -> NoReturn:
    name = os.path.basename(sys.argv[0])
    sys.stderr.write(f"{name}: {message}\n")
    sys.exit(code)
