"""Queries for bank statements, their payments, and the balances a marketplace states."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bridge.db.book_tables import balances, payments, statements
from bridge.db.catalogue import among
from bridge.db.tables import accounts, organizations, reports


def find_statement(connection: Connection, organization_id: int, sha256: str) -> Row[Any] | None:
    """Return the statement made of a file."""
    query = select(statements).where(
        statements.c.organization_id == organization_id, statements.c.file_sha256 == sha256
    )
    return connection.execute(query).one_or_none()


def add_statement(connection: Connection, row: dict[str, Any]) -> Row[Any]:
    """Insert a statement and return it."""
    return connection.execute(insert(statements).values(row).returning(statements)).one()


def statements_page(connection: Connection, organization_id: int, after: int, limit: int) -> list[Row[Any]]:
    """Return statements in the order they were received, those after a row id."""
    query = select(statements).where(statements.c.organization_id == organization_id, statements.c.id > after)
    return list(connection.execute(query.order_by(statements.c.id).limit(limit)))


def payment_counts(connection: Connection, statement_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return for statements how many payments came with each, and how many of these belong to no account."""
    c = payments.c
    query = select(c.statement_id, func.count(), func.count(c.account_id)).where(
        among(connection, c.statement_id, statement_ids)
    )
    return {row[0]: (row[1], row[1] - row[2]) for row in connection.execute(query.group_by(c.statement_id))}


def known_payments(connection: Connection, uids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the payments that are here already, by id."""
    query = select(payments).where(among(connection, payments.c.uid, uids))
    return {row.uid: row for row in connection.execute(query)}


def add_payments(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert payments."""
    if rows:
        connection.execute(insert(payments), list(rows))


def find_payment(connection: Connection, uid: str) -> Row[Any] | None:
    """Return a payment with the names of its account and organization."""
    return connection.execute(_shown().where(payments.c.uid == uid)).one_or_none()


def payments_page(
    connection: Connection, organization_id: int, account: str | None, state: str | None, after: int, limit: int
) -> list[Row[Any]]:  # fmt: skip
    """Return payments in the order they became known, those after a row id."""
    query = _shown().where(payments.c.organization_id == organization_id, payments.c.id > after)
    if account:
        query = query.where(accounts.c.name == account)
    if state:
        query = query.where(
            payments.c.account_id.is_(None) if state == "unassigned" else payments.c.account_id.is_not(None)
        )
    return list(connection.execute(query.order_by(payments.c.id).limit(limit)))


def unassigned_payments(
    connection: Connection, organization_id: int, currency: str, first: date, last: date
) -> list[Row[Any]]:
    """Return what came in on these days in a currency from whoever, and belongs to no account."""
    c = payments.c
    query = _shown().where(
        c.organization_id == organization_id, c.account_id.is_(None), c.amount > 0, c.date.between(first, last),
        c.currency == currency,
    )  # fmt: skip
    return list(connection.execute(query.order_by(c.date, c.uid)))


def payments_of(connection: Connection, account_id: int, currency: str) -> list[Row[Any]]:
    """Return the payments of an account in its currency, the earliest first."""
    query = _shown().where(payments.c.account_id == account_id, payments.c.currency == currency)
    return list(connection.execute(query.order_by(payments.c.date, payments.c.uid)))


def report_state(connection: Connection, report_id: int) -> Any:
    """Return the id, state and problems of a report."""
    query = select(reports.c.uid, reports.c.state, reports.c.problems)
    return connection.execute(query.where(reports.c.id == report_id)).one()


def assign(connection: Connection, uid: str, account_id: int | None, who: str) -> None:
    """Say which account a payment belongs to."""
    connection.execute(update(payments).where(payments.c.uid == uid).values(account_id=account_id, assigned_by=who))


def accounts_of(connection: Connection, organization_id: int) -> list[Row[Any]]:
    """Return the accounts of an organization."""
    return list(
        connection.execute(
            select(accounts).where(accounts.c.organization_id == organization_id).order_by(accounts.c.id)
        )
    )


def report_numbers(connection: Connection, organization_id: int) -> list[tuple[str, int]]:
    """Return (number, account) of every living report of an organization that has a number."""
    query = select(reports.c.number, reports.c.account_id).join(accounts, accounts.c.id == reports.c.account_id)
    query = query.where(
        accounts.c.organization_id == organization_id, reports.c.number != "", reports.c.identity.is_not(None)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def _shown() -> Any:
    query = select(payments, accounts.c.name.label("account"), organizations.c.name.label("organization"))
    return query.outerjoin(accounts, accounts.c.id == payments.c.account_id).join(
        organizations, organizations.c.id == payments.c.organization_id
    )


# --- balances ---------------------------------------------------------------------------------------------------------


def balances_of(connection: Connection, account_id: int) -> list[Row[Any]]:
    """Return the balances of an account, the earliest first."""
    return list(
        connection.execute(select(balances).where(balances.c.account_id == account_id).order_by(balances.c.date))
    )


def put_balance(connection: Connection, account_id: int, day: date, row: dict[str, Any] | None) -> None:
    """Write the balance of a day anew; None takes it away."""
    connection.execute(delete(balances).where(balances.c.account_id == account_id, balances.c.date == day))
    if row:
        connection.execute(insert(balances).values(account_id=account_id, date=day, **row))
