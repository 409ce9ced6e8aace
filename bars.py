"""What is said of work: bars for anything that may take over two seconds, and counts in words.

A bar shows itself on a terminal alone.
"""

from tqdm import tqdm


def bar(things=None, what: str = "", unit: str = "it", **settings) -> tqdm:
    """`things` with a bar that shows itself after two seconds and goes when all is done.

    Where no terminal would show it, there is none. `settings` are tqdm's, such as `total`.
    """
    settings = {"delay": 2, "leave": False, "disable": None, **settings}
    return tqdm(things, what, unit=f" {unit}", **settings)


def counted(number: int, what: str) -> str:
    """ "1 piece" and "1,000 pieces"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
