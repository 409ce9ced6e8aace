"""The page: the table with its floors, then what stands behind it."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np

from files import replacing
from metrics import distributions
from metrics.judge import Novelty
from metrics.judge_filling import COMPARED
from metrics.table import Table
from music import Piece
from music.theory import NAMES
from system.evaluation.terminal import figure, ideal
from system.evaluation.verdict import HALVES, Line, Verdict, groups
from system.report import charts, pieces

STYLE = Path(__file__).with_name("style.css")
HEADLINES = ("Fréchet distance", "pitch consistency", "longest copy", "pitch accuracy")
NEGLIGIBLE = 0.001  # of any unit here
COPIES = 8  # of the longest, to be looked at one by one


@dataclass(frozen=True)
class Exhibit:
    """What the page shows beside the table: some pieces of both sets with their names."""

    samples: Sequence[tuple[str, Piece]]
    data: Sequence[tuple[str, Piece]]
    tables: tuple[Table, Table]  # samples, reference
    names: tuple[list[str], list[str]]  # of all samples, and of what they may have been copied from
    novelty: Novelty | None = None
    curve: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    gaps: Sequence[tuple[float, float]] = ()  # in the pieces shown, in beats; tables hold no more


def write(path: Path, verdict: Verdict, exhibit: Exhibit) -> None:
    """Writes the page, whole or not at all."""
    parts = [
        _head(verdict),
        _table(verdict),
        _histograms(exhibit),
        _rolls(exhibit),
        _copies(exhibit),
        _curve(exhibit),
        _settings(verdict),
    ]
    title = escape(verdict.about["title"])
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def is_near(line: Line) -> bool | None:
    """Whether the samples are as near to the ideal as one half of the data is to the other.

    Up to the interval of the two distances; None where it cannot be told.
    """
    if (
        HALVES not in line.floors
        or not math.isfinite(line.value.value)
        or not math.isfinite(line.wanted)
    ):
        return None
    floor = line.floors[HALVES]
    errors = [e for e in (line.value.error, floor.error) if math.isfinite(e)]
    near = line.off(line.value) <= line.off(floor) + math.hypot(*errors, NEGLIGIBLE)
    return near if math.isfinite(line.off(floor)) else None


def _head(verdict: Verdict) -> str:
    about = verdict.about
    facts = "".join(f"<li>{escape(fact)}</li>" for fact in about["facts"])
    told = [near for near in map(is_near, verdict.lines) if near is not None]
    cards = []
    if told:
        share = f"{sum(told)} of {len(told)}"
        cards.append(("measures as near to the data as its own halves", share, ""))
    for line in verdict.lines:
        if line.name in HEADLINES:
            floor, value = next(iter(line.floors.items()), (None, None))
            beside = f"{floor}: {figure(value.value)}" if floor else ""
            cards.append((line.name, figure(line.value.value), beside))
    shown = "".join(
        f'<div class="card">{escape(name)}<b>{escape(value)}</b>'
        f'<span class="faded">{escape(beside)}</span></div>'
        for name, value, beside in cards
    )
    return (
        f'<h1>{escape(about["title"])}</h1><ul class="facts">{facts}</ul>'
        f'<div class="cards">{shown}</div>'
    )


def _table(verdict: Verdict) -> str:
    floors = verdict.floors
    head = "".join(f"<th>{escape(name)}</th>" for name in ("samples", "distance", "ideal", *floors))
    rows = []
    for group, lines in groups(verdict.lines).items():
        rows.append(f'<tr class="group"><td colspan="{4 + len(floors)}">{escape(group)}</td></tr>')
        rows += [_row(line, floors) for line in lines]
    keys = '<span class="key ours"></span>samples' + "".join(
        f'<span class="key floor{n}"></span>{escape(name)}' for n, name in enumerate(floors)
    )
    dots = " A green dot: as near to it as one half of the data is to the other."
    dots = dots if HALVES in floors else ""
    return (
        "<h2>Measures</h2><p>Each figure with the half width of its 95 % interval, by bootstrap "
        f"over pieces. Where the ideal is not 0 or 1 it is what the data have.{dots} The marks "
        "show the distances from the ideal, on a square-root scale.</p>"
        f'<p class="faded">{keys}</p>'
        f'<div class="scroll"><table><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(line: Line, floors: list[str]) -> str:
    unit = f' <span class="unit">{escape(line.unit)}</span>' if line.unit else ""
    near = " near" if is_near(line) else ""
    cells = "".join(
        f"<td>{figure(line.floors[n].value) if n in line.floors else ''}</td>" for n in floors
    )
    error = ""
    if math.isfinite(line.value.error):
        error = f' <span class="error">±{figure(line.value.error)}</span>'
    return (
        f'<tr><td class="{near.strip()}">{escape(line.name)}{unit}</td>'
        f'<td class="ours">{figure(line.value.value)}{error}</td><td>{charts.strip(line)}</td>'
        f"<td>{ideal(line)}</td>{cells}</tr>"
    )


def _histograms(exhibit: Exhibit) -> str:
    shown = []
    for name, parts in distributions.HISTOGRAMS.items():
        if exhibit.gaps and name not in COMPARED:
            continue
        counts, others = (parts(table).sum(axis=0) for table in exhibit.tables)
        if not counts.any() or not others.any():
            continue
        chart = charts.histogram(name, counts, others, _labels(name, len(counts)))
        shown.append(f"<figure><h3>{escape(name.capitalize())}</h3>{chart}</figure>")
    where = " inside the gaps" if exhibit.gaps else ""
    return (
        f"<h2>Distributions{where}</h2>"
        '<p class="faded"><span class="key data"></span>data'
        '<span class="key ours"></span>samples</p>'
        f'<div class="charts">{"".join(shown)}</div>'
    )


def _labels(name: str, bins: int) -> list[str]:
    if name == "pitch class":
        return list(NAMES)
    if name == "pitch":
        return [f"{NAMES[p % 12]}{p // 12 - 1}" for p in range(128)]
    if name == "velocity":
        return [str(4 * n) for n in range(bins)]
    numbers = [str(n) for n in range(bins)]
    if name in ("duration", "inter-onset interval", "note density"):
        numbers[-1] = f">{bins - 2}"
    return numbers


def _rolls(exhibit: Exhibit) -> str:
    audible = pieces.can_play()
    shown = []
    for number, pair in enumerate(zip(exhibit.samples, exhibit.data, strict=False)):
        gap = exhibit.gaps[number] if exhibit.gaps else None
        for (name, piece), kind in zip(pair, ("sample", "data"), strict=True):
            shown.append(pieces.figure(piece, f"{kind}: {name}", audible, gap))
    heard = f" with their first {pieces.SECONDS} seconds" if audible else ""
    gap = " What was to be filled is shaded." if exhibit.gaps else ""
    return (
        f"<h2>Pieces</h2><p>Samples to the left, the data to the right{heard}; not chosen.{gap}</p>"
        f'<div class="rolls">{"".join(shown)}</div>'
    )


def _copies(exhibit: Exhibit) -> str:
    if exhibit.novelty is None:
        return ""
    found, (names, sources) = exhibit.novelty.copies, exhibit.names
    rows = "".join(
        f"<tr><td>{escape(names[n])}</td><td>{found.longest[n]}</td><td>{found.share[n]:.2f}</td>"
        f"<td>{escape(sources[found.source[n]]) if found.source[n] >= 0 else '–'}</td>"
        f"<td>{escape(sources[exhibit.novelty.nearest[n]])}</td></tr>"
        for n in np.argsort(-found.longest, kind="stable")[:COPIES]
    )
    head = ("sample", "longest copy, notes", "copied share", "copied from", "nearest by features")
    cells = "".join(f"<th>{name}</th>" for name in head)
    return (
        "<h2>The longest copies</h2><p>Melody in any key, drums left out. What real pieces share "
        "with each other stands in the table above.</p>"
        f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody>'
        "</table></div>"
    )


def _curve(exhibit: Exhibit) -> str:
    drawn = charts.curve(exhibit.curve, "steps") if exhibit.curve else ""
    return f'<h2>Training</h2><div class="curve">{drawn}</div>' if drawn else ""


def _settings(verdict: Verdict) -> str:
    kept = {name: v for name, v in verdict.about.items() if name not in ("title", "facts")}
    text = escape(json.dumps(kept, indent=2, default=str))
    return (
        f"<h2>How it was made</h2><details><summary>Settings</summary><pre>{text}</pre></details>"
    )
