"""Reports fetched through the HTTP API: the same as uploaded ones, and never taken for what they are not."""

import json
import os
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.app import make_app
from bridge.channels.wildberries import Wildberries
from bridge.db import access
from bridge.db.session import Database
from bridge.http import Patience
from bridge.settings import Settings
from tests.acceptance.month import Client, open_client
from tests.channels.marketplace import TOKEN, Marketplace, breaks_off, listed, refuses, rows_of, says, sends
from tests.samples.wildberries import Week, fill

FIRST = fill(Week("2026", "640118822", date(2026, 9, 7), renamed=True))
SECOND = fill(Week("2026", "641222933", date(2026, 9, 14), renamed=True), corrections=False)
WEEKS = {"period_from": "2026-09-08", "period_to": "2026-09-20"}
REAL = Path(os.environ.get("KOMITENT_SAMPLES") or Path(__file__).parents[3] / "shared" / "samples" / "reports")
REAL_WEEK = "wb_weekly_detail_467882203_2025-08-25_2025-08-31.xlsx"
REAL_ANSWER = "wb_api_finance_v1_derived_467882203.json"
NOTHING = says(lambda: web.Response(status=204))

Starter = Callable[[web.Application], Awaitable[TestClient[Any, Any]]]
Serve = Callable[[web.Application], Awaitable[TestServer]]


@pytest.fixture
def place() -> Marketplace:
    """A marketplace that has the reports of two weeks."""
    return Marketplace(rows_of(FIRST, SECOND))


@pytest.fixture
async def client(
    settings: Settings, database: Database, aiohttp_client: Starter, aiohttp_server: Serve, place: Marketplace
) -> Client:
    """A bridge with an account whose cabinet is at that marketplace, and one of a channel that cannot be asked."""
    app = make_app(settings, database, {"wildberries": Wildberries(patience=Patience(), page_rows=20, pause=_at_once)})
    opened = await open_client(await aiohttp_client(app), database, {"wb": "wildberries", "ozon": "ozon"})
    address = str((await aiohttp_server(place.app())).make_url("/"))
    await opened.call("PUT", "accounts/wb", _account({"token": TOKEN, "address": address}))
    return opened


async def _at_once(_: float) -> None:
    """Wait for nothing."""


def _account(credentials: dict[str, str]) -> dict[str, Any]:
    erp = {"counterparty": "Маркетплейс", "commission_contract": "К-1", "services_contract": "У-1"}
    return {"organization": "romashka", "channel": "wildberries", "erp": erp, "credentials": credentials}


async def fetch(client: Client, *, expect: int = 200, **changed: Any) -> dict[str, Any]:
    """Fetch the two weeks and insist on the status."""
    found: dict[str, Any] = await client.call(
        "POST", "accounts/wb/reports/fetch?wait=120", WEEKS | changed, expect=expect
    )
    return found


async def stored(client: Client) -> list[str]:
    """The numbers of all reports there are."""
    return [report["number"] for report in (await client.call("GET", "reports"))["items"]]


async def events(client: Client, what: str) -> list[dict[str, Any]]:
    """What the journal tells of fetches."""
    found = (await client.call("GET", "events?subject=wb"))["items"]
    return [event["detail"] for event in found if event["what"] == what]


# --- as uploaded ------------------------------------------------------------------------------------------------------


async def test_fetched_reports_are_what_the_same_rows_uploaded_would_be(
    client: Client, place: Marketplace, settings: Settings, tmp_path: Path
) -> None:
    fetched = await fetch(client)
    assert (fetched["period_from"], fetched["period_to"], fetched["problems"]) == ("2026-09-07", "2026-09-20", [])
    assert [(one["number"], one["outcome"], one["state"]) for one in fetched["reports"]] == [
        ("640118822", "created", "held"), ("641222933", "created", "held"),
    ]  # fmt: skip
    explained = [(await client.report(one["report"]))["explain"] for one in fetched["reports"]]
    assert explained == [one["explain"] for one in fetched["reports"]]
    for week, one in zip((FIRST, SECOND), fetched["reports"], strict=True):
        report = await client.report(one["report"])
        path = tmp_path / f"{week.number}.json"
        rows = [row for row in place.rows if row["reportId"] == int(week.number)]
        path.write_text(json.dumps(rows, indent=2), "utf-8")
        assert (await client.upload("wb", path, expect=200))["id"] == report["id"]
        await client.link_everything(report)
        assert (await client.report(report["id"]))["state"] == "ready"
        expected = {"revenue": str(week.control["retail_amount"]), "payout": str(week.control["total"])}
        assert {name: report["totals"][name] for name in expected} == expected
    assert list(settings.incoming.iterdir()) == []


