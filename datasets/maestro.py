"""MAESTRO: piano performances with the splits, composers, titles and years of its official csv.

Versions 1 to 3 share one layout: `maestro-v3.0.0/maestro-v3.0.0.csv` and `2004/*.midi` beside it,
in a directory, in the MIDI archive or in the full one.
"""

import csv
import hashlib
import io
import re
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from datasets.builder import PieceBuilder
from datasets.midi_files import SPLITS, MidiFiles
from datasets.sources import Reader, find
from errors import UserError

TABLE = re.compile(r"(?:^|/)maestro-v(\d[\d.]*)\.csv$")
NEEDED = ("canonical_composer", "canonical_title", "split", "year", "midi_filename")
UNLISTED = "(not in the csv)"


class Maestro(MidiFiles):
    """The performances that the csv lists; others are dropped."""

    name = "maestro"

    def splits_of(self, names: list[str]) -> list[str | None]:
        """What the csv says."""
        return [self._row(name).get("split", UNLISTED) for name in names]

    def about(self, id: str) -> dict[str, Any]:
        """Composer, title and year, and which version of the table says so."""
        row = self._row(id)
        return {
            "composer": row["canonical_composer"],
            "title": row["canonical_title"],
            "year": int(row["year"]),
            "maestro_version": row["version"],
        }

    def fingerprint(self) -> str:
        """Changes with the files and with the table."""
        return f"{super().fingerprint()}{_hash_of(self._tables)}"

    def _row(self, id: str) -> dict[str, str]:
        # Ids hold the folders above the table, rows only those below it.
        parts = PurePosixPath(id).parts
        for depth in range(len(parts)):
            row = self._tables.get("/".join(parts[depth:]))
            if row:
                return row
        return {}

    @cached_property
    def _tables(self) -> dict[str, dict[str, str]]:
        rows: dict[str, dict[str, str]] = {}
        for root in self.roots:
            rows |= _table_at(root)
        return rows


class MaestroBuilder(PieceBuilder, skip_registration=True):
    """MAESTRO as shards."""

    name = "maestro"
    FILES = Maestro
    ABOUT = {
        "composer": tfds.features.Text(),
        "title": tfds.features.Text(),
        "year": tfds.features.Scalar(np.int32),
        "maestro_version": tfds.features.Text(),
    }


def _hash_of(tables: dict[str, dict[str, str]]) -> str:
    """A word that changes with any split or fact in the tables."""
    return hashlib.sha256(repr(sorted(tables.items())).encode()).hexdigest()[:16]


def _table_at(root: Path) -> dict[str, dict[str, str]]:
    found = find(root, lambda name: bool(TABLE.search(name)))
    if not found:
        raise UserError(
            f"{root}: holds no maestro-v*.csv, which decides the splits; name the folder or "
            "archive as it was published, or use --dataset folder"
        )
    rows = {}
    with Reader() as reader:
        for source in found:
            text = reader.read(source).decode("utf-8-sig", "replace")
            version = TABLE.search(source.id)[1]
            table = csv.DictReader(io.StringIO(text))
            for row in table:
                if any(row.get(field) is None for field in NEEDED) or row["split"] not in SPLITS:
                    raise UserError(
                        f"{root}: {source.id} line {table.line_num} lacks one of "
                        f"{', '.join(NEEDED)}, or its split is none of {', '.join(SPLITS)}; "
                        "fetch the archive again"
                    )
                rows[row["midi_filename"]] = row | {"version": version}
    return rows
