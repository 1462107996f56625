"""The monthly import end to end, through HTTP, on generated samples and on real files where they are at hand."""

import asyncio
import io
import json
import os
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bridge.app import make_app
from bridge.db.session import Database
from bridge.settings import Settings
from tests.acceptance.month import Client, differences, open_client

SAMPLES = Path(__file__).parent.parent / "samples"
REAL = Path(os.environ.get("KOMITENT_SAMPLES") or Path(__file__).parents[3] / "shared" / "samples" / "reports")
WEEK = "wb_weekly_detail_467882203_2025-08-25_2025-08-31.xlsx"
CHANNELS = {"wb": "wildberries", "ozon": "ozon", "other": "generic"}

Starter = Callable[[web.Application], Awaitable[TestClient[Any, Any]]]


@pytest.fixture
async def client(settings: Settings, database: Database, aiohttp_client: Starter) -> Client:
    """A bridge with one organization and an account on every channel."""
    return await open_client(await aiohttp_client(make_app(settings, database)), database, CHANNELS)


@pytest.fixture
def real() -> Path:
    """The folder of real reports; the test is skipped where there is none."""
    if not REAL.exists():
        pytest.skip("no real reports at hand")
    return REAL


def sample(pattern: str) -> Path:
    """The one generated sample of that name."""
    (found,) = SAMPLES.glob(pattern)
    return found


