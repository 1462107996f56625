"""The closed vocabulary at the centre: line kinds, their effect on the payout and what the books do with them.

The table itself is ``kinds.toml``; a kind that is not in it cannot be written in a profile.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Books = Literal["goods", "points", "commission", "service", "income", "expense", "memo", "balance"]
Section = Literal["", "sale", "return"]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of line: ``effect`` on the payout (+1, -1, 0), what it ``books`` and its Russian title."""

    effect: int
    books: Books
    title: str


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name, in the order in which totals are shown."""
    table = tomllib.loads(files("reports").joinpath("kinds.toml").read_text("utf-8"))
    return msgspec.convert(table, dict[str, Kind])
