"""A window over a gap in a piece, and where along the piece it lies."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class View:
    """A window over a gap, as a sampler takes it.

    `known` and `mask` have the shape of the representation's windows, `known` in the range of the
    data (as `scale` gives it); where `mask` is 1 it is kept. In the representation's own unit of
    time, `start` is what the window's times count from and `stop` where what is drawn ceases to
    count. `rows` is for what a representation has to remember of it.
    """

    known: np.ndarray
    mask: np.ndarray
    start: int
    stop: int
    rows: np.ndarray | None = None


def placed(start: int, stop: int, end: int, length: int, context: float) -> tuple[int, int]:
    """Where a window of `length` begins over a gap start..stop, and up to where it draws.

    All in one unit, such as frames; `end` is where the piece ends. The window holds `context` of
    its length, or all there is, of what goes before. Where the gap ends within it, it also sees
    what comes after: as much as what goes before, or less where the piece ends.
    """
    before = min(start, int(context * length))
    left = stop - start
    if left > length - before:
        return start - before, start - before + length
    spare = length - left
    after = min(max(end - stop, 0), max(spare // 2, spare - start))
    return start - min(start, spare - after), stop
