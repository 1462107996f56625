"""Queries for organizations, accounts, items and links, and the count of changes that previews depend on.

Everything is set-based: one list goes to the database as one parameter, whether it has ten codes or a million, so that
50,000 items or links take seconds and no limit on the number of parameters is ever met.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from bridge.db.bulk import add_rows
from bridge.db.tables import accounts, barcodes, basis, items, links, organizations
from mappings.items import Item, ProductKey
from mappings.links import Catalogue, Component, Link

FAR_PAST, FAR_FUTURE = date.min, date.max  # the open ends of a validity, as links store them
_PORTION = 2_000
_ITEM_COLUMNS = ("ref", "code", "article", "name", "variant", "unit", "vat_rate", "group", "is_service")


class LinkFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which links of a table are asked for. ``item`` counts as a component too; ``search``: every word somewhere."""

    key: str | None = None
    item: str | None = None
    found_by: str | None = None
    search: str = ""


def bump(connection: Connection) -> None:
    """Count one change of what previews are computed from: every stored preview is out of date after this."""
    connection.execute(update(basis).values(count=basis.c.count + 1))


def hold(connection: Connection) -> None:
    """Wait until no other transaction changes the catalogue, and keep others waiting until this one ends.

    What is checked (overlaps, uniqueness) is then still true when it is written. SQLite has one writer anyway.
    """
    connection.execute(select(basis.c.count).with_for_update())


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition ``column IN values`` with all values in one parameter, however many there are."""
    listed = list(values)
    if connection.dialect.name == "postgresql":
        return column == func.any(bindparam(None, listed, type_=ARRAY(column.type), unique=True))
    table = func.json_each(json.dumps(listed)).table_valued("value")
    return column.in_(select(table.c.value))


# --- organizations and accounts ---------------------------------------------------------------------------------------


def find_organization(connection: Connection, name: str) -> Row[Any] | None:
    """Return an organization by its name."""
    return connection.execute(select(organizations).where(organizations.c.name == name)).one_or_none()


def organizations_page(connection: Connection, after: int, limit: int) -> list[Row[Any]]:
    """Return organizations in the order they were made, those after a row id."""
    query = select(organizations).where(organizations.c.id > after).order_by(organizations.c.id).limit(limit)
    return list(connection.execute(query))


def find_account(connection: Connection, name: str) -> Row[Any] | None:
    """Return an account by its name, with the name of its organization as ``organization``."""
    return connection.execute(_accounts().where(accounts.c.name == name)).one_or_none()


def channel_of(connection: Connection, account_id: int) -> str:
    """Return the channel of an account that exists."""
    return str(connection.execute(select(accounts.c.channel).where(accounts.c.id == account_id)).scalar_one())


def accounts_page(connection: Connection, after: int, limit: int) -> list[Row[Any]]:
    """Return accounts in the order they were made, those after a row id."""
    return list(connection.execute(_accounts().where(accounts.c.id > after).order_by(accounts.c.id).limit(limit)))


def _accounts() -> Any:
    return select(accounts, organizations.c.name.label("organization")).join(organizations)


# --- items ------------------------------------------------------------------------------------------------------------


def find_items(
    connection: Connection, condition: ColumnElement[bool], limit: int | None = None, *, vanished: bool = False
) -> dict[int, Item]:  # fmt: skip
    """Return items by row id, in the order they were first seen, their barcodes in the ERP's order.

    What has vanished from the ERP is left out, unless ``vanished`` is asked for too.
    """
    if not vanished:
        condition &= items.c.vanished_at.is_(None)
    query = select(items).where(condition).order_by(items.c.id).limit(limit)
    rows = list(connection.execute(query))
    codes: dict[int, list[str]] = {}
    owned = select(barcodes.c.item_id, barcodes.c.barcode).where(
        among(connection, barcodes.c.item_id, [row.id for row in rows])
    )
    for item_id, barcode in connection.execute(owned.order_by(barcodes.c.item_id, barcodes.c.place)):
        codes.setdefault(item_id, []).append(barcode)
    return {
        row.id: Item(
            ref=row.ref, code=row.code, article=row.article, name=row.name, variant=row.variant,
            barcodes=tuple(codes.get(row.id, ())), unit=row.unit, vat_rate=row.vat_rate, group=row.group,
            is_service=row.is_service,
        )
        for row in rows
    }  # fmt: skip


def items_of(connection: Connection, refs: Iterable[str]) -> dict[int, Item]:
    """Return the items with these references, vanished ones too, by row id."""
    return find_items(connection, among(connection, items.c.ref, refs), vanished=True)


def items_called(connection: Connection, codes: Iterable[str]) -> list[Item]:
    """Return every item, vanished ones too, that has one of these texts as its ref, code or article."""
    listed = list(codes)
    named = [among(connection, column, listed) for column in (items.c.ref, items.c.code, items.c.article)]
    return list(find_items(connection, or_(*named), vanished=True).values())


def known_refs(connection: Connection, refs: Iterable[str]) -> set[str]:
    """Return those of the references that belong to an item which the ERP has."""
    living = items.c.vanished_at.is_(None)
    return set(connection.execute(select(items.c.ref).where(living, among(connection, items.c.ref, refs))).scalars())


def vanished_of(connection: Connection, ids: Iterable[int]) -> set[int]:
    """Return those of the row ids whose items have vanished from the ERP."""
    gone = (items.c.vanished_at.is_not(None), among(connection, items.c.id, ids))
    return set(connection.execute(select(items.c.id).where(*gone)).scalars())


def others_than(connection: Connection, refs: Iterable[str]) -> list[int]:
    """Return the row ids of the items which the ERP had and that are not among the references."""
    others = (items.c.vanished_at.is_(None), ~among(connection, items.c.ref, refs))
    return list(connection.execute(select(items.c.id).where(*others)).scalars())


def mark_vanished(connection: Connection, ids: Sequence[int]) -> None:
    """Write down that these items are not in the ERP any more; they stay, and so do their links."""
    now = datetime.now(UTC)
    connection.execute(update(items).where(among(connection, items.c.id, ids)).values(vanished_at=now))


def search_items(connection: Connection, words: Sequence[str], after: int, limit: int) -> dict[int, Item]:
    """Return items after a row id whose codes, names or barcodes contain every word, whatever the case."""
    folded = folding(connection)
    condition = items.c.id > after
    for word in words:
        by_barcode = select(barcodes.c.item_id).where(barcodes.c.barcode.startswith(word, autoescape=True))
        texts = [items.c[name] for name in ("ref", "code", "article", "name", "variant")]
        found = [folded(text).contains(word.lower(), autoescape=True) for text in texts]
        condition &= or_(*found, items.c.id.in_(by_barcode))
    return find_items(connection, condition, limit, vanished=True)


def folding(connection: Connection) -> Callable[[ColumnElement[Any]], ColumnElement[str]]:
    """Return the database's function that makes letters small, Cyrillic ones too."""
    if connection.dialect.name != "sqlite":
        return func.lower
    driver: Any = connection.connection.driver_connection  # whose own lower() knows Latin letters only
    driver.create_function("casefolded", 1, str.lower, deterministic=True)
    return func.casefolded


