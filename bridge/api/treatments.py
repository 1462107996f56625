"""What the books do with each kind of line: the table in force, and an account's own rows."""

from datetime import UTC, date, datetime

import msgspec
from aiohttp import web

from bridge.api.bodies import answering, flag, read_json
from bridge.api.keys import CALLER, DATABASE, SETTINGS
from bridge.api.routing import Query, Route
from bridge.errors import BadInput
from bridge.flows import treatments
from bridge.flows.treatments import TreatmentInput


class TreatmentRow(msgspec.Struct, kw_only=True):
    """One row in force. ``own``: the account's, which wins over a built-in one; ``source``: why it is so."""

    kind: str
    title: str
    books: str
    valid_from: str
    channel: str
    tax_system: str
    type: str
    service: str
    booked_as: str
    vat: str
    contract: str
    source: str
    own: bool


class TreatmentPage(msgspec.Struct, kw_only=True):
    """The whole table; ``version`` is the checksum of the built-in one."""

    items: list[TreatmentRow]
    next: None
    version: str


class DocumentEffect(msgspec.Struct, kw_only=True):
    """Sum, VAT and commission of documents of one kind, title and contract before and after a change."""

    document: str
    contract: str
    before: str
    after: str
    vat_before: str
    vat_after: str
    commission_before: str
    commission_after: str


class ReportEffect(msgspec.Struct, kw_only=True):
    """What a change does to one report that is not posted."""

    report: str
    number: str
    state_before: str
    state_after: str
    documents: list[DocumentEffect]


class TreatmentChange(msgspec.Struct, kw_only=True):
    """How many rows change and what that does; with ``dry_run`` nothing was stored. ``unseen``: so many reports, the
    oldest, were too many to compute."""

    dry_run: bool
    changed: int
    effects: list[ReportEffect]
    unseen: int


async def list_treatments(request: web.Request) -> web.Response:
    """Show the table in force on a day, today unless said."""
    said = request.query.get("date", "")
    try:
        day = date.fromisoformat(said) if said else datetime.now(UTC).date()
    except ValueError as error:
        raise BadInput(f"Дата «{said[:20]}» не читается: нужна ГГГГ-ММ-ДД") from error
    return await answering(treatments.list_treatments, request.app[DATABASE], request.match_info["name"], day)


async def put_treatments(request: web.Request) -> web.Response:
    """Store rows of an account, or tell what they would do."""
    wanted = await read_json(request, list[TreatmentInput])
    app, dry_run = request.app, flag(request.query.get("dry_run", ""), "dry_run")
    name, who = request.match_info["name"], request[CALLER].name
    return await answering(treatments.put_treatments, app[DATABASE], app[SETTINGS], name, wanted, who, dry_run=dry_run)


ROUTES = [
    Route(
        method="GET", path="/api/v1/accounts/{name}/treatments", handler=list_treatments, right="read_settings",
        summary="Правила учёта: что делать с каждым видом строк", answer=TreatmentPage, problems=(404, 422),
        query=(Query("date", "На какой день, ГГГГ-ММ-ДД; без него сегодня"),),
    ),
    Route(
        method="PUT", path="/api/v1/accounts/{name}/treatments", handler=put_treatments, right="change_settings",
        summary="Изменить правила учётной записи с указанного дня", body=list[TreatmentInput], answer=TreatmentChange,
        problems=(404, 422), query=(Query("dry_run", "true: только показать, что изменится", "boolean"),),
    ),
]  # fmt: skip
