"""What an evaluation found, as it is kept in metrics_<task>.json and shown everywhere else."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from errors import UserError
from files import replacing
from metrics.judge import Row
from metrics.measure import Value

VERSION = 1  # of the measures: figures of different ones do not compare
HALVES = "data, half against half"  # the floor by which everything else is measured


@dataclass(frozen=True)
class Line:
    """A measure with its figure, the data's own where that is the ideal, and the floors'."""

    name: str
    group: str
    unit: str
    ideal: float | None
    value: Value
    data: Value | None = None
    floors: dict[str, Value] = field(default_factory=dict)

    @property
    def wanted(self) -> float:
        """The figure to come near to."""
        if self.ideal is not None:
            return self.ideal
        return self.data.value if self.data else math.nan

    def off(self, value: Value) -> float:
        """How far a figure is from that, NaN where it cannot be told."""
        return abs(value.value - self.wanted)


@dataclass(frozen=True)
class Verdict:
    """All lines of an evaluation, and what was judged: `about` is ready for JSON."""

    task: str
    about: dict
    lines: list[Line]

    @property
    def floors(self) -> list[str]:
        """The names of the floors, in order."""
        return list(dict.fromkeys(name for line in self.lines for name in line.floors))

    def write(self, path: Path) -> None:
        """Keeps it as JSON, in which what is undefined is null."""
        content = {"task": self.task, "measures": VERSION, **self.about}
        content["rows"] = [asdict(line) for line in self.lines]
        with replacing(path) as temporary:
            text = json.dumps(_without_nan(content), indent=1, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Verdict":
        """What `write` kept."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            rows, task = content.pop("rows"), content.pop("task")
            if content.pop("measures") != VERSION:
                raise UserError(f"{path}: made by other measures; evaluate again")
            lines = [
                Line(
                    **{name: row[name] for name in ("name", "group", "unit", "ideal")},
                    value=_value(row["value"]),
                    data=row["data"] and _value(row["data"]),
                    floors={name: _value(v) for name, v in row["floors"].items()},
                )
                for row in rows
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{path}: not what evaluate.py wrote ({error!r})") from None
        return cls(task, content, lines)


def lines_of(rows: list[Row], floors: dict[str, list[Row]]) -> list[Line]:
    """The rows of the samples, each with those of the floors; what none can tell is left out."""
    named = {n: {r.measure.name: r.value for r in column} for n, column in floors.items()}
    lines = []
    for row in rows:
        about = row.measure
        beside = {n: column[about.name] for n, column in named.items() if about.name in column}
        if any(math.isfinite(v.value) for v in (row.value, *beside.values())):
            lines.append(
                Line(
                    *(about.name, about.group, about.unit, about.ideal),
                    row.value,
                    row.reference,
                    beside,
                )
            )
    return lines


def groups(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Lines by their group, in order."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.group, []).append(line)
    return found


def _value(row: dict) -> Value:
    return Value(*(math.nan if row[n] is None else float(row[n]) for n in ("value", "error")))


def _without_nan(content):
    if isinstance(content, dict):
        return {str(name): _without_nan(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return str(content) if isinstance(content, Path) else content
