"""Loss scaling counts batches, whether or not their gradients could be used."""

import keras
import numpy as np

from system.loss_scale import CountedLossScale
from system.optimizer import adam, bare, steps_taken


def trained_on(gradients):
    """A model with one weight after these gradients, as they come out of a scaled loss."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(CountedLossScale(adam(learning_rate=0.1), initial_scale=4.0), "mse")
    model.optimizer.build(model.trainable_variables)
    model.layers[0].kernel.assign([[0.0]])
    for gradient in gradients:
        model.optimizer.apply([keras.ops.full((1, 1), gradient)], model.trainable_variables)
    return model


def test_an_overflow_moves_nothing_and_is_counted():
    model = trained_on([4.0, np.inf, np.nan])
    assert steps_taken(model) == 3
    assert int(bare(model.optimizer).iterations) == 1
    assert np.allclose(model.layers[0].kernel, -0.1)
    assert float(model.optimizer.dynamic_scale) == 1.0


def test_the_norm_is_of_the_unscaled_gradient():
    model = trained_on([8.0])
    assert float(bare(model.optimizer).gradient_norm) == 2.0


def test_without_scaling_every_batch_is_a_step():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(adam(learning_rate=0.1), "mse")
    model.fit(np.ones((8, 1)), np.ones((8, 1)), batch_size=2, epochs=2, verbose=0)
    assert steps_taken(model) == 8
