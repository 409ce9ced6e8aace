"""The stream of training batches: all of it follows from the seed and the step."""

import itertools
import threading

import numpy as np
import pytest

from datasets.stream import ELEMENT, ORDER, TRAIN, VALIDATION, Stream, validation_stream
from music import Piece
from representations.notes import Notes

COUNT, SHAPE = 11, (4, 3)


class Numbered:
    """A representation whose windows say which they are, and whose augmentation can be told."""

    draws = 1

    def __init__(self, shape=SHAPE):
        self.shape = shape

    def augment(self, windows, uniform):
        assert uniform.shape == (len(windows), self.draws)
        return windows + uniform[:, :1, None]

    def scale(self, windows):
        return (windows / 1000).astype("float32")


class Process:
    """What of a process the stream uses."""

    noise = "normal"

    @staticmethod
    def times(uniform):
        return np.floor(uniform * 1000).astype("float32") + 1


def numbered(count=COUNT, shape=SHAPE):
    """Windows of which the i-th holds i everywhere."""
    return np.broadcast_to(np.arange(count).reshape(-1, 1, 1), (count, *shape))


def stream(batch_size=4, seed=0, count=COUNT, shape=SHAPE, noise="normal", **settings):
    windows, representation = numbered(count, shape), Numbered(shape)
    return Stream(windows, representation, Process.times, noise, batch_size, seed, **settings)


def elements(made: Stream, steps: int) -> dict[str, np.ndarray]:
    """The first steps of a stream one after another."""
    batches = list(made.batches(0, steps))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def chosen(made: Stream, count: int) -> np.ndarray:
    """Which windows the first elements are."""
    found = elements(made, -(-count // made.batch_size))["x0"][:count]
    return np.floor(found[:, 0, 0] * 1000 + 1e-3).astype(int)


def same(one: dict, other: dict) -> bool:
    """Whether two batches are equal to the last bit."""
    assert list(one) == list(other) == ["x0", "t", "noise"]
    return all(
        one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name])
        for name in one
    )


def test_any_step_can_be_made_again_in_any_order():
    straight = list(stream().batches(0, 9))
    for step in (7, 0, 8, 3, 3, 5):
        assert same(stream().batch(step), straight[step])
    one = stream()
    assert all(same(one.batch(step), straight[step]) for step in reversed(range(9)))
    assert not any(same(a, b) for a, b in itertools.combinations(straight, 2))


def test_a_batch_is_what_training_wants():
    batch = stream().batch(0)
    assert batch["x0"].shape == batch["noise"].shape == (4, *SHAPE)
    assert batch["t"].shape == (4,)
    assert {array.dtype for array in batch.values()} == {np.dtype("float32")}


