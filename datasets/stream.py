"""An endless stream of training batches in which step n is a function of (seed, n) alone.

Every element has random numbers of its own, keyed by (seed, element index): where it starts, how
it is transposed, its time and its noise. So any step can be rebuilt exactly, a run resumes where
it stopped, and no two workers ever draw the same. NumPy only: the same on every backend.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

TRAIN, VALIDATION = 0, 1
ORDER, ELEMENT = 0, 1


class Stream:
    """Batches {"x0": (batch, ...), "t": (batch,), "noise": like x0} made from stored windows.

    `times` turns uniform numbers into times; `noise` is "normal" or "uniform", and an example's
    has `noise_shape` where that is not a window's. With `first`, the first window of each piece,
    and a representation that can go on from one window to the next, a window begins anywhere
    between its own start and that of the window which goes on from it.
    """

    def __init__(
        self,
        windows: np.ndarray,
        representation,
        times: Callable[[np.ndarray], np.ndarray],
        noise: str,
        batch_size: int,
        seed: int = 0,
        augment: bool = True,
        purpose: int = TRAIN,
        noise_shape: tuple[int, ...] | None = None,
        first: np.ndarray | None = None,
    ):
        self.windows = windows
        self.representation = representation
        self.times = times
        self.noise = noise
        self.batch_size = batch_size
        self.key = np.array([seed, purpose], "uint64")
        self.augment = augment
        self.noise_shape = noise_shape or tuple(representation.shape)
        # A representation without `continues` finds its random starts within what is stored.
        goes_on = hasattr(representation, "continues") and representation.random_start
        anywhere = augment and goes_on
        self.first = np.asarray(first) if anywhere and first is not None else None
        # One permutation is enough: a batch touches two epochs at most, and seldom.
        self._order = lru_cache(maxsize=2)(self._draw_order)

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """The batch of training step `step`, counted from 0."""
        first = step * self.batch_size
        elements = np.arange(first, first + self.batch_size)
        epochs, places = np.divmod(elements, len(self.windows))
        chosen = np.array([self._order(int(e))[p] for e, p in zip(epochs, places, strict=True)])
        windows = np.asarray(self.windows[chosen])
        draws = self.representation.draws + (self.first is not None)
        uniform = np.empty((self.batch_size, 1 + draws))
        noise = np.empty((self.batch_size, *self.noise_shape), "float32")
        for row, element in enumerate(elements):
            generator = self._generator(ELEMENT, int(element))
            uniform[row] = generator.random(1 + draws)
            if self.noise == "normal":
                generator.standard_normal(out=noise[row], dtype="float32")
            else:
                generator.random(out=noise[row], dtype="float32")
        if self.first is not None:
            windows = self._begun_anywhere(windows, chosen, uniform[:, -1])
        if self.augment:
            windows = self.representation.augment(
                windows, uniform[:, 1 : 1 + self.representation.draws]
            )
        return {
            "x0": self.representation.scale(windows),
            "t": self.times(uniform[:, 0]),
            "noise": noise,
        }

    def batches(self, start: int, stop: int) -> Iterator[dict[str, np.ndarray]]:
        """The batches of steps start..stop - 1."""
        return map(self.batch, range(start, stop))

    def dataset(self, start: int, stop: int):
        """The same as a tf.data.Dataset that makes batches ahead, in other threads."""
        import tensorflow as tf

        sample = self.batch(start)
        names = list(sample)

        def batch(step):
            made = self.batch(int(step))
            return [made[name] for name in names]

        def tensors(step):
            arrays = tf.numpy_function(batch, [step], [sample[name].dtype for name in names])
            for name, array in zip(names, arrays, strict=True):
                array.set_shape(sample[name].shape)
            return dict(zip(names, arrays, strict=True))

        steps = tf.data.Dataset.range(start, stop)
        return steps.map(tensors, num_parallel_calls=2, deterministic=True).prefetch(4)

    def _begun_anywhere(
        self, windows: np.ndarray, chosen: np.ndarray, uniform: np.ndarray
    ) -> np.ndarray:
        """The windows, each moved towards the next of its piece by a share of its length."""
        after = np.minimum(chosen + 1, len(self.windows) - 1)
        pieces = np.searchsorted(self.first, [chosen, after], "right")
        following = np.asarray(self.windows[after])
        joined = (pieces[0] == pieces[1]) & (after > chosen)
        joined &= self.representation.continues(following)
        length = windows.shape[1]
        starts = np.where(joined, (uniform * length).astype(np.int64), 0)
        both = np.concatenate([windows, following], axis=1)
        rows = starts[:, None] + np.arange(length)
        return both[np.arange(len(both))[:, None], rows]

    def _draw_order(self, epoch: int) -> np.ndarray:
        return self._generator(ORDER, epoch).permutation(len(self.windows))

    def _generator(self, purpose: int, index: int) -> np.random.Generator:
        counter = np.array([0, 0, index, purpose], "uint64")
        return np.random.Generator(np.random.Philox(key=self.key, counter=counter))


def noise_shape(process, representation) -> tuple[int, ...]:
    """The shape of the noise that a process needs for a window, which most leave as it is."""
    shape = tuple(representation.shape)
    return process.drawn(shape) if hasattr(process, "drawn") else shape


def validation_stream(windows, representation, process, batch_size: int, batches: int, seed: int):
    """(stream, batches): the same windows, times and noise every time, and not augmented."""
    size = min(batch_size, len(windows))
    stream = Stream(
        windows,
        representation,
        process.times,
        process.noise,
        size,
        seed,
        augment=False,
        purpose=VALIDATION,
        noise_shape=noise_shape(process, representation),
    )
    return stream, min(batches, max(1, len(windows) // size))
