"""Finding trained weights, shipped or of a run, and putting them into a system."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from config import Config
from errors import UserError
from system import weights
from system.build import System, build
from system.run_folder import RunFolder


@dataclass(frozen=True)
class Source:
    """Trained weights that were found and seen to be whole, with nothing heavy loaded yet.

    `fill` puts them into a system's network; `told` says where they come from.
    """

    config: Config
    statistics: dict
    told: dict
    fill: Callable[[System], None]

    def system(self) -> System:
        """A system that can draw, in the arithmetic that its config draws with."""
        made = self.untrained()
        self.fill(made)
        return made

    def untrained(self) -> System:
        """The same system before it has learned anything."""
        import keras

        from system.precision import training_policy

        kept = keras.config.dtype_policy()
        keras.config.set_dtype_policy(training_policy(self.config.sampling.mixed_precision))
        try:
            return build(self.config, self.statistics)
        finally:
            keras.config.set_dtype_policy(kept)


def source(model: str | None, run: Path | None = None, file: Path | None = None) -> Source:
    """The averaged weights of a run's best checkpoint, a weights file, or what `model` ships.

    Without any of them those that "notes" ships. A run or a file must be of a `model` given.
    """
    found = _of_run(run) if run is not None else _of_card(file or model or "notes")
    if model and (run or file) and found.config.model != model:
        its = found.config.model
        raise UserError(f"--model {model}: {run or file} is of the model {its}; leave --model out")
    return found


def source_at(path: Path) -> Source:
    """The weights at a path that is a run folder or a weights file."""
    if path.is_dir():
        return _of_run(path)
    if path.suffix not in (".npz", ".json"):
        raise UserError(f"{path}: neither a run folder nor a weights file (.npz)")
    return _of_card(path)


def trained(
    model: str | None, run: Path | None = None, file: Path | None = None
) -> tuple[System, dict]:
    """A system that can draw, and where its weights come from."""
    found = source(model, run, file)
    return found.system(), found.told


def assign_average(system: System, checkpoint: Path, policy: str) -> None:
    """Gives a system's network the averaged weights of a checkpoint trained with that policy."""
    from system import checkpoints
    from system.averaging import exchange
    from system.fit import compiled

    model = compiled(system, policy)
    checkpoints.restore(model, checkpoint)
    exchange(model)


def _of_run(path: Path) -> Source:
    run = RunFolder.open(path)
    checkpoint = run.to_draw_from()
    told = {"model": run.config.model, "run": str(path), "weights": checkpoint.name}
    policy = run.config.training.mixed_precision
    return Source(
        run.config,
        run.statistics,
        {**told, "config": asdict(run.config)},
        lambda system: assign_average(system, checkpoint, policy),
    )


def _of_card(name: str | Path) -> Source:
    card = weights.Card.open(name)
    config, arrays, path = card.config, card.arrays(), card.path.with_suffix(".npz")
    told = {"model": config.model, "weights": path.stem, "sha256": card.content["sha256"]}
    return Source(
        config,
        card.statistics,
        {**told, "config": asdict(config)},
        lambda system: weights.assign(system.network, arrays, path),
    )
