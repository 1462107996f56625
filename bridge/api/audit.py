"""The journal of changes: who did what, and the proof that nothing was taken out."""

from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from bridge.api.bodies import answering, page
from bridge.api.keys import DATABASE
from bridge.api.routing import PAGE, Query, Route
from bridge.flows import audit


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
]  # fmt: skip
