"""The calendar of an account whose first weeks were imported, asked on a day that the test chooses."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.app import make_app
from bridge.db.session import Database
from bridge.flows.calendar import account_calendar, whole_calendar
from bridge.settings import Settings
from tests.acceptance.month import Client, open_client
from tests.acceptance.test_month import CHANNELS, Starter, sample
from tests.samples import closing

TODAY = date(2025, 9, 16)


@pytest.fixture
async def client(settings: Settings, database: Database, aiohttp_client: Starter) -> Client:
    return await open_client(await aiohttp_client(make_app(settings, database)), database, CHANNELS)


def shown(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(f"{slot['period_from']}", slot["type"], slot["state"]) for slot in found["items"]]


async def test_weeks_are_missing_held_ready_posted_and_not_due(
    client: Client, settings: Settings, database: Database
) -> None:
    assert account_calendar(database, settings, "wb", TODAY) == {"items": []}
    report = await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    held = account_calendar(database, settings, "wb", TODAY)
    assert shown(held) == [
        ("2025-09-01", "main", "held"), ("2025-09-08", "main", "missing"), ("2025-09-15", "main", "not_due"),
    ]  # fmt: skip
    assert (held["items"][0]["problems"], held["items"][0]["report"]) == (len(report["problems"]), report["id"])

    await client.link_everything(report)
    ready = account_calendar(database, settings, "wb", TODAY)["items"][0]
    assert (ready["state"], ready["problems"], str(ready["payout"])) == ("ready", 0, report["totals"]["payout"])
    report = await client.report(report["id"])
    await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    assert shown(account_calendar(database, settings, "wb", TODAY))[0][2] == "posted"


async def test_the_register_tells_which_reports_its_weeks_have(
    client: Client, settings: Settings, database: Database
) -> None:
    await client.upload("wb", sample("wildberries/register/2025-09.xlsx"))
    account = await client.call("GET", "accounts/wb")
    body = {name: account[name] for name in ("organization", "channel", "title", "erp", "settings")}
    await client.call("PUT", "accounts/wb", body | {"start_date": "2025-09-03"})
    found = account_calendar(database, settings, "wb", TODAY)
    assert {slot["state"] for slot in found["items"]} <= {"missing", "not_due"}
    assert "467990214" in {slot["number"] for slot in found["items"]}
    assert min(slot["period_from"] for slot in found["items"]) == date(2025, 9, 1)
    await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    states = {slot["number"]: slot["state"] for slot in account_calendar(database, settings, "wb", TODAY)["items"]}
    assert states["467990214"] == "held"


async def test_days_narrow_the_calendar_and_all_accounts_come_together(
    client: Client, settings: Settings, database: Database
) -> None:
    await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    await client.upload("ozon", sample("ozon/realization/new_2025-10.xlsx"))
    december = date(2025, 12, 1)
    found = whole_calendar(database, settings, december, date(2025, 10, 1), date(2025, 10, 31))
    assert {slot["account"] for slot in found["items"]} == {"wb", "ozon"}
    ozon = {slot["profile"]: slot["state"] for slot in found["items"] if slot["account"] == "ozon"}
    assert ozon == {"ozon/realization": "held", "ozon/accruals": "missing"}
    assert {slot["state"] for slot in found["items"] if slot["account"] == "wb"} == {"missing"}

    answer = await client.call("GET", "accounts/wb/calendar?from=2025-09-01&to=2025-09-14")
    assert [(one["period_from"], one["state"]) for one in answer["items"]] == [
        ("2025-09-01", "held"), ("2025-09-08", "missing"),
    ]  # fmt: skip
    every = await client.call("GET", "calendar?from=2025-09-01&to=2025-09-14")
    assert every == answer
    await client.call("GET", "accounts/none/calendar", expect=404)
    await client.call("GET", "calendar?from=September", expect=422)


async def test_a_report_issued_again_stands_there_once_and_what_makes_no_documents_pays_nothing(
    client: Client, settings: Settings, database: Database, tmp_path: Path
) -> None:
    header = "Артикул;Штрихкод;Наименование;Количество;Цена;Сумма;Вознаграждение;Дата;Тип"
    for commission in ("100.00", "150.00"):
        path = tmp_path / f"{commission}.csv"
        path.write_text(f"{header}\nMUG;;Кружка;1;;1000.00;{commission};2025-08-31;Продажа\n", "utf-8")
        report = await client.upload("other", path, number="7", correction="true")
        await client.link_everything(report)
        report = await client.report(report["id"])
        if commission == "100.00":
            await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    found = account_calendar(database, settings, "other", TODAY)["items"]
    assert [(slot["state"], str(slot["payout"])) for slot in found] == [("ready", "850.00"), ("not_due", "None")]
    upd = closing.upd_xml(closing.Upd("5", date(2025, 8, 31), [("Вознаграждение", "150.00", "20")]))
    (tmp_path / "upd.xml").write_bytes(upd)
    await client.upload("other", tmp_path / "upd.xml")
    found = account_calendar(database, settings, "other", TODAY)["items"]
    assert [slot["payout"] for slot in found if slot["profile"] == "fns/upd"] == [None]


async def test_a_table_of_a_channel_without_a_profile_is_shown_and_never_missed(
    client: Client, settings: Settings, database: Database
) -> None:
    account = await client.call("GET", "accounts/other")
    body = {name: account[name] for name in ("organization", "title", "erp", "settings")}
    await client.call("PUT", "accounts/mega", body | {"channel": "megamarket", "start_date": "2026-01-01"})
    await client.upload("mega", sample("generic/sales/month.csv"), profile="generic")
    found = account_calendar(database, settings, "mega", date(2026, 6, 1))
    assert shown(found) == [("2026-05-01", "", "held")]
