"""Queries for reports, their lines, product keys and facts. Functions on a connection, for both databases.

Lines are written in bulk below SQLAlchemy's expression layer (tuples on SQLite, COPY on PostgreSQL): a report may have
a million of them. They are never updated; a report under way is invisible until its last transaction gives it an
identity.
"""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from bridge.db.catalogue import among
from bridge.db.sales import of_returns
from bridge.db.tables import accounts, basis, facts, lines, organizations, report_keys, reports
from mappings.items import ProductKey
from reports.books import Group
from reports.documents import Selector
from reports.lines import Line, RowFacts

RECEIVING = "receiving"
OPEN_STATES = ("held", "ready")
_LINE_COLUMNS = [column.name for column in lines.columns]
_COPY_FORMAT = "WITH (FORMAT csv, FORCE_NOT_NULL ({}))".format(
    ", ".join(f'"{column.name}"' for column in lines.columns if not column.nullable)
)
_ABANDONED = timedelta(hours=2)


def find_account(connection: Connection, name: str) -> Row[Any] | None:
    """Return an account with its organization's fields (prefixed ``organization_``)."""
    named = [column.label(f"organization_{column.name}") for column in organizations.columns if column.name != "id"]
    query = select(accounts, *named).join(organizations).where(accounts.c.name == name)
    return connection.execute(query).one_or_none()


def account_by_id(connection: Connection, account_id: int) -> Row[Any]:
    """Return an account with its organization's fields, by its row id."""
    name = connection.execute(select(accounts.c.name).where(accounts.c.id == account_id)).scalar_one()
    found = find_account(connection, name)
    assert found is not None
    return found


def find_report(connection: Connection, uid: str, *, lock: bool = False) -> Row[Any] | None:
    """Return a report by its public id; one still being received does not exist yet.

    ``lock``: keep every other transaction away from it until this one ends (SQLite has one writer anyway).
    """
    query = select(reports).where(reports.c.uid == uid, reports.c.state != RECEIVING)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def living_report(connection: Connection, account_id: int, **where: Any) -> Row[Any] | None:
    """Return the newest report of an account that is neither superseded nor under way, by column values."""
    query = select(reports).where(reports.c.account_id == account_id, reports.c.identity.is_not(None))
    for name, value in where.items():
        query = query.where(reports.c[name] == value)
    return connection.execute(query.order_by(reports.c.id.desc()).limit(1)).one_or_none()


def begin_receiving(connection: Connection, row: Mapping[str, Any]) -> int:
    """Insert the row of a report under way; clear away what crashed imports left behind."""
    old = datetime.now(UTC) - _ABANDONED
    drop_receiving(connection, reports.c.received_at < old)
    return int(connection.execute(insert(reports).returning(reports.c.id), dict(row)).scalar_one())


def drop_receiving(connection: Connection, where: Any) -> None:
    """Delete reports under way with everything of theirs."""
    connection.execute(delete(reports).where(reports.c.state == RECEIVING, where))


