"""What must hold of every layer and every network, so that their own tests can be short."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import ops

STILL = 1e-7  # a step of SGD with rate 1 that is smaller than this is rounding


def random(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal numbers of a shape, as a network sees them: float32."""
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


@contextlib.contextmanager
def policy(name: str):
    """Makes layers inside the block follow a dtype policy, and only those."""
    kept = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(kept)


def check_layer(
    make: Callable[[], keras.layers.Layer],
    *inputs: np.ndarray,
    half_output: str = "bfloat16",
    tolerance: float = 1e-5,
    half_tolerance: float = 0.05,
) -> None:
    """Checks a layer or network that `make` builds anew, on some inputs (batch, ...).

    Output types, configuration, saving, names, XLA, and that all of it learns. `half_output` is
    the type that comes out under mixed_bfloat16, `half_tolerance` how far it may be off there.
    """
    layer = made(make, inputs)
    expected = layer(*inputs)
    assert keras.backend.standardize_dtype(expected.dtype) == "float32"
    expected = np.asarray(expected)
    assert np.isfinite(expected).all()
    _check_copy(layer, inputs, expected)
    _check_half_precision(make, layer, inputs, expected, half_output, half_tolerance)
    model = model_of(layer, inputs)
    _check_saving(model, model_of(make(), inputs), inputs, expected)
    model.compile(jit_compile=True)
    found = model.predict_on_batch(list(inputs))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    if model.trainable_variables:
        _check_learning(model, inputs)


def made(make: Callable[[], keras.layers.Layer], inputs) -> keras.layers.Layer:
    """A layer built for some inputs, none of whose weights is at a special value such as 0."""
    layer = make()
    layer(*inputs)
    for number, variable in enumerate(layer.variables):
        variable.assign_add(0.1 * random(*variable.shape, seed=number))
    return layer


def model_of(layer: keras.layers.Layer, inputs) -> keras.Model:
    """A model that is nothing but the layer."""
    symbols = [keras.Input(array.shape[1:]) for array in inputs]
    return keras.Model(symbols, layer(*symbols))


def still(variables, before: list[np.ndarray]) -> list[str]:
    """The paths of those variables that training did not move from their values `before`."""
    return [
        variable.path
        for variable, old in zip(variables, before, strict=True)
        if np.abs(np.asarray(variable.numpy()) - old).max() < STILL
    ]


def influence(call: Callable[[np.ndarray], object], sequence: np.ndarray) -> np.ndarray:
    """What sees what: (places in, places out), true where changing the one changes the other.

    Bit for bit, in a sequence (batch, places, width). Values only grow, so that a maximum sees it.
    """
    before = np.asarray(call(sequence))
    seen = []
    for place in range(sequence.shape[1]):
        changed = sequence.copy()
        changed[:, place] += 1.0 + np.abs(random(sequence.shape[-1], seed=place))
        seen.append((np.asarray(call(changed)) != before).any(axis=(0, 2)))
    return np.stack(seen)


def _check_copy(layer, inputs, expected) -> None:
    """A layer made from another's configuration is the same one, down to its variables' paths.

    Weights are found by their path inside a layer: it has to be unique, and the same however many
    layers were made before.
    """
    config = layer.get_config()
    copy = type(layer).from_config(config)
    assert copy.get_config() == config
    copy(*inputs)
    paths, copied = ([v.path.partition("/")[2] for v in each.variables] for each in (layer, copy))
    assert copied == paths and len(set(paths)) == len(paths)
    copy.set_weights(layer.get_weights())
    np.testing.assert_array_equal(copy(*inputs), expected)


def _check_half_precision(make, layer, inputs, expected, half_output, tolerance) -> None:
    with policy("mixed_bfloat16"):
        half = make()
        half(*inputs)
    assert all(variable.dtype == "float32" for variable in half.trainable_variables)
    half.set_weights(layer.get_weights())
    found = half(*inputs)
    assert keras.backend.standardize_dtype(found.dtype) == half_output
    found = np.asarray(ops.cast(found, "float32"))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    # A layer has the precision of its own policy, whatever the one around it.
    copy = type(half).from_config(half.get_config())
    copy(*inputs)
    copy.set_weights(half.get_weights())
    np.testing.assert_array_equal(ops.cast(copy(*inputs), "float32"), found)


def _check_saving(model, copy, inputs, expected) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.weights.h5"
        model.save_weights(path)
        copy.load_weights(path)
    np.testing.assert_allclose(copy(list(inputs)), expected, rtol=1e-6, atol=1e-6)


def _check_learning(model, inputs) -> None:
    """One step of a generic loss moves every variable; one that stays is dead weight."""
    before = [np.array(variable.numpy()) for variable in model.trainable_variables]
    model.compile(keras.optimizers.SGD(1.0), loss="mse", jit_compile=False)
    model.train_on_batch(list(inputs), random(len(inputs[0]), *model.output_shape[1:]))
    assert not still(model.trainable_variables, before)