async def test_a_second_fetch_finds_everything_here_already(client: Client) -> None:
    first = await fetch(client)
    again = await fetch(client)
    assert [one["outcome"] for one in again["reports"]] == ["already", "already"]
    assert [one["report"] for one in again["reports"]] == [one["report"] for one in first["reports"]]
    assert [detail["reports"] for detail in await events(client, "reports_fetched")] == [
        {"640118822": "created", "641222933": "created"}, {"640118822": "already", "641222933": "already"},
    ]  # fmt: skip


async def test_ids_as_text_are_the_reports_that_are_here(client: Client, place: Marketplace) -> None:
    await fetch(client)
    place.instead = [sends(json.dumps([row | {"reportId": str(row["reportId"])} for row in place.rows]).encode())]
    assert [one["outcome"] for one in (await fetch(client))["reports"]] == ["already", "already"]


async def test_a_fetch_that_takes_longer_than_the_wait_is_a_job(client: Client) -> None:
    waiting = await client.call("POST", "accounts/wb/reports/fetch?wait=0", WEEKS, expect=202)
    job = await client.call("GET", f"jobs/{waiting['job']}")
    assert job["kind"] == "fetch_reports"
    await fetch(client)
    assert sorted(await stored(client)) == ["640118822", "641222933"]


async def test_a_real_week_fetched_is_the_week_of_its_workbook(client: Client, place: Marketplace) -> None:
    workbook, answer = (REAL / name for name in (REAL_WEEK, REAL_ANSWER))
    if not (workbook.exists() and answer.exists()):
        pytest.skip("no real reports at hand")
    place.rows = json.loads(answer.read_text("utf-8"))
    uploaded = await client.upload("wb", workbook)
    days: dict[str, Any] = {"period_from": "2025-08-25", "period_to": "2025-08-31"}
    (fetched,) = (await fetch(client, **days))["reports"]
    assert (fetched["outcome"], fetched["report"], fetched["number"]) == ("already", uploaded["id"], "467882203")


# --- alarms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [NOTHING, sends(b"[]")])
async def test_an_empty_answer_is_an_alarm_and_not_a_zero_report(
    client: Client, place: Marketplace, nothing: Any
) -> None:
    place.instead = [nothing]
    problem = await fetch(client, expect=409)
    assert problem["code"] == "no_data"
    assert "2026-09-07..2026-09-20" in problem["detail"]
    assert "Это не значит, что продаж не было" in problem["detail"]
    assert "«Финансы»" in problem["detail"]
    assert await stored(client) == []
    (told,) = await events(client, "reports_not_fetched")
    assert (told["code"], told["period_from"], told["period_to"]) == ("no_data", "2026-09-07", "2026-09-20")


async def test_a_report_that_is_here_and_not_in_the_answer_is_named(client: Client, place: Marketplace) -> None:
    await fetch(client)
    place.rows = rows_of(SECOND)
    fetched = await fetch(client)
    assert [one["outcome"] for one in fetched["reports"]] == ["already"]
    (missing,) = fetched["problems"]
    assert (missing["code"], missing["expected"]) == ("reports_missing", "№ 640118822")
    assert sorted(await stored(client)) == ["640118822", "641222933"]
    assert (await events(client, "reports_fetched"))[-1]["problems"] == ["reports_missing"]


async def test_a_week_of_which_nothing_came_is_named(client: Client, place: Marketplace) -> None:
    place.rows = rows_of(FIRST)
    fetched = await fetch(client)
    (lacking,) = fetched["problems"]
    assert lacking["code"] == "periods_missing"
    assert "2026-09-14..2026-09-20" in lacking["message"]


async def test_a_report_with_fewer_rows_than_before_is_shown_and_changes_nothing(
    client: Client, place: Marketplace
) -> None:
    first, _ = (await fetch(client))["reports"]
    gone = next(row for row in place.rows if row["reportId"] == 640118822 and row["sellerOperName"] == "Продажа")
    place.rows.remove(gone)
    conflict, other = (await fetch(client))["reports"]
    assert (conflict["outcome"], conflict["report"], other["outcome"]) == ("conflict", first["report"], "already")
    assert (conflict["diff"]["removed"], conflict["diff"]["amount_removed"]) == (1, gone["retailAmount"])
    assert await client.report(first["report"]) == await client.report(conflict["report"])
    assert (await events(client, "reports_fetched"))[-1]["reports"]["640118822"] == "conflict"


