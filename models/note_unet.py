"""A U-Net over a sequence of notes that can be strictly causal."""

import keras
from keras import ops

from layers.attention_block import AttentionBlock
from layers.channel_norm import gelu
from layers.conv_block import ConvBlock
from layers.positions import PositionEncoding, TimeEmbedding
from layers.tally import WaveTally
from layers.unet_blocks import DownBlock, UpBlock


@keras.saving.register_keras_serializable("ostinato")
class NoteUNet(keras.Model):
    """(notes (batch, length, features), times (batch,)) -> (batch, length, answers or features).

    `widths` are those of the levels from the notes down; the last is the width of the bottom,
    which has the length of the level before it. `kernels` belong to the depths and the deepest
    one repeats. With `causal`, output i depends on notes 0..i alone.
    After Diffusion-Music-Composer.
    """

    def __init__(
        self,
        length: int,
        features: int,
        widths=(64, 128, 256, 256, 512),
        kernels=(7, 5, 3),
        time_width: int = 256,
        heads: int = 4,
        squeeze_ratio: int = 16,
        causal: bool = True,
        answers: int | None = None,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        levels = len(widths) - 1
        if levels < 2:
            raise ValueError(f"widths {tuple(widths)}: give three or more, the last of the bottom")
        if length % 2 ** (levels - 1):
            raise ValueError(f"{levels} levels need a length divisible by {2 ** (levels - 1)}")
        self.settings = {
            "length": length,
            "features": features,
            "widths": tuple(widths),
            "kernels": tuple(kernels),
            "time_width": time_width,
            "heads": heads,
            "squeeze_ratio": squeeze_ratio,
            "causal": causal,
            "answers": answers,
        }
        precision = {"dtype": self.dtype_policy}
        shared = {"causal": causal, "squeeze_ratio": squeeze_ratio, **precision}
        kernel = [kernels[min(depth, len(kernels) - 1)] for depth in range(levels - 1)]
        attention = {"heads": heads, "causal": causal, **precision}
        # Going up, a level hands the one above it that one's own width, the top one its width.
        rising = [widths[max(0, depth - 1)] for depth in range(levels - 1)]

        self.embed_time = TimeEmbedding(time_width, name="embed_time", **precision)
        # In float32 whatever the policy: bfloat16 has too few digits to tell one pitch from the
        # next, and the block after it would normalise a note's magnitude away.
        self.tally = WaveTally(features, causal=causal, dtype="float32", name="tally")
        self.lift = keras.layers.Dense(widths[0], dtype="float32", name="lift")
        self.enter = ConvBlock(widths[0], kernel[0], residual=True, name="enter", **shared)
        self.place = PositionEncoding(name="place", **precision)
        self.enter_attention = AttentionBlock(name="enter_attention", **attention)
        self.down, self.down_attention = [], []
        for depth in range(1, levels):
            self.down.append(
                DownBlock(widths[depth], kernel[depth - 1], name=f"down_{depth}", **shared)
            )
            self.down_attention.append(AttentionBlock(name=f"down_attention_{depth}", **attention))
        bottom = {
            "widen": widths[-1],
            "think": widths[-1],
            "again": widths[-1],
            "narrow": widths[-2],
        }
        self.bottom = [ConvBlock(w, kernel[-1], name=name, **shared) for name, w in bottom.items()]
        self.up, self.up_attention = [], []
        for depth in reversed(range(levels - 1)):
            self.up.append(UpBlock(rising[depth], kernel[depth], name=f"up_{depth}", **shared))
            self.up_attention.append(AttentionBlock(name=f"up_attention_{depth}", **attention))
        self.weigh = keras.layers.Dense(widths[-1], activation=gelu, dtype="float32", name="weigh")
        self.leave = keras.layers.Dense(answers or features, dtype="float32", name="leave")

    def call(self, notes, times):
        time = self.embed_time(times)
        told = self.tally(notes)
        sequence = self.enter(ops.cast(self.lift(told), self.compute_dtype))
        sequence = self.enter_attention(self.place(sequence))
        skips = []
        for down, attend in zip(self.down, self.down_attention, strict=True):
            skips.append(sequence)
            sequence = attend(self.place(down(sequence, time)))
        for block in self.bottom:
            sequence = block(sequence)
        for up, attend in zip(self.up, self.up_attention, strict=True):
            sequence = attend(self.place(up(sequence, skips.pop(), time)))
        # What was told comes in once more as it was, for the last word to be exact.
        evidence = ops.concatenate([ops.cast(sequence, "float32"), told], axis=-1)
        return self.leave(ops.concatenate([evidence, self.weigh(evidence)], axis=-1))

    def get_config(self):
        return {**super().get_config(), **self.settings}
