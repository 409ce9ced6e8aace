"""Adam that averages the weights, tells the gradient's norm, and is fused where it can be."""

import keras
from keras import ops

NORM_MEMORY = 0.9


@keras.saving.register_keras_serializable("ostinato")
class AveragedAdam(keras.optimizers.Adam):
    """Keras' Adam with two differences.

    The weights are left as they were trained when `fit` ends; their moving average stays in the
    optimizer, where `SwapEMAWeights` finds it, so that training can go on from either. And
    `gradient_norm` follows the norm of the whole gradient, as a short moving average.
    """

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.gradient_norm = self.add_variable((), name="gradient_norm", aggregation="mean")

    def apply(self, grads, trainable_variables=None):
        if not self.built:
            self.build(trainable_variables)
        squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in grads if g is not None]
        norm = ops.sqrt(sum(squares[1:], squares[0]))
        memory = ops.where(self.iterations > 0, NORM_MEMORY, 0.0)
        self.gradient_norm.assign(memory * self.gradient_norm + (1.0 - memory) * norm)
        return super().apply(grads, trainable_variables)

    def finalize_variable_values(self, var_list):
        """Leaves the trained weights alone; Keras would overwrite them with their average."""


def bare(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer itself, out of the loss scaling that may be around it."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def steps_taken(model) -> int:
    """How many batches a model was trained on, over all runs."""
    optimizer = model.optimizer
    return int(ops.convert_to_numpy(getattr(optimizer, "batches", optimizer.iterations)))


def adam(**settings) -> keras.optimizers.Optimizer:
    """The fused optimizer on TensorFlow, the plain one elsewhere: the same arithmetic."""
    if keras.backend.backend() == "tensorflow":
        from system.fused_adam import FusedAdam

        return FusedAdam(**settings)
    return AveragedAdam(**settings)
