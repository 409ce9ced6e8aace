"""How often each value came up around a note, as its waves tell it."""

import keras
import numpy as np
from keras import ops

FAINT = 1e-3  # waves weaker than this are noise and count as nothing


@keras.saving.register_keras_serializable("ostinato")
class WaveTally(keras.layers.Layer):
    """Shown notes (batch, places, channels) -> their values, their waves, and tallies of these.

    The channels are `features` values, then for each period their sines and their cosines. The
    waves are brought to length 1 whatever the noise has left of them. For each horizon they are
    summed over so many notes up to and with this one (None: all) and divided by the square root of
    that number, so that a tally of chance has the same size whatever it counts. The tallies of an
    octave and its parts are a histogram of pitch classes in other words: a key can be read from
    them by one matrix. Without `causal`, the notes after count like those before.
    """

    def __init__(self, features: int, horizons=(8, 32, None), causal: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.features = features
        self.horizons = tuple(horizons)
        self.causal = causal

    def call(self, notes):
        places, channels = notes.shape[1:]
        values, waves = notes[..., : self.features], notes[..., self.features :]
        if channels == self.features:
            return notes
        pairs = ops.reshape(
            waves, (-1, places, (channels // self.features - 1) // 2, 2, self.features)
        )
        strength = ops.sqrt(ops.sum(ops.square(pairs), axis=3, keepdims=True))
        waves = ops.reshape(pairs / (strength + FAINT), (-1, places, channels - self.features))
        tallies = [ops.matmul(self._sums(places, horizon), waves) for horizon in self.horizons]
        return ops.concatenate([values, waves, *tallies], axis=-1)

    def _sums(self, places: int, horizon: int | None):
        """Row i sums the notes that note i is told of, over the root of their number."""
        apart = np.arange(places)[:, None] - np.arange(places)
        near = np.ones_like(apart, bool) if horizon is None else np.abs(apart) < horizon
        seen = near & (apart >= 0) if self.causal else near
        return ops.cast(seen / np.sqrt(seen.sum(1, keepdims=True)), self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "features": self.features,
            "horizons": self.horizons,
            "causal": self.causal,
        }
