"""A corpus that needs no file: small songs composed by rule.

Song `k` of a split has the seed `(corpus seed, split, k)`, so a corpus may grow without its
first songs changing, and no song is in two splits.
"""

from collections.abc import Iterator

from datasets.demo.chance import Seed
from datasets.demo.song import Facts, compose, facts
from errors import UserError
from music.piece import Piece

__all__ = ["Demo", "Facts", "compose", "facts"]

VERSION = 1
SPLITS = ("train", "validation", "test")
# Of every ten songs the second is for validation and the third for testing.
ROUND = (0, 1, 2, 0, 0, 0, 0, 0, 0, 0)


class Demo:
    """`songs` songs in three splits, composed as they are asked for."""

    def __init__(self, songs: int = 2000, seed: int = 0):
        if songs < 0 or seed < 0:
            raise UserError(f"songs={songs}, seed={seed}: give two numbers from 0 up")
        self.songs = songs
        self.seed = seed

    def count(self, split: str) -> int:
        """How many songs a split holds; eight in ten are for training."""
        place = self._place(split)
        rounds, rest = divmod(self.songs, len(ROUND))
        return rounds * ROUND.count(place) + ROUND[:rest].count(place)

    def ids(self, split: str) -> list[str]:
        """The names of a split's songs, in order."""
        return [f"{split}-{number:06d}" for number in range(self.count(split))]

    def pieces(self, split: str) -> Iterator[tuple[str, Piece]]:
        """The songs of a split under their names."""
        for name in self.ids(split):
            yield name, compose(self.seed_of(name))

    def facts(self, name: str) -> Facts:
        """What is known of the song of that name."""
        return facts(self.seed_of(name))

    def seed_of(self, name: str) -> Seed:
        """The seed from which `compose` makes the song of that name."""
        split, _, number = name.rpartition("-")
        return self.seed, self._place(split), int(number)

    def fingerprint(self) -> str:
        """Words that change with the songs: with the generator, the seed or their number."""
        return f"demo-v{VERSION}-seed{self.seed}-songs{self.songs}"

    @staticmethod
    def _place(split: str) -> int:
        if split not in SPLITS:
            raise UserError(f"split: {split!r} is not one of {', '.join(SPLITS)}")
        return SPLITS.index(split)
