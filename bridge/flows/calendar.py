"""The calendar of completeness: for every account and period the reports it should have, and what became of them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from bridge.db import journal as queries
from bridge.db import reports as report_queries
from bridge.db.catalogue import accounts_page
from bridge.db.session import Database
from bridge.errors import NotFound
from bridge.flows.preview import booked_totals, refresh
from bridge.settings import Settings
from reports.calendar import Known, Listed, Slot, slots
from reports.lines import Summary
from reports.profile import Profile, profiles

_EVERY_CHANNEL = "*"
_PORTION = 500


def account_calendar(
    database: Database, settings: Settings, account: str, today: date, first: date | None = None,
    last: date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the slots of an account, by period, from its start date (or first report) to ``today``.

    ``first`` and ``last`` narrow the days. Raises NotFound.
    """
    with database.read() as connection:
        if "\0" in account or report_queries.find_account(connection, account) is None:
            raise NotFound(f"Учётной записи «{account}» нет")
    return {"items": _slots(database, settings, account, today, first, last)}


def whole_calendar(
    database: Database, settings: Settings, today: date, first: date | None = None, last: date | None = None
) -> dict[str, Any]:
    """Return the same of all accounts, one after another."""
    with database.read() as connection:
        names = list(_names(connection))
    items = [slot for name in names for slot in _slots(database, settings, name, today, first, last)]
    return {"items": items}


def _names(connection: Connection) -> Iterator[str]:
    after = 0
    while rows := accounts_page(connection, after, _PORTION):
        yield from (row.name for row in rows)
        after = rows[-1].id


def _slots(
    database: Database, settings: Settings, account: str, today: date, first: date | None, last: date | None
) -> list[dict[str, Any]]:
    with database.read() as connection:
        waiting = report_queries.open_reports(connection, account)
    for uid in waiting:
        refresh(database, settings, uid)
    with database.read() as connection:
        owner = report_queries.find_account(connection, account)
        assert owner is not None, "accounts are never deleted"
        found = _found(connection, owner, today, first, last)
    found.sort(key=lambda slot: (slot.period_from, slot.profile, slot.type, slot.number))
    return [{"account": account} | msgspec.structs.asdict(slot) for slot in found]


def _found(
    connection: Connection, owner: Row[Any], today: date, first: date | None, last: date | None
) -> list[Slot]:  # fmt: skip
    received = [row for row in queries.reports_of(connection, owner.id) if not row.superseded_by]  # the newest issues
    known: dict[str, list[Known]] = {}
    for row in received:
        if (one := _known(row, profiles()[row.profile])) is not None:
            known.setdefault(row.profile, []).append(one)
    days = [one.days[0] for each in known.values() for one in each]
    start = owner.start_date or min(days, default=None)
    if start is None:
        return []
    bounds = max(start, first or start), min(today, last or today)
    return [
        slot
        for profile in profiles().values()
        if profile.name in known or profile.channel in (owner.channel, _EVERY_CHANNEL)
        for slot in slots(
            profile, known.get(profile.name, []), _listed(connection, owner.id, profile), *bounds, today
        )
        if slot.report or profile.channel in (owner.channel, _EVERY_CHANNEL)  # of another channel nothing is missed
    ]  # fmt: skip


def _known(row: Row[Any], profile: Profile) -> Known | None:
    """Return a report as the calendar takes it; None when nobody knows its days yet."""
    summary = msgspec.convert(row.summary, Summary)
    days = (summary.period_from or summary.date, summary.period_to or summary.date)
    if not all(days):
        return None
    return Known(
        id=row.uid,
        number=row.number,
        type=row.preview.get("type") or summary.type,
        state=row.state,
        days=(date.fromisoformat(days[0]), date.fromisoformat(days[1])),
        problems=len(row.preview.get("problems", [])) if row.state in report_queries.OPEN_STATES else 0,
        payout=_payout(row, profile, summary),
    )


def _payout(row: Row[Any], profile: Profile, summary: Summary) -> Decimal | None:
    """Return what a report pays; of one that makes no documents its sums are nobody's payment."""
    if not profile.documents.make:
        return None
    return Decimal(booked_totals(profile, summary, row.preview.get("payout", ""))["payout"])


def _listed(connection: Connection, account_id: int, profile: Profile) -> list[Listed]:
    if profile.calendar is None or not profile.calendar.listed_by:
        return []
    found = {
        row.scope: Listed(
            number=row.scope,
            type=row.type,
            days=(date.fromisoformat(row.period_from), date.fromisoformat(row.period_to)),
        )
        for row in report_queries.find_facts(connection, account_id, profile.calendar.listed_by)
        if row.scope and row.period_from and row.period_to
    }
    return list(found.values())