def test_the_batch_size_only_regroups_the_elements():
    whole = elements(stream(batch_size=60), 1)
    for batch_size in (1, 4, 20):
        assert same(elements(stream(batch_size=batch_size), 60 // batch_size), whole)


@pytest.mark.parametrize("batch_size", [1, 3, COUNT, 40])
def test_every_window_comes_once_an_epoch(batch_size):
    epochs = chosen(stream(batch_size=batch_size, augment=False), 5 * COUNT).reshape(5, COUNT)
    assert np.array_equal(np.sort(epochs), np.tile(np.arange(COUNT), (5, 1)))
    assert len(np.unique(epochs, axis=0)) == 5


def test_seeds_and_purposes_have_nothing_in_common():
    made = [stream(seed=0), stream(seed=1), stream(seed=0, purpose=VALIDATION)]
    found = [elements(each, 5) for each in made]
    for one, other in itertools.combinations(found, 2):
        for name in one:
            assert not np.array_equal(one[name], other[name])
        assert not np.isin(one["noise"], other["noise"]).any()
    orders = [chosen(each, COUNT).tolist() for each in made]
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_windows_are_augmented_by_draws_of_their_own():
    plain, augmented = (elements(stream(augment=augment), 20) for augment in (False, True))
    shift = (augmented["x0"] - plain["x0"]) * 1000
    np.testing.assert_allclose(shift, np.broadcast_to(shift[:, :1, :1], shift.shape), atol=2e-3)
    assert (shift > -1e-3).all() and (shift < 1 + 1e-3).all()
    assert len(np.unique(shift[:, 0, 0].round(2))) > 40
    assert abs(np.corrcoef(shift[:, 0, 0], augmented["t"])[0, 1]) < 4 / np.sqrt(80)
    for name in ("t", "noise"):
        np.testing.assert_array_equal(plain[name], augmented[name])


def test_validation_is_the_same_every_time_and_unaugmented():
    def made(seed=0):
        return validation_stream(numbered(), Numbered(), Process, 4, 5, seed)

    (first, batches), (second, _) = made(), made()
    assert batches == 2
    assert same(elements(first, batches), elements(second, batches))
    assert same(elements(first, batches), elements(first, batches))
    windows = elements(first, batches)["x0"]
    assert len(np.unique(windows)) == 8 and np.isin(windows, Numbered().scale(numbered())).all()
    assert not same(elements(made(1)[0], batches), elements(first, batches))
    trained = stream(batch_size=4, augment=False)
    assert not np.isin(elements(trained, 5)["noise"], elements(first, batches)["noise"]).any()


@pytest.mark.parametrize(
    ("windows", "asked", "expected"),
    [(11, (4, 8), (4, 2)), (100, (4, 8), (4, 8)), (3, (4, 8), (3, 1)), (1, (64, 8), (1, 1))],
)
def test_a_small_validation_split_gives_what_it_has(windows, asked, expected):
    made, batches = validation_stream(numbered(windows), Numbered(), Process, *asked, seed=0)
    assert (made.batch_size, batches) == expected
    assert len(set(chosen(made, made.batch_size * batches))) == made.batch_size * batches


def test_the_dataset_holds_the_same_bytes():
    found = list(stream().dataset(3, 9).as_numpy_iterator())
    assert len(found) == 6
    assert all(map(same, found, stream().batches(3, 9)))
    specification = stream().dataset(3, 9).element_spec
    assert specification["noise"].shape == (4, *SHAPE) and specification["t"].shape == (4,)


def test_threads_do_not_disturb_each_other():
    shared, found = stream(), {}
    expected = list(stream().batches(0, 24))

    def make(first):
        for step in range(first, 24, 4):
            found[step] = shared.batch(step)

    threads = [threading.Thread(target=make, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(same(found[step], expected[step]) for step in range(24))


@pytest.fixture(scope="module")
def many():
    """2000 elements with their noise, of both kinds."""
    shape = (32, 3)
    return {
        kind: elements(stream(500, count=7, shape=shape, noise=kind), 4)
        for kind in ("normal", "uniform")
    }


@pytest.mark.parametrize(
    ("kind", "moments"),
    [("normal", (0, 1, 0, 3)), ("uniform", (1 / 2, 1 / 3, 1 / 4, 1 / 5))],
)
def test_noise_has_the_moments_of_its_distribution(many, kind, moments):
    noise = many[kind]["noise"].astype("float64")
    for power, moment in enumerate(moments, 1):
        off = np.std(noise**power) / np.sqrt(noise.size)
        assert np.mean(noise**power) == pytest.approx(moment, abs=5 * off)
    if kind == "uniform":
        assert 0 <= noise.min() < 0.001 and 0.999 < noise.max() < 1
    else:
        assert np.abs(noise).max() > 4


def test_noise_is_distributed_as_it_says(many):
    """Kolmogorov's distance, at its 1 in 1000 point."""
    for kind, draw in (
        ("normal", np.random.default_rng(1).standard_normal),
        ("uniform", np.random.default_rng(1).random),
    ):
        noise = np.sort(many[kind]["noise"].ravel())
        reference = np.sort(draw(noise.size))
        ranks = np.searchsorted(reference, noise) / noise.size
        distance = np.abs(ranks - np.arange(noise.size) / noise.size).max()
        assert distance < 1.95 * np.sqrt(2 / noise.size)


def test_times_are_even_and_follow_nothing_else(many):
    found = many["normal"]
    counts = np.histogram(found["t"], 10, (0.5, 1000.5))[0]
    assert ((counts - 200) ** 2 / 200).sum() < 28  # chi squared, 9 degrees, 1 in 1000
    for other in (found["noise"][:, 0, 0], found["noise"].mean(axis=(1, 2))):
        assert abs(np.corrcoef(found["t"], other)[0, 1]) < 4 / np.sqrt(2000)


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_elements_and_places_are_independent(many, kind):
    noise = many[kind]["noise"].reshape(2000, -1).astype("float64")
    noise = (noise - noise.mean()) / noise.std()
    assert len(np.unique(noise[:, 0])) > 1990
    for lag in (1, 2, 7, 500):  # neighbours, the same window an epoch later, the next batch
        between = (noise[lag:] * noise[:-lag]).mean()
        assert abs(between) < 4 / np.sqrt(noise[lag:].size)
    for lag in (1, 3):
        within = (noise[:, lag:] * noise[:, :-lag]).mean()
        assert abs(within) < 4 / np.sqrt(noise[:, lag:].size)


def test_streams_of_random_numbers_never_meet():
    """Each has 2^128 blocks of the counter to itself, and a key of its own seed and purpose."""
    starts = {}
    for seed, purpose in itertools.product((0, 1), (TRAIN, VALIDATION)):
        made = stream(seed=seed, purpose=purpose)
        for use, index in itertools.product((ORDER, ELEMENT), (0, 1, 2, 10**12)):
            state = made._generator(use, index).bit_generator.state["state"]
            words = [int(word) for word in state["counter"]]
            counter = sum(word << 64 * place for place, word in enumerate(words))
            starts[tuple(state["key"].tolist()), counter] = made._generator(use, index)
    assert len(starts) == 32
    for (key, counter), (other, further) in itertools.combinations(starts, 2):
        assert key != other or abs(counter - further) >= 2**128
    firsts = [generator.bit_generator.random_raw() for generator in starts.values()]
    assert len(set(firsts)) == 32


def test_order_and_elements_are_drawn_from_different_numbers():
    made = stream(count=1000, batch_size=1000)
    order, drawn = made._draw_order(0), made.batch(0)
    assert abs(np.corrcoef(order, drawn["t"])[0, 1]) < 4 / np.sqrt(1000)
    assert abs(np.corrcoef(order, made._draw_order(1))[0, 1]) < 4 / np.sqrt(1000)


def test_a_window_begins_anywhere_within_its_piece_and_never_beyond():
    notes = Notes(length=8, pitch="midi", transpose=0)
    rng = np.random.default_rng(0)
    pieces = []
    for size in (40, 9, 27):
        onset = np.cumsum(rng.integers(0, 3, size)) * 120
        pieces.append(Piece.from_notes(np.sort(onset), 100, rng.integers(40, 80, size)))
    encoded = [notes.encode(piece) for piece in pieces]
    windows = np.concatenate(encoded)
    first = np.cumsum([0, *map(len, encoded)])[:-1]
    ready = notes.with_statistics(notes.measure(windows))
    rows = [found.reshape(-1, 3) for found in encoded]
    possible = set()
    for table in rows:
        for start in range(len(table) - 7):
            window = ready.scale(table[start : start + 8][None])[0]
            possible.add(window.tobytes())
    seen = set()
    stream = Stream(windows, ready, lambda u: u, "normal", 16, first=first)
    for step in range(60):
        batch = stream.batch(step)["x0"]
        assert (batch[:, 0, 2] == 0).all()
        seen |= {window.tobytes() for window in batch}
    assert seen <= possible
    # Fixed segments alone would be len(windows) of them.
    assert len(seen) > 2 * len(windows)
    np.testing.assert_array_equal(stream.batch(7)["x0"], stream.batch(7)["x0"])
    fixed = Stream(windows, ready, lambda u: u, "normal", 16, augment=False, first=first)
    stored = {window.tobytes() for window in ready.scale(windows)}
    assert {w.tobytes() for w in fixed.batch(0)["x0"]} <= stored
