"""The journal: entries of reports and documents, and months as files that prove that the books balance."""

import asyncio
from decimal import Decimal
from typing import Literal

import msgspec
from aiohttp import web

from bridge.api.bodies import answering
from bridge.api.keys import DATABASE, SETTINGS
from bridge.api.routing import Route
from bridge.flows import journal

TEXT = "text/plain"


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry; a negative amount is red (storno)."""

    no: int
    meaning: str
    debit: str
    credit: str
    amount: Decimal
    debit_role: Literal["settlement", "services", ""]
    credit_role: Literal["settlement", "services", ""]


class JournalDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of one document."""

    document: str
    kind: str
    number: str
    date: str
    title: str
    entries: list[JournalEntry]


class AccountTurnover(msgspec.Struct, frozen=True, kw_only=True):
    """What the entries together do to an account: debit less credit."""

    account: str
    change: Decimal


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """Entries by the chart of a configuration. ``payout``: by how much they raise what the marketplace owes."""

    configuration: str
    title: str
    note: str
    items: list[JournalDocument]
    turnover: list[AccountTurnover]
    payout: Decimal


class ReportJournal(Journal, frozen=True, kw_only=True):
    """Entries of all documents of a report, posted or previewed."""

    report: str
    state: str


async def get_report_journal(request: web.Request) -> web.Response:
    """Show the entries of a report."""
    app = request.app
    return await answering(journal.report_journal, app[DATABASE], app[SETTINGS], request.match_info["id"])


async def get_document_journal(request: web.Request) -> web.Response:
    """Show the entries of one document."""
    return await answering(journal.document_journal, request.app[DATABASE], request.match_info["id"])


async def get_month_file(request: web.Request) -> web.Response:
    """Give an account's month as a file of beancount."""
    flow, where = journal.month_file, request.match_info
    return _file(await asyncio.to_thread(flow, request.app[DATABASE], where["name"], where["month"]))


async def get_organization_month_file(request: web.Request) -> web.Response:
    """Give the month of all accounts of an organization as a file of beancount."""
    flow, where = journal.organization_month_file, request.match_info
    return _file(await asyncio.to_thread(flow, request.app[DATABASE], where["name"], where["month"]))


def _file(text: str) -> web.Response:
    headers = {"Content-Disposition": 'attachment; filename="journal.beancount"'}
    return web.Response(text=text, content_type=TEXT, charset="utf-8", headers=headers)


ROUTES = [
    Route(
        method="GET", path="/api/v1/reports/{id}/journal", handler=get_report_journal, right="read_documents",
        summary="Ожидаемые проводки отчёта", answer=ReportJournal, problems=(404,),
    ),
    Route(
        method="GET", path="/api/v1/documents/{id}/journal", handler=get_document_journal, right="read_documents",
        summary="Ожидаемые проводки документа", answer=Journal, problems=(404,),
    ),
    Route(
        method="GET", path="/api/v1/accounts/{name}/months/{month}/journal.beancount", handler=get_month_file,
        right="read_documents", summary="Проводки месяца файлом beancount", answer=str, media=TEXT,
        problems=(404, 422),
    ),
    Route(
        method="GET", path="/api/v1/organizations/{name}/months/{month}/journal.beancount",
        handler=get_organization_month_file, right="read_documents",
        summary="Проводки месяца всех кабинетов организации файлом beancount", answer=str, media=TEXT,
        problems=(404, 422),
    ),
]  # fmt: skip
