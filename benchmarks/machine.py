"""What this machine multiplies: the yardstick printed beside every time in benchmarks/."""

import time
from collections.abc import Callable

import numpy as np

SIZE = 2048


def matrix_rates(seconds: float = 1.0) -> dict[str, float]:
    """GFLOP/s of a 2048-cubed matrix product in float32 and bfloat16, by the backend in use."""
    from keras import ops

    rng = np.random.default_rng(0)
    left, right = (rng.standard_normal((SIZE, SIZE)).astype("float32") for _ in range(2))
    rates = {}
    for dtype in ("float32", "bfloat16"):
        a, b = ops.cast(left, dtype), ops.cast(right, dtype)
        np.asarray(ops.cast(ops.matmul(a, b)[0, 0], "float32"))
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            np.asarray(ops.cast(ops.matmul(a, b)[0, 0], "float32"))
            done += 1
        rates[dtype] = 2 * SIZE**3 * done / (time.perf_counter() - began) / 1e9
    return rates


def told() -> str:
    """One line to print above a benchmark's table."""
    rates = matrix_rates()
    return (
        f"2048-cubed products here: {rates['float32']:.0f} GFLOP/s in float32, "
        f"{rates['bfloat16']:.0f} in bfloat16"
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
