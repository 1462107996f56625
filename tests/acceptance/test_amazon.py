"""A settlement of Amazon over HTTP: sales, returns, fees and the reserve tie to what was paid to the bank."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.app import make_app
from bridge.db.session import Database
from bridge.settings import Settings
from tests.acceptance.month import Client, open_client
from tests.reports.test_real_samples import FOLDER
from tests.samples.amazon import Settlement, write_settlement

REAL = FOLDER / "amazon_settlement_v2_flat_synthetic_28471003921.txt"
ACCOUNT = {
    "organization": "romashka", "channel": "amazon", "title": "Amazon", "start_date": None,
    "erp": {"counterparty": "Amazon", "commission_contract": "К-1", "services_contract": "У-1"},
}  # fmt: skip


@pytest.fixture
async def client(database: Database, settings: Settings, aiohttp_client: Any) -> AsyncIterator[Client]:
    found = await open_client(await aiohttp_client(make_app(settings, database)), database, {})
    await set_up(found)
    yield found


async def set_up(client: Client, **more: str) -> None:
    await client.call("PUT", "accounts/amazon", ACCOUNT | {"settings": {"currency": "USD", **more}})


async def documents(client: Client, report: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.call("GET", f"reports/{report['id']}/documents"))["items"]
    return found


def effect(found: list[dict[str, Any]]) -> Decimal:
    """What documents add to the debt of the marketplace: goods and income, less services."""
    signs = {"commission_report": 1, "other_income": 1, "service_receipt": -1, "other_expense": -1, "debt_offset": 0}
    return sum((signs[one["kind"]] * Decimal(one["total"]) for one in found), Decimal(0))


def written(folder: Path, **said: Any) -> tuple[Path, dict[str, Any]]:
    path = folder / "settlement.txt"
    return path, write_settlement(Settlement("28800550121", date(2026, 7, 6), **said), path)


async def test_a_settlement_ties_to_the_deposit_and_the_reserve_is_no_document(client: Client, tmp_path: Path) -> None:
    path, told = written(tmp_path)
    report = await client.upload("amazon", path)
    assert (report["number"], report["totals"]["payout"]) == ("28800550121", told["payout"])
    await client.link_everything(report)
    report = await client.report(report["id"])
    assert (report["state"], report["problems"]) == ("ready", [])
    assert report["left_out"] == {"carried_over": "164.40"}
    found = await documents(client, report)
    assert effect(found) + Decimal("164.40") == Decimal(told["payout"])
    assert [(one["setting"], one["value"]) for one in report["choices"]] == [("goods_vat", "none")]
    assert {line["vat_rate"] for one in found for line in one["lines"]} == {"none"}
    (goods,) = [one for one in found if one["kind"] == "commission_report"]
    assert (goods["currency"], goods["commission_total"]) == ("USD", "0.00")
    lines = [line for line in goods["lines"] if line["section"] == "sales"]
    assert len(lines) == len({line["item"]["ref"] for line in lines})
    assert all(Decimal(line["quantity"]) > 0 for line in goods["lines"])
    posted = await client.call("POST", f"reports/{report['id']}/post", {"digest": report["digest"]})
    assert posted["state"] == "posted"


async def test_the_same_settlement_is_recognised_again(client: Client, tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    first = await client.upload("amazon", path)
    again = await client.upload("amazon", path, name="другое имя.csv", expect=200)
    assert (again["id"], again["already"]) == (first["id"], True)


async def test_goods_of_amazon_may_carry_the_vat_of_their_items_where_the_account_says_so(
    client: Client, tmp_path: Path
) -> None:
    path, _ = written(tmp_path)
    report = await client.upload("amazon", path)
    await client.link_everything(report)
    await set_up(client, goods_vat="item")
    report = await client.report(report["id"])
    assert [(one["setting"], one["value"]) for one in report["choices"]] == [("goods_vat", "item")]
    (goods,) = [one for one in await documents(client, report) if one["kind"] == "commission_report"]
    assert {line["vat_rate"] for line in goods["lines"]} == {"22"}


async def test_money_without_pieces_waits_for_the_pieces_or_for_the_word_that_it_is_a_price(
    client: Client, tmp_path: Path
) -> None:
    path, told = written(tmp_path)
    text = path.read_text("utf-8")
    cells = [line.split("\t") for line in text.splitlines()]
    for row in cells:
        if row[6] == "Refund":
            row[22] = ""
    path.write_text("\n".join("\t".join(row) for row in cells) + "\n", "utf-8")
    report = await client.upload("amazon", path)
    await client.link_everything(report)
    report = await client.report(report["id"])
    assert report["totals"]["payout"] == told["payout"]
    assert [(one["code"], "на -" in one["message"]) for one in report["problems"]] == [("pieces_missing", False)]
    await set_up(client, without_pieces="keep")
    assert (await client.report(report["id"]))["state"] == "ready"


async def test_an_operation_nobody_listed_waits_with_its_sum_until_the_accountant_treats_it(
    client: Client, tmp_path: Path
) -> None:
    path, told = written(tmp_path)
    text = path.read_text("utf-8").replace("REVERSAL_REIMBURSEMENT", "BalanceAdjustment")
    path.write_text(text, "utf-8")
    report = await client.upload("amazon", path)
    await client.link_everything(report)
    report = await client.report(report["id"])
    assert [(one["code"], one["found"]) for one in report["problems"]] == [("treatment_hold", "-3.15")]
    assert "BalanceAdjustment" in report["problems"][0]["message"]
    row = {"kind": "unsorted", "books": "other", "service": "BalanceAdjustment", "valid_from": "2026-07-01"}
    await client.call("PUT", "accounts/amazon/treatments", [row])
    report = await client.report(report["id"])
    assert report["state"] == "ready"
    assert effect(await documents(client, report)) + Decimal("164.40") == Decimal(told["payout"])


async def test_two_settlements_in_one_file_do_not_pass_for_one(client: Client, tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    other = tmp_path / "other.txt"
    write_settlement(Settlement("28800550199", date(2026, 7, 20), orders=2), other)
    path.write_text(path.read_text("utf-8") + other.read_text("utf-8").partition("\n")[2], "utf-8")
    report = await client.upload("amazon", path)
    assert report["state"] == "held"
    assert "rows_differ" in {one["code"] for one in report["problems"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("\t-39.99\t", "\t-39.98\t"), "check_failed"),
        (lambda text: text.replace("\tUSD\t\t", "\t\t\t", 1).replace("Transfer\t", "Wire\t"), "operation_unknown"),
    ],
)  # fmt: skip
async def test_what_does_not_tie_or_is_not_known_is_held(
    client: Client, tmp_path: Path, change: Any, code: str
) -> None:  # fmt: skip
    path, _ = written(tmp_path)
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    report = await client.upload("amazon", path)
    assert report["state"] == "held"
    assert code in {one["code"] for one in report["problems"]}


def fee(made: Settlement, *said: str, kind: str = "service") -> None:
    transaction, type_, description, amount = said
    cells = {"transaction-type": transaction, "amount-type": type_, "amount-description": description}
    made.add(kind, "", Decimal(amount), cells | {"posted-date": made.shown(made.last)})


async def booked(client: Client, folder: Path, made: Settlement) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Upload a settlement and link its goods; the report and its documents tie to the deposit."""
    path = folder / "settlement.txt"
    told = write_settlement(made, path)
    report = await client.upload("amazon", path)
    await client.link_everything(report)
    report = await client.report(report["id"])
    found = await documents(client, report)
    left = sum((Decimal(amount) for amount in report["left_out"].values()), Decimal(0))
    assert effect(found) + left == Decimal(told["payout"])
    return report, found


