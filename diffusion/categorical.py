"""Drawing categories from logits so exactly that a probability of one in a million keeps its odds.

Gumbel noise in single precision ends at 16.6, which quietly lowers the temperature: what is rarer
than that comes too seldom (Zheng et al. 2024, section 4). Here the probabilities are counted out
in whole numbers instead, which neither float64 nor a sort is needed for.
"""

import numpy as np
from keras import ops

BITS = 30  # a probability is a whole number of 2^-30, and the sum of all is exactly 2^30
HALF = 1 << BITS // 2


def draw(logits, uniform):
    """Indices (...,) drawn from softmax(logits) (..., categories) by inverting its distribution.

    uniform: (..., 2), numbers in [0, 1), of which each gives half of the 30 random bits.
    """
    if logits.shape[-1] == 1:
        return ops.zeros_like(logits[..., 0], dtype="int32")
    counts = ops.cast(ops.floor(ops.softmax(logits) * float(1 << BITS)), "int32")
    short = (1 << BITS) - ops.sum(counts, axis=-1, keepdims=True)
    likeliest = ops.one_hot(ops.argmax(logits, axis=-1), logits.shape[-1], dtype="int32")
    edges = ops.cumsum(counts + short * likeliest, axis=-1)
    halves = ops.cast(ops.floor(uniform * float(HALF)), "int32")
    place = halves[..., :1] * HALF + halves[..., 1:]
    return ops.sum(ops.cast(edges <= place, "int32"), axis=-1)


def log_probability(logits, index):
    """log softmax(logits) (..., categories) at indices (...,)."""
    at = ops.take_along_axis(logits, ops.expand_dims(index, -1), axis=-1)[..., 0]
    return at - ops.logsumexp(logits, axis=-1)


def narrowed(
    logits, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
):
    """Logits of the same shape, of a colder distribution or of its likeliest categories alone.

    `top_k` keeps so many, `top_p` the fewest that have that share together; equals stay together.
    """
    if temperature != 1.0:
        logits = logits / temperature
    if top_k is not None and top_k < logits.shape[-1]:
        least = ops.top_k(logits, top_k)[0][..., -1:]
        logits = ops.where(logits < least, -np.inf, logits)
    if top_p is not None and top_p < 1.0:
        falling = -ops.sort(-logits, axis=-1)
        share = ops.softmax(falling)
        likelier = ops.cumsum(share, axis=-1) - share
        least = ops.min(ops.where(likelier < top_p, falling, np.inf), axis=-1, keepdims=True)
        logits = ops.where(logits < least, -np.inf, logits)
    return logits
