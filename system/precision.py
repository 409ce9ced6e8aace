"""Which arithmetic suits the device: resolves the config's "auto"s by what was measured."""

import keras

HALF_PRECISION_FLAGS = {"avx512_bf16", "amx_bf16"}
LONG = 200  # reverse steps from which compiling with XLA pays for itself on a CPU


def has_gpu() -> bool:
    """Whether the backend sees an accelerator."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    return any(not d.startswith("cpu") for d in keras.distribution.list_devices())


def training_policy(asked: str) -> str:
    """The dtype policy to train with.

    bfloat16 wherever the hardware multiplies it: on such a CPU it halves the step of the note
    U-Net; on one without, it would be emulated.
    """
    if asked != "auto":
        return asked
    return "mixed_bfloat16" if has_gpu() or _cpu_multiplies_bfloat16() else "float32"


def training_jit(asked: str) -> bool:
    """Whether `fit` compiles with XLA.

    On a CPU it saves a tenth of a step or less and costs half a minute before the first one.
    """
    if asked != "auto":
        return asked == "true"
    return keras.backend.backend() == "jax" or has_gpu()


def sampling_jit(asked: str, steps: int) -> bool:
    """Whether the reverse loop compiles with XLA; on a CPU a short one ends before that would."""
    if asked != "auto":
        return asked == "true"
    return keras.backend.backend() == "jax" or has_gpu() or steps >= LONG


def sampling_tile(sampling) -> int:
    """How many pieces the network sees at once while drawing; a GPU is idle with a few."""
    return sampling.gpu_tile if has_gpu() else sampling.tile


def _cpu_multiplies_bfloat16() -> bool:
    if keras.backend.backend() != "tensorflow":
        return False  # XLA on a CPU multiplies bfloat16 slowly whatever the hardware
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return False  # not Linux: nothing tells, and float32 is right everywhere
    return bool(HALF_PRECISION_FLAGS & set(flags.split()))
