"""Queries for what came back: on which day each returned piece was sold, and its lines grouped by that day.

A sale is known again by the channel's reference of the piece and the code of its product, in any living report of the
account. Only asked for where the day makes a difference: for products whose links are dated, and for returns that may
have been sold at another VAT rate.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, and_, false, func, or_, select

from bridge.db.catalogue import among
from bridge.db.sales import Back, Place, Sale, chosen_days, living_reports, of_returns, sales_by_ref
from bridge.db.tables import lines
from reports.books import Group

_Known = TypeVar("_Known", Sale, Back)
Sold = Mapping[int, Mapping[int, str]]  # by product key: line numbers of returns and the day each was sold on


def sale_days(connection: Connection, report: Row[Any], dated: Mapping[int, str], last: str) -> Sold:
    """Return for the return lines of these product keys (number and code) the day of their sale, where it is known.

    That is the latest sale before the return with the same reference, or else the day that a person chose; ``last``:
    the day of lines that have none.
    """
    came_back = asked_returns(connection, report.id, dated, last) if dated else []
    if not came_back:
        return {}
    living = living_reports(connection, report.account_id)
    sales = sales_by_ref(connection, living, set(dated.values()), {line.ref for line in came_back} - {""})
    chosen = chosen_days(connection, report.account_id, {line.mark for line in came_back})
    found: dict[int, dict[int, str]] = {}
    for line in came_back:
        sale = latest(sales.get((dated[line.key], line.ref), ()), line.day)
        choice = chosen.get(choice_place(line))
        if day := sale.day if sale else choice.sold_on.isoformat() if choice else "":
            found.setdefault(line.key, {})[line.no] = day
    return found


def asked_returns(
    connection: Connection, report_id: int, dated: Mapping[int, str], last: str, *, first: str = "",
    changes: Sequence[date] = (), window: int = 0, skip: Sequence[str] = (),
) -> list[Row[Any]]:  # fmt: skip
    """Return the lines of returns for which the day of sale makes a difference, in their order.

    What undoes a return counts as one. These are the lines of ``dated`` products, and those that came back since a day
    of ``changes`` but were, or without an order day may have been (in the ``window`` of days before), sold earlier.
    ``last``: the day of lines without one; ``first``: the day since which these may have come back.
    """
    c = lines.c
    day = func.coalesce(func.nullif(c.date, ""), last)
    since = func.coalesce(func.nullif(c.date, ""), first or last)
    ordered = and_(c.ordered != "", c.ordered <= day)
    crossing = [
        and_(
            day >= change.isoformat(),
            or_(
                and_(ordered, c.ordered < change.isoformat()),
                and_(~ordered, since < (change + timedelta(days=window)).isoformat()),
            ),
        )
        for change in changes
    ]
    query = select(
        c.no, c.sheet, c.row, c.kind, c.section, c.key, day.label("day"), since.label("since"), c.ordered, c.ref,
        c.mark, c.quantity, c.amount, c.price,
    ).where(
        c.report_id == report_id, of_returns(), c.key.is_not(None), c.kind.not_in(skip),
        or_(false(), *crossing, *([among(connection, c.key, dated)] if dated else [])),
    )  # fmt: skip
    return list(connection.execute(query.order_by(c.no))) if dated or crossing else []


def latest(sales: Sequence[_Known], day: str) -> _Known | None:
    """Return the latest sale (or return) before a day, or where there is none the one of that very day."""
    earlier = [sale for sale in sales if sale.day < day] or [sale for sale in sales if sale.day == day]
    return max(earlier) if earlier else None


def choice_place(line: Any) -> Place:
    """Return what a person's choice for a returned row is kept under: rows without a reference have their day."""
    return line.mark, line.ref or line.day


def returned_groups(connection: Connection, report_id: int, by_row: bool, sold: Sold) -> Iterator[Group]:
    """Give all that came back of the products in ``sold`` summed for booking, in a fixed order, with line numbers.

    ``bridge.db.reports.groups`` leaves the same lines out.
    """
    if not sold:
        return
    c = lines.c
    columns = [c.kind, c.section, c.key, c.date, c.price, c.scheme, c.sheet, c.row]
    query = select(*columns, c.no, c.quantity, c.amount, c.commission, c.rest).where(
        c.report_id == report_id, of_returns(), among(connection, c.key, sold)
    )
    found: dict[tuple[Any, ...], list[Any]] = {}
    for line in connection.execute(query.order_by(*columns, c.no)):
        where = (line.sheet, line.row) if by_row else (None, None)
        what = line.kind, line.section, line.key, line.date, line.price, line.scheme
        place = (*what, *where, sold[line.key].get(line.no, ""))
        found.setdefault(place, []).append(line)
    for (kind, section, key, day, price, scheme, sheet, row, sale), together in found.items():
        amount, commission = _exact(together)
        yield Group(
            kind, section, key, day, price, "", sheet, row, sum(line.quantity for line in together), amount,
            commission, sale, tuple(line.no for line in together), scheme,
        )  # fmt: skip


def _exact(together: Sequence[Any]) -> tuple[Decimal, Decimal]:
    """Return amount and commission of these lines, with what they have below a kopeck."""
    rests = [[Decimal(part) for part in line.rest.split()] for line in together if line.rest]
    amount = Decimal(sum(line.amount for line in together)) + sum((rest[0] for rest in rests), Decimal(0))
    return amount, Decimal(sum(line.commission for line in together)) + sum((rest[1] for rest in rests), Decimal(0))
