"""What worker processes do with one file; imported by each of them, so nothing heavy is here."""

import hashlib
import zlib
from dataclasses import dataclass
from typing import Any

from datasets.columns import columns_of
from datasets.parsing import Rules, piece_of
from datasets.records import entries_of
from datasets.sources import Reader, Source

DIGEST_BYTES = 16
# One for each process: a corpus is most often one archive, which then stays open.
READER = Reader()


def digest_of(source: Source) -> bytes:
    """What tells a file's content from every other's."""
    return _digest(READER.read(source))


def mark_of(source: Source) -> int:
    """Length and checksum of a file's content: equal for equal files, and seldom for others.

    A zip's directory tells it of every member, so that none has to be unpacked for it.
    """
    if source.crc is not None:
        return _mark(source.size, source.crc)
    content = READER.read(source)
    return _mark(len(content), zlib.crc32(content))


def both_of(source: Source) -> tuple[bytes, int]:
    """Digest and mark at once."""
    content = READER.read(source)
    return _digest(content), _mark(len(content), zlib.crc32(content))


@dataclass(frozen=True)
class Ingest:
    """A source to the columns of its piece, by the rules of its corpus."""

    rules: Rules

    def __call__(self, source: Source) -> dict[str, Any]:
        return columns_of(piece_of(READER.read(source), self.rules))


@dataclass(frozen=True)
class Serialise:
    """A source to what its shard holds of its columns."""

    ingest: Ingest

    def __call__(self, source: Source) -> bytes:
        return entries_of(self.ingest(source))


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest()


def _mark(size: int, checksum: int) -> int:
    return size << 32 | checksum
