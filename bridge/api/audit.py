"""For the auditor: the journal of changes, the proof that nothing was taken out of it, and the evidence of a month."""

import asyncio
import re
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from bridge.api.bodies import answering, page
from bridge.api.keys import DATABASE, SETTINGS
from bridge.api.routing import PAGE, Query, Route
from bridge.api.uploads import incoming_file
from bridge.flows import audit, evidence

ZIP = "application/zip"
_CHUNK = 2**20


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event. ``hash`` follows from the event before it and from what this one says."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: dict[str, Any]
    hash: str


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events."""

    items: list[Event]
    next: str | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the chain is whole. ``broken``: the first event that does not follow from the one before."""

    ok: bool
    count: int
    head: str
    broken: int | None
    has_expected: bool


async def list_events(request: web.Request) -> web.Response:
    """Show events in the order in which they happened."""
    return await answering(audit.list_events, request.app[DATABASE], request.query.get("subject"), **page(request))


async def verify_events(request: web.Request) -> web.Response:
    """Walk over the chain of events."""
    return await answering(_verdict, request.app, request.query.get("head", ""))


def _verdict(app: web.Application, head: str) -> Verdict:
    found = audit.verify(app[DATABASE], head)
    return Verdict(ok=found.ok, **msgspec.structs.asdict(found))


async def get_evidence(request: web.Request) -> web.StreamResponse:
    """Build the archive of a month in a thread and send it."""
    app, name, month = request.app, request.match_info["name"], request.match_info["month"]
    async with incoming_file(request) as path:
        await asyncio.to_thread(evidence.write_evidence, app[DATABASE], app[SETTINGS], name, month, path)
        plain = re.sub(r"[^\w.-]", "_", f"{name}-{month}-evidence.zip", flags=re.ASCII)
        response = web.StreamResponse(
            headers={"Content-Type": ZIP, "Content-Disposition": f'attachment; filename="{plain}"'}
        )
        response.content_length = (await asyncio.to_thread(path.stat)).st_size
        await response.prepare(request)
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                await response.write(chunk)
        await response.write_eof()
        return response


ROUTES = [
    Route(
        method="GET", path="/api/v1/events", handler=list_events, right="read_audit",
        summary="Журнал изменений: кто, когда, что", answer=EventPage, problems=(422,),
        query=(*PAGE, Query("subject", "Только об этом: id отчёта или документа, имя кабинета, организации")),
    ),
    Route(
        method="GET", path="/api/v1/audit/verify", handler=verify_events, right="read_audit",
        summary="Проверить, что журнал изменений цел", answer=Verdict,
        query=(Query("head", "Хеш, сохранённый раньше: он должен быть в журнале"),),
    ),
    Route(
        method="GET", path="/api/v1/accounts/{name}/months/{month}/evidence.zip",
        handler=get_evidence, right="read_audit",  # type: ignore[arg-type]
        summary="Архив доказательств за месяц: оригиналы, строки, связи, документы, события", answer=bytes, media=ZIP,
        problems=(404, 422),
    ),
]  # fmt: skip