def add_lines(connection: Connection, report_id: int, first: int, batch: Sequence[Line]) -> None:
    """Write a portion of lines, numbered from ``first``."""
    rows = [(report_id, no, *msgspec.structs.astuple(line)) for no, line in enumerate(batch, first)]
    columns = ", ".join(f'"{name}"' for name in _LINE_COLUMNS)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY lines ({columns}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * len(_LINE_COLUMNS))
    connection.exec_driver_sql(f"INSERT INTO lines ({columns}) VALUES ({marks})", rows)  # noqa: S608 fixed names


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Send rows to PostgreSQL as one text of CSV; an empty text is NULL only in the column that may be NULL."""
    block = StringIO()
    csv.writer(block).writerows(rows)
    cursor = connection.connection.cursor()
    with cursor.copy(f"{statement} {_COPY_FORMAT}") as copy:
        copy.write(block.getvalue())


def add_keys(connection: Connection, report_id: int, first: int, batch: Sequence[ProductKey]) -> None:
    """Write the product keys of a portion, numbered from ``first``."""
    rows = [{"report_id": report_id, "no": no, **msgspec.structs.asdict(key)} for no, key in enumerate(batch, first)]
    if rows:
        connection.execute(insert(report_keys), rows)


def add_facts(
    connection: Connection, account_id: int, profile: str, report_id: int, stated: Iterable[tuple[str, RowFacts]]
) -> None:
    """Write what a report states about others: pairs of scope and facts."""
    rows = [
        {
            "account_id": account_id, "profile": profile, "scope": scope, "report_id": report_id, "row": fact.row,
            "values": fact.values, "type": fact.type, "period_from": fact.period_from, "period_to": fact.period_to,
        }
        for scope, fact in stated
    ]  # fmt: skip
    if rows:
        connection.execute(insert(facts), rows)


def find_facts(connection: Connection, account_id: int, profile: str, scope: str | None = None) -> list[Row[Any]]:
    """Return facts of a profile, the newest first; of one scope or of all."""
    query = select(facts).where(facts.c.account_id == account_id, facts.c.profile == profile)
    if scope is not None:
        query = query.where(facts.c.scope == scope)
    return list(connection.execute(query.order_by(facts.c.report_id.desc(), facts.c.row)))


def drop_facts(connection: Connection, report_id: int) -> None:
    """Take back what a superseded report stated."""
    connection.execute(delete(facts).where(facts.c.report_id == report_id))


def update_report(connection: Connection, report_id: int, **values: Any) -> None:
    """Set columns of one report."""
    connection.execute(update(reports).where(reports.c.id == report_id).values(**values))


def basis_count(connection: Connection) -> int:
    """Return the count of changes that previews depend on."""
    return int(connection.execute(select(basis.c.count)).scalar_one())


def product_keys(connection: Connection, report_id: int) -> list[ProductKey]:
    """Return the product keys of a report in their order."""
    query = select(report_keys).where(report_keys.c.report_id == report_id).order_by(report_keys.c.no)
    return [
        ProductKey(**{name: getattr(row, name) for name in ProductKey.__struct_fields__})
        for row in connection.execute(query)
    ]


def groups(
    connection: Connection, report_id: int, by_row: bool, apart: Collection[int] = (), *, by_day: bool = False,
    by_scheme: bool = False,
) -> Iterator[Group]:  # fmt: skip
    """Give the lines of a report summed for booking, in a fixed order: goods by product, the rest by service.

    ``apart``: product keys whose returns are left out, since they are grouped by the day of their sale. ``by_day`` and
    ``by_scheme``: services have their day, and goods their scheme, because the report is divided by them.
    """
    c = lines.c
    goods = [c.kind, c.section, c.key, c.date, c.price]
    more = [*([c.sheet, c.row] if by_row else []), *([c.scheme] if by_scheme else [])]
    mine = [c.report_id == report_id, c.key.is_not(None)]
    if apart:
        mine.append(~of_returns() | among(connection, c.key, apart).is_(False))
    for row, quantity, amount, commission in _summed(connection, [*goods, *more], mine):
        sheet, number = (row[5], row[6]) if by_row else (None, None)
        scheme = row[-1] if by_scheme else ""
        yield Group(
            row[0], row[1], row[2], row[3], row[4], "", sheet, number, quantity, amount, commission, scheme=scheme
        )
    services = [c.kind, c.section, c.service, *([c.date] if by_day else [])]
    loose = [c.report_id == report_id, c.key.is_(None)]
    for row, quantity, amount, commission in _summed(connection, services, loose):
        day = row[3] if by_day else ""
        yield Group(row[0], row[1], None, day, 0, row[2], None, None, quantity, amount, commission)


def _summed(
    connection: Connection, columns: Sequence[Any], mine: Sequence[Any]
) -> Iterator[tuple[Sequence[Any], int, Decimal, Decimal]]:
    """Give the values of the columns with the sums of quantity, exact amount and exact commission."""
    c = lines.c
    rests = _rests(connection, columns, mine)
    sums = (func.sum(c.quantity), func.sum(c.amount), func.sum(c.commission))
    query = select(*columns, *sums).where(*mine).group_by(*columns).order_by(*columns)
    width = len(columns)
    for row in connection.execute(query, execution_options={"yield_per": 5_000}):
        place, amount, commission = row[:width], Decimal(row[width + 1]), Decimal(row[width + 2])
        if rests and (more := rests.get(tuple(place))):
            amount, commission = amount + more[0], commission + more[1]
        yield place, int(row[width]), amount, commission


def _rests(
    connection: Connection, columns: Sequence[Any], mine: Sequence[Any]
) -> dict[tuple[Any, ...], tuple[Decimal, Decimal]]:
    """Return by group what raw amounts and commissions had below a kopeck. Usually nothing."""
    found: dict[tuple[Any, ...], tuple[Decimal, Decimal]] = {}
    query = select(*columns, lines.c.rest).where(*mine, lines.c.rest != "")
    for *place, rest in connection.execute(query, execution_options={"yield_per": 5_000}):
        amount, commission = (Decimal(part) for part in rest.split())
        old = found.get(tuple(place), (Decimal(0), Decimal(0)))
        found[tuple(place)] = old[0] + amount, old[1] + commission
    return found


def lines_page(connection: Connection, report_id: int, after: int, limit: int) -> list[Row[Any]]:
    """Return lines with their product key, from number ``after`` on."""
    join = lines.outerjoin(
        report_keys, (report_keys.c.report_id == lines.c.report_id) & (report_keys.c.no == lines.c.key)
    )
    named = [
        report_keys.c[name].label(f"key_{name}")
        for name in ("key", "marketplace_id", "article", "barcode", "size", "name")
    ]
    query = select(lines, *named).select_from(join).where(lines.c.report_id == report_id, lines.c.no >= after)
    return list(connection.execute(query.order_by(lines.c.no).limit(limit)))


def source_rows(connection: Connection, report_id: int, selectors: Sequence[Selector]) -> list[list[tuple[int, int]]]:
    """Return for every selector the (sheet, row) of the report lines it chose, in one pass over the lines."""
    c = lines.c
    wanted = {kind for selector in selectors for kind in selector.kinds}
    query = select(c.no, c.kind, c.section, c.key, c.price, c.service, c.date, c.sheet, c.row, c.scheme)
    query = query.where(c.report_id == report_id, c.kind.in_(wanted)).order_by(c.sheet, c.row)
    by_key: dict[tuple[str, int | None], list[tuple[int, Selector]]] = {}
    by_line: dict[int, list[int]] = {}
    for place, selector in enumerate(selectors):
        for no in selector.lines or ():
            by_line.setdefault(no, []).append(place)
        for kind in selector.kinds if selector.lines is None else ():
            for key in selector.keys if selector.keys is not None else (None,):
                by_key.setdefault((kind, key), []).append((place, selector))
    found: list[dict[tuple[int, int], None]] = [{} for _ in selectors]
    for line in connection.execute(query, execution_options={"yield_per": 5_000}):
        for place, selector in by_key.get((line.kind, line.key), ()):
            # goods that a document line names are in no other line of their section
            if _chose(selector, line) and (selector.section is None or line.no not in by_line):
                found[place][line.sheet, line.row] = None
        for place in by_line.get(line.no, ()):
            found[place][line.sheet, line.row] = None
    return [list(rows) for rows in found]


def _chose(selector: Selector, line: Any) -> bool:
    return (
        selector.section in (None, line.section)
        and selector.price in (None, line.price)
        and selector.service in (None, line.service)
        and selector.row in (None, line.row)
        and selector.sheet in (None, line.sheet)
        and selector.scheme in (None, line.scheme)
        and line.scheme not in selector.other_schemes
        and (
            (selector.undated and not line.date)
            or (selector.date_from <= line.date and (not selector.date_to or line.date <= selector.date_to))
        )
    )


def overlaps(connection: Connection, report: Row[Any]) -> list[tuple[str, int]]:
    """Return (number, rows) of earlier living reports whose rows this one repeats, where either has no number.

    A row is recognised by its mark and its reference of the channel. Reports that both have numbers are kept apart by
    these; without one, only their rows can tell that two files are one report.
    """
    c, other = lines.c, reports.alias()
    earlier = select(other.c.id, other.c.number).where(
        other.c.account_id == report.account_id, other.c.profile == report.profile, other.c.id < report.id,
        other.c.identity.is_not(None),
    )  # fmt: skip
    found = []
    for earlier_id, number in connection.execute(earlier if not report.number else earlier.where(other.c.number == "")):
        same = select(c.mark).where(c.report_id == earlier_id, c.mark != 0, c.ref != "")
        query = select(func.count(c.row.distinct())).where(c.report_id == report.id, c.ref != "", c.mark.in_(same))
        if rows := connection.execute(query).scalar_one():
            found.append((number, int(rows)))
    return found


def row_marks(connection: Connection, report_id: int) -> list[Row[Any]]:
    """Return what tells the rows of a report apart: one entry a line, memo lines (mark 0) left out."""
    c = lines.c
    columns = (c.sheet, c.row, c.mark, c.kind, c.section, c.operation, c.ref, c.quantity, c.amount, c.commission)
    query = select(*columns).where(c.report_id == report_id, c.mark != 0)
    return list(connection.execute(query.order_by(c.no)))


def open_reports(connection: Connection, account: str | None) -> list[str]:
    """Return the ids of reports that are not posted yet, the newest first."""
    query = select(reports.c.uid).join(accounts).where(reports.c.state.in_(OPEN_STATES)).order_by(reports.c.id.desc())
    return list(connection.scalars(query.where(accounts.c.name == account) if account else query))


def reports_page(
    connection: Connection, account: str | None, state: str | None, before: int | None, limit: int
) -> list[Row[Any]]:
    """Return reports, the newest first."""
    query = select(reports.c.id, reports.c.uid).where(reports.c.state != RECEIVING)
    if account:
        query = query.where(
            reports.c.account_id
            == select(accounts.c.id).where(accounts.c.name == bindparam("name", account)).scalar_subquery()
        )
    if state:
        query = query.where(reports.c.state == state)
    if before is not None:
        query = query.where(reports.c.id < before)
    return list(connection.execute(query.order_by(reports.c.id.desc()).limit(limit)))
