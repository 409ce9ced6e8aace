"""Filling gaps in pieces, and writing pieces longer than a window: window by window, with context.

A long piece is an empty one with a gap as long as it shall be. Each window is drawn with what is
there around it held: what stays, and what earlier windows drew.
"""

import numpy as np
from tqdm import tqdm

from config import Sampling
from diffusion.sampling import Sampler
from music import Piece
from music.gap import Gap
from system.build import System
from system.generate import sampler

LATER_WINDOW = 1 << 64  # seeds are below it, so that each window has random numbers of its own


def fill(
    system: System, settings: Sampling, gaps: list[Gap], seed: int, drawer: Sampler | None = None
) -> tuple[list[Piece], list[list[int]]]:
    """The pieces with their gaps filled, and the ticks at which one window took over from another.

    Piece i depends on its gap, the seed and i alone.
    """
    drawer = drawer or sampler(system, settings)
    gaps, seams = list(gaps), [[] for _ in gaps]
    beats = sum((gap.stop - gap.start) / gap.kept.ticks_per_beat for gap in gaps)
    windows = 0
    with tqdm(total=round(beats), desc="filling", unit="beat", disable=None, leave=False) as bar:
        while left := [i for i, gap in enumerate(gaps) if not gap.closed]:
            views = [system.representation.view(gaps[i], settings.context) for i in left]
            arrays = drawer.sample(
                len(left),
                seed + windows * LATER_WINDOW,
                np.stack([view.known for view in views]),
                np.stack([view.mask for view in views]),
                progress=bar.disable is False and len(left) > drawer.tile,
                numbers=left,
            )
            for i, view, array in zip(left, views, np.asarray(arrays), strict=True):
                before = gaps[i].start
                gaps[i] = system.representation.read(gaps[i], view, array)
                bar.update((gaps[i].start - before) / gaps[i].kept.ticks_per_beat)
                if not gaps[i].closed:
                    seams[i].append(gaps[i].start)
            windows += 1
    return [gap.piece for gap in gaps], seams
