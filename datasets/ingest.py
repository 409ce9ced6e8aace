"""What worker processes do with one file; imported by each of them, so nothing heavy is here."""

import hashlib
from dataclasses import dataclass
from typing import Any

from datasets.columns import columns_of
from datasets.parsing import Rules, piece_of
from datasets.sources import Reader, Source

DIGEST_BYTES = 16
# One for each process: a corpus is most often one archive, which then stays open.
_READER = Reader()


def digest_of(source: Source) -> bytes:
    """What tells a file's content from every other's."""
    return hashlib.blake2b(_READER.read(source), digest_size=DIGEST_BYTES).digest()


@dataclass(frozen=True)
class Ingest:
    """A source to the columns of its piece, by the rules of its corpus."""

    rules: Rules

    def __call__(self, source: Source) -> dict[str, Any]:
        return columns_of(piece_of(_READER.read(source), self.rules))
