"""Refuses the arguments that a representation cannot have, naming the nearest that it can."""

import difflib
import math
import numbers
from typing import Any

from errors import UserError


def check_number(name: str, value: Any, low: float, high: float, kind: type = numbers.Real):
    """A UserError unless `value` is a number of `kind` from low to high."""
    good = isinstance(value, kind) and not isinstance(value, bool)
    if good and low <= value <= high:
        return
    what = "a whole number" if kind is numbers.Integral else "a number"
    real = isinstance(value, numbers.Real) and not math.isnan(value)
    nearest = min(max(value, low), high) if real else low
    nearest = round(nearest) if kind is numbers.Integral else nearest
    raise UserError(
        f"{name}: {value!r} is not {what} from {low:g} to {high:g}; "
        f"the nearest that is allowed is {nearest:g}"
    )


def check_whole(name: str, value: Any, low: int, high: int) -> None:
    """A UserError unless `value` is a whole number from low to high."""
    check_number(name, value, low, high, numbers.Integral)


def check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """A UserError unless `value` is one of those allowed."""
    if value in allowed:
        return
    nearest = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0)[0]
    raise UserError(f"{name}: {value!r} is not one of {', '.join(allowed)}; use {nearest!r}")
