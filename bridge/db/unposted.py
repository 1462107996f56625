"""Queries for the product keys of reports that are not posted yet, and what their lines sum to."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from bridge.db.catalogue import among
from bridge.db.reports import OPEN_STATES
from bridge.db.returned import Sold, returned_groups
from bridge.db.sales import of_returns
from bridge.db.tables import lines, report_keys, reports
from mappings.items import ProductKey

_RECENT = 20
_PARTS = ("key", "marketplace_id", "article", "barcode", "size", "name")


class Sum(msgspec.Struct, frozen=True):
    """What the lines of one product key on one day sum to: pieces, and exact roubles."""

    key: int
    day: str
    quantity: Decimal
    amount: Decimal


def open_reports(connection: Connection, account_id: int) -> list[Row[Any]]:
    """Return the reports of an account that wait to be posted, oldest first."""
    c = reports.c
    mine = (c.account_id == account_id, c.state.in_(OPEN_STATES))
    query = select(c.id, c.account_id, c.uid, c.profile, c.summary).where(*mine)
    return list(connection.execute(query.order_by(c.id)))


def report_states(connection: Connection, account_id: int) -> list[tuple[int, str]]:
    """Return every report of an account with its state, oldest first: what a queue of products depends on."""
    query = select(reports.c.id, reports.c.state).where(reports.c.account_id == account_id)
    return [(row.id, row.state) for row in connection.execute(query.order_by(reports.c.id))]


def sums_by_key(
    connection: Connection, report_id: int, keys: Collection[int], skip: Sequence[str], sold: Sold
) -> Iterator[Sum]:  # fmt: skip
    """Give the sums of these keys of a report by the day whose links count: of returns in ``sold`` that of the sale.

    Lines of the kinds to skip are booked by another report.
    """
    c = lines.c
    mine = [c.report_id == report_id, among(connection, c.key, keys), c.kind.not_in(skip)]
    if sold:
        mine.append(~of_returns() | among(connection, c.key, sold).is_(False))
    for group in returned_groups(connection, report_id, False, sold):
        if group.key is not None and group.key in keys and group.kind not in skip:
            yield Sum(group.key, group.linked_on, Decimal(group.quantity) / 1000, group.amount / 100)
    rests: dict[tuple[int, str], Decimal] = {}
    for key, day, rest in connection.execute(select(c.key, c.date, c.rest).where(*mine, c.rest != "")):
        rests[key, day] = rests.get((key, day), Decimal(0)) + Decimal(rest.split()[0])
    query = select(c.key, c.date, func.sum(c.quantity), func.sum(c.amount)).where(*mine).group_by(c.key, c.date)
    for key, day, quantity, amount in connection.execute(query.order_by(c.key, c.date)):
        exact = Decimal(int(amount)) + rests.get((key, day), Decimal(0))
        yield Sum(key, day, Decimal(int(quantity)) / 1000, exact / 100)


def recent_keys(connection: Connection, account_id: int, codes: Collection[str]) -> list[ProductKey]:
    """Return product keys of the account's newest reports that have one of these codes, the newest first."""
    newest = select(reports.c.id).where(reports.c.account_id == account_id, reports.c.identity.is_not(None))
    recent = newest.order_by(reports.c.id.desc()).limit(_RECENT)
    named = [among(connection, report_keys.c[part], codes) for part in ("key", "barcode", "article", "marketplace_id")]
    query = select(*(report_keys.c[part] for part in _PARTS)).where(
        report_keys.c.report_id.in_(recent.scalar_subquery()), named[0] | named[1] | named[2] | named[3]
    )
    rows = connection.execute(query.order_by(report_keys.c.report_id.desc(), report_keys.c.no))
    return [ProductKey(**dict(zip(_PARTS, row, strict=True))) for row in rows]
