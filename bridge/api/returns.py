"""Returns whose VAT rate depends on a sale that is not known: their queue, and a person's answers."""

from decimal import Decimal
from typing import Literal

import msgspec
from aiohttp import web

from bridge.api.bodies import answering, choice, page, read_json
from bridge.api.keys import CALLER, DATABASE
from bridge.api.routing import PAGE, Query, Route
from bridge.api.shapes import Day, KnownSale, LateSum
from bridge.flows import sale_choices
from bridge.flows.sale_choices import SaleChoice
from mappings.items import ProductKey

STATES = ("waiting", "chosen")
_PATH = "/api/v1/accounts/{name}/returns"


class LateReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A returned row of an unposted report. ``item``: by the links of the day it is booked by; empty for a kit.
    ``candidates``: known sales of the product in that time, equal ones of a day together, the newest first."""

    report: str
    sheet: str
    row: int
    ref: str
    product: ProductKey
    item: str | None
    quantity: Decimal
    amount: Decimal
    price: Decimal
    date: Day
    ordered: Day | None
    state: Literal["waiting", "chosen"]
    sold_on: Day | None
    chosen_by: str | None
    candidates: list[KnownSale]
    candidates_total: int
    reason: str


class LateReturnPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page; ``waiting``: everything that waits, on all pages."""

    items: list[LateReturn]
    next: str | None
    waiting: LateSum


class ChoiceCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many answers were new, and how many were known already."""

    changed: int
    unchanged: int


async def list_returns(request: web.Request) -> web.Response:
    """Show returns that wait for their sale, or whose day of sale was chosen."""
    name, state = request.match_info["name"], choice(request, "state", STATES)
    return await answering(sale_choices.list_returns, request.app[DATABASE], name, state, **page(request))


async def choose_sales(request: web.Request) -> web.Response:
    """Take the days on which returned rows were sold."""
    name, said = request.match_info["name"], await read_json(request, list[SaleChoice])
    return await answering(sale_choices.choose_sales, request.app[DATABASE], name, said, request[CALLER].name)


ROUTES = [
    Route(
        method="GET", path=_PATH, handler=list_returns, right="read_reports", answer=LateReturnPage,
        summary="Возвраты, ставка НДС которых ждёт дня продажи или взята по выбранному дню", problems=(404, 422),
        query=(*PAGE, Query("state", "Только ждущие или только выбранные", words=STATES)),
    ),
    Route(
        method="PUT", path=_PATH, handler=choose_sales, right="choose_sales", body=list[SaleChoice],
        answer=ChoiceCounts, summary="Указать, в какой день проданы возвращённые строки; null снимает выбор",
        problems=(404, 422),
    ),
]  # fmt: skip
