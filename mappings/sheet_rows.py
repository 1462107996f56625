"""Reading returned rows: which column is which, and the cells that matter, as comparable text."""

import re
from collections.abc import Sequence
from functools import cache

import msgspec

from mappings.link_kinds import link_kinds
from mappings.sheet import LANGUAGES, words

READ = ("key", "item", "item_article", "multiplier", "components", "valid_from", "valid_to", "note", "version")
_CODES = ("key", "item", "item_article")
_MOST_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """Where the columns of a sheet stand. ``headers``: what the sheet itself calls every column."""

    row: int
    places: dict[str, int]
    headers: list[str]

    def header(self, column: str) -> str:
        """Return what the sheet calls a column; one that it does not have, by our name."""
        place = self.places.get(column)
        return words().columns[column].title["ru"] if place is None else self.headers[place]


class FileRow(msgspec.Struct, kw_only=True, gc=False):
    """The cells of one row that are read. None: the sheet has no such column. ``broken``: column and what is wrong."""

    row: int
    key: str = ""
    item: str | None = None
    item_article: str | None = None
    multiplier: str | None = None
    components: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    note: str | None = None
    version: str | None = None
    broken: tuple[tuple[str, str], ...] = ()

    def is_empty(self) -> bool:
        """True for a row without a word in any cell that is read."""
        return not any(getattr(self, column) for column in READ)


def bind(number: int, cells: Sequence[str]) -> Binding | None:
    """Recognise a header row: it names the key and, by ref or article, the item."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = _known().get(folded(cell)) if cell else None
        if column is not None:
            places.setdefault(column, place)
    if "key" not in places or not places.keys() & {"item", "item_article"}:
        return None
    return Binding(row=number, places=places, headers=[cell.strip() for cell in cells])


@cache
def _known() -> dict[str, str]:
    """Every header by which a column is known; titles come before other words."""
    known: dict[str, str] = {}
    columns = words().columns.items()
    for name, column in columns:
        known.update(dict.fromkeys(map(folded, column.title.values()), name))
    for name, column in columns:
        for also in (*column.also, name):
            known.setdefault(folded(also), name)
    for kind in link_kinds().values():
        for language in LANGUAGES:
            known.setdefault(folded(kind.target_title_in(language)), "item")
    return known


def folded(text: str) -> str:
    """Return a header without what carries no meaning: case, blanks, ё, underscores and marks."""
    return re.sub(r"[\s_*:]+", " ", text.replace("ё", "е").replace("Ё", "Е")).strip().casefold()


def inexact(cell: object, column: str) -> bool:
    """True for a code of a link that a spreadsheet made a number of more digits than it keeps."""
    return column in _CODES and is_inexact(cell)


def is_inexact(cell: object) -> bool:
    """True for a number of more digits than a spreadsheet keeps."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= _MOST_EXACT
