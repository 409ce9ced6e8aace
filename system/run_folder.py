"""runs/<model>_<dataset>/: everything a run is, and all that is needed to go on or to draw."""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from config import Config, from_dict, to_json
from errors import UserError
from files import replacing

LAST, BEST = "last.weights.h5", "best.weights.h5"
FOLDERS = ("checkpoints", "samples", "tensorboard")


@dataclass(frozen=True)
class RunFolder:
    """A run's config, the statistics of its corpus, its checkpoints, samples and logs.

    `origin` tells how it came about: {"commands": command lines, "sources": what `train.py` was
    told of the corpus, "windows": the folder of its windows}.
    """

    path: Path
    config: Config
    statistics: dict
    origin: dict = field(default_factory=dict)

    @classmethod
    def create(
        cls, path: str | os.PathLike, config: Config, statistics: dict, origin: dict | None = None
    ) -> "RunFolder":
        """Makes the folder of a new run; one that holds checkpoints already is refused."""
        run = cls(Path(path), config, statistics, origin or {})
        refuse_used(run.path)
        for folder in FOLDERS:
            (run.path / folder).mkdir(parents=True, exist_ok=True)
        run._write_papers()
        return run

    @classmethod
    def open(cls, path: str | os.PathLike) -> "RunFolder":
        """Reads the folder of an earlier run."""
        path = Path(path)
        if not path.is_dir():
            raise UserError(f"{path}: there is no such run; `python train.py` makes one")
        try:
            config = from_dict(_read(path / "config.json"))
        except UserError as error:
            raise UserError(f"{path}: its config cannot be used: {error}") from None
        statistics = _read(path / "statistics.json")
        # Only going on needs it, and a run of an older version has none.
        origin = _read(path / "origin.json") if (path / "origin.json").exists() else {}
        return cls(path, config, statistics, origin)

    @property
    def command(self) -> str | None:
        """The command line that began the run."""
        return next(iter(self.origin.get("commands", [])), None)

    def go_on(self, config: Config, command: str) -> "RunFolder":
        """The run with the config and the command line by which it goes on, both noted."""
        commands = [*self.origin.get("commands", []), command]
        run = replace(self, config=config, origin={**self.origin, "commands": commands})
        run._write_papers()
        for leftover in self.path.glob("checkpoints/.*.h5"):
            leftover.unlink(missing_ok=True)  # what a killed process had not finished writing
        return run

    def _write_papers(self) -> None:
        _write(self.path / "config.json", to_json(self.config))
        _write(self.path / "statistics.json", json.dumps(self.statistics, indent=2))
        _write(self.path / "origin.json", json.dumps(self.origin, indent=2))

    def checkpoint(self, name: str) -> Path:
        """Where checkpoint LAST or BEST is, or would be."""
        return self.path / "checkpoints" / name

    def best(self) -> dict:
        """{"val_loss": .., "steps": ..} of the best checkpoint, empty when there is none."""
        note = self.path / "checkpoints" / "best.json"
        return _read(note) if note.exists() else {}

    def keep_best(self, val_loss: float, steps: int) -> None:
        """Notes what the best checkpoint is."""
        note = json.dumps({"val_loss": val_loss, "steps": steps})
        _write(self.path / "checkpoints" / "best.json", note)

    def saved(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return self.checkpoint(LAST).exists()

    def to_draw_from(self) -> Path:
        """The best checkpoint, or the last when none was validated."""
        for name in (BEST, LAST):
            if self.checkpoint(name).exists():
                return self.checkpoint(name)
        raise UserError(f"{self.path}: no checkpoint yet; train it longer or use other weights")


def refuse_used(path: Path) -> None:
    """Raises if a run has been trained in this folder, or if it is none."""
    if path.exists() and not path.is_dir():
        raise UserError(f"{path}: is a file; choose another --run_dir")
    if any((path / "checkpoints" / name).exists() for name in (LAST, BEST)):
        raise UserError(
            f"{path}: holds a run already; go on with it (--resume), or choose another --run_dir"
        )


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path.parent}: not a run, it has no {path.name}") from None
    except ValueError as error:
        raise UserError(f"{path}: damaged ({error}); restore it or begin a new run") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: damaged (not a table of values); restore it or begin a new run")
    return content
