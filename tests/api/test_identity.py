"""Who may come in, and what each role may do there."""

import base64
from typing import Any

import pytest

from bridge.api.identity import hash_password
from bridge.api.permissions import PERMISSIONS
from bridge.app import ROUTES
from bridge.db import access
from bridge.db.access import ROLES, Role
from bridge.db.session import Database
from bridge.db.tables import tokens as token_table
from tests.api.conftest import Client, bearer

_PATH = "/api/v1/organizations"

EVERYBODY = {"admin", "accountant", "mapping_editor", "erp"}
BOOKS = {"admin", "accountant"}
EXPECTED = {
    "PUT /api/v1/organizations/{name}": BOOKS,
    "GET /api/v1/organizations/{name}": EVERYBODY,
    "GET /api/v1/organizations": EVERYBODY,
    "PUT /api/v1/accounts/{name}": BOOKS,
    "GET /api/v1/accounts/{name}": EVERYBODY,
    "GET /api/v1/accounts": EVERYBODY,
    "GET /api/v1/accounts/{name}/treatments": EVERYBODY,
    "PUT /api/v1/accounts/{name}/treatments": BOOKS,
    "PUT /api/v1/items": EVERYBODY,
    "GET /api/v1/items": EVERYBODY,
    "POST /api/v1/items.xlsx": EVERYBODY,
    "POST /api/v1/accounts/{name}/listings.xlsx": EVERYBODY,
    "GET /api/v1/accounts/{name}/listings": EVERYBODY,
    "GET /api/v1/accounts/{name}/mappings/{kind}": EVERYBODY,
    "PUT /api/v1/accounts/{name}/mappings/{kind}": BOOKS | {"mapping_editor"},
    "GET /api/v1/accounts/{name}/mappings/{kind}.xlsx": EVERYBODY,
    "POST /api/v1/accounts/{name}/mappings/{kind}.xlsx": BOOKS | {"mapping_editor"},
    "POST /api/v1/accounts/{name}/mappings/{kind}/match": BOOKS | {"mapping_editor"},
    "POST /api/v1/accounts/{name}/mappings/{kind}/undo": BOOKS | {"mapping_editor"},
    "POST /api/v1/accounts/{name}/mappings/{kind}/redo": BOOKS | {"mapping_editor"},
    "POST /api/v1/accounts/{name}/mappings/{kind}/copy": BOOKS | {"mapping_editor"},
    "POST /api/v1/accounts/{name}/mappings/{kind}/accept": BOOKS | {"mapping_editor"},
    "GET /api/v1/accounts/{name}/mappings/{kind}/history": EVERYBODY,
    "GET /api/v1/accounts/{name}/mappings/{kind}/history/{set}": EVERYBODY,
    "GET /api/v1/accounts/{name}/mappings/{kind}/views": EVERYBODY,
    "PUT /api/v1/accounts/{name}/mappings/{kind}/views/{view}": BOOKS | {"mapping_editor"},
    "GET /api/v1/mappings": EVERYBODY,
    "POST /api/v1/accounts/{name}/reports": BOOKS | {"erp"},
    "POST /api/v1/accounts/{name}/reports/fetch": BOOKS | {"erp"},
    "GET /api/v1/reports": EVERYBODY,
    "GET /api/v1/reports/{id}": EVERYBODY,
    "GET /api/v1/reports/{id}/lines": EVERYBODY,
    "GET /api/v1/reports/{id}/documents": EVERYBODY,
    "GET /api/v1/reports/{id}/diff": EVERYBODY,
    "GET /api/v1/organizations/{name}/closed": EVERYBODY,
    "PUT /api/v1/organizations/{name}/closed": BOOKS | {"erp"},
    "POST /api/v1/reports/{id}/post": BOOKS,
    "POST /api/v1/reports/{id}/confirm": BOOKS,
    "POST /api/v1/reports/{id}/reverse": BOOKS,
    "GET /api/v1/accounts/{name}/returns": EVERYBODY,
    "PUT /api/v1/accounts/{name}/returns": BOOKS,
    "POST /api/v1/organizations/{name}/statements": BOOKS | {"erp"},
    "GET /api/v1/organizations/{name}/statements": BOOKS | {"erp"},
    "GET /api/v1/organizations/{name}/payments": BOOKS | {"erp"},
    "PUT /api/v1/payments/{id}": BOOKS,
    "PUT /api/v1/accounts/{name}/balances": BOOKS,
    "GET /api/v1/accounts/{name}/balances": BOOKS | {"erp"},
    "GET /api/v1/accounts/{name}/months/{month}": BOOKS | {"erp"},
    "GET /api/v1/documents": BOOKS | {"erp"},
    "GET /api/v1/documents/{id}": BOOKS | {"erp"},
    "POST /api/v1/documents/{id}/ack": BOOKS | {"erp"},
    "POST /api/v1/documents/{id}/refuse": BOOKS | {"erp"},
    "GET /api/v1/reports/{id}/journal": BOOKS | {"erp"},
    "GET /api/v1/documents/{id}/journal": BOOKS | {"erp"},
    "GET /api/v1/accounts/{name}/months/{month}/journal.beancount": BOOKS | {"erp"},
    "GET /api/v1/organizations/{name}/months/{month}/journal.beancount": BOOKS | {"erp"},
    "GET /api/v1/accounts/{name}/months/{month}/evidence.zip": BOOKS,
    "GET /api/v1/accounts/{name}/calendar": EVERYBODY,
    "GET /api/v1/calendar": EVERYBODY,
    "GET /api/v1/events": BOOKS,
    "GET /api/v1/audit/verify": BOOKS,
    "GET /api/v1/jobs/{id}": BOOKS | {"erp"},
    "GET /api/v1/openapi.json": EVERYBODY,
}


