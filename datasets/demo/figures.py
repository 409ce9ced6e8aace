"""Ways to walk from one note of a tune to the next: passing tones, neighbours, arpeggios.

Everything is counted in scale degrees, so a figure serves every key and mode.
"""

from functools import cache
from itertools import product

STEPS = (-2, -1, 1, 2, 0)
STEP_COST = {0: 4, 1: 0, 2: 3, 3: 8, 4: 14}
FAR = 24
TURN, SKIPPED_DISSONANCE, STRONG_DISSONANCE = 4, 12, 6
LONGEST, KEPT, SLACK = 4, 5, 9


@cache
def _walks(inner: int, distance: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Costs and offsets of the smoothest ways to put `inner` notes before a note `distance` off."""
    found = []
    for steps in product(STEPS, repeat=inner):
        offsets = tuple(sum(steps[: count + 1]) for count in range(inner))
        moves = (*steps, distance - offsets[-1])
        turns = sum(one * other < 0 for one, other in zip(moves, moves[1:], strict=False))
        cost = sum(STEP_COST.get(abs(move), FAR) for move in moves) + TURN * turns
        found.append((cost, offsets))
    return tuple(sorted(found)[:40])


@cache
def figures(
    inner: int, distance: int, start: int, tones: tuple[int, ...], strong: tuple[bool, ...]
) -> tuple[tuple[int, ...], ...]:
    """Offsets of the best figures over a chord, the best one most often.

    `start` is the degree (0 to 6) of the note they leave, `tones` the degrees of the chord
    and `strong` (inner,) marks the notes that fall on a beat.
    """
    ranked = []
    for cost, offsets in _walks(inner, distance):
        line = (0, *offsets, distance)
        for place in range(1, inner + 1):
            if (start + line[place]) % 7 in tones:
                continue
            arrives, leaves = line[place] - line[place - 1], line[place + 1] - line[place]
            cost += SKIPPED_DISSONANCE * ((abs(arrives) > 1) + (abs(leaves) > 1))
            cost += STRONG_DISSONANCE * strong[place - 1]
        ranked.append((cost, offsets))
    ranked.sort()
    near = [offsets for cost, offsets in ranked[:KEPT] if cost <= ranked[0][0] + SLACK]
    return tuple(near[:1]) + tuple(near)


def fill(
    taste: int, distance: int, start: int, tones: tuple[int, ...], strong: tuple[bool, ...]
) -> tuple[int, ...]:
    """Offsets (notes,) of the figure that a taste of 0 to 99 chooses."""
    inner = len(strong)
    if not inner:
        return ()
    if inner > LONGEST:
        raise ValueError(f"{inner} notes between two strong ones; a half bar holds {LONGEST} more")
    options = figures(inner, distance, start % 7, tones, strong)
    return options[taste * len(options) // 100]
