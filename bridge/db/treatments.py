"""Queries for an account's own treatments: what its books do with a kind of line from a day on."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from bridge.db.book_tables import treatments
from reports.treatments import Treatment

KEY = ("kind", "service", "type", "valid_from")


def own_treatments(connection: Connection, account_id: int) -> list[Treatment]:
    """Return the account's own rows in a fixed order."""
    c = treatments.c
    query = select(treatments).where(c.account_id == account_id).order_by(*(c[name] for name in KEY))
    return [
        Treatment(
            kind=row.kind, books=row.books, valid_from=row.valid_from, type=row.type, service=row.service, vat=row.vat,
            contract=row.contract, source=row.note, own=True,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def put_treatment(connection: Connection, account_id: int, row: Mapping[str, Any]) -> None:
    """Write one row in place of the one about the same thing and day."""
    drop_treatment(connection, account_id, row)
    connection.execute(insert(treatments), {"account_id": account_id, **row})


def drop_treatment(connection: Connection, account_id: int, row: Mapping[str, Any]) -> None:
    """Take a row away; the built-in table holds again."""
    same = [treatments.c[name] == row[name] for name in KEY]
    connection.execute(delete(treatments).where(treatments.c.account_id == account_id, *same))