async def test_a_correction_is_taken_on_request_and_held_while_rows_are_gone(
    client: Client, place: Marketplace
) -> None:
    first, _ = (await fetch(client))["reports"]
    place.rows.remove(next(row for row in place.rows if row["reportId"] == 640118822))
    second, other = (await fetch(client, correction=True))["reports"]
    assert (second["outcome"], other["outcome"], second["state"]) == ("created", "already", "held")
    assert second["report"] != first["report"]
    assert (await client.report(first["report"]))["state"] == "superseded"
    assert "rows_fewer" in {problem["code"] for problem in (await client.report(second["report"]))["problems"]}


async def test_a_report_that_reaches_beyond_the_days_is_not_taken_for_a_whole_one(
    client: Client, place: Marketplace
) -> None:
    first, second = (await fetch(client, period_to="2026-09-13"))["reports"]
    assert (first["outcome"], second["outcome"]) == ("created", "refused")
    assert second["problem"]["code"] == "report_cut"
    assert await stored(client) == ["640118822"]


async def test_rows_without_a_rule_hold_a_fetched_report_and_a_broken_file_is_refused(
    client: Client, place: Marketplace
) -> None:
    place.rows[0]["sellerOperName"] = "Новая операция"
    for row in place.rows:
        if row["reportId"] == 641222933:
            del row["sellerOperName"]
    first, second = (await fetch(client))["reports"]
    assert (first["outcome"], first["state"]) == ("created", "held")
    assert (second["outcome"], second["problem"]["status"]) == ("refused", 422)
    assert await stored(client) == ["640118822"]


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        ([refuses(401, "unauthorized", f"bad {TOKEN}")], 422, "fix_settings"),
        ([refuses(400, "decode error")], 422, "fix_input"),
        ([refuses(429, "too many requests", "limited", Retry_After="3600")], 503, "retry_later"),
        ([says(lambda: listed([])), refuses(500)], 409, "no_data"),
        ([breaks_off] * 4, 503, "retry_later"),
    ],
)
async def test_a_failure_says_whose_turn_it_is_and_stores_nothing(
    client: Client, place: Marketplace, settings: Settings, trouble: list[Any], status: int, code: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    place.instead = list(trouble)
    problem = await fetch(client, expect=status)
    assert problem["code"] == code
    assert await stored(client) == []
    (told,) = await events(client, "reports_not_fetched")
    assert (told["code"], told["detail"]) == (code, problem["detail"])
    assert TOKEN not in f"{problem}{told}{caplog.text}"
    assert list(settings.incoming.iterdir()) == []


async def test_pages_that_break_off_after_rows_store_no_half_of_a_report(client: Client, place: Marketplace) -> None:
    place.instead = [says(lambda: listed(place.rows[:20])), *[breaks_off] * 4]
    assert (await fetch(client, expect=503))["code"] == "retry_later"
    assert await stored(client) == []
    assert [one["outcome"] for one in (await fetch(client))["reports"]] == ["created", "created"]


async def test_an_order_that_cannot_be_done_makes_no_job(client: Client, place: Marketplace) -> None:
    answer = await client.call("POST", "accounts/ozon/reports/fetch", WEEKS, expect=422)
    assert "загрузите их файлом" in answer["detail"]
    await client.call("POST", "accounts/nobody/reports/fetch", WEEKS, expect=404)
    for days in ({"period_from": "2026-09-21"}, {"period_to": "2027-09-21"}, {"period_to": "9999-12-31"}):
        assert "Период" in (await fetch(client, expect=422, **days))["detail"]
    await client.call("PUT", "accounts/wb", _account({}))
    assert "token" in (await fetch(client, expect=422))["detail"]
    assert place.asked == []


async def test_only_who_may_upload_may_fetch(client: Client, database: Database) -> None:
    with database.write() as connection:
        client.headers = {"Authorization": f"Bearer {access.create_token(connection, 'editor', 'mapping_editor')}"}
    await fetch(client, expect=403)
