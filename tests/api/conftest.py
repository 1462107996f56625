"""A client of the whole application, over a migrated database, with a token of every role."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient

from bridge.app import make_app
from bridge.db import access
from bridge.db.access import ROLES, Role
from bridge.db.session import Database
from bridge.settings import Settings

Client = TestClient[web.Request, web.Application]
MakeClient = Callable[[web.Application], Awaitable[Client]]

ORGANIZATION = {"title": "ООО Ромашка", "inn": "7707083893", "kpp": "770701001", "tax_system": "usn", "prefix": "РМ"}
ACCOUNT = {"organization": "romashka", "channel": "generic", "title": "Рынок"}
_HEADER = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип"


def sales_csv(*rows: tuple[str, int, str]) -> bytes:
    """A table of sales: article, quantity, amount."""
    lines = [f"{article};;Товар {article};{count};;{amount};0;2025-08-03;Продажа" for article, count, amount in rows]
    return "\r\n".join([_HEADER, *lines, ""]).encode()


def form(data: bytes = b"", name: str = "august.csv", **fields: str) -> FormData:
    """A multipart form as the API takes it."""
    made = FormData(default_to_multipart=True)
    for field, value in fields.items():
        made.add_field(field, value)
    if data:
        made.add_field("file", io.BytesIO(data), filename=name, content_type="text/csv")
    return made


def tokens_of(database: Database) -> dict[Role, str]:
    """Make a token of every role."""
    with database.write() as connection:
        return {role: access.create_token(connection, f"for-{role}", role) for role in ROLES}


@pytest.fixture
def tokens(sqlite_database: Database) -> dict[Role, str]:
    """A token of every role."""
    return tokens_of(sqlite_database)


@pytest.fixture
async def client(settings: Settings, sqlite_database: Database, tokens: dict[Role, str], aiohttp_client: Any) -> Client:
    """A client that has no token of its own."""
    made: Client = await aiohttp_client(make_app(settings, sqlite_database))
    return made


@pytest.fixture
def admin(tokens: dict[Role, str]) -> dict[str, str]:
    """Headers of an administrator."""
    return bearer(tokens["admin"])


def bearer(token: str) -> dict[str, str]:
    """Headers with a token."""
    return {"Authorization": f"Bearer {token}"}


async def make_account(client: Client, headers: dict[str, str], name: str = "market") -> None:
    """Make an organization and a generic account."""
    for path, body in (("organizations/romashka", ORGANIZATION), (f"accounts/{name}", ACCOUNT)):
        answer = await client.put(f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status == 200, await answer.text()
