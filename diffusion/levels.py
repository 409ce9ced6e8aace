"""Features that take only certain values, such as pitch: what is learned is which of them."""

import numpy as np
from keras import ops


class Levels:
    """The values that each feature of the data may take, where they are few.

    For a feature with levels a network answers one number a level: its opinion, from context, of
    how likely that level is, up to a constant. How likely the noisy value itself makes each level
    is known exactly and is added here, so that the chances of the levels are

        softmax(answer - (noisy - signal level)^2 / 2 spread^2)

    and their mean is the clean value expected. At every amount of noise the network is thus asked
    about music alone and never has to round. (After score interpolation, Dieleman et al. 2022.)
    A feature without levels keeps one column, in which a network answers as the process asks.
    """

    def __init__(self, values: list, centre, scale):
        """`values`: for each feature its levels in [0, 1] or None; seen as (x - centre) / scale."""
        frame = zip(*(np.broadcast_to(part, len(values)) for part in (centre, scale)), strict=True)
        self.values = [
            None if levels is None else ((np.asarray(levels) - c) / s).astype("float32")
            for levels, (c, s) in zip(values, frame, strict=True)
        ]

    @property
    def columns(self) -> int:
        """How many numbers a network answers for one place."""
        return sum(1 if levels is None else len(levels) for levels in self.values)

    def predictions(self, answer, noisy, signal, spread, told):
        """(..., columns) -> (..., features): each feature with levels becomes its prediction.

        `told(clean, noisy)` says what the process would have asked for, had it that clean value.
        """
        result = []
        for feature, (levels, part) in enumerate(self._parts(answer, noisy, signal, spread)):
            if levels is not None:
                clean = ops.sum(ops.softmax(part) * levels, axis=-1, keepdims=True)
                part = told(clean, noisy[..., feature : feature + 1])
            result.append(part)
        return ops.concatenate(result, axis=-1)

    def losses(self, answer, clean, noisy, signal, spread, errors, weight: float):
        """(..., features) of errors, with `weight` times the cross-entropy where there are levels.

        clean, noisy, errors: (..., features); the cross-entropy, in nats, is of the level taken.
        """
        result = []
        for feature, (levels, part) in enumerate(self._parts(answer, noisy, signal, spread)):
            here = slice(feature, feature + 1)
            if levels is None:
                result.append(errors[..., here])
                continue
            taken = ops.argmin(ops.abs(clean[..., here] - levels), axis=-1)
            chances = ops.log_softmax(part)
            surprise = -ops.sum(ops.one_hot(taken, len(levels)) * chances, axis=-1, keepdims=True)
            result.append(weight * surprise)
        return ops.concatenate(result, axis=-1)

    def _parts(self, answer, noisy, signal, spread):
        """(levels, the answer's columns) of each feature; with levels, their logits given all."""
        column = 0
        for feature, levels in enumerate(self.values):
            width = 1 if levels is None else len(levels)
            part = answer[..., column : column + width]
            column += width
            if levels is not None:
                away = (noisy[..., feature : feature + 1] - signal * levels) / spread
                part = part - 0.5 * ops.square(away)
            yield levels, part
