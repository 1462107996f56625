"""What an upload of links came to, for people: the diff, and a copy of the sheet with errors beside the cells."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bridge.db.catalogue import items_of
from bridge.db.session import Database
from bridge.flows.workbook_export import called, heading_of, list_of_items
from bridge.flows.workbook_file import SheetFile
from bridge.flows.workbooks import Uploaded, written_link
from mappings.cell_texts import header_in, language_of, tell
from mappings.items import Item
from mappings.merge import Change, Conflict
from mappings.sheet import (
    NOTHING_SAID,
    Bad,
    Language,
    Said,
    Shown,
    edited_cells,
    normal,
    read_day,
    stamp_text,
    words,
)
from mappings.wishes import FIELDS, CellError, written
from mappings.workbook import Heading, Line, write_workbook
from reports.spreadsheet import Plain

_NUMBERS = {"quantity", "amount", "multiplier", "score1", "score2", "score3"}
_DAYS = {"valid_from", "valid_to"}


def diff(uploaded: Uploaded, sheet: SheetFile, *, dry_run: bool, limit: int) -> dict[str, Any]:
    """Return the diff: counts of everything, and of each kind of finding the first ``limit``."""
    merged = uploaded.merged
    by_kind: dict[str, list[Change]] = {"new": [], "changed": [], "removed": []}
    for change in merged.changes:
        by_kind[change.change].append(change)
    conflicts = sorted({conflict.row for conflict in merged.conflicts})
    counts = {
        "rows": merged.rows,
        **{kind: len(found) for kind, found in by_kind.items()},
        "unchanged": merged.unchanged,
        "conflicts": len(conflicts),
        "errors": len({error.row for error in merged.errors}),
        "applied": 0 if dry_run else len(merged.changes),
    }
    return {
        "account": uploaded.owner.name,
        "kind": uploaded.table.name,
        "dry_run": dry_run,
        "exported_at": uploaded.stamped_at,
        "sheet": sheet.head.sheet,
        "counts": counts,
        **{kind: [_change(change, sheet) for change in found[:limit]] for kind, found in by_kind.items()},
        "conflicts": [_conflict(conflict, sheet) for conflict in merged.conflicts[:limit]],
        "errors": [_error(error, sheet) for error in merged.errors[:limit]],
        "set": uploaded.written.id if uploaded.written else "",
        "posted_documents": uploaded.told.get("posted_documents", []),
    }


def _change(change: Change, sheet: SheetFile) -> dict[str, Any]:
    before = change.before.said if change.before else None
    cells = [
        {"column": field, "header": sheet.head.binding.header(field), "before": there, "after": here}
        for field in FIELDS
        if (there := written(field, before)) != (here := written(field, change.after))
    ]
    return {"row": change.row, "key": change.key, "change": change.change, "cells": cells}


def _conflict(conflict: Conflict, sheet: SheetFile) -> dict[str, Any]:
    return {
        "row": conflict.row,
        "key": conflict.key,
        "column": conflict.column,
        "header": sheet.head.binding.header(conflict.column),
        "base": conflict.base,
        "theirs": conflict.theirs,
        "mine": conflict.mine,
    }


def _error(error: CellError, sheet: SheetFile) -> dict[str, Any]:
    told = error.told()
    return {
        "code": error.code,
        "message": told.message,
        "sheet": sheet.head.sheet,
        "row": error.row,
        "column": sheet.head.binding.header(error.column),
        "found": error.found,
        "expected": told.expected,
        "advice": told.advice,
    }


# --- the copy ---------------------------------------------------------------------------------------------------------


def write_copy(database: Database, uploaded: Uploaded, sheet: SheetFile, path: Path) -> None:
    """Write a copy of the sheet with what is to be fixed beside the cells, in the language of its headers.

    A row in conflict goes on from what the table says now: uploading the copy again is then a decision and no
    accident. A row that was written goes on from what was written.
    """
    language = language_of(sheet.head.binding)
    told = _told(uploaded, sheet, language)
    going_on = _going_on(database, uploaded, language)
    known = words().columns
    places = {name: place for name, place in sheet.head.binding.places.items() if name in known}
    headers = sheet.head.binding.headers
    own = [place for place, header in enumerate(headers) if place not in places.values() and header]
    lines = (
        _line(cells, places, own, told.get(number, {}), going_on.get(number), language)
        for number, cells in sheet.rows()
    )
    states = Counter("conflict" if "conflict" in found.values() else "wrong" for found in told.values())
    with database.read() as connection:
        heading: Heading = heading_of(uploaded.owner, uploaded.table, language, states)
        items = list_of_items(connection, uploaded.table)
        write_workbook(path, heading, lines, items, [headers[place] for place in own])


def _told(uploaded: Uploaded, sheet: SheetFile, language: Language) -> dict[int, dict[str, str]]:
    """Return what to say of each row, by column; the sentence for the row stands under ``error``."""
    binding = sheet.head.binding
    told: dict[int, dict[str, str]] = {}
    for error in uploaded.merged.errors:
        said = error.told(language)
        advice = f". {said.advice}" if said.advice else ""
        message = f"{header_in(binding, error.column, language)}: {said.message}{advice}"
        _say(told, error.row, error.column, message, "wrong")
    for one in uploaded.merged.conflicts:
        said = tell("conflict", language, {"base": one.base, "theirs": one.theirs, "mine": one.mine})
        _say(told, one.row, one.column, f"{header_in(binding, one.column, language)}: {said.message}", "conflict")
    return told


def _say(told: dict[int, dict[str, str]], row: int, column: str, message: str, state: str) -> None:
    said = told.setdefault(row, {})
    said[column] = message
    said["error"] = f"{said['error']}\n{message}" if "error" in said else message
    said["state"] = state


class _GoesOn(msgspec.Struct, frozen=True):
    """What the memory of a row becomes in the copy, and what its cells then say; ``shown``: further cells of it."""

    key: str
    version: int
    base: Said
    cells: Said
    state: str = ""
    shown: Mapping[str, Shown] = {}


def _going_on(database: Database, uploaded: Uploaded, language: Language) -> dict[int, _GoesOn]:
    """Rows in conflict go on from what the table says, written rows from what was written."""
    found: dict[int, _GoesOn] = {}
    items = _written_items(database, uploaded)
    for row, one in uploaded.merged.clashed.items():
        version, base = (one.theirs.version, one.theirs.said) if one.theirs else (0, NOTHING_SAID)
        found[row] = _GoesOn(one.key, version, base, one.insisting)
    for change in uploaded.merged.changes if uploaded.written else ():
        version = change.before.version + 1 if change.before else 1
        after = change.after or NOTHING_SAID
        state, shown = ("linked" if change.after else "unlinked"), _item_cells(items.get(after.item))
        found_by = written_link(change.before, change.after).found_by if change.after else ""
        shown["found_by"] = words().found_by.get(found_by, {}).get(language, found_by)
        found[change.row] = _GoesOn(change.key, version if change.after else 0, after, after, state, shown)
    return found


def _item_cells(item: Item | None) -> dict[str, Shown]:
    if item is None:
        return {"item_article": "", "item_name": ""}
    return {"item_article": item.article, "item_name": called(item.name, item.variant)}


def _written_items(database: Database, uploaded: Uploaded) -> dict[str, Item]:
    """Return the items of the written rows by ref."""
    if not uploaded.written or uploaded.table.target != "item":
        return {}
    refs = {change.after.item for change in uploaded.merged.changes if change.after}
    with database.read() as connection:
        return {item.ref: item for item in items_of(connection, refs).values()}


def _line(
    cells: Sequence[Plain], places: Mapping[str, int], own: Sequence[int], told: Mapping[str, str], on: _GoesOn | None,
    language: Language,
) -> Line:  # fmt: skip
    said = {name: _shown(name, cells[place]) for name, place in places.items() if place < len(cells)}
    state = _state(normal(said.get("state")))
    if told:
        state = told["state"]
        said["state"] = words().states[state][language]
    said["error"] = told.get("error", "")
    if on is not None:
        said |= {**edited_cells(on.cells), **on.shown}
        if on.state:
            state, said["state"] = on.state, words().states[on.state][language]
        said["version"] = stamp_text(on.key, on.version, on.base, normal(said.get("item_article")))
    further = [normal(cells[place]) if place < len(cells) else "" for place in own]
    return Line(said, state, {name: text for name, text in told.items() if name != "state"}, further)


def _shown(name: str, cell: Plain) -> Shown:
    """Return a cell as it is written again: codes as text, numbers and days as such."""
    text = normal(cell)
    if name in _NUMBERS and isinstance(cell, int | float):
        return cell
    if name in _DAYS:
        try:
            return read_day(text)
        except Bad:
            return text
    return text


def _state(text: str) -> str:
    return next((state for state, said in words().states.items() if text in said.values()), "")
