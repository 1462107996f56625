"""Compare two issues of a report row by row: before a correction is taken, and at any time after."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from bridge.db import reports as queries
from bridge.db.session import Database
from bridge.db.tables import reports
from bridge.errors import NotFound
from bridge.flows.checking import after_id, page_size
from reports.difference import SHOWN, Difference, Said, difference


def rows_difference(connection: Connection, before: int, after: int, shown: int | None = SHOWN) -> Difference:
    """Compare the stored lines of two issues, by the row ids of their reports."""

    def said(report_id: int) -> list[Said]:
        rows = queries.row_marks(connection, report_id)
        return [Said(**{name: getattr(row, name) for name in Said.__struct_fields__}) for row in rows]

    return difference(said(before), said(after), shown)


def report_diff(database: Database, uid: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """Return what a report changes against the issue it corrects or replaced: counts, sums and a page of the rows.

    Raises NotFound, also for a report that is the first of its number.
    """
    first = after_id(cursor)
    with database.read() as connection:
        report = queries.find_report(connection, uid)
        if report is None:
            raise NotFound(f"Нет отчёта {uid}")
        before = _issue_before(connection, report)
        found = rows_difference(connection, before.id, report.id, None)
    last = first + page_size(limit)
    more = str(last) if len(found.changes) > last else None
    told = msgspec.structs.replace(found, changes=found.changes[first:last])
    return {"report": uid, "against": before.uid, "next": more, **msgspec.to_builtins(told)}


def _issue_before(connection: Connection, report: Row[Any]) -> Row[Any]:
    before = queries.find_report(connection, report.corrects) if report.corrects else None
    if before is None:
        replaced = select(reports).where(reports.c.superseded_by == report.id).order_by(reports.c.id.desc()).limit(1)
        before = connection.execute(replaced).one_or_none()
    if before is None:
        raise NotFound("Этот отчёт не исправляет и не заменяет другого")
    return before
