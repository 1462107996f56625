"""The journal of a real walk: a posted week, its reversal and a payment balance, and beancount agrees."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from beancount import loader
from sqlalchemy import insert, select

from bridge.app import make_app
from bridge.db.book_tables import payments, statements
from bridge.db.session import Database
from bridge.db.tables import accounts, organizations
from bridge.settings import Settings
from tests.acceptance.month import ORGANIZATION, Client, open_client
from tests.acceptance.test_month import CHANNELS, SAMPLES, Starter, sample

MONTH = "accounts/wb/months/2025-09/journal.beancount"


@pytest.fixture
async def http(settings: Settings, database: Database, aiohttp_client: Starter) -> TestClient[Any, Any]:
    return await aiohttp_client(make_app(settings, database))


@pytest.fixture
async def client(http: TestClient[Any, Any], database: Database) -> Client:
    return await open_client(http, database, CHANNELS)


async def ready(client: Client) -> dict[str, Any]:
    report = await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    await client.link_everything(report)
    return await client.report(report["id"])


async def month_file(client: Client, path: str = MONTH) -> str:
    async with client.http.get(f"/api/v1/{path}", headers=client.headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/plain"), await answer.text()
        return await answer.text()


def errors(text: str, folder: Path) -> list[str]:
    path = folder / "month.beancount"
    path.write_text(text, "utf-8")
    _, found, _ = loader.load_file(str(path))
    return [error.message for error in found]


def pay(database: Database, amount: int) -> None:
    """Put a payment of the commissioner on record, as the bank's file would."""
    with database.write() as connection:
        organization = connection.execute(select(organizations.c.id)).scalar_one()
        account = connection.execute(select(accounts.c.id).where(accounts.c.name == "wb")).scalar_one()
        statement = {
            "uid": "s-1", "organization_id": organization, "file_name": "bank.txt", "file_sha256": "0" * 64,
            "file_size": 1, "date_from": date(2025, 9, 1), "date_to": date(2025, 9, 30),
            "received_at": datetime.now(UTC),
        }  # fmt: skip
        statement_id = connection.execute(insert(statements).returning(statements.c.id), statement).scalar_one()
        payment = {
            "uid": "p-1", "organization_id": organization, "statement_id": statement_id, "account_id": account,
            "assigned_by": "", "date": date(2025, 9, 12), "number": "17", "amount": amount, "payer": "ООО «РВБ»",
            "payer_inn": "9714053621", "purpose": "Оплата по договору К-1",
        }  # fmt: skip
        connection.execute(insert(payments), payment)


async def test_the_entries_of_a_report_raise_the_debt_by_its_payout(client: Client) -> None:
    report = await ready(client)
    preview = await client.call("GET", f"reports/{report['id']}/journal")
    assert preview["state"] == "ready"
    assert preview["payout"] == report["totals"]["payout"]
    settlements = {one["account"]: Decimal(one["change"]) for one in preview["turnover"]}
    assert settlements["62.01"] == Decimal(report["totals"]["payout"])
    assert settlements["60.01"] == 0
    assert sum(settlements.values()) == 0

    posted = await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    journal = await client.call("GET", f"reports/{report['id']}/journal")
    assert (journal["items"], journal["turnover"]) == (preview["items"], preview["turnover"])
    one = await client.call("GET", f"documents/{posted['documents'][0]['id']}/journal")
    assert one["items"] == journal["items"][:1]


async def test_the_accounts_are_those_chosen_for_the_cabinet(client: Client) -> None:
    report = await ready(client)
    account = await client.call("GET", "accounts/wb")
    chosen = {"erp_configuration": "ut11", "settlement_account": "76.09", "services_account": "76.09"}
    body = {name: account[name] for name in ("organization", "channel", "title", "start_date", "erp")}
    await client.call("PUT", "accounts/wb", body | {"settings": chosen})
    journal = await client.call("GET", f"reports/{report['id']}/journal")
    assert journal["title"] == "1С:Управление торговлей 11"
    names = {one["account"] for one in journal["turnover"]}
    assert "76.09" in names
    assert not names & {"62.01", "60.01"}


async def test_a_month_balances_with_its_payment_and_after_its_reversal(
    client: Client, database: Database, tmp_path: Path
) -> None:
    report = await ready(client)
    before = await month_file(client)
    assert "не проведён" in before
    assert errors(before, tmp_path) == []

    posted = await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    pay(database, 12_345)
    text = await month_file(client)
    assert errors(text, tmp_path) == []
    left = Decimal(report["totals"]["payout"]) - Decimal("123.45")
    assert f"2025-10-01 balance Assets:62-01:C-wb:Settlement  {left} ~ 0 RUB" in text
    assert errors(text.replace(f"{left} ~ 0", f"{left + Decimal('0.01')} ~ 0"), tmp_path) != []

    reversal = {"documents": None, "date": "2025-10-10", "reason": "проверка"}
    await client.call("POST", f"reports/{report['id']}/reverse", reversal)
    october = await month_file(client, "accounts/wb/months/2025-10/journal.beancount")
    assert errors(october, tmp_path) == []
    assert f"Assets:62-01:C-wb:Settlement  {left} RUB" in october
    assert "balance Assets:62-01:C-wb:Settlement  -123.45 ~ 0 RUB" in october
    assert october.count('reverses: "') == len(posted["documents"])
    whole = await month_file(client, "organizations/romashka/months/2025-10/journal.beancount")
    assert errors(whole, tmp_path) == []


async def test_a_month_is_written_as_year_and_month_of_a_known_account(client: Client) -> None:
    for path, status in (
        ("accounts/wb/months/2025-13/journal.beancount", 422),
        ("accounts/wb/months/0000-01/journal.beancount", 422),
        ("accounts/none/months/2025-09/journal.beancount", 404),
        ("organizations/none/months/2025-09/journal.beancount", 404),
        ("reports/none/journal", 404),
        ("documents/none/journal", 404),
    ):
        await client.call("GET", path, expect=status)


@pytest.mark.parametrize("tax_system", ["general", "usn", "usn_vat5"])
async def test_every_sample_has_entries_that_end_in_its_payout(
    settings: Settings, sqlite_database: Database, aiohttp_client: Starter, tax_system: str
) -> None:
    client = await open_client(await aiohttp_client(make_app(settings, sqlite_database)), sqlite_database, CHANNELS)
    await client.call("PUT", "organizations/romashka", ORGANIZATION | {"tax_system": tax_system})
    booked = 0
    for account, pattern in (("wb", "wildberries/weekly_detail/*.xlsx"), ("ozon", "ozon/*/*.xlsx")):
        for path in sorted(SAMPLES.glob(pattern)):
            report = await client.upload(account, path)
            await client.link_everything(report)
            journal = await client.call("GET", f"reports/{report['id']}/journal")
            change = {one["account"]: Decimal(one["change"]) for one in journal["turnover"]}
            assert sum(change.values()) == 0
            assert change.get("62.01", 0) == Decimal(journal["payout"])
            assert change.get("60.01", 0) == 0
            assert tax_system != "usn" or not {"90.03", "68.02", "19.04"} & set(change)
            assert tax_system == "general" or "19.04" not in change
            booked += bool(journal["items"])
    assert booked >= 10
