"""Styles of song: a range of tempo, kinds of tune and accompaniment that go together."""

from typing import NamedTuple

from datasets.demo.chance import spread


class Style(NamedTuple):
    """Beats a minute from `slowest` to `fastest`, and what the sections choose from.

    `push` is how often, in percent, a half bar of the tune comes an eighth early.
    """

    slowest: int
    fastest: int
    verse_cells: tuple[str, ...]
    chorus_cells: tuple[str, ...]
    verse: tuple[str, ...]
    chorus: tuple[str, ...]
    push: int


STYLES = {
    "ballad": Style(
        63, 84, ("ornate", "calm"), ("ornate", "flowing"),
        ("chorale", "rolling", "wide", "arch", "harp"), ("ripple", "murmur", "quarters", "pop"), 10,
    ),
    "song": Style(
        84, 112, ("calm", "flowing"), ("flowing", "lively"),
        ("quarters", "rolling", "wide", "harp"), ("pop", "pulse", "arch", "rolling"), 12,
    ),
    "pop": Style(
        92, 128, ("flowing", "lively"), ("lively", "calm"),
        ("syncopated", "quarters", "wide", "harp"), ("pop", "pulse", "offbeat", "arch"), 45,
    ),
    "classical": Style(
        88, 126, ("flowing", "calm"), ("flowing", "lively"),
        ("alberti", "rolling", "harp"), ("alberti", "arch", "quarters"), 0,
    ),
    "stride": Style(
        104, 132, ("lively", "flowing"), ("lively", "calm"),
        ("stride", "offbeat"), ("stride", "syncopated", "pulse"), 25,
    ),
    "latin": Style(
        92, 120, ("flowing", "lively"), ("lively", "calm"),
        ("tresillo", "habanera"), ("habanera", "tresillo", "pop"), 35,
    ),
}  # fmt: skip
STYLE_WEIGHTS = spread({"ballad": 4, "song": 4, "pop": 4, "classical": 3, "stride": 2, "latin": 2})
