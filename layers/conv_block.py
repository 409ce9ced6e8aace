"""The convolution block of the note U-Net."""

import keras

from layers.channel_norm import ChannelNorm, gelu
from layers.squeeze_excite import SqueezeExcite


@keras.saving.register_keras_serializable("ostinato")
class ConvBlock(keras.layers.Layer):
    """Convolution, layer norm, GELU, squeeze-and-excitation; twice: (batch, places, width).

    `middle` is the width between the two halves (the same as `width` when None). With `residual`
    the input is added to the result, which then must have its width.
    """

    def __init__(
        self,
        width: int,
        kernel: int,
        middle: int | None = None,
        residual: bool = False,
        causal: bool = True,
        squeeze_ratio: int = 16,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.width = width
        self.kernel = kernel
        self.middle = middle
        self.residual = residual
        self.causal = causal
        self.squeeze_ratio = squeeze_ratio

    def build(self, input_shape):
        if self.residual and input_shape[-1] != self.width:
            raise ValueError(
                f"{self.name}: a residual block keeps its width, but {input_shape[-1]} comes in "
                f"and {self.width} goes out"
            )
        precision = {"dtype": self.dtype_policy}
        self.stages = []
        came_in = input_shape[-1]
        for half, width in (("first", self.middle or self.width), ("second", self.width)):
            conv = keras.layers.Conv1D(
                width,
                self.kernel,
                padding="causal" if self.causal else "same",
                use_bias=False,  # the norm has one
                name=f"{half}_conv",
                **precision,
            )
            norm = ChannelNorm(name=f"{half}_norm", **precision)
            gate = SqueezeExcite(self.squeeze_ratio, self.causal, name=f"{half}_gate", **precision)
            conv.build((None, None, came_in))
            norm.build((None, None, width))
            gate.build((None, None, width))
            self.stages.append([conv, norm, gate])
            came_in = width

    def call(self, sequence):
        result = sequence
        for conv, norm, gate in self.stages:
            result = gate(gelu(norm(conv(result))))
        return sequence + result if self.residual else result

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "kernel": self.kernel,
            "middle": self.middle,
            "residual": self.residual,
            "causal": self.causal,
            "squeeze_ratio": self.squeeze_ratio,
        }
