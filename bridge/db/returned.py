"""Queries for what came back: on which day each returned piece was sold, and its lines grouped by that day.

A sale is known again by the channel's reference of the piece and the code of its product, in any living report of the
account. Only asked for products whose links are dated: for all others the day makes no difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from bridge.db.catalogue import among
from bridge.db.reports import RECEIVING
from bridge.db.tables import lines, report_keys, reports
from reports.books import Group
from reports.kinds import kinds

Sold = Mapping[int, Mapping[int, str]]  # by product key: line numbers of returns and the day each was sold on
_DEAD = (RECEIVING, "superseded", "reversed")


def sale_days(connection: Connection, report: Row[Any], dated: Mapping[int, str], last: str) -> Sold:
    """Return for the return lines of these product keys (number and code) the day of their sale, where it is known.

    That is the latest sale before the day of the return; ``last``: the day of lines that have none.
    """
    c = lines.c
    query = select(c.no, c.key, c.date, c.ref).where(
        c.report_id == report.id, c.section == "return", c.ref != "", among(connection, c.key, dated)
    )
    came_back = list(connection.execute(query)) if dated else []
    sales = _sales(connection, report.account_id, set(dated.values()), {line.ref for line in came_back})
    found: dict[int, dict[int, str]] = {}
    for line in came_back:
        days = sales.get((dated[line.key], line.ref), ())
        if earlier := [day for day in days if day < (line.date or last)]:
            found.setdefault(line.key, {})[line.no] = max(earlier)
    return found


def _sales(
    connection: Connection, account_id: int, codes: set[str], refs: set[str]
) -> dict[tuple[str, str], list[str]]:  # fmt: skip
    """Return the days of sales by product code and reference, in one pass over the reports that know these codes."""
    if not refs:
        return {}
    k, c = report_keys.c, lines.c
    living = select(reports.c.id).where(reports.c.account_id == account_id, reports.c.state.not_in(_DEAD))
    known = select(k.report_id, k.no, k.key).where(k.report_id.in_(living), among(connection, k.key, codes))
    named = {(row.report_id, row.no): row.key for row in connection.execute(known)}
    goods = [name for name, kind in kinds().items() if kind.books == "goods"]
    query = select(c.report_id, c.key, c.ref, c.date).where(
        among(connection, c.report_id, {report_id for report_id, _ in named}),
        c.section == "sale", c.kind.in_(goods), c.date != "", among(connection, c.ref, refs),
    )  # fmt: skip
    found: dict[tuple[str, str], list[str]] = {}
    for report_id, key, ref, day in connection.execute(query):
        if code := named.get((report_id, key)):
            found.setdefault((code, ref), []).append(day)
    return found


def returned_groups(connection: Connection, report_id: int, by_row: bool, sold: Sold) -> Iterator[Group]:
    """Give all returns of the products in ``sold`` summed for booking, in a fixed order, with their line numbers.

    ``bridge.db.reports.groups`` leaves the same lines out.
    """
    if not sold:
        return
    c = lines.c
    columns = [c.kind, c.key, c.date, c.price, c.sheet, c.row]
    query = select(*columns, c.no, c.quantity, c.amount, c.commission, c.rest).where(
        c.report_id == report_id, c.section == "return", among(connection, c.key, sold)
    )
    found: dict[tuple[Any, ...], list[Any]] = {}
    for line in connection.execute(query.order_by(*columns, c.no)):
        where = (line.sheet, line.row) if by_row else (None, None)
        place = (line.kind, line.key, line.date, line.price, *where, sold[line.key].get(line.no, ""))
        found.setdefault(place, []).append(line)
    for (kind, key, day, price, sheet, row, sale), together in found.items():
        amount, commission = _exact(together)
        yield Group(
            kind, "return", key, day, price, "", sheet, row, sum(line.quantity for line in together), amount,
            commission, sale, tuple(line.no for line in together),
        )  # fmt: skip


def _exact(together: Sequence[Any]) -> tuple[Decimal, Decimal]:
    """Return amount and commission of these lines, with what they have below a kopeck."""
    rests = [[Decimal(part) for part in line.rest.split()] for line in together if line.rest]
    amount = Decimal(sum(line.amount for line in together)) + sum((rest[0] for rest in rests), Decimal(0))
    return amount, Decimal(sum(line.commission for line in together)) + sum((rest[1] for rest in rests), Decimal(0))
