"""Fetching a published archive: resumed where it stopped, trusted only with its checksum."""

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from pathlib import Path

from absl import logging
from tqdm import tqdm

from datasets.official import Archive
from errors import UserError

BLOCK = 2**20
TRIES = 5
PATIENCE = 60.0
FAULTS = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


def fetch(archive: Archive, folder: Path, wait: float = 2.0) -> Path:
    """The archive in `folder`, downloaded unless it is there whole.

    What a broken connection left is kept as NAME.part and gone on with, by this call up to
    `TRIES` times and by any later one. The name appears only once the checksum is right.
    """
    target = folder / archive.file
    if target.is_file():
        if _sha256(target) == archive.sha256:
            return target
        raise UserError(f"{target}: is not the published archive; move it away and run again")
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{archive.file}.part"
    for attempt in range(1, TRIES + 1):
        try:
            _go_on(archive.url, part)
            break
        except urllib.error.HTTPError as error:
            raise UserError(_manual(archive, folder, f"the server says {error.code}")) from None
        except FAULTS as error:
            if attempt == TRIES:
                raise UserError(_manual(archive, folder, _told(error))) from None
            logging.warning("%s: %s; going on in %g s", archive.url, _told(error), wait * attempt)
            time.sleep(wait * attempt)
    found = _sha256(part)
    if found != archive.sha256:
        part.unlink()
        raise UserError(
            f"{archive.url}: its SHA-256 is {found} and should be {archive.sha256}; nothing was "
            "kept. Try again, or fetch it elsewhere and name it with --archive"
        )
    part.replace(target)
    return target


def _go_on(url: str, part: Path) -> None:
    """Appends to `part` what of the file at `url` it lacks."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return  # nothing lies beyond what is here; the checksum tells whether it is the file
    with answer:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0  # the server begins anew
        length = answer.headers.get("Content-Length")
        expected = have + int(length) if length else None
        with (
            open(part, "ab" if have else "wb") as file,
            tqdm(
                desc=part.stem, total=expected, initial=have, unit="B", unit_scale=True, delay=1
            ) as bar,
        ):
            while block := answer.read(BLOCK):
                file.write(block)
                bar.update(len(block))
            got = file.tell()
    if expected is not None and got < expected:
        raise http.client.IncompleteRead(b"", expected - got)


def _manual(archive: Archive, folder: Path, what: str) -> str:
    return (
        f"{archive.url}: cannot be fetched ({what}); where there is a network, fetch it and put "
        f"it at {folder / archive.file}, or name it with --archive"
    )


def _told(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).strip() or type(error).__name__


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
