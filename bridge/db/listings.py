"""Queries for the listings of an account: what a channel sells, as its newest price list says."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, update

from bridge.db.bulk import add_rows
from bridge.db.catalogue import among
from bridge.db.tables import listings
from mappings.listing_sheet import Listing

_COLUMNS = Listing.__struct_fields__


def stored_listings(connection: Connection, account_id: int) -> dict[str, Row[Any]]:
    """Return every listing of an account, vanished ones too, by identity."""
    query = select(listings).where(listings.c.account_id == account_id).order_by(listings.c.id)
    return {row.identity: row for row in connection.execute(query)}


def living_listings(connection: Connection, account_id: int) -> list[Listing]:
    """Return the listings of the newest list of an account."""
    mine = (listings.c.account_id == account_id, listings.c.vanished_at.is_(None))
    return [listing_of(row) for row in connection.execute(select(listings).where(*mine).order_by(listings.c.id))]


def listings_page(
    connection: Connection, account_id: int, after: int, limit: int, state: str | None
) -> list[Row[Any]]:  # fmt: skip
    """Return listings after a row id, all or in one state (seen, vanished), in the order they were first seen."""
    query = select(listings).where(listings.c.account_id == account_id, listings.c.id > after)
    if state is not None:
        gone = listings.c.vanished_at
        query = query.where(gone.is_not(None) if state == "vanished" else gone.is_(None))
    return list(connection.execute(query.order_by(listings.c.id).limit(limit)))


def listing_of(row: Row[Any]) -> Listing:
    """Return a stored listing as the pure part knows it."""
    return Listing(
        marketplace_id=row.marketplace_id, article=row.article, size=row.size, barcodes=tuple(row.barcodes),
        name=row.name, price=row.price,
    )  # fmt: skip


def add_listings(connection: Connection, account_id: int, new: Sequence[Listing], at: datetime) -> None:
    """Insert listings."""
    rows = [
        {"account_id": account_id, "identity": one.identity(), "seen_at": at, **_said(one)} for one in new
    ]  # fmt: skip
    add_rows(connection, listings, rows)


def change_listings(connection: Connection, changed: Mapping[int, Listing]) -> None:
    """Write listings over the rows with these ids."""
    if changed:
        columns = {name: bindparam(f"new_{name}", type_=listings.c[name].type) for name in _COLUMNS}
        rows = [
            {"row_id": row_id, **{f"new_{name}": value for name, value in _said(one).items()}}
            for row_id, one in changed.items()
        ]
        connection.execute(update(listings).where(listings.c.id == bindparam("row_id")).values(columns), rows)


def mark_seen(connection: Connection, ids: Iterable[int], at: datetime) -> None:
    """Write down that the newest list has these; what had vanished is there again."""
    connection.execute(
        update(listings).where(among(connection, listings.c.id, ids)).values(seen_at=at, vanished_at=None)
    )


def mark_vanished(connection: Connection, ids: Iterable[int], at: datetime) -> None:
    """Write down that the newest list does not have these any more; they stay."""
    connection.execute(update(listings).where(among(connection, listings.c.id, ids)).values(vanished_at=at))


def _said(one: Listing) -> dict[str, Any]:
    return {**msgspec.structs.asdict(one), "barcodes": list(one.barcodes)}
