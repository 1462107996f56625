"""Queries for what an account is known to have sold: by the reference of the piece, or by product between two days.

A sale is known while its report lives, that is while it is neither being received nor reversed nor replaced by another
issue. Sales that a report has no day for count as of the last day of its period.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select

from bridge.db.book_tables import sale_choices
from bridge.db.catalogue import among
from bridge.db.tables import lines, report_keys, reports
from reports.kinds import kinds
from reports.late_returns import undoing_operations
from reports.lines import Summary
from reports.profile import profiles


class Back(msgspec.Struct, frozen=True, order=True):
    """One known return: its day, the day it was ordered on, and its mark."""

    day: str
    ordered: str
    mark: int


class Living(msgspec.Struct, frozen=True):
    """A report whose sales count: its public id, its period (ISO days, empty where unknown), its sheets.

    ``covers``: it tells of all sales of these days; what was bought out is only a part of its week.
    """

    uid: str
    first: str
    last: str
    sheets: tuple[str, ...]
    covers: bool


class Sale(msgspec.Struct, frozen=True, order=True):
    """One known sale, or equal ones of a day together: price in kopecks, quantity in thousandths.

    ``no``: the (first) line of the report.
    """

    day: str
    report_id: int
    no: int
    price: int
    quantity: int


def living_reports(connection: Connection, account_id: int) -> dict[int, Living]:
    """Return the reports of an account that tell of sales and books goods, by row id."""
    c = reports.c
    # one that was reversed, is under way, or whose place another issue took has no identity
    query = select(c.id, c.uid, c.profile, c.summary).where(c.account_id == account_id, c.identity.is_not(None))
    found = {}
    for row in connection.execute(query.order_by(c.id)):
        profile = profiles().get(row.profile)
        if profile is not None and (not profile.documents.make or "sale" in profile.documents.skip):
            continue
        summary = msgspec.convert(row.summary, Summary)
        last = summary.period_to or summary.date
        usual = profile.calendar.types if profile is not None and profile.calendar else ()
        covers = not summary.type or summary.type in (usual or (summary.type,))
        found[row.id] = Living(row.uid, summary.period_from or last, last, summary.sheets, covers)
    return found


def sales_by_ref(
    connection: Connection, living: Mapping[int, Living], codes: Collection[str], refs: Collection[str]
) -> dict[tuple[str, str], list[Sale]]:
    """Return known sales by product code and reference, in one pass over the reports that know these codes."""
    found: dict[tuple[str, str], list[Sale]] = {}
    for place, day, line in _by_ref(connection, living, codes, refs, "sale"):
        found.setdefault(place, []).append(Sale(day, line.report_id, line.no, line.price, line.quantity))
    return found


def returns_by_ref(
    connection: Connection, living: Mapping[int, Living], codes: Collection[str], refs: Collection[str]
) -> dict[tuple[str, str], list[Back]]:
    """Return known returns by product code and reference."""
    found: dict[tuple[str, str], list[Back]] = {}
    for place, day, line in _by_ref(connection, living, codes, refs, "return"):
        found.setdefault(place, []).append(Back(day, line.ordered, line.mark))
    return found


def _by_ref(
    connection: Connection, living: Mapping[int, Living], codes: Collection[str], refs: Collection[str], section: str
) -> Iterator[tuple[tuple[str, str], str, Any]]:
    if not refs:
        return
    c = lines.c
    named = _named(connection, living, codes)
    query = select(c.report_id, c.key, c.ref, c.date, c.no, c.price, c.quantity, c.ordered, c.mark).where(
        among(connection, c.report_id, {report_id for report_id, _ in named}), *_of_goods(section),
        among(connection, c.ref, refs),
    )  # fmt: skip
    for line in connection.execute(query):
        code = named.get((line.report_id, line.key))
        if code is not None and (day := line.date or living[line.report_id].last):
            yield (code, line.ref), day, line


def days_of_sales(
    connection: Connection, living: Mapping[int, Living], codes: Collection[str], first: str, last: str, *, priced: bool
) -> dict[str, set[tuple[str, int]]]:
    """Return on which days (ISO) from ``first`` to ``last`` these products were sold, by product code, with the price.

    Prices are in kopecks; without ``priced``, which costs time, they are 0.
    """
    found: dict[str, set[tuple[str, int]]] = {}
    for code, sale in _between(connection, living, codes, first, last, priced=priced):
        found.setdefault(code, set()).add((sale.day, sale.price if priced else 0))
    return found


def sales_between(
    connection: Connection, living: Mapping[int, Living], codes: Collection[str], first: str, last: str
) -> dict[str, list[Sale]]:
    """Return known sales of these products, those of one report, day and price together, the newest first."""
    found: dict[str, list[Sale]] = {}
    for code, sale in _between(connection, living, codes, first, last, priced=True):
        found.setdefault(code, []).append(sale)
    return {code: sorted(sales, reverse=True) for code, sales in found.items()}


def _between(
    connection: Connection, living: Mapping[int, Living], codes: Collection[str], first: str, last: str, *, priced: bool
) -> Iterator[tuple[str, Sale]]:
    near = {no: one for no, one in living.items() if not one.last or (one.first <= last and first <= one.last)}
    named = _named(connection, near, codes) if codes else {}
    if not named:
        return
    c = lines.c
    columns = [c.report_id, c.key, c.date, *([c.price] if priced else [])]
    query = select(*columns, func.min(c.no), func.sum(c.quantity)).where(
        among(connection, c.report_id, {report_id for report_id, _ in named}),
        among(connection, c.key, {key for _, key in named}), *_of_goods(),
        (c.date == "") | c.date.between(first, last),
    )  # fmt: skip
    for report_id, key, written, *price, no, quantity in connection.execute(query.group_by(*columns)):
        day, code = written or near[report_id].last, named.get((report_id, key))
        if code is not None and first <= day <= last:
            yield code, Sale(day, report_id, int(no), price[0] if price else 0, int(quantity))


def _named(connection: Connection, living: Iterable[int], codes: Collection[str]) -> dict[tuple[int, int], str]:
    k = report_keys.c
    query = select(k.report_id, k.no, k.key).where(
        among(connection, k.report_id, living), among(connection, k.key, codes)
    )
    return {(row.report_id, row.no): row.key for row in connection.execute(query)}


def _of_goods(section: str = "sale") -> tuple[Any, ...]:
    goods = [name for name, kind in kinds().items() if kind.books == "goods"]
    return lines.c.section == section, lines.c.kind.in_(goods), ~undoing()


def undoing() -> ColumnElement[bool]:
    """Tell the lines that undo a return: sales by their section, though nothing was sold anew."""
    return and_(lines.c.section == "sale", lines.c.operation.in_(undoing_operations()))


def of_returns() -> ColumnElement[bool]:
    """Tell the lines that are booked by the day of an earlier sale: returns, and what undoes them."""
    return or_(lines.c.section == "return", undoing())


def places(connection: Connection, sales: Iterable[Sale]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return sheet and row of the lines that sales name, by report and line."""
    by_report: dict[int, set[int]] = {}
    for sale in sales:
        by_report.setdefault(sale.report_id, set()).add(sale.no)
    c = lines.c
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for report_id, numbers in by_report.items():
        query = select(c.no, c.sheet, c.row).where(c.report_id == report_id, among(connection, c.no, numbers))
        found |= {(report_id, line.no): (line.sheet, line.row) for line in connection.execute(query)}
    return found


# --- what a person chose ----------------------------------------------------------------------------------------------

Place = tuple[int, str]  # of a returned row: its mark, and its reference or (where it has none) its day


def chosen_days(connection: Connection, account_id: int, marks: Collection[int]) -> dict[Place, Row[Any]]:
    """Return the days of sale chosen for rows with these marks."""
    if not marks:
        return {}
    c = sale_choices.c
    query = select(sale_choices).where(c.account_id == account_id, among(connection, c.mark, marks))
    return {(row.mark, row.ref): row for row in connection.execute(query)}


def write_choices(connection: Connection, account_id: int, chosen: Mapping[Place, date | None], who: str) -> None:
    """Write the chosen days over what was chosen before; None takes a choice back."""
    c = sale_choices.c
    for mark, ref in chosen:
        connection.execute(delete(sale_choices).where(c.account_id == account_id, c.mark == mark, c.ref == ref))
    said = {"account_id": account_id, "who": who, "changed_at": datetime.now(UTC)}
    rows = [
        {**said, "mark": mark, "ref": ref, "sold_on": day} for (mark, ref), day in chosen.items() if day is not None
    ]
    if rows:
        connection.execute(insert(sale_choices), rows)
