"""Three-way merge of a returned sheet with the table: what its rows meant to change, and what others did meanwhile.

The rule. A row's *base* is what it said when exported, *mine* what it says now, *theirs* the table of this moment.
Only touched cells wish anything. Cells that mean one thing together are merged together: item, pieces and kit; the two
days; the note. What only one side changed is taken from that side; what both changed alike is no conflict; what both
changed differently is a conflict, listed by cell with both values, and the whole row waits. A link goes only when its
item cell was emptied; a row missing from the file says nothing. A row without a base (a plain list) is a wish: it sets
what it names, keeps what it has no column for, and an empty item cell changes nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec

from mappings.sheet import NOTHING_SAID, Bad, Said
from mappings.sheet_rows import FileRow
from mappings.wishes import FIELDS, GROUPS, CellError, Resolve, Wish, Wrong, cell_error, copied_stamps, wish_of, written

Place = tuple[str, date | None]


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """A link as the table has it now."""

    said: Said
    version: int = 1
    found_by: str = "person"
    score: int | None = None


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that two people changed differently."""

    row: int
    key: str
    column: str
    base: str
    theirs: str
    mine: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one row does to the table. Its first day is part of ``before`` and ``after``; moved, when they differ."""

    row: int
    key: str
    change: Literal["new", "changed", "removed"]
    before: Current | None
    after: Said | None

    def places(self) -> set[Place]:
        """The places of the table that the change writes to."""
        said = [one for one in (self.before.said if self.before else None, self.after) if one is not None]
        return {(self.key, one.valid_from) for one in said}


class Clashed(msgspec.Struct, frozen=True):
    """A row in conflict: the table's side, and what the row would say should its editor insist."""

    key: str
    theirs: Current | None
    insisting: Said


class Merged(msgspec.Struct, kw_only=True):
    """What came of all rows. ``clashed``: by row, how the rows in conflict may go on."""

    changes: list[Change] = []
    conflicts: list[Conflict] = []
    errors: list[CellError] = []
    unchanged: int = 0
    rows: int = 0
    clashed: dict[int, Clashed] = {}


Table = Mapping[str, Mapping[date | None, Current]]


class _Clash(msgspec.Struct, frozen=True):
    """The cells in which a row and the table went apart, and the table's side."""

    cells: list[Conflict]
    theirs: Current | None
    insisting: Said


def merge(rows: Sequence[FileRow], table: Table, resolve: Resolve) -> Merged:
    """Merge the rows of a sheet with the table. ``resolve`` finds the ref of a text in a column, or raises Bad."""
    merged = Merged()
    copies = copied_stamps(rows)
    for row in rows:
        if row.is_empty():
            continue
        merged.rows += 1
        try:
            wish = wish_of(row, resolve, copied=row.row in copies)
            _take(merged, wish, _decide(wish, table.get(wish.key, {})))
        except Wrong as wrong:
            merged.errors += wrong.errors
    _refuse_collisions(merged, table, dated=any(row.valid_from is not None for row in rows))
    return merged


# --- what becomes of it -----------------------------------------------------------------------------------------------


def _decide(wish: Wish, links: Mapping[date | None, Current]) -> Change | _Clash | None:
    """Compare what a row wants with its base and the table: a change, conflicts, or nothing to do."""
    if wish.stamp is None:
        return _plain(wish, links)
    if not wish.stamp.version:
        return _first(wish, links)
    base = wish.stamp.said
    theirs = links.get(base.valid_from)
    if wish.mine == base:
        return None
    if not wish.mine.linked():
        if theirs is None:
            return None
        return _clash(wish, base, theirs) if theirs.said != base else _change(wish, theirs, None)
    if theirs is None:
        return _clash(wish, base, None)
    return _three_ways(wish, base, theirs)


def _three_ways(wish: Wish, base: Said, theirs: Current) -> Change | _Clash | None:
    after, apart = theirs.said, list[str]()
    for group in GROUPS:
        before, mine, other = (_part(said, group) for said in (base, wish.mine, theirs.said))
        if mine not in (before, other):
            after = msgspec.structs.replace(after, **mine)
            apart += group if other != before else ()
    return _clash(wish, base, theirs, apart, after) if apart else _change(wish, theirs, after)