def basic(name: str, password: str, encoding: str = "utf-8") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode(encoding)).decode()}


async def test_health_needs_nobody(client: Client) -> None:
    answer = await client.get("/health")
    assert answer.status == 200
    assert await answer.json() == {"status": "ok", "version": "0.1.0", "database": "sqlite"}


@pytest.mark.parametrize(
    "headers",
    [{}, bearer("kmt_wrong"), basic("x", "wrong"), {"Authorization": "Basic %%%"}, {"Authorization": "Digest x"},
     {"Authorization": "Basic " + base64.b64encode(b"a\x00:b").decode()}],
)  # fmt: skip
async def test_nobody_is_refused(client: Client, headers: dict[str, str]) -> None:
    answer = await client.get(_PATH, headers=headers)
    assert answer.status == 401
    assert (await answer.json())["code"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


async def test_token_comes_in_as_bearer_or_as_any_password(client: Client, tokens: dict[Role, str]) -> None:
    for headers in (bearer(tokens["erp"]), basic("кто угодно", tokens["erp"])):
        assert (await client.get(_PATH, headers=headers)).status == 200


async def test_user_comes_in_by_password(client: Client, sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        access.create_user(connection, "Анна", "accountant", hash_password("пароль123"))
    for encoding in ("utf-8", "cp1251"):
        assert (await client.get(_PATH, headers=basic("Анна", "пароль123", encoding))).status == 200
    assert (await client.get(_PATH, headers=basic("Анна", "пароль124"))).status == 401
    assert (await client.get(_PATH, headers=basic("Инна", "пароль123"))).status == 401


async def test_revoked_token_is_nobody(client: Client, sqlite_database: Database, tokens: dict[Role, str]) -> None:
    with sqlite_database.write() as connection:
        connection.execute(token_table.update().values(revoked_at=token_table.c.created_at))
    assert (await client.get(_PATH, headers=bearer(tokens["erp"]))).status == 401


def test_secrets_are_not_stored(sqlite_database: Database, tokens: dict[Role, str]) -> None:
    with sqlite_database.read() as connection:
        stored = str(connection.execute(token_table.select()).all())
    assert not any(token in stored for token in tokens.values())


def test_every_right_is_used_and_every_route_is_expected_here() -> None:
    assert {route.right for route in ROUTES} - {None} == set(PERMISSIONS)
    assert {f"{route.method} {route.path}" for route in ROUTES if route.right} == set(EXPECTED)


@pytest.mark.parametrize("role", ROLES)
async def test_roles(client: Client, tokens: dict[Role, str], role: Role) -> None:
    """Every route, asked without a sensible body: whoever may gets past the door, nobody else does."""
    allowed: dict[str, Any] = {}
    for route in ROUTES:
        if route.right:
            path = route.path.format(name="none", kind="product", id="none", view="none", set="none", month="2026-08")
            answer = await client.request(route.method, path, headers=bearer(tokens[role]), data=b"{")
            assert answer.status < 500
            allowed[f"{route.method} {route.path}"] = answer.status != 403
            assert (await client.request(route.method, path)).status == 401
    assert allowed == {name: role in roles for name, roles in EXPECTED.items()}
