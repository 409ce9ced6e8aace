"""The convolution block of the roll U-Net."""

import keras


@keras.saving.register_keras_serializable("ostinato")
class RollBlock(keras.layers.Layer):
    """Two convolutions over frames and pitches, told how noisy the music is.

    (batch, frames, pitches, came_in), time (batch, time_width) -> (batch, frames, pitches, width).
    The time is added after the first convolution, in place of its bias. With `groups` both are
    followed by group normalisation (Wu & He 2018); with `residual` the input, brought to the
    width where need be, is added to the result.
    """

    def __init__(
        self, width: int, kernel=(3, 3), groups: int = 0, residual: bool = False, **kwargs
    ):
        super().__init__(**kwargs)
        self.width = width
        self.kernel = tuple(kernel)
        self.groups = groups
        self.residual = residual

    def build(self, rolls_shape, time_shape):
        precision = {"dtype": self.dtype_policy}
        came_in, shape = rolls_shape[-1], (*rolls_shape[:-1], self.width)
        conv = {"padding": "same", "kernel_initializer": "he_normal", **precision}
        self.first = keras.layers.Conv2D(
            self.width, self.kernel, use_bias=False, name="first", **conv
        )
        self.shift = keras.layers.Dense(self.width, name="shift", **precision)
        self.second = keras.layers.Conv2D(
            self.width, self.kernel, use_bias=not self.groups, name="second", **conv
        )
        self.first.build(rolls_shape)
        self.shift.build(time_shape)
        self.second.build(shape)
        self.norms = []
        for name in ("first_norm", "second_norm") if self.groups else ():
            norm = keras.layers.GroupNormalization(self.groups, name=name, **precision)
            norm.build(shape)
            self.norms.append(norm)
        self.match = None
        if self.residual and came_in != self.width:
            self.match = keras.layers.Dense(self.width, use_bias=False, name="match", **precision)
            self.match.build(rolls_shape)

    def call(self, rolls, time):
        shift = self.shift(keras.activations.silu(time))[:, None, None]
        result = self.first(rolls)
        if self.groups:
            result = self.norms[0](result)
        result = self.second(keras.activations.relu(result + shift))
        if self.groups:
            result = self.norms[1](result)
        result = keras.activations.relu(result)
        if not self.residual:
            return result
        return result + (rolls if self.match is None else self.match(rolls))

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "kernel": self.kernel,
            "groups": self.groups,
            "residual": self.residual,
        }
