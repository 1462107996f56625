"""Understanding returned rows: whose row it is, which of its cells were touched, and what they want.

An untouched cell means exactly what was exported; a touched one is read anew. What is wrong in a row is told at once.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from mappings.cell_texts import Told, tell
from mappings.sheet import (
    NOTHING_SAID,
    Bad,
    Language,
    Said,
    Stamp,
    alike,
    components_text,
    normal,
    read_components,
    read_day,
    read_multiplier,
    read_stamp,
)
from mappings.sheet_rows import FileRow

GROUPS = (("item", "multiplier", "components"), ("valid_from", "valid_to"), ("note",))
FIELDS = tuple(field for group in GROUPS for field in group)
Resolve = Callable[[str, str], str]


class CellError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one cell; ``column`` is our name of it, ``text`` the name of the words for it."""

    row: int
    column: str
    text: str
    found: str = ""
    values: Mapping[str, str] = {}

    @property
    def code(self) -> str:
        """What programs know the finding by."""
        return self.values.get("code") or self.text.partition(".")[0]

    def told(self, language: Language = "ru") -> Told:
        """Put it into words."""
        return tell(self.text, language, {"found": self.found, **self.values})


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A row understood: its key, base and version (None in a plain list), and what it wants. ``given``: its fields."""

    row: int
    key: str
    stamp: Stamp | None
    mine: Said
    given: frozenset[str]


class Wrong(Exception):
    """A row that cannot be taken, with everything that is wrong in it."""

    def __init__(self, *errors: CellError) -> None:
        super().__init__()
        self.errors = errors


def copied_stamps(rows: Iterable[FileRow]) -> set[int]:
    """Find the rows whose hidden cell came along when a person copied a row: each exported row has one heir.

    The heir is the row that still begins on the exported day, else the first.
    """
    groups: dict[str, list[FileRow]] = {}
    for row in rows:
        if row.version:
            groups.setdefault(row.version, []).append(row)
    copies: set[int] = set()
    for text, group in groups.items():
        if len(group) > 1:
            heir = next((row for row in group if _begins_as(row, text)), group[0])
            copies.update(row.row for row in group if row is not heir)
    return copies


def _begins_as(row: FileRow, text: str) -> bool:
    try:
        return read_day(row.valid_from or "") == read_stamp(text).said.valid_from
    except Bad:
        return False


def wish_of(row: FileRow, resolve: Resolve, *, copied: bool) -> Wish:
    """Understand a row. Raises Wrong with everything that is wrong in it."""
    errors = [cell_error(row, column, Bad(text)) for column, text in row.broken]
    stamp = None
    if row.version:
        try:
            stamp = read_stamp(row.version)
        except Bad as bad:
            raise Wrong(*errors, cell_error(row, "version", bad)) from bad
    if row.broken:
        raise Wrong(*errors)
    key = _key(row, stamp)
    base = stamp if stamp is not None and not copied else None
    mine = _mine(row, stamp, resolve)
    if stamp is not None and not stamp.whole and mine != stamp.said:
        raise Wrong(cell_error(row, "components", Bad("kit_long")))
    given = frozenset(field for field in FIELDS if field == "item" or getattr(row, field) is not None)
    return Wish(row=row.row, key=key, stamp=base, mine=mine, given=given)


def _key(row: FileRow, stamp: Stamp | None) -> str:
    """Return the key of a row: the exported one, which the cell must still show."""
    if stamp is not None and alike(row.key, stamp.key):
        return stamp.key
    if stamp is not None:
        raise Wrong(cell_error(row, "key", Bad("key_damaged", key=stamp.key)))
    if not row.key:
        raise Wrong(cell_error(row, "key", Bad("text_empty")))
    return row.key


def _mine(row: FileRow, stamp: Stamp | None, resolve: Resolve) -> Said:
    """Return what the row says: untouched cells what was exported, the others what they hold."""
    base = stamp.said if stamp else NOTHING_SAID
    errors: list[CellError] = []

    def cell(field: str, read: Callable[[str], object]) -> object:
        text, exported = getattr(row, field), getattr(base, field)
        whole = stamp is None or stamp.whole or field != "components"
        if text is None or not whole or alike(text, written(field, base)):
            return exported
        try:
            return read(text)
        except Bad as bad:
            errors.append(cell_error(row, field, bad))
            return exported

    said = msgspec.structs.replace(
        base,
        multiplier=cell("multiplier", read_multiplier),
        components=cell("components", read_components),
        valid_from=cell("valid_from", read_day),
        valid_to=cell("valid_to", read_day),
        note=cell("note", str),
    )
    return _resolved(row, stamp, said, resolve, errors)


def _resolved(row: FileRow, stamp: Stamp | None, said: Said, resolve: Resolve, errors: list[CellError]) -> Said:
    """Put the refs in the place of what the item cells say."""
    base = stamp.said if stamp else NOTHING_SAID
    item, components = said.item, said.components
    column = "item"
    try:
        item = _item(row, stamp, resolve)
        column = "components"
        if components != base.components:
            components = tuple(
                msgspec.structs.replace(part, item=resolve("components", part.item)) for part in components
            )
    except Bad as bad:
        errors.append(cell_error(row, "item_article" if column == "item" and not row.item else column, bad))
    if errors:
        raise Wrong(*errors)
    return msgspec.structs.replace(said, item=item, components=components)


def _item(row: FileRow, stamp: Stamp | None, resolve: Resolve) -> str:
    """Return the ref that the two item cells name; the one that was touched counts. Raises Bad."""
    base, shown = (stamp.said.item, stamp.item_article) if stamp else ("", "")
    touched = row.item is not None and not alike(row.item, base)
    article = row.item_article if row.item_article and not alike(row.item_article, shown) else ""
    if not touched and not article:
        return base
    named = resolve("item", row.item) if touched and row.item else ""
    by_article = resolve("item_article", article) if article else ""
    if named and by_article and named != by_article:
        raise Bad("item_contradicts", found=row.item or "", article=article)
    return named or by_article


def written(field: str, said: Said | None) -> str:
    """Write one field of a link for a person; no link is empty."""
    if said is None or (field == "multiplier" and not said.linked()):
        return ""
    value = getattr(said, field)
    return components_text(value) if field == "components" else normal(value)


def cell_error(row: FileRow | Wish, column: str, bad: Bad) -> CellError:
    """Say what is wrong with a cell of a row."""
    found = str(getattr(row, column, None) or "")[:200]
    return CellError(row=row.row, column=column, text=bad.text, found=found, values={"key": row.key, **bad.values})
