"""Confirming findings over HTTP and on the command line: who may, what is answered, what stays held."""

import json
from typing import Any

import msgspec
import pytest

from bridge.__main__ import main
from bridge.api import shapes
from bridge.app import make_app
from bridge.db.access import Role
from bridge.db.session import Database
from bridge.settings import Settings
from tests.api.conftest import Client, bearer, form, make_account, sales_csv, tokens_of

ADDRESS = "/api/v1/accounts/market/reports"
REASON = {"codes": ["column_empty"], "reason": "колонка добавлена кабинетом, в ней пусто"}


def with_new_column() -> bytes:
    """A table with one column more, which is empty."""
    return sales_csv(("A1", 1, "100.10")).replace("Тип\r\n".encode(), "Тип;Пометка\r\n".encode())


async def uploaded(client: Client, headers: dict[str, str]) -> dict[str, Any]:
    """Import the table; returns the report."""
    await make_account(client, headers)
    answer = await client.post(ADDRESS, data=form(with_new_column()), headers=headers)
    report: dict[str, Any] = await answer.json()
    assert (answer.status, report["state"]) == (201, "held")
    return report


async def test_a_confirmed_finding_holds_no_more_and_says_who_and_why(
    aiohttp_client: Any, settings: Settings, database: Database
) -> None:
    headers = bearer(tokens_of(database)["accountant"])
    client: Client = await aiohttp_client(make_app(settings, database), headers=headers)
    report = await uploaded(client, {})
    assert [each["code"] for each in report["problems"]] == ["column_empty", "products_unlinked"]
    answer = await client.post(f"/api/v1/reports/{report['id']}/confirm", json=REASON)
    confirmed = await answer.json()
    assert answer.status == 200
    msgspec.convert(confirmed, shapes.ReportObject)
    assert [each["code"] for each in confirmed["problems"]] == ["products_unlinked"]
    (kept,) = confirmed["confirmed"]
    assert (kept["code"], kept["who"], kept["reason"]) == ("column_empty", "token:for-accountant", REASON["reason"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"codes": ["products_unlinked"], "reason": "так надо"}, 422),
        ({"codes": ["column_empty"], "reason": ""}, 422),
        ({"codes": [], "reason": "так надо"}, 422),
        ({"codes": ["column_empty"]}, 422),
        ({"codes": ["rows_fewer"], "reason": "так надо"}, 409),
    ],
)
async def test_what_cannot_be_confirmed_is_refused(
    client: Client, admin: dict[str, str], body: dict[str, Any], status: int
) -> None:
    report = await uploaded(client, admin)
    address = f"/api/v1/reports/{report['id']}/confirm"
    assert (await client.post(address, json=body, headers=admin)).status == status
    assert (await client.post("/api/v1/reports/none/confirm", json=REASON, headers=admin)).status == 404


@pytest.mark.parametrize("role", ["erp", "mapping_editor"])
async def test_only_accountants_confirm(
    client: Client, admin: dict[str, str], tokens: dict[Role, str], role: Role
) -> None:
    report = await uploaded(client, admin)
    answer = await client.post(f"/api/v1/reports/{report['id']}/confirm", json=REASON, headers=bearer(tokens[role]))
    assert answer.status == 403


async def test_the_command_line_confirms_too(
    client: Client, admin: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    report = await uploaded(client, admin)
    monkeypatch.setenv("KOMITENT_DATA", str(settings.data))
    monkeypatch.setenv("KOMITENT_DATABASE_URL", settings.database_url)
    assert main(["confirm", report["id"], "products_unlinked", "--reason", "так надо"]) == 1
    assert "Подтвердить нельзя" in capsys.readouterr().err
    assert main(["confirm", report["id"], "column_empty", "--reason", "пусто"]) == 1
    assert "Не сопоставлены товары" in capsys.readouterr().err
    now = await (await client.get(f"/api/v1/reports/{report['id']}", headers=admin)).json()
    assert json.dumps(now["confirmed"], ensure_ascii=False).count("пусто") == 1
