"""The reverse loop that all processes share: compiled, in chunks of steps, with parts held."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

START, HELD, STEPS, AGAIN = range(4)  # what a piece's random numbers are for


def reverse_step(process, step, denoise, x, before, times, noise, held, again=None):
    """One step of `step` from times[1] to times[2], for arrays x (batch, ...).

    times: (before, from, to), each a scalar; equal from and to leave x as it is. held: None, or
    (clean, noise, mask): where mask is 1 the result follows the corruption of `clean`, or what
    the process' own `hold` makes of it. again: None, or (time, noise): x is at this time, and is
    first taken to t_from as the process corrupts.
    """
    t_before, t_from, t_to = ops.unstack(times, num=3)
    everyone = ops.broadcast_to(t_from, (ops.shape(x)[0],))
    if again is not None:
        x = process.again(x, again[0], t_from, again[1])
    if held is not None:
        clean, held_noise, mask = held
        if hasattr(process, "hold"):
            x = process.hold(x, clean, mask)
        else:
            x = ops.where(mask > 0, process.corrupt(clean, everyone, held_noise), x)
    prediction = denoise(process.show(x, everyone), everyone)
    moved, estimate = step(process, x, before, (t_before, t_from, t_to), prediction, noise)
    idle = t_from == t_to
    return ops.where(idle, x, moved), ops.where(idle, before, estimate)


class ReverseChunk(keras.Model):
    """A run of reverse steps as one compiled function, whatever the backend.

    inputs: x and before (batch, ...), times (chunk, 3), noise (chunk, batch, ..., draws), without
    the last axis for one draw a number and (chunk,) for none, with `holds` clean, held_noise and
    mask, each like x, and where steps are repeated `again`: times (chunk,), noise (chunk, batch,
    ...).
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
            times, noise, *again = row
            how = (times, noise, held, again or None)
            return reverse_step(self.process, self.step, self.denoise, *state, *how), None

        state = (inputs["x"], inputs["before"])
        rows = (inputs["times"], inputs["noise"], *inputs.get("again", ()))
        (x, before), _ = ops.scan(body, state, rows)
        return x, before