def add_items(connection: Connection, new: Sequence[Item]) -> None:
    """Insert items with their barcodes."""
    if not new:
        return
    _many(connection, "INSERT INTO items ({columns}) VALUES ({marks})", _ITEM_COLUMNS, [_values(item) for item in new])
    query = select(items.c.ref, items.c.id).where(among(connection, items.c.ref, [item.ref for item in new]))
    ids = {row.ref: row.id for row in connection.execute(query)}
    _add_barcodes(connection, {ids[item.ref]: item for item in new})


def change_items(connection: Connection, changed: dict[int, Item]) -> None:
    """Write items anew over the rows with these ids, barcodes too; what had vanished is there again."""
    if not changed:
        return
    rows = [(*_values(item), item_id) for item_id, item in changed.items()]
    _many(connection, "UPDATE items SET {pairs} WHERE id = {mark}", _ITEM_COLUMNS, rows)
    connection.execute(update(items).where(among(connection, items.c.id, changed)).values(vanished_at=None))
    connection.execute(delete(barcodes).where(among(connection, barcodes.c.item_id, changed)))
    _add_barcodes(connection, changed)


def _values(item: Item) -> tuple[Any, ...]:
    return tuple(getattr(item, column) for column in _ITEM_COLUMNS)


def _add_barcodes(connection: Connection, owners: dict[int, Item]) -> None:
    rows = [(key, place, code) for key, item in owners.items() for place, code in enumerate(item.barcodes)]
    columns = ("item_id", "place", "barcode")
    _many(connection, "INSERT INTO barcodes ({columns}) VALUES ({marks})", columns, rows)


