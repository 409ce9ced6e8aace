"""A U-Net over piano rolls that halves time and never pitch."""

import keras
from keras import ops

from layers.axial_attention import AxialAttention
from layers.harmony import Harmony
from layers.positions import TimeEmbedding
from layers.roll_block import RollBlock

ATTENTION = {"none": (), "frames": ("frames",), "both": ("frames", "pitches")}


@keras.saving.register_keras_serializable("ostinato")
class RollUNet(keras.Model):
    """(rolls (batch, frames, pitches, channels), times (batch,)) -> the same shape as rolls.

    `widths` are those of the levels from the rolls down; each level has half the frames of the one
    above. `fold` frames first become channels of one, which is so much less work. `groups` and
    `residual` belong to every block; `attention` comes after the lowest one, along the frames of
    each pitch or along those and then the pitches of each frame. With `registers` the network
    knows low pitches from high ones, which its convolutions cannot tell. With `harmony`, a width,
    every cell is told what the whole roll holds of each pitch class, from the start and once more
    at the end, and need not hear it through the levels. After MusicDiffGen, whose
    skips are joined to what comes up from below; here they are added to it, for a quarter of the
    work less.
    """

    def __init__(
        self,
        frames: int,
        pitches: int,
        channels: int,
        widths=(48, 96, 192, 192),
        time_width: int = 128,
        kernel=(3, 3),
        fold: int = 1,
        groups: int = 0,
        residual: bool = False,
        attention: str = "none",
        heads: int = 4,
        registers: bool = False,
        harmony: int = 0,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        shortest = fold * 2 ** (len(widths) - 1)
        if frames % shortest:
            raise ValueError(f"{len(widths)} levels need frames divisible by {shortest}")
        if attention not in ATTENTION:
            raise ValueError(f"attention {attention!r} is none of {', '.join(ATTENTION)}")
        self.settings = {
            "frames": frames,
            "pitches": pitches,
            "channels": channels,
            "widths": tuple(widths),
            "time_width": time_width,
            "kernel": tuple(kernel),
            "fold": fold,
            "groups": groups,
            "residual": residual,
            "attention": attention,
            "heads": heads,
            "registers": registers,
            "harmony": harmony,
        }
        precision = {"dtype": self.dtype_policy}
        shared = {"kernel": kernel, "groups": groups, "residual": residual, **precision}
        self.embed_time = TimeEmbedding(time_width, name="embed_time", **precision)
        self.register = None
        if registers:
            self.register = keras.layers.Embedding(
                pitches, widths[0], name="register", dtype="float32"
            )
        self.enter = RollBlock(widths[0], name="enter", **shared)
        self.down = [
            RollBlock(width, name=f"down_{depth}", **shared)
            for depth, width in enumerate(widths[1:], 1)
        ]
        self.attend = [
            AxialAttention(axis, heads, name=f"attend_{axis}", **precision)
            for axis in ATTENTION[attention]
        ]
        self.narrow, self.up = [], []
        for depth, width in reversed(list(enumerate(widths[:-1]))):
            self.narrow.append(keras.layers.Dense(width, name=f"narrow_{depth}", **precision))
            self.up.append(RollBlock(width, name=f"up_{depth}", **shared))
        self.harmony = None
        if harmony:
            self.harmony = Harmony(widths[0], inner=harmony, dtype="float32", name="harmony")
            self.weigh = keras.layers.Dense(harmony, activation="relu", name="weigh", **precision)
        # At first a cell is nearly judged by itself alone.
        slight = keras.initializers.VarianceScaling(0.01)
        self.leave = keras.layers.Dense(
            channels * fold, kernel_initializer=slight, dtype="float32", name="leave"
        )

    def call(self, rolls, times):
        time = self.embed_time(times)
        folded = self._folded(rolls)
        level = self.enter(ops.cast(folded, self.compute_dtype), time)
        if self.harmony is not None:
            told = ops.cast(self.harmony(folded, time), self.compute_dtype)
            level = level + told
        if self.register is not None:
            names = self.register(ops.arange(self.settings["pitches"]))
            level = level + ops.cast(names, self.compute_dtype)
        skips = []
        for down in self.down:
            skips.append(level)
            level = down(ops.max_pool(level, (2, 1)), time)
        for attend in self.attend:
            level = attend(level)
        for narrow, up in zip(self.narrow, self.up, strict=True):
            level = up(skips.pop() + ops.repeat(narrow(level), 2, axis=1), time)
        if self.harmony is not None:
            # What was told comes in once more as it was, for the last word to be exact.
            folded = ops.cast(folded, self.compute_dtype)
            level = self.weigh(ops.concatenate([level, told, folded], axis=-1))
        return self._unfolded(self.leave(ops.cast(level, "float32")))

    def _folded(self, rolls):
        """(batch, frames, pitches, channels) -> (batch, frames / fold, pitches, fold channels)."""
        fold, pitches, channels = (self.settings[n] for n in ("fold", "pitches", "channels"))
        if fold == 1:
            return rolls
        rolls = ops.reshape(rolls, (-1, rolls.shape[1] // fold, fold, pitches, channels))
        rolls = ops.transpose(rolls, (0, 1, 3, 2, 4))
        return ops.reshape(rolls, (-1, rolls.shape[1], pitches, fold * channels))

    def _unfolded(self, rolls):
        """The inverse of `_folded`."""
        fold, pitches, channels = (self.settings[n] for n in ("fold", "pitches", "channels"))
        if fold == 1:
            return rolls
        rolls = ops.reshape(rolls, (-1, rolls.shape[1], pitches, fold, channels))
        rolls = ops.transpose(rolls, (0, 1, 3, 2, 4))
        return ops.reshape(rolls, (-1, rolls.shape[1] * fold, pitches, channels))

    def get_config(self):
        return {**super().get_config(), **self.settings}