def reshuffled(path: Path, header_row: int = 1) -> bytes:
    """The same workbook with its data rows in another order."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=header_row + 1)]
    random.Random(7).shuffle(rows)
    for number, values in enumerate(rows, header_row + 1):
        for place, value in enumerate(values, 1):
            sheet.cell(number, place).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- Wildberries ---------------------------------------------------------------------------------------------------


async def test_a_week_is_held_until_its_goods_are_linked_then_posts_and_reaches_the_erp(client: Client) -> None:
    report = await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    assert report["state"] == "held"
    assert {"article", "barcode", "marketplace_id", "name", "quantity", "amount"} <= set(
        report["unmapped"]["products"][0]
    )
    await client.link_everything(report)
    report = await client.report(report["id"])
    assert (report["state"], report["unmapped"]["count"]) == ("ready", 0)

    stale = await client.call("POST", f"reports/{report['id']}/post", {"digest": "0" * 64}, expect=409)
    assert stale["code"] == "digest_stale"
    posted = await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    assert posted["state"] == "posted"
    again = await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    assert again["documents"] == posted["documents"]

    ready = (await client.call("GET", "documents?state=ready&account=wb"))["items"]
    assert [document["id"] for document in ready] == [document["id"] for document in posted["documents"]]
    for document in ready:
        answer = {"erp_ref": f"erp-{document['id']}", "number": document["number"], "posted": True}
        for _ in range(2):
            await client.call("POST", f"documents/{document['id']}/ack", answer)
    assert (await client.report(report["id"]))["state"] == "confirmed"
    assert (await client.call("GET", "documents?state=ready"))["items"] == []


async def test_every_document_line_leads_back_to_the_rows_it_was_made_of(client: Client) -> None:
    report = await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    await client.link_everything(report)
    documents = (await client.call("GET", f"reports/{report['id']}/documents"))["items"]
    lines = (await client.call("GET", f"reports/{report['id']}/lines?limit=1000"))["items"]
    sold = {line["row"] for line in lines if line["kind"] in ("sale", "return")}
    goods = next(document for document in documents if document["kind"] == "commission_report")
    traced = [source["row"] for line in goods["lines"] for source in line["sources"]]
    assert sorted(traced) == sorted(sold)
    assert all(line["sources"] for document in documents for line in document["lines"])


async def test_document_ids_survive_another_database_another_name_and_another_order(
    tmp_path: Path,
    settings: Settings,
    sqlite_database: Database,
    postgresql_database: Database,
    aiohttp_client: Starter,
) -> None:
    path = sample("wildberries/weekly_detail/2025_detail_*.xlsx")
    shuffled = tmp_path / "мой отчёт.xlsx"
    shuffled.write_bytes(reshuffled(path))
    ids = []
    for database, file in ((sqlite_database, path), (postgresql_database, shuffled)):
        client = await open_client(await aiohttp_client(make_app(settings, database)), database, CHANNELS)
        report = await client.upload("wb", file)
        await client.link_everything(report)
        documents = (await client.call("GET", f"reports/{report['id']}/documents"))["items"]
        ids.append([(document["id"], document["total"], document["number"]) for document in documents])
    assert ids[0] == ids[1]


async def test_the_same_report_again_changes_nothing_in_whatever_form_it_comes(client: Client, tmp_path: Path) -> None:
    path = sample("wildberries/weekly_detail/2025_detail_*.xlsx")
    first = await client.upload("wb", path)
    again = await client.upload("wb", path, expect=200)
    assert (again["already"], again["id"]) == (True, first["id"])
    shuffled = tmp_path / path.name
    shuffled.write_bytes(reshuffled(path))
    assert (await client.upload("wb", shuffled, expect=200))["id"] == first["id"]
    assert (await client.upload("wb", sample("wildberries/weekly_detail/2025_fin.json"), expect=200))["id"] == first[
        "id"
    ]
    assert len((await client.call("GET", "reports"))["items"]) == 1


async def test_the_same_number_with_other_rows_shows_the_difference_and_replaces_on_request(
    client: Client, tmp_path: Path
) -> None:
    path = sample("wildberries/weekly_detail/2025_detail_*.xlsx")
    first = await client.upload("wb", path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet.delete_rows(sheet.max_row)
    shorter = tmp_path / path.name
    book.save(shorter)
    conflict = await client.upload("wb", shorter, expect=409)
    assert conflict["code"] == "other_content"
    assert conflict["diff"]["removed"] >= 1
    second = await client.upload("wb", shorter, correction="true")
    assert second["id"] != first["id"]
    assert (await client.report(first["id"]))["state"] == "superseded"


@pytest.mark.parametrize("register_first", [True, False])
async def test_a_week_ties_to_its_register_whichever_comes_first(
    client: Client, real: Path, register_first: bool
) -> None:
    files = ["wb_register_2025-09-23_layout20.xlsx", WEEK]
    answers = [await client.upload("wb", real / name) for name in (files if register_first else files[::-1])]
    uid = next(answer["id"] for answer in answers if answer["profile"] == "wildberries/weekly_detail")
    await client.link_everything(await client.report(uid))
    report = await client.report(uid)
    assert report["state"] == "ready"
    assert report["rows"] | {"total": 476, "used": 476, "ignored": 0, "unknown": 0} == report["rows"]
    totals = report["totals"]
    assert totals["sale"] == {"quantity": "17", "amount": "101078.00"}
    assert totals["return"] == {"quantity": "3", "amount": "17952.00"}
    assert (totals["revenue"], totals["payout"]) == ("83126.00", "55027.83")
    charged = {kind: totals[kind]["amount"] for kind in ("logistics", "storage", "deduction")}
    assert charged == {"logistics": "9841.43", "storage": "2825.42", "deduction": "3609.00"}
    assert len(differences(report, "register_")) == 12
    assert {check["difference"] for check in report["checks"]} <= {"0.00", "0"}


async def test_the_api_json_of_a_week_gives_the_documents_of_its_workbook(
    real: Path, settings: Settings, sqlite_database: Database, postgresql_database: Database, aiohttp_client: Starter
) -> None:
    found = []
    files = (WEEK, "wb_api_finance_v1_derived_467882203.json")
    for database, name in zip((sqlite_database, postgresql_database), files, strict=True):
        client = await open_client(await aiohttp_client(make_app(settings, database)), database, CHANNELS)
        report = await client.upload("wb", real / name)
        await client.link_everything(report)
        documents = (await client.call("GET", f"reports/{report['id']}/documents"))["items"]
        for document in documents:
            for line in document["lines"]:
                del line["sources"]
        found.append(json.dumps(documents, sort_keys=True))
    assert found[0] == found[1]


async def test_a_report_without_a_number_that_repeats_rows_of_another_is_held(client: Client, tmp_path: Path) -> None:
    path = sample("wildberries/weekly_detail/2025_detail_*.xlsx")
    first = await client.upload("wb", path)
    await client.link_everything(first)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet.delete_rows(sheet.max_row)
    nameless = tmp_path / "отчёт.xlsx"
    book.save(nameless)
    second = await client.upload("wb", nameless)
    assert second["state"] == "held"
    assert first["number"] in next(one["found"] for one in second["problems"] if one["code"] == "rows_overlap")
    assert (await client.report(first["id"]))["state"] == "ready"


async def test_two_hands_posting_at_once_post_once(client: Client) -> None:
    report = await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    await client.link_everything(report)
    report = await client.report(report["id"])
    post = client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    also = client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    answers = await asyncio.gather(post, also)
    assert answers[0]["documents"] == answers[1]["documents"]
    assert len((await client.call("GET", "documents"))["items"]) == len(report["documents"])


# --- Ozon ----------------------------------------------------------------------------------------------------------


async def test_a_month_of_ozon_ties_to_its_footer_and_to_the_accruals(client: Client, real: Path) -> None:
    realization = await client.upload("ozon", real / "ozon_realization_2025-02.xlsx")
    assert differences(realization, "footer_") == ["0.00"] * 6
    accruals = await client.upload("ozon", real / "ozon_accruals_2025-02.xlsx")
    realization = await client.report(realization["id"])
    assert differences(realization, "accruals_") == differences(accruals, "realization_") == ["0.00"] * 8
    assert realization["totals"]["payout"] == "5800711.97"
    await client.link_everything(realization)
    assert (await client.report(realization["id"]))["state"] == "ready"
    assert accruals["state"] == "ready"


async def test_the_api_json_of_a_month_of_ozon_is_the_same_report(client: Client, real: Path) -> None:
    first = await client.upload("ozon", real / "ozon_realization_2025-05.xlsx")
    assert differences(first, "footer_") == ["0.00"] * 6
    again = await client.upload("ozon", real / "ozon_api_realization_v2_derived_2025-05.json", expect=200)
    assert again["id"] == first["id"]


async def test_a_damaged_month_is_held_and_names_the_footer_that_does_not_tie(client: Client, real: Path) -> None:
    report = await client.upload("ozon", real / "ozon_realization_2025-01_edited_no_returns.xlsx")
    assert report["state"] == "held"
    broken = {check["code"]: check for check in report["checks"] if not check["ok"]}
    assert broken["footer_realized"]["difference"] == "316976.00"
    said = [problem["message"] for problem in report["problems"] if problem["code"] == "check_failed"]
    assert any("Итого реализовано" in message and "316976.00" in message for message in said)
    refusal = await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]}, expect=409)
    assert refusal["code"] == "not_ready"
    assert refusal["errors"]


async def test_points_are_a_reduction_of_services_or_revenue_and_net_to_the_same_payout(client: Client) -> None:
    report = await client.upload("ozon", sample("ozon/realization/old_2025-03.xlsx"))
    await client.link_everything(report)
    nets = []
    for points in ("reduce_services", "revenue"):
        account = await client.call("GET", "accounts/ozon")
        body = {name: account[name] for name in ("organization", "channel", "title", "start_date", "erp")}
        await client.call("PUT", "accounts/ozon", body | {"settings": {"points": points}})
        shown = await client.report(report["id"])
        assert shown["state"] == "ready"
        documents = (await client.call("GET", f"reports/{report['id']}/documents"))["items"]
        goods = next(document for document in documents if document["kind"] == "commission_report")
        other = sum(float(document["total"]) for document in documents if document["kind"] == "other_income")
        nets.append(round(float(goods["total"]) - float(goods["commission_total"]) + other, 2))
    assert nets[0] == nets[1] == float(report["totals"]["payout"])


async def test_a_reversed_month_can_be_imported_and_posted_again_as_other_documents(client: Client) -> None:
    path = sample("ozon/realization/old_2025-03.xlsx")
    first = await client.upload("ozon", path)
    await client.link_everything(first)
    first = await client.report(first["id"])
    await client.call("POST", f"reports/{first['id']}/post", {"digest": first["digest"]})
    order = {"documents": None, "date": "2025-04-30", "reason": "не тот договор"}
    reversed_ = await client.call("POST", f"reports/{first['id']}/reverse", order)
    assert reversed_["state"] == "reversed"
    assert sum(Decimal(document["total"]) for document in reversed_["documents"]) == 0
    second = await client.upload("ozon", path)
    assert second["id"] != first["id"]
    posted = await client.call("POST", f"reports/{second['id']}/post", {"digest": second["digest"]})
    assert posted["state"] == "posted"
    old = {document["id"] for document in reversed_["documents"]}
    assert not old & {document["id"] for document in posted["documents"]}


async def test_reports_are_listed_by_the_state_they_are_in_now(client: Client) -> None:
    report = await client.upload("wb", sample("wildberries/weekly_detail/2025_detail_*.xlsx"))
    await client.link_everything(report)
    assert (await client.call("GET", "reports?state=held"))["items"] == []
    ready = await client.call("GET", "reports?state=ready&account=wb")
    assert ([item["id"] for item in ready["items"]], ready["next"]) == ([report["id"]], None)


# --- what is refused leaves nothing --------------------------------------------------------------------------------


async def test_a_file_that_is_no_report_is_refused_with_the_nearest_profile_and_leaves_nothing(
    client: Client, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Артикул поставщика", "Остаток"])
    sheet.append(["1", 5])
    path = tmp_path / "остатки.xlsx"
    book.save(path)
    refusal = await client.upload("wb", path, expect=422)
    (error,) = refusal["errors"]
    assert error["code"] == "profile_none"
    assert "Обоснование для оплаты" in error["expected"]
    assert (await client.call("GET", "reports"))["items"] == []


async def test_the_other_marketplaces_report_is_recognised_and_refused(client: Client) -> None:
    refusal = await client.upload("wb", sample("ozon/realization/old_2025-03.xlsx"), expect=422)
    assert refusal["errors"][0]["code"] == "profile_channel"


async def test_a_generic_table_is_booked_exactly(client: Client) -> None:
    path = sample("generic/sales/month.xlsx")
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text("utf-8"))
    report = await client.upload("other", path)
    assert report["state"] == "held"
    assert report["totals"]["payout"] == expected["payout"]
    await client.link_everything(report)
    assert (await client.report(report["id"]))["state"] == "ready"
