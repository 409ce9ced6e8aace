"""One step down and one step up a U-Net over time, each told how noisy the music is."""

import keras
from keras import ops

from layers.conv_block import ConvBlock
from layers.resample import DoubleTime, HalveTime


class _TimedBlock(keras.layers.Layer):
    """Two convolution blocks, then the time embedding added to every place."""

    def __init__(
        self, width: int, kernel: int, causal: bool = True, squeeze_ratio: int = 16, **kwargs
    ):
        super().__init__(**kwargs)
        self.width = width
        self.kernel = kernel
        self.causal = causal
        self.squeeze_ratio = squeeze_ratio

    def _build_body(self, came_in: int, middle: int, time_width: int):
        precision = {"dtype": self.dtype_policy}
        shared = {"causal": self.causal, "squeeze_ratio": self.squeeze_ratio, **precision}
        self.keep = ConvBlock(came_in, self.kernel, residual=True, name="keep", **shared)
        self.change = ConvBlock(self.width, self.kernel, middle, name="change", **shared)
        self.shift = keras.layers.Dense(self.width, name="shift", **precision)
        self.keep.build((None, None, came_in))
        self.change.build((None, None, came_in))
        self.shift.build((None, time_width))

    def _body(self, sequence, time):
        sequence = self.change(self.keep(sequence))
        return sequence + self.shift(keras.activations.silu(time))[:, None]

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "kernel": self.kernel,
            "causal": self.causal,
            "squeeze_ratio": self.squeeze_ratio,
        }


@keras.saving.register_keras_serializable("ostinato")
class DownBlock(_TimedBlock):
    """(batch, places, came_in), (batch, time_width) -> (batch, places / 2, width)."""

    def build(self, sequence_shape, time_shape):
        self.halve = HalveTime(self.causal, name="halve", dtype=self.dtype_policy)
        self._build_body(sequence_shape[-1], self.width, time_shape[-1])

    def call(self, sequence, time):
        return self._body(self.halve(sequence), time)


@keras.saving.register_keras_serializable("ostinato")
class UpBlock(_TimedBlock):
    """(batch, places, deep), its skip (batch, 2 places, skip), time -> (batch, 2 places, width)."""

    def build(self, sequence_shape, skip_shape, time_shape):
        self.double = DoubleTime(self.causal, name="double", dtype=self.dtype_policy)
        joined = sequence_shape[-1] + skip_shape[-1]
        self._build_body(joined, joined // 2, time_shape[-1])

    def call(self, sequence, skip, time):
        joined = ops.concatenate([skip, self.double(sequence)], axis=-1)
        return self._body(joined, time)
