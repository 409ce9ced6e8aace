"""The files of a corpus: which they are, in which split each stands, what became of them."""

import ast
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from bars import bar
from datasets import tally
from datasets.columns import piece_from
from datasets.crew import Crew
from datasets.ingest import Ingest, digest_of, mark_of
from datasets.parsing import Rules
from datasets.sources import Dropped, Source, find, is_midi, is_tar
from errors import UserError
from music import Piece

SPLITS = ("train", "validation", "test")
VERSION = 3


class MidiFiles:
    """Every MIDI file under some directories, zips and tars, split, without exact duplicates.

    A subclass is a corpus: it says which names are wanted, which split a file stands in, and what
    else is known of it. `split_of` may leave the split to the content, a hash of which then sends
    90 in 100 to train, 5 to validation and 5 to test. Of files with equal content one is kept, in
    a held-out split where there is a choice.
    """

    name = "midi_files"
    version = VERSION

    def __init__(
        self,
        paths: str | os.PathLike | list[str | os.PathLike],
        rules: Rules | None = None,
        limit: int | None = None,
    ):
        given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        if not given:
            raise UserError("paths: none given; name a directory, a .zip or a .tar of MIDI files")
        self.roots = [Path(path) for path in given]
        self.rules = rules or Rules()
        self.limit = limit
        self._prefixes = _prefixes(self.roots)
        self._fate: dict[str, str | None] = {}  # by id: why it was dropped, None where it was kept
        self._remarks: list[str] = []  # on archives that could not be read to their end
        self._routes: dict[str, list[Source]] | None = None
        self._listed = {
            root: self._find(root, None) for root in self.roots if not is_tar(root)
        }  # fails at once where there is nothing

    def wanted(self, name: str) -> bool:
        """Whether a file of that name, relative to its root, is one of the corpus."""
        return is_midi(name)

    def splits_of(self, names: list[str]) -> list[str | None]:
        """The split of each of a root's files; None where the content decides, and a word in
        brackets says why a file is in none."""
        return [None] * len(names)

    def about(self, id: str) -> dict[str, Any]:
        """What is known of a piece beyond its notes."""
        return {}

    def fingerprint(self) -> str:
        """Changes when a file is added, removed, renamed or altered; opens none of them."""
        words = f"{self.name} {self.version} {self.rules} {self.limit}"
        digest = hashlib.sha256(words.encode())
        for root, prefix in zip(self.roots, self._prefixes, strict=True):
            if root in self._listed:
                lines = [f"{prefix}{s.id}\t{s.stamp}{_beside(s)}" for s in self._listed[root]]
            else:
                about = root.stat()
                lines = [f"{prefix}{root.name}\t{about.st_size} {about.st_mtime_ns}"]
            for line in sorted(lines):
                digest.update(f"\n{line}".encode(errors="replace"))
        return digest.hexdigest()

    @property
    def ingest(self) -> Ingest:
        """What makes columns of a source."""
        return Ingest(self.rules)

    def select(self, crew: Crew, scratch: Path | None = None) -> dict[str, list[Source]]:
        """The sources of each split, by id; of what may be a copy, contents are compared."""
        if self._routes is None:
            self._routes = self._selected(crew, scratch)
        return self._routes

    def outcomes(
        self, split: str, function: Callable, crew: Crew, scratch: Path | None = None
    ) -> Iterator[tuple[str, Any]]:
        """(id, what `function` makes of the source) of every file of a split that it takes."""
        if split not in SPLITS:
            raise UserError(f"split: {split!r} is not one of {', '.join(SPLITS)}")
        sources = self.select(crew, scratch)[split]
        progress = bar(sources, f"reading {split}", "files")
        for source, outcome in crew.map(function, progress):
            if isinstance(outcome, Dropped):
                self._fate[source.id] = str(outcome)
                continue
            self._fate[source.id] = None
            yield source.id, outcome

    def examples(
        self, split: str, crew: Crew, scratch: Path | None = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """(id, columns) of every file of a split that holds notes, by id."""
        return self.outcomes(split, self.ingest, crew, scratch)

    def any_piece(self, split: str, crew: Crew, scratch: Path | None = None) -> bool:
        """Whether a split has a file that holds notes."""
        for source in self.select(crew, scratch)[split]:
            ((_, outcome),) = crew.map(self.ingest, [source])
            if not isinstance(outcome, Dropped):
                return True
            self._fate[source.id] = str(outcome)
        return False

    def pieces(self, split: str) -> Iterator[tuple[str, Piece]]:
        """(id, piece) of every file of a split that holds notes, by id, read in this process."""
        for id, columns in self.examples(split, Crew(0)):
            yield id, piece_from(columns)

    @property
    def report(self) -> dict[str, Any]:
        """What became of the files read so far, ready for JSON."""
        dropped: tally.Tally = {}
        for id, reason in sorted(self._fate.items()):
            if reason is not None:
                tally.count(dropped, reason, id)
        duplicates = dropped.pop("duplicate", {"count": 0})["count"]
        kept = sum(reason is None for reason in self._fate.values())
        remarks = {"remarks": sorted(set(self._remarks))} if self._remarks else {}
        return {"kept": kept, "dropped": dropped, "duplicates": duplicates, **remarks}

    def sources(self, scratch: Path | None = None) -> list[tuple[Source, str | None]]:
        """Every source with its split as `splits_of` has it, by id, up to the limit."""
        found = []
        for root, prefix in zip(self.roots, self._prefixes, strict=True):
            listed = self._listed.get(root) or self._find(root, scratch)
            splits = self.splits_of([source.id for source in listed])
            found += [
                (_with_prefix(source, prefix), split)
                for source, split in zip(listed, splits, strict=True)
            ]
        found.sort(key=lambda pair: pair[0].id)
        return found[: self.limit]

    def note(self, fates: Iterable[tuple[str, str]]) -> None:
        """Takes down (id, why it was dropped) of files that were read elsewhere."""
        self._fate.update(fates)

    def __getstate__(self) -> dict[str, Any]:
        # Sent to workers to tell what is known of a piece; they need no list of all files.
        return self.__dict__ | {"_listed": {}, "_fate": {}, "_routes": None}

    def _find(self, root: Path, scratch: Path | None) -> list[Source]:
        found = find(root, self.wanted, scratch, self._remarks)
        if not found:
            from datasets.refusals import no_music

            raise UserError(no_music(root, self.name))
        return found

    def _selected(self, crew: Crew, scratch: Path | None) -> dict[str, list[Source]]:
        # Held-out files first, so that a copy in train is the one to go.
        pairs = sorted(self.sources(scratch), key=held_out_first)
        sizes = Counter(source.size for source, _ in pairs)
        # Where the split is known, a file of a size that no other has needs no look.
        alike = [pair for pair in pairs if pair[1] is None or sizes[pair[0].size] > 1]
        marks = self._marks([source for source, _ in alike], crew)
        times = Counter(marks.values())
        alike = [source for source, _ in alike if times[marks.get(source.id)] > 1]
        digests = self._told(digest_of, alike, crew)
        routes: dict[str, list[Source]] = {split: [] for split in SPLITS}
        seen: set[bytes] = set()
        for source, split in pairs:
            digest = digests.get(source.id)
            if source.id in self._fate:
                continue
            if digest in seen:
                self._fate[source.id] = "duplicate"
            elif split not in (None, *SPLITS):
                self._fate[source.id] = split.strip("()")
            else:
                seen |= {digest} - {None}
                routes[split or split_of_mark(marks[source.id])].append(source)
        return routes

    def _marks(self, sources: list[Source], crew: Crew) -> dict[str, int]:
        """The mark of each source, by id; read only where no directory of an archive tells it."""
        listed = {source.id: mark_of(source) for source in sources if source.crc is not None}
        return listed | self._told(mark_of, [s for s in sources if s.crc is None], crew)

    def _told(self, function: Callable, sources: list[Source], crew: Crew) -> dict[str, Any]:
        """What workers tell of each source, by id; notes why they told nothing."""
        progress = bar(sources, "finding duplicates", "files")
        found = {}
        for source, outcome in crew.map(function, progress):
            if isinstance(outcome, Dropped):
                self._fate[source.id] = str(outcome)
            else:
                found[source.id] = outcome
        return found


def held_out_first(pair: tuple[Source, str | None]) -> tuple[bool, str]:
    """A key that sorts (source, split) so that of equal files the first is the one to keep."""
    return pair[1] == "train", pair[0].id


def fate_of(line: str) -> tuple[str, str]:
    """(id, reason) from the line in which it was written down."""
    id, reason = ast.literal_eval(line)
    return id, reason


def split_of(digest: bytes) -> str:
    """The split that a hash decides."""
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if place < 0.9 else "validation" if place < 0.95 else "test"


def split_of_mark(mark: int) -> str:
    """The split that a file's content decides."""
    return split_of(hashlib.blake2b(mark.to_bytes(16, "big"), digest_size=8).digest())


def level_below(names: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The folders that hold everything, and the folder of each name right below them."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    # A zip often holds one folder that holds everything.
    shared = tuple(os.path.commonprefix(folders))
    return shared, ["".join(parts[len(shared) :][:1]) for parts in folders]


def _beside(source: Source) -> str:
    return f" {source.beside.stamp}" if source.beside else ""


def _with_prefix(source: Source, prefix: str) -> Source:
    if not prefix:
        return source
    fields = {name: getattr(source, name) for name in Source.__slots__}
    return Source(**fields | {"id": prefix + source.id})


def _prefixes(roots: list[Path]) -> list[str]:
    """What tells the ids of several roots apart, without saying where they lie."""
    if len(roots) == 1:
        return [""]
    names = [root.resolve().name for root in roots]
    return [
        f"{name}/" if names.count(name) == 1 else f"{name}#{names[: i + 1].count(name)}/"
        for i, name in enumerate(names)
    ]
