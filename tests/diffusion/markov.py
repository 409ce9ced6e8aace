"""A Markov chain over the cells of a small array, and everything about it that can be known."""

import itertools

import numpy as np
from keras import ops

SMALLEST = 1e-30


class Chain:
    """Arrays (length, tracks) whose cells, row by row, are a Markov chain.

    sequences: every array there can be, (sequences, cells); joint: the probability of each.
    """

    def __init__(self, length: int = 2, vocabularies=(2, 3), seed: int = 0):
        rng = np.random.default_rng(seed)
        self.shape = (length, len(vocabularies))
        self.vocabularies = tuple(vocabularies)
        self.sizes = self.vocabularies * length
        self.sequences = np.array(list(itertools.product(*map(range, self.sizes))))
        self.joint = rng.dirichlet(np.ones(self.sizes[0]))[self.sequences[:, 0]]
        for cell in range(1, len(self.sizes)):
            # Below 1, Dirichlet's parameter makes neighbours depend strongly on each other.
            step = rng.dirichlet(0.5 * np.ones(self.sizes[cell]), self.sizes[cell - 1])
            self.joint = self.joint * step[self.sequences[:, cell - 1], self.sequences[:, cell]]
        self.values = np.concatenate(
            [np.eye(size)[self.sequences[:, cell]] for cell, size in enumerate(self.sizes)], axis=1
        )

    @property
    def statistics(self):
        return {"vocabularies": self.vocabularies}

    @property
    def entropy(self) -> float:
        """In bits per token."""
        return -(self.joint * np.log2(self.joint)).sum() / len(self.sizes)

    def marginals(self, cells):
        """p(cell = value | what is not masked) of (batch, cells): a list of (batch, size)."""
        found = self._posterior(np.asarray(cells), np) @ self.values
        return np.split(found, np.cumsum(self.sizes)[:-1], axis=1)

    def denoise(self, x, t):
        """The perfect network: logits (batch, length, sum of vocabularies)."""
        flat = ops.reshape(x, (-1, len(self.sizes)))
        found = self._posterior(flat, ops) @ ops.convert_to_tensor(self.values, "float32")
        logits = ops.log(ops.maximum(found, SMALLEST))
        return ops.reshape(logits, (-1, self.shape[0], sum(self.vocabularies)))

    def _posterior(self, cells, room):
        """How likely each sequence is, given what is not masked: (batch, sequences)."""
        shown = room.expand_dims(cells, 1)
        fits = room.logical_or(shown == np.array(self.sizes), shown == self.sequences)
        weight = room.where(room.all(fits, axis=-1), self.joint.astype("float32"), 0.0)
        return weight / room.sum(weight, axis=-1, keepdims=True)

    def frequencies(self, drawn) -> np.ndarray:
        """How often each sequence is among arrays (n, length, tracks): (sequences,)."""
        flat = np.asarray(drawn).reshape(len(drawn), -1)
        index = np.ravel_multi_index(flat.T, self.sizes)
        return np.bincount(index, minlength=len(self.sequences))


def far_off(counts, expected) -> float:
    """Pearson's chi squared against a distribution, in deviations above its mean."""
    expected = expected * counts.sum()
    rare = expected < 5
    if rare.any():
        counts = np.append(counts[~rare], counts[rare].sum())
        expected = np.append(expected[~rare], max(expected[rare].sum(), 1e-3))
    free = len(counts) - 1
    return (((counts - expected) ** 2 / expected).sum() - free) / np.sqrt(2 * free)
