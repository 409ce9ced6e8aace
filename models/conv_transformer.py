"""A transformer that thinks about several steps at once, between two convolutions."""

import keras
from keras import ops

from models.token_transformer import TokenTransformer


@keras.saving.register_keras_serializable("ostinato")
class ConvTransformer(TokenTransformer):
    """`TokenTransformer` over a sequence that a strided convolution made shorter.

    A convolution of stride `stride` over `kernel` places comes before the blocks, a transposed
    one after them, and what went in is added to what comes out. (Plasser et al. 2023 have no such
    sum, and a kernel as wide as the stride.)
    """

    def __init__(self, length: int, vocabularies, *, stride: int = 4, kernel: int = 4, **kwargs):
        super().__init__(length, vocabularies, **kwargs)
        if length % stride:
            raise ValueError(f"a stride of {stride} needs a length divisible by it, not {length}")
        self.stride = self.settings["stride"] = stride
        self.settings["kernel"] = kernel
        width = self.settings["width"]
        shape = {"kernel_size": kernel, "strides": stride, "padding": "same"}
        shape["dtype"] = self.dtype_policy
        self.narrow = keras.layers.Conv1D(width, name="narrow", **shape)
        self.widen = keras.layers.Conv1DTranspose(width, name="widen", **shape)

    def think(self, sequence, present):
        if present is not None:
            groups = ops.reshape(present, (-1, present.shape[1] // self.stride, self.stride))
            present = ops.any(groups, axis=-1)
        return sequence + self.widen(super().think(self.narrow(sequence), present))
