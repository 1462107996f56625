"""Queries for the books of a month: posted documents by their date, reports that touch it."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bridge.db.catalogue import among
from bridge.db.reports import RECEIVING
from bridge.db.tables import accounts, documents, organizations, reports


def accounts_of(connection: Connection, organization: str) -> list[str] | None:
    """Return the names of an organization's accounts; None when there is no such organization."""
    found = connection.execute(select(organizations.c.id).where(organizations.c.name == organization)).scalar()
    if found is None:
        return None
    return list(
        connection.scalars(select(accounts.c.name).where(accounts.c.organization_id == found).order_by(accounts.c.name))
    )


def documents_dated(connection: Connection, account_id: int, first: date, last: date) -> list[Row[Any]]:
    """Return the posted documents of these days, in the order of date and posting."""
    query = select(documents).where(documents.c.account_id == account_id, documents.c.date.between(first, last))
    return list(connection.execute(query.order_by(documents.c.date, documents.c.id)))


def documents_before(connection: Connection, account_id: int, day: date) -> list[Row[Any]]:
    """Return the posted documents dated before a day."""
    query = select(documents).where(documents.c.account_id == account_id, documents.c.date < day)
    return list(connection.execute(query.order_by(documents.c.id)))


def documents_after(connection: Connection, report_ids: Collection[int], day: date) -> list[Row[Any]]:
    """Return the posted documents of these reports that are dated after a day."""
    c = documents.c
    query = select(documents).where(among(connection, c.report_id, report_ids), c.date > day)
    return list(connection.execute(query.order_by(c.report_id, c.id)))


def first_document_day(connection: Connection, account_id: int) -> date | None:
    """Return the date of the earliest posted document."""
    found: date | None = connection.execute(
        select(func.min(documents.c.date)).where(documents.c.account_id == account_id)
    ).scalar()
    return found


def reports_of(connection: Connection, account_id: int, states: Sequence[str] = ()) -> list[Row[Any]]:
    """Return the reports of an account that were received, in that order; in some states or in all."""
    query = select(reports).where(reports.c.account_id == account_id, reports.c.state != RECEIVING)
    if states:
        query = query.where(reports.c.state.in_(states))
    return list(connection.execute(query.order_by(reports.c.id)))


def reports_posted_into(connection: Connection, account_id: int, first: date, last: date) -> set[int]:
    """Return the row ids of the reports that have documents of these days."""
    query = select(documents.c.report_id).where(
        documents.c.account_id == account_id, documents.c.date.between(first, last)
    )
    return set(connection.scalars(query))
