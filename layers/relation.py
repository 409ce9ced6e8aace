"""How the waves of a note stand to those of the notes before it."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("ostinato")
class WaveRelation(keras.layers.Layer):
    """Adds to shown notes (batch, places, channels) what relates each to those before it.

    The channels are `features` values, then for each period their sines and their cosines. For
    each horizon the waves of so many notes up to and with this one are averaged (None: of all) and
    turned back by the note's own phase: mean(sin(x_j - x_i)) and mean(cos(x_j - x_i)) over j. For
    the period of an octave and its divisions these say which steps of the scale so far the note
    would be: a key is heard in them whatever its tonic, and no network has to learn the product.
    Without `causal` all notes are averaged, in place of those before.
    """

    def __init__(self, features: int, horizons=(8, 32, None), causal: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.features = features
        self.horizons = tuple(horizons)
        self.causal = causal

    def call(self, notes):
        places = notes.shape[1]
        waves = notes[..., self.features :]
        if not waves.shape[-1]:
            return notes
        shape = (-1, places, waves.shape[-1] // (2 * self.features), 2, self.features)
        pairs = ops.reshape(waves, shape)
        sine, cosine = pairs[..., 0, :], pairs[..., 1, :]
        related = [notes]
        for horizon in self.horizons:
            window = ops.cast(self._window(places, horizon), waves.dtype)
            mean = ops.reshape(ops.matmul(window, waves), shape)
            mean_sine, mean_cosine = mean[..., 0, :], mean[..., 1, :]
            for product in (
                mean_sine * cosine - mean_cosine * sine,
                mean_cosine * cosine + mean_sine * sine,
            ):
                related.append(ops.reshape(product, (-1, places, waves.shape[-1] // 2)))
        return ops.concatenate(related, axis=-1)

    def _window(self, places: int, horizon: int | None):
        """Row i averages the notes that note i is related to: (places, places)."""
        apart = np.arange(places)[:, None] - np.arange(places)
        near = np.ones_like(apart, bool) if horizon is None else np.abs(apart) < horizon
        seen = near & (apart >= 0) if self.causal else near
        return seen / seen.sum(1, keepdims=True)

    def get_config(self):
        return {
            **super().get_config(),
            "features": self.features,
            "horizons": self.horizons,
            "causal": self.causal,
        }
