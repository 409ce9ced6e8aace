"""What prepare.py tells at its end, as a table and as JSON."""

from typing import Any

from datasets import tally
from datasets.windows import SPLITS, Windows


def summary_of(
    report: dict[str, Any] | None, portrait: dict[str, Any], windows: Windows, seconds: float
) -> dict[str, Any]:
    """Everything counted on the way from files to windows, ready for JSON."""
    report = report or {"kept": portrait["pieces"], "dropped": {}, "duplicates": 0}
    dropped = sum(entry["count"] for entry in report["dropped"].values())
    files = report["kept"] + dropped + report["duplicates"]
    entries = windows.index["splits"]
    return {
        "files": files,
        **report,
        "hours": portrait["hours"],
        "notes": portrait["notes"],
        "windows": {split: entries[split]["windows"] for split in SPLITS},
        "pieces_without_windows": sum(entries[split]["pieces_without_windows"] for split in SPLITS),
        "without_windows": tally.joined(entries[split].get("without", {}) for split in SPLITS),
        "pieces_not_encoded": _failed(entries),
        "remarks": windows.remarks,
        "seconds": seconds,
        "files_per_second": files / seconds,
        "path": str(windows.path),
    }


def table(summary: dict[str, Any], title: str) -> str:
    """The same as lines for a reader."""
    rows = [("files", f"{summary['files']:,}", ""), ("kept", f"{summary['kept']:,}", "")]
    rows += _reasons("dropped", summary["dropped"])
    windows = summary["windows"]
    rows += [
        ("duplicates", f"{summary['duplicates']:,}", ""),
        ("hours of music", f"{summary['hours']:,.1f}", ""),
        ("notes", f"{summary['notes']:,}", ""),
        (
            "windows",
            f"{sum(windows.values()):,}",
            ", ".join(f"{split} {count:,}" for split, count in windows.items()),
        ),
        ("pieces without a window", f"{summary['pieces_without_windows']:,}", ""),
    ]
    rows += _reasons("no window", summary["without_windows"])
    rows += [
        (f"pieces not encoded: {reason}", f"{count:,}", "")
        for reason, count in summary["pieces_not_encoded"].items()
    ]
    rows += [
        ("seconds", f"{summary['seconds']:,.1f}", ""),
        ("files a second", f"{summary['files_per_second']:,.0f}", ""),
    ]
    width = max(len(name) for name, *_ in rows)
    lines = [f"  {name:<{width}}  {value:>12}  {note}".rstrip() for name, value, note in rows]
    return "\n".join([title, *lines, *(f"  {remark}" for remark in summary["remarks"])])


def _reasons(what: str, counted: tally.Tally) -> list[tuple[str, str, str]]:
    return [
        (f"{what}: {reason}", f"{entry['count']:,}", tally.names(entry))
        for reason, entry in tally.ordered(counted)
    ]


def _failed(entries: dict[str, Any]) -> dict[str, int]:
    failed: dict[str, int] = {}
    for split in SPLITS:
        for reason, count in entries[split].get("failed", {}).items():
            failed[reason] = failed.get(reason, 0) + count
    return failed
