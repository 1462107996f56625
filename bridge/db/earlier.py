"""Queries for the other reports of an account that one report is compared with: its neighbours and earlier issues."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, func, or_, select

from bridge.db.reports import OPEN_STATES, RECEIVING
from bridge.db.tables import accounts, lines, reports
from reports.lines import Summary


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A report as its neighbours see it. ``rows``: those that were booked; ``confirmed``: findings that a person let
    pass, as stored."""

    id: int
    uid: str
    number: str
    state: str
    confirmed: list[dict[str, str]]
    period_from: str
    period_to: str
    type: str
    currency: str
    rows: int


def neighbours(connection: Connection, report: Row[Any]) -> list[Neighbour]:
    """Return the reports of the account and profile that count beside this one, in the order of their arrival.

    These are the living ones, and those whose newer issue waits: until it is posted, they are what is booked.
    """
    c, newer = reports.c, reports.alias()
    mine = newer.c.account_id == report.account_id
    corrected = select(newer.c.corrects).where(mine, newer.c.corrects.is_not(None), newer.c.state.in_(OPEN_STATES))
    said = [c.summary[name].as_string() for name in ("period_from", "period_to", "type", "currency")]
    query = select(c.id, c.uid, c.number, c.state, c.confirmed, *said, c.summary["rows_used"].as_integer()).where(
        c.account_id == report.account_id, c.profile == report.profile, c.id != report.id,
        c.identity.is_not(None) | c.uid.in_(corrected),
    )  # fmt: skip
    return [
        Neighbour(
            id=row[0], uid=row[1], number=row[2], state=row[3], confirmed=row[4] or [], period_from=row[5] or "",
            period_to=row[6] or "", type=row[7] or "", currency=row[8] or "", rows=row[9] or 0,
        )
        for row in connection.execute(query.order_by(c.id))
    ]  # fmt: skip


def elsewhere(connection: Connection, report: Row[Any]) -> str:
    """Return the account that had the same rows before this one and still has them; nothing when there is none."""
    c = reports.c
    query = select(accounts.c.name).join_from(reports, accounts, accounts.c.id == c.account_id)
    query = query.where(
        c.content == report.content, c.profile == report.profile, c.account_id != report.account_id,
        c.id < report.id, c.identity.is_not(None),
    )  # fmt: skip
    return connection.execute(query.order_by(c.id).limit(1)).scalar() or ""


def summaries(connection: Connection, ids: Collection[int]) -> dict[int, Summary]:
    """Return the summaries of reports by their row id."""
    query = select(reports.c.id, reports.c.summary).where(reports.c.id.in_(ids))
    return {row.id: msgspec.convert(row.summary, Summary) for row in connection.execute(query)}


def shared_rows(connection: Connection, report_id: int, within: int, *, named: bool) -> int:
    """Return how many rows of a report say what some row of another one says too.

    ``named``: only rows that carry the channel's own reference, which no two operations share.
    """
    c = lines.c
    told = [c.mark != 0, *([c.ref != ""] if named else [])]
    same = select(c.mark).where(c.report_id == within, *told)
    rows = select(c.sheet, c.row).where(c.report_id == report_id, *told, c.mark.in_(same)).distinct()
    return int(connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one())


def earlier_issues(connection: Connection, report: Row[Any]) -> list[Row[Any]]:
    """Return the issues of this report that came before it: those it replaced, directly or not, or corrects."""
    c = reports.c
    same = and_(c.number != "", c.number == report.number, c.summary["period_to"].as_string() == _period_to(report))
    found: dict[int, Row[Any]] = {}
    new = [report.id]
    while new:
        query = select(c.id, c.number, c.summary).where(
            c.account_id == report.account_id, c.profile == report.profile, c.id < report.id, c.state != RECEIVING,
            or_(c.superseded_by.in_(new), c.uid == (report.corrects or ""), same),
        )  # fmt: skip
        rows = {row.id: row for row in connection.execute(query) if row.id not in found}
        found |= rows
        new = list(rows)
    return [found[key] for key in sorted(found)]


def _period_to(report: Row[Any]) -> str:
    return str(report.summary.get("period_to", ""))
