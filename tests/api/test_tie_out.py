"""Statements, payments, balances and months over HTTP, as a script of the accountant uses them."""

from datetime import date
from typing import Any

import pytest

from bridge.app import make_app
from bridge.db.session import Database
from bridge.settings import Settings
from tests.api.conftest import ORGANIZATION, Client, bearer, form, make_account, tokens_of
from tests.samples.closing import BUYER, Paid, statement_text

STATEMENTS = "/api/v1/organizations/romashka/statements"
PAYMENTS = "/api/v1/organizations/romashka/payments"
ACCOUNT = "/api/v1/accounts/market"


def statement(*paid: Paid) -> bytes:
    text = statement_text(paid or [Paid("1", date(2026, 9, 15), "10.00")], date(2026, 9, 1), date(2026, 9, 30))
    return text.replace(BUYER[0], ORGANIZATION["inn"]).encode("cp1251")


class Desk:
    """A client with an accountant's token and the account «market»."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def call(self, method: str, path: str, status: int = 200, **said: Any) -> Any:
        async with self.client.request(method, path, headers=self.headers, **said) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()


@pytest.fixture
async def desk(database: Database, aiohttp_client: Any, settings: Settings) -> Desk:
    client: Client = await aiohttp_client(make_app(settings, database))
    headers = bearer(tokens_of(database)["accountant"])
    await make_account(client, headers)
    return Desk(client, headers)


async def test_a_statement_is_taken_once_and_its_payment_assigned_by_hand(desk: Desk) -> None:
    told = await desk.call("POST", STATEMENTS, 201, data=form(statement(), "kl_to_1c.txt"))
    assert (told["file"]["name"], told["payments"], told["unassigned"]) == ("kl_to_1c.txt", 1, 1)
    again = await desk.call("POST", STATEMENTS, data=form(statement(), "again.txt"))
    assert (again["id"], again["already"]) == (told["id"], True)
    assert [one["id"] for one in (await desk.call("GET", STATEMENTS))["items"]] == [told["id"]]
    (payment,) = (await desk.call("GET", f"{PAYMENTS}?state=unassigned"))["items"]
    assert (payment["amount"], payment["payer_inn"]) == ("10.00", "7704217370")
    assigned = await desk.call("PUT", f"/api/v1/payments/{payment['id']}", json={"account": "market"})
    assert (assigned["account"], assigned["assigned_by"]) == ("market", "token:for-accountant")
    assert (await desk.call("GET", f"{PAYMENTS}?account=market"))["items"] == [assigned]
    assert (await desk.call("GET", f"{ACCOUNT}/months/2026-09"))["payouts"] == "10.00"


async def test_payments_come_in_pages(desk: Desk) -> None:
    paid = [Paid(str(no), date(2026, 9, 15), f"{no}.00") for no in (1, 2, 3)]
    await desk.call("POST", STATEMENTS, 201, data=form(statement(*paid), "kl_to_1c.txt"))
    first = await desk.call("GET", f"{PAYMENTS}?limit=2")
    second = await desk.call("GET", f"{PAYMENTS}?limit=2&cursor={first['next']}")
    assert [one["number"] for one in first["items"] + second["items"]] == ["1", "2", "3"]
    assert second["next"] is None


async def test_a_file_that_is_no_statement_is_refused_with_its_line(desk: Desk) -> None:
    broken = statement().replace("Сумма=10.00".encode("cp1251"), "Сумма=десять".encode("cp1251"))
    told = await desk.call("POST", STATEMENTS, 422, data=form(broken, "kl_to_1c.txt"))
    assert (told["errors"][0]["code"], told["errors"][0]["row"]) == ("statement_broken", 21)
    assert (await desk.call("GET", STATEMENTS))["items"] == []


async def test_balances_are_written_and_the_month_compares_itself_with_them(desk: Desk) -> None:
    said = [{"date": "2026-09-30", "amount": "0.00", "source": "кабинет"}]
    await desk.call("PUT", f"{ACCOUNT}/balances", json=said)
    (balance,) = await desk.call("GET", f"{ACCOUNT}/balances")
    assert (balance["date"], balance["amount"], balance["who"]) == ("2026-09-30", "0.00", "token:for-accountant")
    month = await desk.call("GET", f"{ACCOUNT}/months/2026-09")
    assert (month["ok"], month["closing"]) == (True, "0.00")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{ACCOUNT}/months/2026-9", 422), ("GET", "/api/v1/accounts/nobody/months/2026-09", 404),
        ("GET", "/api/v1/organizations/nobody/payments", 404), ("GET", f"{PAYMENTS}?state=lost", 422),
        ("GET", "/api/v1/accounts/nobody/balances", 404),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_said(desk: Desk, method: str, path: str, status: int) -> None:
    await desk.call(method, path, status)


async def test_a_payment_or_organization_that_is_not_there_is_said(desk: Desk) -> None:
    await desk.call("PUT", "/api/v1/payments/nothing", 404, json={"account": None})
    await desk.call("POST", "/api/v1/organizations/nobody/statements", 404, data=form(statement(), "a.txt"))
    await desk.call("PUT", f"{ACCOUNT}/balances", 422, json=[{"date": "2026-09-30", "amount": "1.001"}])
