"""The moving average of the weights: looking through it, and giving it back untouched."""

from contextlib import contextmanager

import keras

from system.optimizer import bare


def _pairs(model):
    optimizer = bare(model.optimizer)
    averages = optimizer._model_variables_moving_average
    return zip(optimizer._trainable_variables, averages, strict=True)


def exchange(model) -> None:
    """Swaps the trained weights with their moving average, bit for bit.

    Keras' SwapEMAWeights swaps by adding and subtracting, which rounds: each validation would
    then change the weights a little, and a resumed run would not repeat an unbroken one.
    """
    for weight, average in _pairs(model):
        kept = keras.ops.convert_to_numpy(weight)
        weight.assign(keras.ops.convert_to_numpy(average))
        average.assign(kept)


@contextmanager
def averaged(model):
    """Inside, the model has the average of its weights."""
    exchange(model)
    try:
        yield model
    finally:
        exchange(model)


class ValidateAverage(keras.callbacks.Callback):
    """Validates the averaged weights, which are the ones that draw."""

    def on_test_begin(self, logs=None):
        exchange(self.model)

    def on_test_end(self, logs=None):
        exchange(self.model)
