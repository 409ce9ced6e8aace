"""The files that an evaluation leaves."""

import tomllib
from argparse import Namespace
from pathlib import Path

from system.evaluation.columns import Judged
from system.evaluation.verdict import Line, Verdict
from system.report import page

SHOWN = 4  # samples on the page, beside as many real pieces
ASKED = ("seed", "n", "most", "resamples", "bars")


def publish(
    args: Namespace,
    command: str,
    out: Path,
    title: str,
    facts: list[str],
    about: dict,
    judged: Judged,
    extra: list[Line],
    exhibit: page.Exhibit,
) -> Verdict:
    """Writes metrics_<task>.json and report.html; `about` says what was judged by what."""
    told = {
        "title": title,
        "facts": facts,
        "version": _version(),
        "command": command,
        **{name: getattr(args, name) for name in ASKED if getattr(args, name) is not None},
        **about,
    }
    verdict = Verdict(args.task, told, [*judged.lines, *extra])
    verdict.write(out / f"metrics_{args.task}.json")
    page.write(out / "report.html", verdict, exhibit)
    return verdict


def _version() -> str:
    project = Path(__file__).parents[2] / "pyproject.toml"
    return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
