"""Exporting a table of links as a workbook: what waits for a decision first, then every link."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import workbooks as queries
from bridge.db.catalogue import FAR_FUTURE, FAR_PAST, items_of
from bridge.db.session import Database
from bridge.db.unposted import recent_keys
from bridge.flows.accounts import existing_account
from bridge.flows.link_queue import missing_products
from bridge.flows.links import check_kind
from bridge.flows.service_queue import missing_services
from mappings.items import ProductKey, known_as
from mappings.link_kinds import LinkKind
from mappings.links import Component
from mappings.services import fold_name
from mappings.sheet import ExportRow, Language, Said, SheetStamp, item_label, row_cells
from mappings.workbook import Heading, Line, Listed, write_workbook

_MOST_SUGGESTIONS = 3


class _Target(msgspec.Struct, frozen=True):
    """What is shown of an item."""

    article: str
    name: str
    label: str


def export_workbook(database: Database, account: str, kind: str, path: Path, language: Language = "ru") -> None:
    """Write the table of an account as a workbook. Raises NotFound."""
    table = check_kind(kind)
    waiting = _waiting(database, account, table)
    with database.read() as connection:
        owner = existing_account(connection, account)
        listed = list(list_of_items(connection, table))
        shown = listed if table.target == "item" else []
        targets = {item.ref: _Target(item.article, called(item.name, item.variant), item.label) for item in shown}
        rows = [_waiting_row(one, targets) for one in waiting]
        rows += _links(connection, owner.id, table, targets)
    heading = heading_of(owner, table, language, Counter(row.state for row in rows))
    write_workbook(path, heading, (Line(row_cells(row, language), row.state) for row in rows), listed)


def heading_of(owner: Row[Any], table: LinkKind, language: Language, counts: Counter[str]) -> Heading:
    """Return what the top of a workbook says."""
    now = datetime.now(UTC)
    return Heading(
        table=table.title_in(language),
        account=f"{owner.title or owner.name} ({owner.name}, {owner.channel})",
        at=now.astimezone().strftime("%d.%m.%Y %H:%M"),
        stamp=SheetStamp(account=owner.name, kind=table.name, at=now.isoformat(timespec="seconds")),
        counts=counts,
        target="" if table.target == "item" else table.target_title_in(language),
        shown=("name", "amount") if table.name == "service" else (),
        language=language,
    )


def list_of_items(connection: Connection, table: LinkKind) -> Iterator[Listed]:
    """Give the items to choose from."""
    if table.target == "item":
        yield from (_listed(row) for row in queries.goods(connection))
    elif table.name == "service":
        found = queries.services(connection)
        names = Counter(fold_name(row.name) for row in found)
        for row in found:  # chosen as a text, which must mean one item only
            label = row.name if row.name and names[fold_name(row.name)] == 1 else row.ref
            yield Listed(label, row.ref, row.article, row.name, row.variant)


def said_of(row: Row[Any]) -> Said:
    """Return what a stored link says, open ends as None."""
    return Said(
        item=row.item,
        multiplier=row.multiplier,
        components=tuple(msgspec.convert(part, Component) for part in row.components),
        valid_from=None if row.valid_from == FAR_PAST else row.valid_from,
        valid_to=None if row.valid_to == FAR_FUTURE else row.valid_to,
        note=row.note,
    )


def _listed(row: Row[Any]) -> Listed:
    return Listed(item_label(row.ref, row.article, row.name, row.variant), row.ref, row.article, row.name, row.variant)


def called(name: str, variant: str) -> str:
    """Return how the workbook calls an item: its name, and its variant where it has one."""
    return f"{name} · {variant}" if variant else name


# --- what waits -------------------------------------------------------------------------------------------------------


def _waiting(database: Database, account: str, table: LinkKind) -> list[dict[str, Any]]:
    """Return the products without an item, those of the largest sums first, or services; others have no such rows."""
    if table.name == "service":
        return missing_services(database, account)
    found = missing_products(database, account) if table.name == "product" else []
    return sorted(found, key=lambda one: (-abs(Decimal(one["amount"])), one["key"]))


def _product_key(one: dict[str, Any]) -> ProductKey:
    return ProductKey(**{name: one.get(name) or "" for name in ProductKey.__struct_fields__})


def _waiting_row(one: dict[str, Any], targets: dict[str, _Target]) -> ExportRow:
    offered = [(offer["ref"], offer["score"]) for offer in one["suggestions"][:_MOST_SUGGESTIONS]]
    labels = tuple((targets[ref].label if ref in targets else ref, score) for ref, score in offered)
    return ExportRow(
        state=one["state"],
        key=_product_key(one),
        quantity=float(one["quantity"]) if "quantity" in one else None,
        amount=float(one["amount"]),  # for the eye only: nothing is computed from it
        suggestions=labels,
    )


# --- what is linked ---------------------------------------------------------------------------------------------------


def _links(
    connection: Connection, account_id: int, table: LinkKind, targets: dict[str, _Target]
) -> Iterator[ExportRow]:
    rows = queries.every_link(connection, account_id, table.name)
    gone = _gone(connection, table, rows, targets)
    known = known_as(recent_keys(connection, account_id, {row.key for row in rows})) if targets else {}
    for row in rows:
        target = targets.get(row.item) or gone.get(row.item)
        vanished = table.target == "item" and _is_gone(row, targets)
        yield ExportRow(
            state="vanished" if vanished else "linked",
            key=msgspec.structs.replace(known.get(row.key, ProductKey(key=row.key)), key=row.key),
            said=said_of(row),
            version=row.version,
            item_article=target.article if target else "",
            item_name=target.name if target else "",
            found_by=row.found_by,
        )


def _gone(
    connection: Connection, table: LinkKind, rows: Sequence[Row[Any]], targets: dict[str, _Target]
) -> dict[str, _Target]:
    """Return what the ERP called the items that it has no more, so that people know what a link meant."""
    if table.target != "item":
        return {}
    found = items_of(connection, {row.item for row in rows} - targets.keys())
    return {item.ref: _Target(item.article, called(item.name, item.variant), item.ref) for item in found.values()}


def _is_gone(row: Row[Any], targets: dict[str, _Target]) -> bool:
    refs = [part["item"] for part in row.components] or [row.item]
    return any(ref not in targets for ref in refs)


def first_day(day: date | None) -> date:
    """Return the first day as links store it."""
    return day or FAR_PAST
