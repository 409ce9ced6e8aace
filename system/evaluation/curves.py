"""How the loss fell while a run trained."""

import csv
from pathlib import Path

SHOWN = {"loss": "training", "val_loss": "held out"}
MOST = 400  # points a line


def of_run(path: Path) -> dict[str, list[tuple[float, float]]]:
    """(step, loss) by name, from a run's log.csv; empty where it has none."""
    log = path / "log.csv"
    if not log.exists():
        return {}
    with open(log, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for column, name in SHOWN.items():
        points = [
            (int(row["step"]), float(row[column]))
            for row in rows
            if (row.get(column) or "").strip() and (row.get("step") or "").isdecimal()
        ]
        found[name] = points[:: max(1, len(points) // MOST)]
    return {name: points for name, points in found.items() if points}