def _many(connection: Connection, statement: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Run a statement once per tuple, below the expression layer: several times faster than with dicts."""
    if not rows:
        return
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    quoted = [f'"{column}"' for column in columns]
    text = statement.format(
        columns=", ".join(quoted),
        marks=", ".join([mark] * len(quoted)),
        pairs=", ".join(f"{column} = {mark}" for column in quoted),
        mark=mark,
    )
    connection.exec_driver_sql(text, rows)


# --- links ------------------------------------------------------------------------------------------------------------


def find_links(connection: Connection, account_id: int, kind: str, keys: Iterable[str]) -> list[Row[Any]]:
    """Return the links of an account that are written for these keys, in the order of key and validity."""
    mine = (links.c.account_id == account_id, links.c.kind == kind, among(connection, links.c.key, keys))
    return list(connection.execute(select(links).where(*mine).order_by(links.c.key, links.c.valid_from)))


def all_links(
    connection: Connection, account_id: int, kind: str, keys: Iterable[str] | None = None
) -> list[Row[Any]]:  # fmt: skip
    """Return the links of an account, of these keys or of all, in the order they were made."""
    query = select(links).where(links.c.account_id == account_id, links.c.kind == kind)
    if keys is not None:
        query = query.where(among(connection, links.c.key, keys))
    return list(connection.execute(query.order_by(links.c.id)))


def links_page(
    connection: Connection, account_id: int, kind: str, after: int, limit: int, chosen: LinkFilter
) -> list[Row[Any]]:  # fmt: skip
    """Return the links that a filter lets through, in the order they were made, those after a row id."""
    query = _links_after(connection, account_id, kind, after, chosen)
    return list(connection.execute(query.order_by(links.c.id).limit(limit)))


def broken_links(
    connection: Connection, account_id: int, kind: str, after: int, limit: int, chosen: LinkFilter
) -> list[Row[Any]]:  # fmt: skip
    """As ``links_page``, but only links to items that the ERP does not have (any more); of a kit any part counts."""
    living = select(items.c.ref).where(items.c.vanished_at.is_(None))
    found: list[Row[Any]] = []
    while len(found) < limit:
        query = _links_after(connection, account_id, kind, after, chosen).where(
            or_(links.c.item.not_in(living), cast(links.c.components, Text) != "[]")
        )
        rows = list(connection.execute(query.order_by(links.c.id).limit(_PORTION)))
        known = known_refs(connection, {ref for row in rows for ref in needed_refs(row)})
        found += [row for row in rows if not needed_refs(row) <= known]
        if len(rows) < _PORTION:
            break
        after = rows[-1].id
    return found[:limit]


def needed_refs(row: Row[Any]) -> set[str]:
    """Return the items that a link stands for: the parts of a kit, else its item."""
    return {part["item"] for part in row.components} or {row.item}


def _links_after(
    connection: Connection, account_id: int, kind: str, after: int, chosen: LinkFilter
) -> Select[Any]:  # fmt: skip
    query = select(links).where(links.c.account_id == account_id, links.c.kind == kind, links.c.id > after)
    if chosen.key is not None:
        query = query.where(links.c.key == chosen.key)
    if chosen.found_by is not None:
        query = query.where(links.c.found_by == chosen.found_by)
    if chosen.item is not None:
        quoted = json.dumps(chosen.item)  # components are stored as JSON text, which names the item so
        place = func.strpos if connection.dialect.name == "postgresql" else func.instr
        inside = place(cast(links.c.components, Text), f'"item": {quoted}') > 0
        query = query.where((links.c.item == chosen.item) | inside)
    fold = folding(connection)
    for word in chosen.search.split():
        called = [fold(items.c[name]).contains(word.lower(), autoescape=True) for name in ("code", "article", "name")]
        said = [
            fold(text).contains(word.lower(), autoescape=True) for text in (links.c.key, links.c.item, links.c.note)
        ]
        query = query.where(or_(*said, links.c.item.in_(select(items.c.ref).where(or_(*called)))))
    return query


def add_links(connection: Connection, account_id: int, kind: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert links: dicts of all columns but account and kind, with ``id`` where a link keeps its own.

    The database refuses links that contradict each other; what is to be replaced must be dropped before.
    """
    for kept in (True, False):
        listed = [{"account_id": account_id, "kind": kind, **row} for row in rows if ("id" in row) is kept]
        add_rows(connection, links, listed)


def drop_links(connection: Connection, ids: Sequence[int]) -> None:
    """Delete links by row id."""
    connection.execute(delete(links).where(among(connection, links.c.id, ids)))


def load_catalogue(connection: Connection, account_id: int, keys: Sequence[ProductKey]) -> Catalogue:
    """Return the part of the catalogue that these product keys can match, and no more.

    That is every link of the account written for any of their codes, the items these links name, and every item that
    has one of their barcodes or articles.
    """
    aliases = {alias for key in keys for alias in key.aliases()}
    dated = [link_of(row) for row in find_links(connection, account_id, "product", aliases)]
    by_barcode = select(barcodes.c.item_id).where(among(connection, barcodes.c.barcode, {key.barcode for key in keys}))
    candidates = find_items(
        connection,
        among(connection, items.c.ref, {ref for link in dated for ref in (link.item, *link.refs())})
        | among(connection, items.c.article, {key.article for key in keys if key.article})
        | items.c.id.in_(by_barcode),
    )
    return Catalogue(candidates.values(), dated)


def link_of(row: Row[Any]) -> Link:
    """Return a stored link as the pure part knows it: an open end is None."""
    return Link(
        key=row.key,
        item=row.item,
        multiplier=row.multiplier,
        components=msgspec.convert(row.components, tuple[Component, ...]),
        valid_from=None if row.valid_from == FAR_PAST else row.valid_from,
        valid_to=None if row.valid_to == FAR_FUTURE else row.valid_to,
    )
