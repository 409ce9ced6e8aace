"""Loss scaling for float16 that keeps count of the batches, on one device or on many."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("ostinato")
class CountedLossScale(keras.optimizers.LossScaleOptimizer):
    """Keras' LossScaleOptimizer with two differences.

    `batches` counts all batches, also those whose gradients overflowed and moved nothing: the
    stream goes on after them, so a resumed run must too. And an overflow on one replica is one on
    all, where Keras asks the first alone.
    """

    def build(self, var_list):
        if self.built:
            return
        self.batches = self.add_variable(
            (), dtype="int", initializer="zeros", aggregation="only_first_replica", name="batches"
        )
        super().build(var_list)

    def apply(self, grads, trainable_variables=None):
        super().apply(grads, trainable_variables)
        self.batches.assign_add(1)

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        weights, state = super().stateless_apply(optimizer_variables, grads, trainable_variables)
        place = next(i for i, v in enumerate(self.variables) if v is self.batches)
        return weights, [*state[:place], optimizer_variables[place] + 1, *state[place + 1 :]]

    def check_finite(self, grads):
        finite = super().check_finite(grads)
        if keras.backend.backend() != "tensorflow":
            return finite
        import tensorflow as tf

        replica = tf.distribute.get_replica_context()
        overflows = replica.all_reduce(tf.distribute.ReduceOp.SUM, 1 - ops.cast(finite, "int32"))
        return ops.equal(overflows, 0)
