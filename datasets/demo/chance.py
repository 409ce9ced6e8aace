"""Dice that fall the same way on every machine and under every version of NumPy."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Seed = int | tuple[int, ...]

WORDS = 1024


class Dice:
    """Integer draws from one Philox stream.

    The raw words of a bit generator are promised never to change, while the methods of
    `Generator` may; and integers round alike everywhere.
    """

    def __init__(self, seed: Seed):
        entropy, *branch = (seed,) if isinstance(seed, int) else seed
        self._stream = np.random.Philox(np.random.SeedSequence(entropy, spawn_key=branch))
        self._words: list[int] = []

    def below(self, count: int) -> int:
        """An integer in [0, count), for counts far below 2**64."""
        if not self._words:
            self._words = self._stream.random_raw(WORDS).tolist()
        return (self._words.pop() >> 8) % count

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred throws."""
        return self.below(100) < percent

    def pick(self, items: Sequence[Item]) -> Item:
        """One of `items`; draw from `spread(...)` for unequal weights."""
        return items[self.below(len(items))]

    def words(self, count: int) -> np.ndarray:
        """Raw draws, uint64 (count,)."""
        return self._stream.random_raw(count)


def spread(weights: Mapping[Item, int]) -> tuple[Item, ...]:
    """Each key as often as its weight says, so that an even pick is a weighted one."""
    return tuple(item for item, weight in weights.items() for _ in range(weight))
