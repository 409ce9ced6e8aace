"""Two evaluations side by side, and which of their differences are more than chance."""

import math
from pathlib import Path

from errors import UserError
from system.evaluation.terminal import aligned, figure, with_error
from system.evaluation.verdict import Line, Verdict, groups


def verdicts(paths: list[Path], task: str) -> list[Verdict]:
    """The evaluations in some folders or files, if they can be held against each other."""
    found = [Verdict.read(_file(path, task)) for path in paths]
    for path, verdict in zip(paths[1:], found[1:], strict=True):
        for what in ("reference", "bars"):
            ours, other = found[0].about.get(what), verdict.about.get(what)
            if ours != other:
                raise UserError(
                    f"--compare {path}: judged with {what} {other}, and {paths[0]} with {ours}; "
                    "evaluate both in the same way"
                )
    return found


def table(paths: list[Path], found: list[Verdict]) -> str:
    """Each measure in every run; beside it the difference to the first, if it is beyond chance.

    A difference is beyond chance where it exceeds its 95 % interval, which is that of two
    independent figures: the root of the sum of their squares.
    """
    names = [path.name if path.is_dir() else path.stem for path in paths]
    header = ["", names[0]]
    for name in names[1:]:
        header += [name, "difference", ""]
    rows = []
    for group, lines in groups(found[0].lines).items():
        rows.append([group.upper(), *[""] * (len(header) - 1)])
        for line in lines:
            row = [f"  {line.name}", with_error(line.value)]
            for verdict in found[1:]:
                other = next((other for other in verdict.lines if other.name == line.name), None)
                row += _beside(line, other)
            rows.append(row)
    return aligned([header, *rows])


def difference(line: Line, other: Line) -> tuple[float, float]:
    """How much higher the other's figure is, and the half width of that difference's interval."""
    return (
        other.value.value - line.value.value,
        math.hypot(line.value.error, other.value.error),
    )


def told(line: Line, other: Line) -> str:
    """ "better", "worse", "other" where neither is nearer to the ideal, or "" within chance."""
    gap, interval = difference(line, other)
    if not abs(gap) > interval:
        return ""
    nearer = line.off(line.value) - other.off(other.value)
    return "better" if nearer > 0 else "worse" if nearer < 0 else "other"


def _beside(line: Line, other: Line | None) -> list[str]:
    if other is None:
        return ["–", "–", ""]
    gap, interval = difference(line, other)
    shown = f"{gap:+.3g} ±{figure(interval)}" if math.isfinite(gap) else "–"
    return [with_error(other.value), shown, told(line, other)]


def _file(path: Path, task: str) -> Path:
    if path.is_file():
        return path
    for place in (path, path / "evaluation"):
        if (place / f"metrics_{task}.json").is_file():
            return place / f"metrics_{task}.json"
    raise UserError(
        f"{path}: holds no metrics_{task}.json; make it with python evaluate.py --run {path}"
    )
