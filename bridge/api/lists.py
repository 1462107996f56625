"""Lists that people upload instead of a program: ERP items, and the listings of an account. Everything or nothing."""

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec
from aiohttp import web

from bridge.api import shapes
from bridge.api.bodies import encode, flag, json_response
from bridge.api.keys import CALLER, DATABASE, SETTINGS
from bridge.api.once import fingerprint, once
from bridge.api.routing import Query, Route
from bridge.api.sheets import receive_sheet
from bridge.api.uploads import incoming_file
from bridge.flows.item_sheet import import_items
from bridge.flows.workbook_file import opened_sheet
from reports.spreadsheet import Columns

_DRY_RUN = Query("dry_run", "true: только посчитать, ничего не записывать; можно и полем формы", "boolean")
_FULL = Query("full", "true: это вся номенклатура, чего в файле нет – пропало; можно и полем формы", "boolean")


class ListForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an upload. The file may as well be the body itself."""

    file: bytes
    dry_run: bool = False
    full: bool = False


async def post_items_sheet(request: web.Request) -> web.Response:
    """Take ERP nomenclature from a spreadsheet."""
    return await _taken(request, "items", ("dry_run", "full"), partial(import_items, request.app[DATABASE]))


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
        summary="Номенклатура учётной системы таблицей XLSX или CSV, целиком или никак", form=ListForm,
        answer=shapes.ListCounts, problems=(413, 415, 422), query=(_DRY_RUN, _FULL),
    ),
]  # fmt: skip
