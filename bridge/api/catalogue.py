"""Organizations, accounts and ERP items: what the books are kept for and in."""

from aiohttp import web

from bridge.api import shapes
from bridge.api.bodies import answering, flag, new_name, page, read_json
from bridge.api.keys import CALLER, DATABASE, SETTINGS
from bridge.api.routing import PAGE, Query, Route
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, Organization


async def put_organization(request: web.Request) -> web.Response:
    """Make or change an organization."""
    name, body = new_name(request), await read_json(request, Organization)
    return await answering(catalogue.put_organization, request.app[DATABASE], name, body, request[CALLER].name)


async def get_organization(request: web.Request) -> web.Response:
    """Show one organization."""
    return await answering(catalogue.get_organization, request.app[DATABASE], request.match_info["name"])


async def list_organizations(request: web.Request) -> web.Response:
    """Show all organizations."""
    return await answering(catalogue.list_organizations, request.app[DATABASE], **page(request))


async def put_account(request: web.Request) -> web.Response:
    """Make or change an account; its credentials never come back."""
    name, body = new_name(request), await read_json(request, AccountInput)
    app = request.app
    return await answering(catalogue.put_account, app[DATABASE], app[SETTINGS], name, body, request[CALLER].name)


async def get_account(request: web.Request) -> web.Response:
    """Show one account."""
    return await answering(catalogue.get_account, request.app[DATABASE], request.match_info["name"])


async def list_accounts(request: web.Request) -> web.Response:
    """Show all accounts."""
    return await answering(catalogue.list_accounts, request.app[DATABASE], **page(request))


async def put_items(request: web.Request) -> web.Response:
    """Take ERP nomenclature in bulk."""
    items = await read_json(request, list[shapes.ItemInput])
    full = flag(request.query.get("full", ""), "full")
    return await answering(catalogue.put_items, request.app[DATABASE], items, request[CALLER].name, full=full)


async def list_items(request: web.Request) -> web.Response:
    """Show ERP nomenclature, whole or found by a text."""
    search = request.query.get("search") or ""
    return await answering(catalogue.list_items, request.app[DATABASE], search=search, **page(request))


ROUTES = [
    Route(
        method="PUT", path="/api/v1/organizations/{name}", handler=put_organization, right="change_settings",
        summary="Завести или изменить организацию", body=Organization, answer=shapes.OrganizationAnswer,
        problems=(422,),
    ),
    Route(
        method="GET", path="/api/v1/organizations/{name}", handler=get_organization, right="read_settings",
        summary="Организация", answer=shapes.OrganizationAnswer, problems=(404,),
    ),
    Route(
        method="GET", path="/api/v1/organizations", handler=list_organizations, right="read_settings",
        summary="Организации", answer=shapes.OrganizationPage, query=PAGE, problems=(422,),
    ),
    Route(
        method="PUT", path="/api/v1/accounts/{name}", handler=put_account, right="change_settings",
        summary="Завести или изменить учётную запись; credentials только записываются", body=AccountInput,
        answer=shapes.AccountAnswer, problems=(409, 422),
    ),
    Route(
        method="GET", path="/api/v1/accounts/{name}", handler=get_account, right="read_settings",
        summary="Учётная запись", answer=shapes.AccountAnswer, problems=(404,),
    ),
    Route(
        method="GET", path="/api/v1/accounts", handler=list_accounts, right="read_settings",
        summary="Учётные записи", answer=shapes.AccountPage, query=PAGE, problems=(422,),
    ),
    Route(
        method="PUT", path="/api/v1/items", handler=put_items, right="change_items",
        summary="Номенклатура учётной системы, пакетом", body=list[shapes.ItemInput], answer=shapes.ListCounts,
        problems=(422,),
        query=(Query("full", "true: это вся номенклатура, чего в списке нет – пропало", "boolean"),),
    ),
    Route(
        method="GET", path="/api/v1/items", handler=list_items, right="read_items", summary="Номенклатура",
        answer=shapes.ItemPage, query=(*PAGE, Query("search", "Часть названия, артикула или кода")), problems=(422,),
    ),
]  # fmt: skip
