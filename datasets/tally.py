"""Counting what was left out, by reason, with the first names of each."""

from collections.abc import Iterable
from typing import Any

EXAMPLES = 10
NAMED = 3

Tally = dict[str, dict[str, Any]]


def count(tally: Tally, reason: str, name: str) -> None:
    """One more for a reason."""
    entry = tally.setdefault(reason, {"count": 0, "examples": []})
    entry["count"] += 1
    if len(entry["examples"]) < EXAMPLES:
        entry["examples"].append(name)


def joined(tallies: Iterable[Tally]) -> Tally:
    """Several as one."""
    whole: Tally = {}
    for tally in tallies:
        for reason, entry in tally.items():
            found = whole.setdefault(reason, {"count": 0, "examples": []})
            found["count"] += entry["count"]
            found["examples"] = [*found["examples"], *entry["examples"]][:EXAMPLES]
    return whole


def ordered(tally: Tally) -> list[tuple[str, dict[str, Any]]]:
    """(reason, entry), the commonest first."""
    return sorted(tally.items(), key=lambda item: -item[1]["count"])


def names(entry: dict[str, Any]) -> str:
    """The first names of a reason, as they can be printed."""
    more = ", ..." if entry["count"] > NAMED else ""
    return (", ".join(entry["examples"][:NAMED]) + more).encode("utf-8", "replace").decode()


def in_words(tally: Tally) -> str:
    """All reasons in a line, as in "3 not MIDI (a.mid, b.mid, c.mid), 1 no notes (d.mid)"."""
    return ", ".join(
        f"{entry['count']:,} {reason} ({names(entry)})" for reason, entry in ordered(tally)
    )
