"""Folders that appear whole or not at all, and one process at a time that fills them."""

import fcntl
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from absl import logging

LOCK, TEMPORARY = ".prepare.lock", ".prepare-"


@contextmanager
def alone_in(root: Path) -> Iterator[None]:
    """Waits until no other process prepares anything in `root`."""
    root.mkdir(parents=True, exist_ok=True)
    with open(root / LOCK, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logging.info("%s: waiting for another process that prepares here", root)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            # Some network file systems have no locks: two runs may then do the same work twice.
            logging.warning("%s: cannot be locked (%s); start one run at a time", root, error)
        yield


@contextmanager
def temporary_folder(root: Path) -> Iterator[Path]:
    """A folder in `root` that is gone afterwards, unless it was renamed."""
    folder = root / f"{TEMPORARY}{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(root: Path) -> None:
    """Removes what killed runs left in `root`; a live one holds the lock."""
    if not list(root.glob(f"{TEMPORARY}*")):
        return
    with suppress(OSError), open(root / LOCK, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for leftover in root.glob(f"{TEMPORARY}*"):
            shutil.rmtree(leftover, ignore_errors=True)
