"""Is it new, or does it quote the music it was trained on?

A melody is read as steps: from each note of a track to the next, the interval in semitones and
the time in sixteenths. Equal steps are the same melody in any key, so n notes were copied where
n - 1 steps in a row also stand in the corpus. Drums are left out, since every corpus shares their
patterns. What held-out real pieces share with the corpus says how much is ordinary.
"""

from dataclasses import dataclass

import numpy as np

from metrics.table import STEPS, Table

LONGEST = 512  # notes; a longer copy counts as one of these
LONG = 16  # notes in a row that make a passage of a copy
SLOWEST = 255  # sixteenths to which longer waits are cut


@dataclass(frozen=True)
class Copies:
    """What each piece shares with a corpus."""

    longest: np.ndarray  # int64 (pieces,), notes of the longest passage that stands there too
    source: np.ndarray  # int64 (pieces,), the corpus' piece it stands in, -1 for none
    share: np.ndarray  # float64 (pieces,), of the notes that lie in passages of LONG or more


def copies(table: Table, corpus: Table) -> Copies:
    """What of each piece of `table` also stands in `corpus`, in whatever key."""
    mine, theirs = _steps(table), _steps(corpus)
    tokens = np.concatenate([theirs.token, mine.token])
    # A line's first note comes from nowhere: a step of its own that equals no other.
    tokens = np.where(tokens >= 0, tokens, -1 - np.arange(len(tokens)))
    shared, source = _longest_shared(tokens, len(theirs.token))
    longest = np.zeros(table.pieces, int)
    notes = np.minimum(shared + 1, LONGEST)
    np.maximum.at(longest, mine.piece, notes)
    best = notes == longest[mine.piece]
    places = np.full(table.pieces, -1)
    found = best & (source >= 0)
    places[mine.piece[found]] = theirs.piece[source[found]]
    # A passage of k shared steps covers the note before them and k more.
    index = np.flatnonzero(notes >= LONG)
    edges = np.zeros(len(notes) + 1, int)
    np.add.at(edges, index - 1, 1)
    np.add.at(edges, index + shared[index], -1)
    inside = np.cumsum(edges)[:-1] > 0
    number = np.maximum(np.bincount(mine.piece, minlength=table.pieces), 1)
    return Copies(longest, places, np.bincount(mine.piece, inside, table.pieces) / number)


def distinct(table: Table) -> np.ndarray:
    """1 for each piece whose melodies no earlier piece of the table has in any key, else 0."""
    steps = _steps(table)
    mixed = _mix(steps.token.astype(np.uint64) + np.uint64(2))
    at = np.arange(len(mixed)) - np.searchsorted(steps.piece, steps.piece)
    with np.errstate(over="ignore"):
        terms = _mix(mixed + at.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    sums = np.zeros(table.pieces, np.uint64)
    np.add.at(sums, steps.piece, terms)
    first = np.zeros(table.pieces)
    first[np.unique(sums, return_index=True)[1]] = 1
    return first


@dataclass(frozen=True)
class _Steps:
    token: np.ndarray  # int64 (notes,), -1 for the first note of a line
    piece: np.ndarray  # int64 (notes,), rising


def _steps(table: Table) -> _Steps:
    notes = table.pitched
    order, begins = notes.line
    interval = np.diff(notes.pitch[order], prepend=0) + 128
    onset = np.rint(notes.onset[order] * STEPS).astype(int)
    wait = np.clip(np.diff(onset, prepend=0), 0, SLOWEST)
    return _Steps(np.where(begins, -1, interval * (SLOWEST + 1) + wait), notes.piece[order])


def _longest_shared(tokens: np.ndarray, corpus: int) -> tuple[np.ndarray, np.ndarray]:
    """Of every place after the first `corpus` ones, the longest run from it that begins among
    those too, and where; -1 where there is none.

    By a suffix array: in the order of what follows them, the place that shares most with another
    is the nearest of the corpus before or after it.
    """
    ranks = _ranks(tokens)
    order = np.argsort(ranks[-1], kind="stable")
    known = order < corpus
    place = np.arange(len(order))
    before = np.maximum.accumulate(np.where(known, place, -1))
    after = np.minimum.accumulate(np.where(known, place, len(order))[::-1])[::-1]
    wanted = np.flatnonzero(~known)
    best, source = np.zeros(len(wanted), int), np.full(len(wanted), -1)
    for neighbour in (before[wanted], after[wanted]):
        there = (neighbour >= 0) & (neighbour < len(order))
        other = order[np.where(there, neighbour, 0)]
        length = np.where(there, _common(ranks, order[wanted], other), 0)
        source = np.where(length > best, other, source)
        best = np.maximum(best, length)
    back = np.argsort(order[wanted], kind="stable")
    return best[back], source[back]


def _ranks(tokens: np.ndarray) -> list[np.ndarray]:
    """For runs of 1, 2, 4, ... LONGEST tokens from each place, their rank among all such runs."""
    ranks, length = [_rank(tokens)], 1
    while length < LONGEST:
        ahead = np.zeros(len(tokens), np.int64)
        ahead[:-length] = ranks[-1][length:] + 1
        ranks.append(_rank(ranks[-1] * (len(tokens) + 2) + ahead))
        length *= 2
    return ranks


def _rank(keys: np.ndarray) -> np.ndarray:
    order = np.argsort(keys)
    ordered = keys[order]
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])[: len(keys)]
    return rank


def _common(ranks: list[np.ndarray], one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Length of the run that begins alike at each of two lists of places."""
    length = np.zeros(len(one), np.int64)
    last = len(ranks[0]) - 1
    for level in range(len(ranks) - 1, -1, -1):
        a, b = one + length, other + length
        inside = (a <= last) & (b <= last)
        equal = ranks[level][np.minimum(a, last)] == ranks[level][np.minimum(b, last)]
        length += (inside & equal) * (1 << level)
    return length


def _mix(keys: np.ndarray) -> np.ndarray:
    """A hash of 64-bit integers (the finaliser of splitmix64)."""
    with np.errstate(over="ignore"):
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
