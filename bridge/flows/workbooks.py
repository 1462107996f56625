"""Taking back a workbook of links, or a plain list: a three-way merge, and the good rows in one change set."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import workbooks as queries
from bridge.db.catalogue import FAR_FUTURE, find_links, hold
from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.accounts import existing_account
from bridge.flows.link_checks import (
    LinkChange,
    StoredLink,
    overlaps,
    place_of,
    stored_link,
    text_and_number_problems,
    unknown_items,
)
from bridge.flows.link_effects import foreseen_documents
from bridge.flows.links import ChangeSet, apply_changes, check_kind
from bridge.flows.links import answer as told_of_set
from bridge.flows.workbook_export import first_day, said_of
from bridge.flows.workbook_file import SheetFile, other_table
from mappings.cell_texts import cell_texts
from mappings.item_names import ItemNames, as_written
from mappings.link_kinds import LinkKind
from mappings.merge import Change, Current, Merged, merge
from mappings.sheet import MOST_PIECES, Bad, Said, label_refs, read_components, read_sheet_stamp
from mappings.sheet_rows import FileRow
from mappings.wishes import CellError, Resolve
from reports.problems import Problem

_ZEROS = 13
_COLUMN_OF = {"share": "components"}
_TEXTS = {
    ("components_wrong", "components"): "components_wrong.table", ("link_repeated", "key"): "link_repeated.rows",
    ("validity_wrong", "valid_from"): "validity_wrong.table", ("validity_wrong", "valid_to"): "validity_wrong.order",
}  # fmt: skip


class Uploaded(msgspec.Struct, kw_only=True):
    """What an upload came to: the merge, the changes that stand, and what was written of them."""

    owner: Any
    table: LinkKind
    stamped_at: str
    merged: Merged
    written: ChangeSet | None = None
    told: dict[str, Any] = {}


def upload(database: Database, sheet: SheetFile, account: str, kind: str, who: str, *, dry_run: bool) -> Uploaded:
    """Merge a returned sheet with the table; without ``dry_run`` the good rows are written as one set.

    Raises NotFound, and BadInput for a workbook of another table.
    """
    table = check_kind(kind)
    stamped_at = _stamped_at(sheet, account, table)
    with database.read() if dry_run else database.write() as connection:
        if not dry_run:
            hold(connection)
        owner = existing_account(connection, account)
        merged = _merged(connection, owner, table, list(sheet.file_rows()))
        found = Uploaded(owner=owner, table=table, stamped_at=stamped_at, merged=merged)
        steps = [step for change in merged.changes for step in _steps(change)]
        if dry_run and steps:
            found.told = {"posted_documents": _foreseen(connection, owner, table, steps)}
        elif steps:
            found.written = apply_changes(connection, owner, table.name, steps, who, "upload")
            found.told = told_of_set(connection, owner, found.written)
    return found


def _foreseen(connection: Connection, owner: Row[Any], table: LinkKind, steps: Sequence[LinkChange]) -> list[str]:
    stored = find_links(connection, owner.id, table.name, {step.key for step in steps})
    before = {place_of(row): stored_link(row) for row in stored}
    return foreseen_documents(connection, owner.id, table.name, before, steps)


def _stamped_at(sheet: SheetFile, account: str, table: LinkKind) -> str:
    """Return when the workbook was exported, an empty text for a plain list. Raises BadInput for another table's."""
    stamp = read_sheet_stamp(sheet.head.stamp)
    if stamp is None:
        return ""
    if (stamp.account, stamp.kind) != (account, table.name):
        told = other_table(f"{account}/{table.name}", f"{stamp.account}/{stamp.kind}")
        raise BadInput(told.message, problems=[told])
    return stamp.at


def _merged(connection: Connection, owner: Row[Any], table: LinkKind, rows: Sequence[FileRow]) -> Merged:
    stored = find_links(connection, owner.id, table.name, _keys(rows))
    current: dict[str, dict[Any, Current]] = {}
    for row in stored:
        one = Current(said=said_of(row), version=row.version, found_by=row.found_by, score=row.score)
        current.setdefault(row.key, {})[one.said.valid_from] = one
    merged = merge(rows, current, _resolver(connection, table, rows))
    _refuse_lost_zeros(connection, owner.id, table.name, merged)
    _refuse_impossible(connection, table, {place_of(row): stored_link(row) for row in stored}, merged)
    return merged


def _keys(rows: Iterable[FileRow]) -> set[str]:
    """The keys the rows may speak of: what the cell shows, and what was exported."""
    keys: set[str] = set()
    for row in rows:
        keys.add(row.key)
        if row.version and row.version.startswith('["'):
            try:
                keys.add(str(msgspec.json.decode(row.version)[0]))
            except (msgspec.DecodeError, IndexError, TypeError):
                continue
    return keys