def _first(wish: Wish, links: Mapping[date | None, Current]) -> Change | _Clash | None:
    """A key that had no link when it was exported."""
    if not wish.mine.linked():
        if wish.mine != NOTHING_SAID:
            raise Wrong(_missing_item(wish))
        return None
    theirs = links.get(wish.mine.valid_from) or next(
        (one for one in links.values() if _meet(one.said, wish.mine)), None
    )
    if theirs is None:
        return _change(wish, None, wish.mine)
    if theirs.said.valid_from != wish.mine.valid_from:
        return _clash(wish, NOTHING_SAID, theirs)
    return _three_ways(wish, NOTHING_SAID, theirs)


def _plain(wish: Wish, links: Mapping[date | None, Current]) -> Change | None:
    """A row of a plain list: what it names is set, what it has no column for stays."""
    if not wish.mine.linked():
        return None
    theirs = links.get(wish.mine.valid_from)
    if "valid_from" not in wish.given and theirs is None and links:
        if len(links) > 1:
            raise Wrong(cell_error(wish, "key", Bad("links_dated")))
        theirs = next(iter(links.values()))
    if theirs is None:
        return _change(wish, None, wish.mine)
    kept = {field: getattr(theirs.said, field) for field in FIELDS if field not in wish.given}
    return _change(wish, theirs, msgspec.structs.replace(wish.mine, **kept))


def _change(wish: Wish, theirs: Current | None, after: Said | None) -> Change | None:
    if theirs is not None and theirs.said == after:
        return None
    kind: Literal["new", "changed", "removed"] = "changed"
    if theirs is None or after is None:
        kind = "new" if theirs is None else "removed"
    return Change(row=wish.row, key=wish.key, change=kind, before=theirs, after=after)


def _clash(
    wish: Wish, base: Said, theirs: Current | None, fields: Sequence[str] = FIELDS, insisting: Said | None = None
) -> _Clash:
    """List the cells of a conflict: those in which the two sides differ."""
    other = theirs.said if theirs else None
    mine = wish.mine if wish.mine.linked() else None
    sides = ((field, written(field, base), written(field, other), written(field, mine)) for field in fields)
    cells = [
        Conflict(row=wish.row, key=wish.key, column=field, base=before, theirs=there, mine=here)
        for field, before, there, here in sides
        if there != here
    ]
    return _Clash(cells, theirs, wish.mine if insisting is None else insisting)


def _take(merged: Merged, wish: Wish, outcome: Change | _Clash | None) -> None:
    if outcome is None:
        merged.unchanged += 1
    elif isinstance(outcome, Change):
        merged.changes.append(outcome)
    else:
        merged.conflicts += outcome.cells
        merged.clashed[wish.row] = Clashed(wish.key, outcome.theirs, outcome.insisting)


def _part(said: Said, group: Sequence[str]) -> dict[str, object]:
    return {field: getattr(said, field) for field in group}


def _meet(one: Said, two: Said) -> bool:
    return (one.valid_from or date.min) <= (two.valid_to or date.max) and (two.valid_from or date.min) <= (
        one.valid_to or date.max
    )


def _refuse_collisions(merged: Merged, table: Table, *, dated: bool) -> None:
    """Refuse the changes that would write to one place twice, or over a link that their row does not speak of.

    ``dated``: the sheet has a column of first days; else it is the key that stands there twice.
    """
    counted = Counter(place for change in merged.changes for place in change.places())
    kept = []
    for change in merged.changes:
        text = _collision(change, counted, table)
        if text:
            column, text = ("valid_from", text) if dated else ("key", "link_repeated.list")
            values = {"key": change.key}
            merged.errors.append(CellError(row=change.row, column=column, text=text, found=change.key, values=values))
        else:
            kept.append(change)
    merged.changes = kept


def _collision(change: Change, counted: Mapping[Place, int], table: Table) -> str:
    if any(counted[place] > 1 for place in change.places()):
        return "link_repeated.rows"
    start = change.after.valid_from if change.after else None
    own = change.before is not None and change.before.said.valid_from == start
    if change.after is not None and not own and start in table.get(change.key, {}):
        return "link_repeated.table"
    return ""


def _missing_item(wish: Wish) -> CellError:
    return cell_error(wish, "item", Bad("item_missing"))
