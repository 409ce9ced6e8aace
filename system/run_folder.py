"""runs/<model>_<dataset>/: everything a run is, and all that is needed to go on or to draw."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from config import Config, from_dict, to_json
from errors import UserError
from files import replacing

LAST, BEST = "last.weights.h5", "best.weights.h5"


@dataclass(frozen=True)
class RunFolder:
    """A run's config, the statistics of its corpus, its checkpoints, samples and logs."""

    path: Path
    config: Config
    statistics: dict

    @classmethod
    def create(cls, path: str | os.PathLike, config: Config, statistics: dict) -> "RunFolder":
        """Makes the folder of a new run; one that holds checkpoints already is refused."""
        run = cls(Path(path), config, statistics)
        if run.checkpoint(LAST).exists():
            raise UserError(
                f"{path}: holds a run already; go on with it (--resume), "
                "or choose another --run_dir"
            )
        for folder in ("checkpoints", "samples", "tensorboard"):
            (run.path / folder).mkdir(parents=True, exist_ok=True)
        for name, text in (
            ("config.json", to_json(config)),
            ("statistics.json", json.dumps(statistics, indent=2)),
        ):
            with replacing(run.path / name) as temporary:
                Path(temporary).write_text(text + "\n", encoding="utf-8")
        return run

    @classmethod
    def open(cls, path: str | os.PathLike) -> "RunFolder":
        """Reads the folder of an earlier run."""
        path = Path(path)
        if not path.is_dir():
            raise UserError(f"{path}: there is no such run; `python train.py` makes one")
        try:
            config = json.loads((path / "config.json").read_text(encoding="utf-8"))
            statistics = json.loads((path / "statistics.json").read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(f"{path}: not a run, it has no {Path(error.filename).name}") from None
        except ValueError as error:
            raise UserError(f"{path}: its config or statistics are damaged ({error})") from None
        return cls(path, from_dict(config), statistics)

    def checkpoint(self, name: str) -> Path:
        """Where checkpoint LAST or BEST is, or would be."""
        return self.path / "checkpoints" / name

    def to_draw_from(self) -> Path:
        """The best checkpoint, or the last when none was validated."""
        for name in (BEST, LAST):
            if self.checkpoint(name).exists():
                return self.checkpoint(name)
        raise UserError(f"{self.path}: no checkpoint yet; train it longer or use other weights")
