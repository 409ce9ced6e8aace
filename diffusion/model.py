"""Network and process as one Keras model that `fit` can train."""

import keras
from keras import ops

BANDS = 4


@keras.saving.register_keras_serializable("ostinato")
class Diffusion(keras.Model):
    """Trains a network to answer what a process asks of it.

    A batch is {"x0": (batch, ...), "t": (batch,), "noise": like x0}; it holds all chance there
    is. The loss is also told by band of time, from the nearly clean quarter to the noisiest.
    """

    def __init__(self, network: keras.Model, process, **kwargs):
        # Noise and loss are always float32; the network chooses its own precision.
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.network = network
        self.process = process
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.bands = [keras.metrics.Mean(name=f"loss_band_{i}") for i in range(BANDS)]

    @property
    def metrics(self):
        return [self.loss_tracker, *self.bands]

    def call(self, batch):
        noisy = self.process.corrupt(batch["x0"], batch["t"], batch["noise"])
        return self.network(self.process.show(noisy, batch["t"]), batch["t"])

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(self._loss_of_each(x, y_pred))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        losses = self._loss_of_each(x, y_pred)
        place = ops.cast((x["t"] - 1.0) * BANDS / self.process.steps, "int32")
        self.loss_tracker.update_state(losses)
        for band, metric in enumerate(self.bands):
            metric.update_state(losses, sample_weight=ops.cast(place == band, losses.dtype))
        return self.get_metrics_result()

    def _loss_of_each(self, batch, prediction):
        prediction = ops.cast(prediction, "float32")
        return self.process.loss(prediction, batch["x0"], batch["t"], batch["noise"])
