"""Reading words as the fields of a tree of dataclasses, and telling what was wrong with them."""

import dataclasses
import difflib
from dataclasses import replace
from types import UnionType
from typing import Literal, get_args, get_origin, get_type_hints

from errors import UserError


def known(flag: str, name: str, names) -> str:
    """`name`, if it is one of `names`; otherwise an error that offers the nearest."""
    if name in names:
        return name
    raise UserError(f"{flag}: there is no {name!r}; {_nearest(name, names)}")


def change(config, path: str, value):
    """A copy of a config in which the field at `path` ("part.field") has `value`.

    A string is read as the field's type; any other value must have it.
    """
    return _changed(config, path.split("."), value, path)


def changed(config, changes, parts: dict):
    """The config with (path, value) pairs applied; a part of a new kind begins with its defaults.

    `parts` has the dataclass of each kind.
    """
    for path, value in sorted(changes, key=lambda change: not change[0].endswith(".kind")):
        room, _, field = path.partition(".")
        if field == "kind" and value in parts and value != getattr(config, room).kind:
            config = replace(config, **{room: parts[value]()})
        else:
            config = change(config, path, value)
    return config


def leaves(values: dict, prefix: str = ""):
    """(dotted path, value) of everything in a tree of dictionaries."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _changed(part, names: list[str], value, path: str):
    """A copy of a part of the config with the field that `names` lead to changed."""
    name, *rest = names
    kinds = get_type_hints(type(part))
    if name not in kinds:
        raise UserError(f"{path}: there is no field {name!r}; {_nearest(name, kinds)}")
    kept = getattr(part, name)
    is_part = dataclasses.is_dataclass(kept)
    if rest and not is_part:
        raise UserError(f"{path}: {name} is a value and has no field {'.'.join(rest)!r}")
    if is_part and not rest:
        example = next(field for field in get_type_hints(type(kept)) if field != "kind")
        raise UserError(f"{path}: name one of its fields, as in {path}.{example}")
    if is_part:
        return replace(part, **{name: _changed(kept, rest, value, path)})
    try:
        return replace(part, **{name: _as(kinds[name], value)})
    except (ValueError, TypeError):
        raise UserError(f"{path}: {value!r} is not {_told(kinds[name])}") from None


def _as(kind, value):
    """`value` as `kind`, read from it where it is a string; otherwise a ValueError."""
    shape, inner = get_origin(kind), get_args(kind)
    text = value.strip() if isinstance(value, str) else None
    if shape is UnionType:
        is_none = value is None or (text is not None and text.lower() == "none")
        return None if is_none else _as(inner[0], value)
    if shape is Literal:
        return inner[inner.index(text)]
    if shape is tuple:
        items = value if text is None else text.strip("()[] ,").split(",")
        return tuple(_as(inner[0], item) for item in items)
    if text is not None:
        return READERS[kind](text)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:  # not isinstance: True is no whole number here
        raise ValueError
    return value


def _truth(text: str) -> bool:
    return ("false", "true").index(text.lower()) == 1


READERS = {int: int, float: float, str: str, bool: _truth}
WORDS = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}


def _told(kind) -> str:
    """What a user should write for a field of this kind."""
    shape, inner = get_origin(kind), get_args(kind)
    if shape is UnionType:
        return f"{_told(inner[0])} or none"
    if shape is Literal:
        return f"one of {', '.join(inner)}"
    if shape is tuple:
        return f"a list of {_told(inner[0]).removeprefix('a ')}s such as 1,2,3"
    return WORDS[kind]


def _nearest(name: str, names) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(sorted(names))}"
