"""What command lines hold, read and checked: each a `type` for argparse."""

from argparse import ArgumentTypeError
from collections.abc import Callable


def at_least_one(text: str) -> int:
    """1, 2 and so on."""
    return _whole(text, 1, None, "a whole number from 1 up")


def not_negative(text: str) -> int:
    """0, 1 and so on, as 63 bits hold it."""
    return _whole(text, 0, 2**63 - 1, "a whole number from 0 up")


def above_nothing(text: str) -> float:
    """A number above 0."""
    return _number(text, lambda value: 0 < value < float("inf"), "a number above 0")


def share(text: str) -> float:
    """A number above 0 and at most 1."""
    return _number(text, lambda value: 0 < value <= 1, "a share, above 0 and at most 1")


def tempo(text: str) -> float:
    """Beats a minute that a MIDI file can hold."""
    return _number(text, lambda value: 4 <= value <= 1000, "a number of beats a minute, 4 to 1000")


def program(text: str) -> int:
    """A General MIDI program, counted from 0."""
    return _whole(text, 0, 127, "a General MIDI program, 0 to 127")


def span(text: str, kind: type, low: int, high: int, wanted: str, closed: bool = False):
    """(from, to) of a text "a:b", None where an end is left open."""
    try:
        first, last = (kind(end) if end.strip() else None for end in text.split(":"))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a range of {wanted}") from None
    begin, end = (low if first is None else first), (high if last is None else last)
    if not low <= begin <= high or not low <= end <= high or begin > end:
        raise ArgumentTypeError(f"{text!r} is not a range of {wanted}")
    if begin == end and not closed:
        raise ArgumentTypeError(f"{text!r} is empty: its end does not belong to it")
    return first, last


def _number(text: str, fits: Callable[[float], bool], told: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")  # which fits nothing
    if not fits(value):
        raise ArgumentTypeError(f"{text!r} is not {told}")
    return value


def _whole(text: str, low: int, high: int | None, told: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or value < low or (high is not None and value > high):
        raise ArgumentTypeError(f"{text!r} is not {told}")
    return value
