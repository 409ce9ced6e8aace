"""Finding trained weights, shipped or of a run, and putting them into a system."""

from pathlib import Path

from errors import UserError
from system import weights
from system.build import System, build
from system.run_folder import RunFolder


def trained(model: str, run: Path | None = None, file: Path | None = None) -> tuple[System, dict]:
    """A system that can draw, and where its weights come from.

    The weights are the averaged ones of a run's best checkpoint, or of a weights file, or those
    shipped for `model`.
    """
    if run is not None:
        folder = RunFolder.open(run)
        checkpoint = folder.to_draw_from()
        system = build(folder.config, folder.statistics)
        assign_average(system, checkpoint)
        return system, {"model": folder.config.model, "run": str(run), "weights": checkpoint.name}
    card = weights.Card.open(file or model)
    arrays = card.arrays()
    system = build(card.config, card.statistics)
    weights.assign(system.network, arrays, card.path.with_suffix(".npz"))
    told = {"model": card.config.model, "size": card.config.size, "weights": card.path.stem}
    return system, {**told, "sha256": card.content["sha256"]}


def assign_average(system: System, checkpoint: Path) -> None:
    """Gives a system's network the averaged weights that a checkpoint holds."""
    from system import checkpoints
    from system.averaging import exchange
    from system.fit import compiled

    model = compiled(system, "float32")
    checkpoints.restore(model, checkpoint)
    exchange(model)


def initialise(system: System, source: Path) -> None:
    """Starts a system's network from other weights: a run folder or a weights file."""
    if source.is_dir():
        assign_average(system, RunFolder.open(source).to_draw_from())
        return
    if source.suffix not in (".npz", ".json"):
        raise UserError(f"--init_from {source}: give a run folder or a weights file (.npz)")
    card = weights.Card.open(source)
    weights.assign(system.network, card.arrays(), source)
