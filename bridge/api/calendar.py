"""The calendar of completeness: which reports there should be, and which there are."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec
from aiohttp import web

from bridge.api.bodies import answering
from bridge.api.keys import DATABASE, SETTINGS
from bridge.api.routing import Query, Route
from bridge.errors import BadInput
from bridge.flows import calendar
from reports.calendar import State


class CalendarSlot(msgspec.Struct, frozen=True, kw_only=True):
    """One expected report of one period. ``due``: the day from which it can be had."""

    account: str
    profile: str
    title: str
    period: Literal["week", "month"]
    period_from: date
    period_to: date
    due: date
    type: str
    state: State
    report: str | None
    number: str
    problems: int
    payout: Decimal | None


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Slots by period; of several accounts one account after another."""

    items: list[CalendarSlot]


async def get_account_calendar(request: web.Request) -> web.Response:
    """Show the calendar of one account."""
    app, days = request.app, _days(request)
    flow = calendar.account_calendar
    return await answering(flow, app[DATABASE], app[SETTINGS], request.match_info["name"], date.today(), **days)


async def get_calendar(request: web.Request) -> web.Response:
    """Show the calendars of all accounts."""
    app, days = request.app, _days(request)
    return await answering(calendar.whole_calendar, app[DATABASE], app[SETTINGS], date.today(), **days)


def _days(request: web.Request) -> dict[str, Any]:
    return {"first": _day(request, "from"), "last": _day(request, "to")}


def _day(request: web.Request, name: str) -> date | None:
    text = request.query.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput(f"{name}: дата пишется как ГГГГ-ММ-ДД, передано «{str(text)[:20]}»") from error


_QUERY = (Query("from", "С какого дня, ГГГГ-ММ-ДД"), Query("to", "По какой день, ГГГГ-ММ-ДД"))

ROUTES = [
    Route(
        method="GET", path="/api/v1/accounts/{name}/calendar", handler=get_account_calendar, right="read_reports",
        summary="Календарь отчётов кабинета: какие должны быть и какие есть", answer=Calendar, query=_QUERY,
        problems=(404, 422),
    ),
    Route(
        method="GET", path="/api/v1/calendar", handler=get_calendar, right="read_reports",
        summary="Календарь отчётов всех кабинетов", answer=Calendar, query=_QUERY, problems=(422,),
    ),
]  # fmt: skip