def _resolver(connection: Connection, table: LinkKind, rows: Iterable[FileRow]) -> Resolve:
    if table.target != "item":
        return as_written
    texts: set[str] = set()
    for row in rows:
        for text in (row.item, row.item_article):
            if text:
                texts.update((text, *label_refs(text)))
        if row.components:
            texts.update(_component_texts(row.components))
    return ItemNames(queries.items_named(connection, texts)).resolve


def _component_texts(text: str) -> list[str]:
    try:
        return [part.item for part in read_components(text)]
    except Bad:
        return []


def _steps(change: Change) -> list[LinkChange]:
    """Return the writes of a change: a link that begins on another day goes and comes anew."""
    before, after = change.before, change.after
    steps = []
    if before is not None and (after is None or after.valid_from != before.said.valid_from):
        steps.append(LinkChange(key=change.key, valid_from=first_day(before.said.valid_from), after=None))
    if after is not None:
        steps.append(
            LinkChange(key=change.key, valid_from=first_day(after.valid_from), after=written_link(before, after))
        )
    return steps


def written_link(before: Current | None, after: Said) -> StoredLink:
    """Return what is stored of a row. A person said so; but a remark alone does not make a rule's link a person's."""
    kept = before is not None and msgspec.structs.replace(before.said, note=after.note) == after
    return StoredLink(
        item=after.item, multiplier=after.multiplier, components=after.components,
        valid_to=after.valid_to or FAR_FUTURE, note=after.note,
        found_by=before.found_by if before and kept else "person", score=before.score if before and kept else None,
    )  # fmt: skip


# --- what cannot be written -------------------------------------------------------------------------------------------


def _refuse_lost_zeros(connection: Connection, account_id: int, kind: str, merged: Merged) -> None:
    """Refuse new keys that nobody knows, while the same digits with zeros before them are known."""
    asked = {change.key for change in merged.changes if change.change == "new" and change.key.isdecimal()}
    padded = {"0" * count + key: key for key in asked for count in range(1, _ZEROS - min(len(key), 12) + 2)}
    if not padded:
        return
    known = queries.known_codes(connection, account_id, kind, [*asked, *padded])
    lost = {key: code for code, key in padded.items() if code in known and key not in known}
    refused = [change for change in merged.changes if change.key in lost]
    merged.changes = [change for change in merged.changes if change.key not in lost]
    for change in refused:
        values = {"key": lost[change.key]}
        merged.errors.append(
            CellError(row=change.row, column="key", text="code_damaged", found=change.key, values=values)
        )


def _refuse_impossible(
    connection: Connection, table: LinkKind, before: Mapping[Any, StoredLink], merged: Merged
) -> None:
    """Refuse what the table cannot hold. A key whose rows do not fit together is refused as a whole, never halved."""
    while merged.changes:
        steps = [(change, step) for change in merged.changes for step in _steps(change)]
        wishes = [step for _, step in steps]
        unknown = unknown_items(connection, wishes) if table.target == "item" else []
        problems = [*text_and_number_problems(wishes, table), *unknown, *overlaps(before, wishes)]
        if not problems:
            return
        refused = {steps[(one.row or 1) - 1][0].key for one in problems}
        told = {steps[(one.row or 1) - 1][0].row: one for one in reversed(problems)}
        merged.errors += [
            _of_problem(change, told.get(change.row)) for change in merged.changes if change.key in refused
        ]
        merged.changes = [change for change in merged.changes if change.key not in refused]


def _of_problem(change: Change, one: Problem | None) -> CellError:
    """Say of a cell what is wrong with the link; a finding without words of its own keeps those it came with."""
    if one is None:
        values = {"key": change.key}
        return CellError(row=change.row, column="key", text="link_related", found=change.key, values=values)
    column = _COLUMN_OF.get(one.column, one.column)
    text = _text_of(one)
    return CellError(
        row=change.row, column=column, text=text if text in cell_texts() else "refused", found=one.found,
        values={"key": change.key, "code": one.code, "message": one.message, "expected": one.expected,
                "most": str(MOST_PIECES)},
    )  # fmt: skip


def _text_of(one: Problem) -> str:
    """Return the name of the words: some codes stand for two things."""
    if one.code == "share_wrong" and not one.found:
        return "share_wrong.all"
    if one.code == "multiplier_wrong" and one.expected == "1":
        return "multiplier_wrong.table"
    return _TEXTS.get((one.code, one.column), one.code)
