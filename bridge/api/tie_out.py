"""What a month is closed with: bank statements, the marketplace's own balances, and the view of the month."""

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from bridge.api.bodies import answering, choice, encode, json_response, page, read_json
from bridge.api.keys import CALLER, DATABASE, SETTINGS
from bridge.api.once import fingerprint, once
from bridge.api.routing import PAGE, Query, Route
from bridge.api.shapes import FileFacts, Page
from bridge.api.sheets import receive_sheet
from bridge.api.uploads import incoming_file
from bridge.flows import balances, month, statements
from bridge.flows.accounts import get_organization
from bridge.flows.balances import BalanceInput
from bridge.flows.statements import StatementFile
from reports.month import Month, MonthCheck

_STATES = ("unassigned", "assigned")


class StatementForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an upload. The file may as well be the body itself."""

    file: bytes


class StatementObject(msgspec.Struct, frozen=True, kw_only=True):
    """A bank statement. ``known_before``: payments that another statement has brought already."""

    id: str
    organization: str
    date_from: str
    date_to: str
    payments: int
    unassigned: int
    file: FileFacts
    already: bool = False
    own_transfers: int = 0
    known_before: int = 0


class PaymentObject(msgspec.Struct, frozen=True, kw_only=True):
    """A payment: positive came in. ``account`` null: nobody knows whose; ``assigned_by`` empty: the statement told."""

    id: str
    organization: str
    account: str | None
    assigned_by: str
    date: str
    number: str
    amount: Decimal
    currency: str
    payer: str
    payer_inn: str
    purpose: str


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which account a payment belongs to; null: none."""

    account: str | None


class BalanceObject(msgspec.Struct, frozen=True, kw_only=True):
    """What the marketplace owes at the end of a day."""

    date: str
    amount: Decimal
    source: str
    who: str


class MonthObject(Month, frozen=True, kw_only=True):
    """opening + sales - returns - commission - services + other_income - other_expense - settled - payouts = closing.

    ``ok`` null: the marketplace's own balance is not known. ``behind``: documents or payments of each number.
    """

    account: str
    month: str
    ok: bool | None
    start: dict[str, Any] | None
    checks: list[MonthCheck]
    behind: dict[str, list[str]]
    documents: list[dict[str, Any]]
    payments: list[PaymentObject]
    reports_not_posted: list[dict[str, Any]]
    payments_unassigned: list[PaymentObject]
    documents_refused: list[str]


async def post_statement(request: web.Request) -> web.Response:
    """Take a bank statement; the same file again changes nothing."""
    app, organization, who = request.app, request.match_info["name"], request[CALLER].name
    await asyncio.to_thread(get_organization, app[DATABASE], organization)
    async with incoming_file(request) as path:
        received = await receive_sheet(request, path)

        def work() -> tuple[bytes, bool]:
            size = path.stat().st_size
            file = StatementFile(path=path, name=received.name, sha256=received.sha256, size=size)
            told = statements.import_statement(app[DATABASE], app[SETTINGS], organization, file, who)
            return encode(told), bool(told["already"])

        async def answer() -> web.Response:
            body, already = await asyncio.to_thread(work)
            return json_response(body, 200 if already else 201)

        return await once(request, fingerprint(request, received.sha256.encode()), answer)


async def list_statements(request: web.Request) -> web.Response:
    """Show the statements of an organization."""
    return await answering(
        statements.list_statements, request.app[DATABASE], request.match_info["name"], **page(request)
    )


async def list_payments(request: web.Request) -> web.Response:
    """Show the payments of an organization."""
    state, account = choice(request, "state", _STATES), request.query.get("account") or None
    name = request.match_info["name"]
    return await answering(statements.list_payments, request.app[DATABASE], name, account, state, **page(request))


async def put_payment(request: web.Request) -> web.Response:
    """Say whose a payment is."""
    said = await read_json(request, Assignment)
    uid, who = request.match_info["id"], request[CALLER].name
    return await answering(statements.assign_payment, request.app[DATABASE], uid, said.account, who)


async def put_balances(request: web.Request) -> web.Response:
    """Write what the marketplace says it owes."""
    said = await read_json(request, list[BalanceInput])
    name, who = request.match_info["name"], request[CALLER].name
    return await answering(balances.put_balances, request.app[DATABASE], name, said, who)


async def list_balances(request: web.Request) -> web.Response:
    """Show what the marketplace says it owes."""
    return await answering(balances.list_balances, request.app[DATABASE], request.match_info["name"])


async def get_month(request: web.Request) -> web.Response:
    """Show a month of an account."""
    app, where = request.app, request.match_info
    return await answering(month.month_view, app[DATABASE], app[SETTINGS], where["name"], where["month"])


_OF_ORGANIZATION = "/api/v1/organizations/{name}"
_OF_ACCOUNT = "/api/v1/accounts/{name}"

ROUTES = [
    Route(
        method="POST", path=f"{_OF_ORGANIZATION}/statements", handler=post_statement, right="import_reports",
        summary="Загрузить выписку банка (1CClientBankExchange)", form=StatementForm, answer=StatementObject,
        status=201, answers={200: StatementObject}, problems=(404, 413, 415, 422),
    ),
    Route(
        method="GET", path=f"{_OF_ORGANIZATION}/statements", handler=list_statements, right="read_documents",
        summary="Выписки банка", answer=Page[StatementObject], query=PAGE, problems=(404, 422),
    ),
    Route(
        method="GET", path=f"{_OF_ORGANIZATION}/payments", handler=list_payments, right="read_documents",
        summary="Платежи из выписок", answer=Page[PaymentObject], problems=(404, 422),
        query=(*PAGE, Query("account", "Учётная запись"), Query("state", "Отнесён ли платёж", words=_STATES)),
    ),
    Route(
        method="PUT", path="/api/v1/payments/{id}", handler=put_payment, right="assign_payments",
        summary="Отнести платёж к учётной записи или ни к одной", body=Assignment, answer=PaymentObject,
        problems=(404, 422),
    ),
    Route(
        method="PUT", path=f"{_OF_ACCOUNT}/balances", handler=put_balances, right="assign_payments",
        summary="Записать сальдо маркетплейса на конец дня", body=list[BalanceInput], answer=list[BalanceObject],
        problems=(404, 422),
    ),
    Route(
        method="GET", path=f"{_OF_ACCOUNT}/balances", handler=list_balances, right="read_documents",
        summary="Сальдо маркетплейса, введённые вручную", answer=list[BalanceObject], problems=(404,),
    ),
    Route(
        method="GET", path=f"{_OF_ACCOUNT}/months/{{month}}", handler=get_month, right="read_documents",
        summary="Месяц: сальдо, обороты, сверка", answer=MonthObject, problems=(404, 422),
    ),
]  # fmt: skip