class Sampler:
    """Draws arrays from a trained network; keeps its compiled function between calls.

    The same seed gives the same arrays whatever `batch_size`. Piece i has random numbers of its
    own, keyed by (seed, i); and since a matrix product may round differently in a batch of
    another size, the network always sees `tile` pieces, a short tile being filled up. `batch_size`
    is how many are in flight, in whole tiles. Without a `tile` it is `batch_size` itself.

    Where parts are held, each step that a sampler can repeat is made `repeats` times, with what
    it took away of the noise put back in between, so that what is drawn has time to agree with
    what is held. (Lugmayr et al. 2022.)
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
        tile: int | None = None,
        repeats: int = 1,
    ):
        if sampler not in process.samplers:
            raise ValueError(f"sampler {sampler!r} is none of {', '.join(process.samplers)}")
        self.denoise = denoise
        self.process = process
        self.shape = tuple(shape)
        self.dtype = getattr(process, "dtype", "float32")
        self.step = process.samplers[sampler]
        self.tile = tile or batch_size
        self.abreast = -(-batch_size // self.tile)
        self.jit_compile = jit_compile
        self.repeats = repeats if getattr(self.step, "repeats", False) else 1
        plan = _rows(process.plan(steps))
        self.chunks = _chunks(plan, chunk)
        self.held_chunks = _chunks(_repeated(plan, self.repeats), chunk)
        self.compiled, self.ready, self.compiling = {}, set(), Lock()

    def sample(
        self, count: int, seed: int = 0, known=None, mask=None, progress: bool = True, numbers=None
    ):
        """Arrays (count, *shape) in the range of the data.

        Where `mask` (count, *shape) is 1, `known` (count, *shape) comes out unchanged. `numbers`
        (count,) says which of the seed's pieces they are; 0 to count - 1 unless told.
        """
        numbers = np.arange(count) if numbers is None else np.asarray(numbers)
        rows = [slice(i, min(i + self.tile, count)) for i in range(0, count, self.tile)]
        chunks = self.chunks if mask is None else self.held_chunks
        bar = tqdm(
            total=len(rows) * len(chunks),
            desc="drawing",
            unit="chunk",
            disable=None if progress else True,
            leave=False,
        )

        def draw(row):
            part = None if mask is None else (known[row], mask[row])
            return self._draw_tile(numbers[row].tolist(), seed, part, bar)

        with bar:
            return np.concatenate(list(self._map(draw, rows)))

    def _map(self, draw: Callable, rows: list[slice]):
        # A Keras model on JAX carries its state through a call, so there it is one at a time.
        if self.abreast == 1 or keras.backend.backend() != "tensorflow":
            return map(draw, rows)
        with ThreadPoolExecutor(self.abreast) as pool:
            return list(pool.map(draw, rows))

    def _draw_tile(self, pieces: list[int], seed: int, part, bar):
        padded = [*pieces, *[pieces[-1]] * (self.tile - len(pieces))]
        start = np.stack([self._normal(seed, i, START).draw(self.shape) for i in padded])
        held = None
        if part is not None:
            known, mask = (np.asarray(_fill(a, self.tile), self.dtype) for a in part)
            noise = np.stack([self._normal(seed, i, HELD).draw(self.shape) for i in padded])
            held = (known, noise, mask)
        streams, others = (
            [self._normal(seed, i, purpose) for i in padded] for purpose in (STEPS, AGAIN)
        )
        x = np.asarray(self.process.start(start), self.dtype)
        before = np.zeros(x.shape, "float32")
        function = self._function(held is not None)
        for rows in self.chunks if held is None else self.held_chunks:
            noise = self._steps_noise(streams, len(rows))
            inputs = {"x": x, "before": before, "times": rows[:, :3], "noise": noise}
            if held is not None:
                inputs["held"] = held
                if self.repeats > 1:
                    inputs["again"] = rows[:, 3], _drawn(others, (len(rows), *self.shape))
            x, before = self._called(function, inputs)
            bar.update()
        result = np.asarray(self.process.outward(np.asarray(x)))
        if held is not None:
            result = np.where(held[2] > 0, held[0], result)
        return result[: len(pieces)]

    def _called(self, function, inputs):
        """What a function gives; its first call compiles it, and the other tiles wait for that."""
        if function in self.ready:
            return function.predict_on_batch(inputs)
        with self.compiling:
            result = function.predict_on_batch(inputs)
            self.ready.add(function)
        return result

    def _steps_noise(self, streams, length: int):
        draws = int(self.step.draws)
        if not draws:
            return np.zeros(length, "float32")
        return _drawn(streams, (length, *self.shape, *([draws] if draws > 1 else [])))

    def _function(self, holds: bool):
        with self.compiling:
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


def _drawn(streams, shape: tuple[int, ...]):
    """Random numbers of each stream, side by side on the second axis."""
    return np.stack([s.draw(shape) for s in streams], axis=1)


def _rows(plan):
    """Rows (before, from, to, at) of a plan of times; each step is taken from where it stands."""
    before = np.concatenate([plan[:1], plan[:-2]])
    return np.stack([before, plan[:-1], plan[1:], plan[:-1]], axis=1)


def _repeated(rows, repeats: int):
    """The rows with each made so many times, from the second time on from where it leads.

    The last stays alone: what has become clean is only kept.
    """
    before, start, end, _ = rows.T
    anew = np.stack([start, start, end, end], axis=1)
    each = np.stack([rows, *[anew] * (repeats - 1)], axis=1)
    return np.concatenate([each[:-1].reshape(-1, 4), rows[-1:]])


def _chunks(rows, chunk: int):
    """Rows in equal chunks; idle rows fill the last."""
    count = -(-len(rows) // chunk)
    length = -(-len(rows) // count)
    idle = np.tile(rows[-1:, 2], (count * length - len(rows), 4))
    return np.split(np.concatenate([rows, idle]).astype("float32"), count)


def _fill(array, length: int):
    return np.concatenate([array, np.repeat(array[-1:], length - len(array), axis=0)])
