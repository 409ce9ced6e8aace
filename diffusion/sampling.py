"""The reverse loop that every process shares: compiled, in chunks of steps, with parts held fixed."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

START, HELD, STEPS = range(3)  # what a piece's random numbers are for


def reverse_step(process, step, denoise, x, before, times, noise, held):
    """One step of `step` from times[1] to times[2], for arrays x (batch, ...).

    times: (before, from, to), each a scalar; equal from and to leave x as it is. held: None, or
    (clean, noise, mask): where mask is 1 the result follows the corruption of `clean`.
    """
    t_before, t_from, t_to = ops.unstack(times, num=3)
    everyone = ops.broadcast_to(t_from, (ops.shape(x)[0],))
    if held is not None:
        clean, held_noise, mask = held
        x = mask * process.corrupt(clean, everyone, held_noise) + (1.0 - mask) * x
    prediction = denoise(process.show(x, everyone), everyone)
    moved, estimate = step(process, x, before, (t_before, t_from, t_to), prediction, noise)
    idle = t_from == t_to
    return ops.where(idle, x, moved), ops.where(idle, before, estimate)


class ReverseChunk(keras.Model):
    """A run of reverse steps as one compiled function, whatever the backend.

    inputs: x and before (batch, ...), times (chunk, 3), noise (chunk, batch, ...) or a scalar 0
    for every step (chunk,), and with `holds` clean, held_noise and mask, each like x.
    """

    def __init__(self, denoise: Callable, process, step: Callable, holds: bool, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.denoise = denoise
        self.process = process
        self.step = step
        self.holds = holds
        self.built = True

    def call(self, inputs):
        held = tuple(inputs["held"]) if self.holds else None

        def body(state, row):
            times, noise = row
            state = reverse_step(self.process, self.step, self.denoise, *state, times, noise, held)
            return state, None

        state = (inputs["x"], inputs["before"])
        (x, before), _ = ops.scan(body, state, (inputs["times"], inputs["noise"]))
        return x, before


class Sampler:
    """Draws arrays from a trained network; keeps its compiled function between calls.

    The same seed gives the same arrays whatever `batch_size`: piece i has random numbers of its
    own, keyed by (seed, i).
    """

    def __init__(
        self,
        denoise: Callable,
        process,
        shape: tuple[int, ...],
        sampler: str,
        steps: int,
        batch_size: int = 8,
        chunk: int = 50,
        jit_compile: bool = False,
    ):
        if sampler not in process.samplers:
            raise ValueError(f"sampler {sampler!r} is none of {', '.join(process.samplers)}")
        self.denoise = denoise
        self.process = process
        self.shape = tuple(shape)
        self.step = process.samplers[sampler]
        self.batch_size = batch_size
        self.jit_compile = jit_compile
        self.chunks = _chunks(process.plan(steps), chunk)
        self.compiled = {}

    def sample(self, count: int, seed: int = 0, known=None, mask=None, progress: bool = True):
        """Arrays (count, *shape) in the range of the data.

        Where `mask` (count, *shape) is 1, `known` (count, *shape) comes out unchanged.
        """
        drawn = []
        bar = tqdm(
            total=-(-count // self.batch_size) * len(self.chunks),
            desc="drawing",
            unit="chunk",
            disable=None if progress else True,
            leave=False,
        )
        with bar:
            for first in range(0, count, self.batch_size):
                rows = slice(first, min(first + self.batch_size, count))
                part = None if mask is None else (known[rows], mask[rows])
                drawn.append(self._batch(range(rows.start, rows.stop), seed, part, bar))
        return np.concatenate(drawn)

    def _batch(self, pieces: range, seed: int, part, bar):
        # A short last batch is filled up, so that nothing is compiled a second time.
        padded = [*pieces, *[pieces[-1]] * (self.batch_size - len(pieces))]
        start = np.stack([self._normal(seed, i, START).draw(self.shape) for i in padded])
        held = None
        if part is not None:
            known, mask = (np.asarray(_fill(a, self.batch_size), "float32") for a in part)
            noise = np.stack([self._normal(seed, i, HELD).draw(self.shape) for i in padded])
            held = (known, noise, mask)
        streams = [self._normal(seed, i, STEPS) for i in padded]
        x = np.asarray(self.process.start(start), "float32")
        before = np.zeros_like(x)
        function = self._function(held is not None)
        for times in self.chunks:
            inputs = {"x": x, "before": before, "times": times, "noise": self._steps_noise(streams)}
            if held is not None:
                inputs["held"] = held
            x, before = function.predict_on_batch(inputs)
            bar.update()
        result = np.asarray(self.process.outward(np.asarray(x)))
        if held is not None:
            result = np.where(held[2] > 0, held[0], result)
        return result[: len(pieces)]

    def _steps_noise(self, streams):
        length = len(self.chunks[0])
        if not self.step.draws:
            return np.zeros(length, "float32")
        return np.stack([s.draw((length, *self.shape)) for s in streams], axis=1)

    def _function(self, holds: bool):
        if holds not in self.compiled:
            model = ReverseChunk(self.denoise, self.process, self.step, holds)
            model.compile(jit_compile=self.jit_compile)
            self.compiled[holds] = model
        return self.compiled[holds]

    def _normal(self, seed: int, piece: int, purpose: int):
        return _Stream(self.process.noise, seed, piece, purpose)


class _Stream:
    """One piece's own random numbers for one purpose."""

    def __init__(self, kind: str, seed: int, piece: int, purpose: int):
        counter = np.array([0, 0, piece, purpose], "uint64")
        generator = np.random.Generator(np.random.Philox(key=seed, counter=counter))
        self.draw_from = {"normal": generator.standard_normal, "uniform": generator.random}[kind]

    def draw(self, shape):
        return self.draw_from(shape, dtype="float32")


def _chunks(plan, chunk: int):
    """Rows (before, from, to) of a plan of times, in equal chunks; idle rows fill the last."""
    before = np.concatenate([plan[:1], plan[:-2]])
    rows = np.stack([before, plan[:-1], plan[1:]], axis=1)
    count = -(-len(rows) // chunk)
    length = -(-len(rows) // count)
    idle = np.tile(rows[-1:, 2], (count * length - len(rows), 3))
    return np.split(np.concatenate([rows, idle]).astype("float32"), count)


def _fill(array, length: int):
    return np.concatenate([array, np.repeat(array[-1:], length - len(array), axis=0)])
