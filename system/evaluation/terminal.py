"""An evaluation as lines of text."""

import math

from metrics.measure import Value
from system.evaluation.verdict import Line, Verdict, groups


def figure(number: float) -> str:
    """Four significant digits, and never a long row of noughts."""
    if not math.isfinite(number):
        return "–"
    if number and abs(number) < 0.0005:
        return f"{number:.1e}"
    return f"{number:.3f}" if abs(number) < 10 else f"{number:.4g}"


def with_error(value: Value | None) -> str:
    """A figure with its interval."""
    if value is None or not math.isfinite(value.value):
        return "–"
    error = f" ±{figure(value.error)}" if math.isfinite(value.error) else ""
    return figure(value.value) + error


def ideal(line: Line) -> str:
    """What the samples should score: a constant, or what the data have."""
    return figure(line.wanted)


def table(verdict: Verdict) -> str:
    """The whole table, a group after another."""
    floors = verdict.floors
    header = ["", "samples", "ideal", *floors]
    rows = []
    for group, lines in groups(verdict.lines).items():
        rows.append([group.upper(), *[""] * (len(header) - 1)])
        for line in lines:
            unit = f" ({line.unit})" if line.unit else ""
            others = [figure(line.floors[n].value) if n in line.floors else "" for n in floors]
            rows.append([f"  {line.name}{unit}", with_error(line.value), ideal(line), *others])
    return aligned([header, *rows])


def aligned(rows: list[list[str]]) -> str:
    """Rows of cells in columns, the first to the left and the others to the right."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
