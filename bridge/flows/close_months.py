"""Close the months of an organization, and open them again: no document is made or dated in a closed month."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, update

from bridge.db import catalogue as queries
from bridge.db.events import record
from bridge.db.session import Database
from bridge.db.tables import organizations
from bridge.errors import BadInput, NotFound
from bridge.flows.checking import refuse_if, text_problems, wrong
from reports.periods import is_month_end, open_day
from reports.problems import Problem

_REASON = 1000  # characters
_LAST_YEAR = 2100


def closed_months(database: Database, name: str) -> dict[str, Any]:
    """Return through which day an organization's books are closed, and the first open day. Raises NotFound."""
    with database.read() as connection:
        return _shown(name, _existing(connection, name).closed_through)


def close_through(
    database: Database, name: str, through: date | None, reason: str, who: str,
    may_open: Callable[[], None] = lambda: None,
) -> dict[str, Any]:  # fmt: skip
    """Close an organization's books through a day (None: open everything) and return what is closed now.

    Moving the day back opens months: that needs a reason, and ``may_open`` raises where the caller is not allowed to.
    Raises NotFound, and BadInput for a day inside a month.
    """
    refuse_if([*_day_problems(through), *text_problems("reason", reason, _REASON)], "Месяц не закрыт")
    with database.write() as connection:
        queries.hold(connection)  # nobody posts meanwhile
        row = _existing(connection, name)
        before = row.closed_through
        if through == before:
            return _shown(name, before)
        opens = before is not None and (through is None or through < before)
        if opens:
            may_open()
            if not reason.strip():
                raise BadInput("Чтобы открыть закрытый месяц, укажите причину (reason)")
        connection.execute(update(organizations).where(organizations.c.id == row.id).values(closed_through=through))
        queries.bump(connection)
        detail = {"from": _text(before), "through": _text(through), "reason": reason}
        record(connection, who, "months_opened" if opens else "months_closed", name, detail)
    return _shown(name, through)


def close_month(database: Database, name: str, month: date, who: str) -> dict[str, Any]:
    """Close a month, given by any day of it, and all before it; one that is closed already stays so."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    closed = closed_months(database, name)
    if closed["through"] is not None and date.fromisoformat(closed["through"]) >= last:
        return closed
    return close_through(database, name, last, "", who)


def open_month(database: Database, name: str, month: date, reason: str, who: str) -> dict[str, Any]:
    """Open a month, given by any day of it, and all after it; one that is open already stays so."""
    before = month.replace(day=1) - timedelta(days=1)
    closed = closed_months(database, name)
    if closed["through"] is None or date.fromisoformat(closed["through"]) <= before:
        return closed
    return close_through(database, name, before, reason, who)


def _day_problems(through: date | None) -> list[Problem]:
    if through is None:
        return []
    if through.year > _LAST_YEAR:
        expected = f"год не позже {_LAST_YEAR}"
        return [wrong("month_far", "Месяц слишком далеко", column="through", found=through, expected=expected)]
    if is_month_end(through):
        return []
    last = through.replace(day=monthrange(through.year, through.month)[1])
    message = f"Закрываются целые месяцы: {through} – не последний день месяца"
    return [wrong("month_end", message, column="through", found=through, expected=str(last))]


def _existing(connection: Connection, name: str) -> Row[Any]:
    row = queries.find_organization(connection, name)
    if row is None:
        raise NotFound(f"Организации «{name}» нет")
    return row


def _shown(name: str, through: date | None) -> dict[str, Any]:
    opens = open_day(through, through) if through else None
    return {"organization": name, "through": _text(through), "opens": _text(opens)}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
