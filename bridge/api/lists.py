"""Lists that people upload instead of a program: ERP items, and the listings of an account. Everything or nothing."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Literal

import msgspec
from aiohttp import web

from bridge.api import shapes
from bridge.api.bodies import answering, choice, encode, flag, json_response, page
from bridge.api.keys import CALLER, DATABASE, SETTINGS
from bridge.api.once import fingerprint, once
from bridge.api.routing import PAGE, Query, Route
from bridge.api.sheets import receive_sheet
from bridge.api.uploads import incoming_file
from bridge.flows import listings
from bridge.flows.item_sheet import import_items
from bridge.flows.listings import STATES, import_listings
from bridge.flows.workbook_file import SheetFile, opened_sheet
from reports.spreadsheet import Columns


class ListingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel sells. vanished: not in the newest list any more. ``mapping``: what it stands for today."""

    key: str
    marketplace_id: str
    article: str
    size: str
    barcodes: list[str]
    name: str
    price: Decimal | None
    state: Literal["seen", "vanished"]
    mapping: Literal["linked", "unlinked", "ambiguous"]
    item: str | None
    seen_at: str


_DRY_RUN = Query("dry_run", "true: только посчитать, ничего не записывать; можно и полем формы", "boolean")
_FULL = Query("full", "true: это вся номенклатура, чего в файле нет – пропало; можно и полем формы", "boolean")


class ListingForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an upload. The file may as well be the body itself."""

    file: bytes
    dry_run: bool = False


class ItemForm(ListingForm, frozen=True, kw_only=True):
    """The same, and whether the file is all there is."""

    full: bool = False


async def post_items_sheet(request: web.Request) -> web.Response:
    """Take ERP nomenclature from a spreadsheet."""
    return await _taken(request, "items", ("dry_run", "full"), partial(import_items, request.app[DATABASE]))


async def post_listings_sheet(request: web.Request) -> web.Response:
    """Take the price list of an account's channel."""
    database, account = request.app[DATABASE], request.match_info["name"]

    def take(sheet: SheetFile, who: str, *, dry_run: bool) -> dict[str, int]:
        return import_listings(database, sheet, account, who, dry_run=dry_run)

    return await _taken(request, "listings", ("dry_run",), take)


async def list_listings(request: web.Request) -> web.Response:
    """Show the listings of an account."""
    state = choice(request, "state", STATES)
    name = request.match_info["name"]
    return await answering(listings.list_listings, request.app[DATABASE], name, state=state, **page(request))


async def _taken(
    request: web.Request, columns: Columns, flags: tuple[str, ...], take: Callable[..., object]
) -> web.Response:  # fmt: skip
    """Receive a sheet, read it, and let ``take(sheet, who, **flags)`` write it; the answer is what it returns."""
    async with incoming_file(request) as path:
        received = await receive_sheet(request, path)
        said = {name: flag(request.query.get(name) or received.fields.get(name, ""), name) for name in flags}

        def work() -> bytes:
            with opened_sheet(path, received.name, request.app[SETTINGS].limits, columns) as sheet:
                return encode(take(sheet, request[CALLER].name, **said))

        async def answer() -> web.Response:
            return json_response(await asyncio.to_thread(work))

        return await once(request, fingerprint(request, f"{said} {received.sha256}".encode()), answer)


ROUTES = [
    Route(
        method="POST", path="/api/v1/items.xlsx", handler=post_items_sheet, right="change_items",
        summary="Номенклатура учётной системы таблицей XLSX или CSV, целиком или никак", form=ItemForm,
        answer=shapes.ListCounts, problems=(413, 415, 422), query=(_DRY_RUN, _FULL),
    ),
    Route(
        method="POST", path="/api/v1/accounts/{name}/listings.xlsx", handler=post_listings_sheet, right="change_items",
        summary="Прайс-лист площадки таблицей XLSX или CSV, целиком или никак", form=ListingForm,
        answer=shapes.ListCounts, problems=(404, 413, 415, 422), query=(_DRY_RUN,),
    ),
    Route(
        method="GET", path="/api/v1/accounts/{name}/listings", handler=list_listings, right="read_items",
        summary="Товары площадки по её последнему прайс-листу", answer=shapes.Page[ListingAnswer], problems=(404, 422),
        query=(*PAGE, Query("state", "Только в этом состоянии", words=STATES)),
    ),
]  # fmt: skip
