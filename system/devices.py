"""Where training runs: one device, or the same network on many."""

from contextlib import AbstractContextManager, nullcontext

import keras

from errors import UserError


def replicas(asked: str | None) -> tuple[AbstractContextManager, int]:
    """(scope to build the model in, number of replicas).

    `asked` is None for every GPU there is, a number of devices, or names such as "gpu:0,gpu:1".
    CPU devices are made by dividing the one there is, to try out what will run on GPUs.
    """
    if keras.backend.backend() == "tensorflow":
        return _mirrored(asked)
    return _data_parallel(asked)


def check_share(batch_size: int, count: int) -> None:
    """Refuses a batch that the devices cannot share alike, since the mean of theirs is taken."""
    if batch_size % count:
        raise UserError(
            f"--batch_size {batch_size}: {count} devices cannot share it alike; "
            f"give a multiple of {count}"
        )


def _mirrored(asked: str | None):
    import tensorflow as tf

    gpus = [f"gpu:{i}" for i, _ in enumerate(tf.config.list_physical_devices("GPU"))]
    names = _names(asked, gpus)
    cpus = [name for name in names if name.startswith("cpu")]
    if cpus:
        host = tf.config.list_physical_devices("CPU")[0]
        count = 1 + max(int(name.split(":")[1]) for name in cpus)
        try:
            tf.config.set_logical_device_configuration(
                host, [tf.config.LogicalDeviceConfiguration()] * count
            )
        except RuntimeError as error:
            raise UserError(f"--devices {asked}: {error}") from None
    if len(names) < 2:
        return (tf.device(names[0]) if names else nullcontext()), 1
    strategy = tf.distribute.MirroredStrategy([f"/{name}" for name in names])
    return strategy.scope(), len(names)


def _data_parallel(asked: str | None):
    found = keras.distribution.list_devices()
    gpus = [d.replace("cuda", "gpu") for d in found if not d.startswith("cpu")]
    names = _names(asked, gpus or found[:1])
    missing = [n for n in names if n not in gpus and n not in found]
    if missing:
        raise UserError(f"--devices: there is no {missing[0]}; there are {', '.join(found)}")
    if len(names) > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=names))
    return nullcontext(), max(1, len(names))


def _names(asked: str | None, gpus: list[str]) -> list[str]:
    if asked is None:
        return gpus
    if asked.isdigit():
        count = int(asked)
        if count < 1:
            raise UserError(f"--devices {asked}: give at least one")
        if gpus and count > len(gpus):
            raise UserError(f"--devices {asked}: there are only {len(gpus)}")
        return gpus[:count] if gpus else [f"cpu:{i}" for i in range(count)]
    names = [name.strip().lower() for name in asked.split(",")]
    for name in names:
        kind, _, number = name.partition(":")
        if kind not in ("cpu", "gpu") or not number.isdigit():
            raise UserError(f"--devices: {name!r} is not like gpu:0, cpu:1, or a number of devices")
        if kind == "gpu" and gpus and name not in gpus:
            raise UserError(f"--devices: there is no {name}; there are {', '.join(gpus)}")
        if kind == "gpu" and not gpus:
            raise UserError(f"--devices: there is no {name}; this machine shows no GPU")
    return names
