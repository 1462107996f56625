"""The arithmetic of profiles: sums of named amounts, ``sale - return + 0.01 * commission``, and nothing else.

A term is a name (dots allowed) with an optional decimal factor; terms are joined by + and -. Data, not code: it is
parsed once when the profile is loaded and can neither branch nor call anything.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache

_TERM = re.compile(r"\s*([+-])?\s*(?:(\d+(?:\.\d+)?)\s*\*\s*)?([a-z_][a-z0-9_.]*)\s*")
Terms = tuple[tuple[Decimal, str], ...]


@cache
def terms(text: str) -> Terms:
    """Return the factors and names of an expression; raises ValueError when it is not a plain sum."""
    found: list[tuple[Decimal, str]] = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None or (found and match[1] is None):
            raise ValueError(f"not a sum of named amounts: {text!r}")
        factor = Decimal(match[2] or 1)
        found.append((-factor if match[1] == "-" else factor, match[3]))
        at = match.end()
    if not found:
        raise ValueError("an empty expression")
    return tuple(found)


def names(text: str) -> tuple[str, ...]:
    """Return the names an expression uses."""
    return tuple(name for _, name in terms(text))


def evaluate(text: str, value: Callable[[str], Decimal]) -> Decimal:
    """Return the sum; ``value`` gives the amount of a name and may raise KeyError for one that is not known."""
    return sum((factor * value(name) for factor, name in terms(text)), Decimal(0))
