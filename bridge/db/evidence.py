"""Queries for the evidence of a month: long tables given row by row, in a fixed order."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, or_, select, true

from bridge.db.book_tables import payments, statements, treatments
from bridge.db.catalogue import among
from bridge.db.reports import lines_page
from bridge.db.tables import accounts, link_changes, links

_PORTION = 5_000


def lines_of(connection: Connection, report_id: int) -> Iterator[Row[Any]]:
    """Give all lines of a report with their product key, in order, in portions."""
    after = 0
    while rows := lines_page(connection, report_id, after, _PORTION):
        yield from rows
        after = rows[-1].no + 1


def links_of(connection: Connection, account_id: int, kind: str, keys: Iterable[str] | None) -> Iterator[Row[Any]]:
    """Give the links of an account's table that are written for these keys (None: for any)."""
    c = links.c
    query = select(links).where(c.account_id == account_id, c.kind == kind, _any_of(connection, c.key, keys))
    yield from _portions(connection, query.order_by(c.key, c.valid_from))


def link_changes_of(
    connection: Connection, account_id: int, kind: str, keys: Iterable[str] | None
) -> Iterator[Row[Any]]:  # fmt: skip
    """Give the history of the links of these keys, in the order it was written."""
    c = link_changes.c
    query = select(link_changes).where(c.account_id == account_id, c.kind == kind, _any_of(connection, c.key, keys))
    yield from _portions(connection, query.order_by(c.id))


def _any_of(connection: Connection, column: Any, keys: Iterable[str] | None) -> Any:
    return true() if keys is None else among(connection, column, keys)


def treatments_of(connection: Connection, account_id: int) -> list[Row[Any]]:
    """Return the account's own treatments."""
    c = treatments.c
    query = select(treatments).where(c.account_id == account_id)
    return list(connection.execute(query.order_by(c.kind, c.service, c.type, c.valid_from)))


def statements_of(connection: Connection, account_id: int, first: date, last: date) -> list[Row[Any]]:
    """Return the bank's files that cover days of the month or hold a payment of the account in it."""
    owner = select(accounts.c.organization_id).where(accounts.c.id == account_id).scalar_subquery()
    paid = select(payments.c.statement_id).where(
        payments.c.account_id == account_id, payments.c.date.between(first, last)
    )
    covers = (statements.c.date_from <= last) & (statements.c.date_to >= first)
    query = select(statements).where(statements.c.organization_id == owner, or_(covers, statements.c.id.in_(paid)))
    return list(connection.execute(query.order_by(statements.c.id)))


def payments_about(connection: Connection, organization_id: int, first: date, last: date) -> set[str]:
    """Return the ids of the organization's payments of these days."""
    c = payments.c
    query = select(c.uid).where(c.organization_id == organization_id, c.date.between(first, last))
    return set(connection.scalars(query))


def _portions(connection: Connection, query: Any) -> Iterator[Row[Any]]:
    with connection.execute(query, execution_options={"yield_per": _PORTION}) as rows:
        yield from rows