async def test_a_tax_found_later_is_zero_in_two_halves_and_asks_for_nothing(client: Client, tmp_path: Path) -> None:
    made = Settlement("28800550130", date(2026, 7, 6))
    fee(made, "Order_Retrocharge", "ItemPrice", "Tax", "4.12", kind="withheld_tax")
    half = ("Order_Retrocharge", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", "-4.12")
    fee(made, *half, kind="withheld_tax")
    report, found = await booked(client, tmp_path, made)
    assert (report["state"], report["problems"]) == ("ready", [])
    assert "Order_Retrocharge" not in {line["service"] for one in found for line in one["lines"]}


async def test_fees_are_booked_under_their_own_names(client: Client, tmp_path: Path) -> None:
    made = Settlement("28800550131", date(2026, 7, 6))
    fee(made, "FBAFees", "FBA Inventory Storage Fee", "Base fee", "-100.00")
    fee(made, "FBAFees", "FBA Inventory Storage Fee", "Tax on fee", "-19.00")
    fee(made, "FBAFees", "FBA Inventory Storage Fee", "Discount on Fee", "10.00")
    fee(made, "AmazonFees", "Vine Enrollment Fee", "Base fee", "-200.00")
    report, found = await booked(client, tmp_path, made)
    assert report["state"] == "ready"
    named = {line["service"]: line["amount"] for one in found for line in one["lines"]}
    assert (named["FBA Inventory Storage Fee"], named["Vine Enrollment Fee"]) == ("109.00", "200.00")


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([("FBAFees", "FBA Inventory Storage Fee", "Base fee", "-450.00")], "164.40"),
        ([("other-transaction", "other-transaction", "Payable to Amazon", "-230.00")], "-65.60"),
        ([("Debt Adjustment", "Debt Adjustment", "Cross-Account Debt Adjustment for DE", "81.11")], "245.51"),
    ],
)
async def test_a_settlement_without_goods_is_booked_below_zero_too(
    client: Client, tmp_path: Path, rows: list[tuple[str, str, str, str]], left: str
) -> None:
    made = Settlement("28800550132", date(2026, 7, 6), orders=0)
    for row in rows:
        fee(made, *row)
    report, found = await booked(client, tmp_path, made)
    assert (report["state"], report["left_out"]) == ("ready", {"carried_over": left})
    assert "commission_report" not in {one["kind"] for one in found}


async def test_a_settlement_of_zero_is_booked_like_any_other(client: Client, tmp_path: Path) -> None:
    made = Settlement("28800550133", date(2026, 7, 6))
    fee(made, "other-transaction", "other-transaction", "Current Reserve Amount", f"{-made.ledger.payout:f}")
    path = tmp_path / "settlement.txt"
    path.write_text("\n".join("\t".join(cells) for cells in made.table()) + "\n", "utf-8")
    report = await client.upload("amazon", path)
    await client.link_everything(report)
    report = await client.report(report["id"])
    assert (report["state"], report["totals"]["payout"]) == ("ready", "0.00")
    assert effect(await documents(client, report)) + Decimal(report["left_out"]["carried_over"]) == 0


@pytest.mark.skipif(not REAL.exists(), reason="no real files beside the repository")
async def test_the_sample_settlement_has_its_control_total(client: Client) -> None:
    report = await client.upload("amazon", REAL)
    assert report["rows"]["used"] == 23 and report["rows"]["unknown"] == 0
    assert report["totals"]["payout"] == "582.89"
    checks = {one["code"]: (one["expected"], one["actual"]) for one in report["checks"]}
    assert checks["deposit"] == checks["column_amount"] == ("582.89", "582.89")
    await client.link_everything(report)
    report = await client.report(report["id"])
    assert report["state"] == "ready"
    assert effect(await documents(client, report)) + Decimal("400.44") == Decimal("582.89")
