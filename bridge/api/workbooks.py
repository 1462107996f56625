"""The spreadsheet round trip of a table of links: the workbook out, the workbook or a plain list back in, the diff."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
from aiohttp import web

from bridge.api.bodies import choice, encode, flag, json_response, number
from bridge.api.keys import CALLER, DATABASE, SETTINGS
from bridge.api.once import fingerprint, once
from bridge.api.routing import Query, Route
from bridge.api.sheets import receive_sheet
from bridge.api.uploads import incoming_file
from bridge.flows.workbook_diff import diff, write_copy
from bridge.flows.workbook_export import export_workbook
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from mappings.sheet import LANGUAGES, Language
from reports.problems import Problem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PATH = "/api/v1/accounts/{name}/mappings/{kind}.xlsx"
_CHUNK = 2**20
_SHOWN, _MOST_SHOWN = 1_000, 100_000


class WorkbookForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an upload. The file may as well be the body itself."""

    file: bytes


class WorkbookCell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a changed row, before and after."""

    column: str
    header: str
    before: str
    after: str


class WorkbookChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one row changes."""

    row: int
    key: str
    change: Literal["new", "changed", "removed"]
    cells: list[WorkbookCell]


class WorkbookConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that this file and somebody else changed differently since the export."""

    row: int
    key: str
    column: str
    header: str
    base: str
    theirs: str
    mine: str


class WorkbookCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows came to what."""

    rows: int
    new: int
    changed: int
    removed: int
    unchanged: int
    conflicts: int
    errors: int
    applied: int


class WorkbookDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload changes, or changed: counts of all, and the first findings of each kind."""

    account: str
    kind: str
    dry_run: bool
    exported_at: str
    sheet: str
    counts: WorkbookCounts
    new: list[WorkbookChange]
    changed: list[WorkbookChange]
    removed: list[WorkbookChange]
    conflicts: list[WorkbookConflict]
    errors: list[Problem]
    set: str
    posted_documents: list[Any]


async def get_workbook(request: web.Request) -> web.StreamResponse:
    """Export a table."""
    language: Language = choice(request, "language", LANGUAGES) or "ru"  # type: ignore[assignment]
    name, kind = request.match_info["name"], request.match_info["kind"]
    async with incoming_file(request) as path:
        await asyncio.to_thread(export_workbook, request.app[DATABASE], name, kind, path, language)
        return await _sent(request, path, f"{name}-{kind}.xlsx")


async def post_workbook(request: web.Request) -> web.Response:
    """Take a table back: all good rows at once, or with ``dry_run`` only the diff."""
    dry_run = flag(request.query.get("dry_run", ""), "dry_run")
    limit = number(request, "limit", _SHOWN, 0, _MOST_SHOWN)
    as_workbook = choice(request, "errors", ("xlsx",)) is not None or XLSX in request.headers.get("Accept", "")
    async with incoming_file(request) as path:
        received = await receive_sheet(request, path)
        name, said = received.name, f"{dry_run} {limit} {as_workbook} {received.sha256}".encode()

        async def answer() -> web.Response:
            body = await asyncio.to_thread(_taken(request, path, name), dry_run, limit, as_workbook)
            return _workbook(body, f"{name}-errors.xlsx") if as_workbook else json_response(body)

        return await once(request, fingerprint(request, said), answer)


def _taken(request: web.Request, path: Path, name: str) -> Callable[[bool, int, bool], bytes]:
    """Return the work of an upload, to be done in a thread: it gives the diff as JSON, or the copy."""
    app, who = request.app, request[CALLER].name
    account, kind = request.match_info["name"], request.match_info["kind"]

    def work(dry_run: bool, limit: int, as_workbook: bool) -> bytes:
        with opened_sheet(path, name, app[SETTINGS].limits) as sheet:
            uploaded = upload(app[DATABASE], sheet, account, kind, who, dry_run=dry_run)
            if not as_workbook:
                return encode(diff(uploaded, sheet, dry_run=dry_run, limit=limit))
            copy = path.with_suffix(".copy")
            try:
                write_copy(app[DATABASE], uploaded, sheet, copy)
                return copy.read_bytes()
            finally:
                copy.unlink(missing_ok=True)

    return work


# --- files on their way -----------------------------------------------------------------------------------------------


async def _sent(request: web.Request, path: Path, name: str) -> web.StreamResponse:
    """Send a file and wait until it is gone: its place is cleared afterwards."""
    response = web.StreamResponse(headers=_headers(name))
    response.content_length = (await asyncio.to_thread(path.stat)).st_size
    await response.prepare(request)
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            await response.write(chunk)
    await response.write_eof()
    return response


def _workbook(body: bytes, name: str) -> web.Response:
    return web.Response(body=body, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return {"Content-Type": XLSX, "Content-Disposition": f'attachment; filename="{plain}"'}


ROUTES = [
    Route(
        method="GET", path=_PATH, handler=get_workbook, right="read_mappings", summary="Таблица сопоставления книгой",  # type: ignore[arg-type]
        answer=bytes, media=XLSX, problems=(404, 422),
        query=(Query("language", "Язык заголовков; без него русский", words=LANGUAGES),),
    ),
    Route(
        method="POST", path=_PATH, handler=post_workbook, right="change_mappings",
        summary="Загрузить книгу или список: ответ — что изменится или изменилось",
        form=WorkbookForm, answer=WorkbookDiff, problems=(404, 409, 413, 415, 422),
        query=(
            Query("dry_run", "true: только показать, что изменится", "boolean"),
            Query("errors", "xlsx: вернуть копию книги с ошибками рядом с ячейками", words=("xlsx",)),
            Query("limit", "Сколько записей каждого рода показать, от 0 до 100000; без него 1000", "integer"),
        ),
    ),
]  # fmt: skip
