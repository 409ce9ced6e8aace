"""Four ways to undo masking, for arrays (batch, length, tracks) of tokens and masks.

Each step has three uniform numbers a token: noise (batch, length, tracks, 3). The first says
which tokens change, the other two what is drawn. `before` passes through.
"""

import math

from keras import ops

from diffusion import categorical

NAMES = ("first_hitting", "random", "confidence", "remask")


def random(process, x, before, times, prediction, noise):
    """Each mask is lifted with probability (from - to) / from, as published (Austin et al. 2021).

    Exact where no two tokens of a step depend on each other, which many steps make likely.
    """
    _, t_from, t_to = times
    drawn, _ = _draw(process, prediction, noise)
    lifted = ops.logical_and(_masked(process, x), noise[..., 0] < (t_from - t_to) / t_from)
    return ops.where(lifted, drawn, x), before


def first_hitting(process, x, before, times, prediction, noise):
    """Lifts so many masks that their number falls with time, in uniform order.

    With as many even steps as tokens it lifts one at a time and is exact: the order in which masks
    of a process in continuous time are lifted is uniform, and when does not matter to a network
    that knows no time (Zheng et al. 2024, first-hitting sampler).
    """
    _, t_from, t_to = times
    drawn, _ = _draw(process, prediction, noise)
    masked = _masked(process, x)
    lifted = _first(noise[..., 0], masked, _count(masked) - _left(masked, t_to / t_from))
    return ops.where(lifted, drawn, x), before


def confidence(process, x, before, times, prediction, noise):
    """Lifts first where the token drawn is likely, few at first (Chang et al. 2022, MaskGIT).

    The number of masks follows a cosine. `choice_temperature` times Gumbel noise, less of it as
    time runs out, is added to the log-probabilities: without it the music would be too plain.
    """
    _, t_from, t_to = times
    drawn, likely = _draw(process, prediction, noise)
    masked = _masked(process, x)
    angle_from, angle_to = (math.pi / 2 * t / process.steps for t in (t_from, t_to))
    left = _left(masked, ops.sin(angle_to) / ops.sin(angle_from))
    gumbel = -ops.log(-ops.log(ops.maximum(noise[..., 0], 1e-20)))
    eager = likely + process.choice_temperature * t_to / process.steps * gumbel
    lifted = _first(-eager, masked, ops.maximum(_count(masked) - left, 1.0))
    return ops.where(lifted, drawn, x), before


def remask(process, x, before, times, prediction, noise):
    """Lifts masks, and masks again some of what was drawn (Wang et al. 2025, ReMDM-cap).

    With a = 1 - t / steps, s = min(remask, (1 - a_to) / a_from): a token is masked with
    probability s, a mask is lifted with probability (a_to - (1 - s) a_from) / (1 - a_from), which
    leaves at every time as many masks as the other samplers do.
    """
    _, t_from, t_to = times
    drawn, _ = _draw(process, prediction, noise)
    there_from, there_to = 1.0 - t_from / process.steps, 1.0 - t_to / process.steps
    most = (1.0 - there_to) / ops.maximum(there_from, 1e-6)
    again = ops.minimum(process.remask, most)
    lift = (there_to - (1.0 - again) * there_from) / (1.0 - there_from)
    masked = _masked(process, x)
    dropped = ops.where(noise[..., 0] < again, process.mask, x)
    kept = ops.where(x < 0, x, dropped)
    return ops.where(masked, ops.where(noise[..., 0] < lift, drawn, x), kept), before


random.draws = first_hitting.draws = confidence.draws = remask.draws = 3


def ranks(values, axis: int):
    """How many of the values along an axis are smaller: whole numbers of the same shape."""
    return ops.argsort(ops.argsort(values, axis=axis), axis=axis)


def _draw(process, prediction, noise):
    """Tokens drawn for every place, and their log-probabilities: each (batch, length, tracks)."""
    tracks = process.logits(prediction)
    drawn = [categorical.draw(each, noise[..., k, 1:]) for k, each in enumerate(tracks)]
    likely = [categorical.log_probability(*pair) for pair in zip(tracks, drawn, strict=True)]
    return ops.stack(drawn, axis=-1), ops.stack(likely, axis=-1)


def _masked(process, x):
    return x == process.mask


def _count(masked):
    """How many masks each example has: (batch, 1, 1)."""
    return ops.sum(ops.cast(masked, "float32"), axis=(1, 2), keepdims=True)


def _left(masked, share):
    """How many of the masks stay when `share` of them shall: (batch, 1, 1)."""
    return ops.round(_count(masked) * share)


def _first(scores, masked, count):
    """Those `count` (batch, 1, 1) of the masked places that have the lowest scores."""
    flat = ops.reshape(ops.where(masked, scores, math.inf), (ops.shape(scores)[0], -1))
    rank = ops.reshape(ops.cast(ranks(flat, axis=1), "float32"), ops.shape(scores))
    return ops.logical_and(masked, rank < count)
