"""Real files, where they are at hand beside the repository: their control totals, to the kopeck."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from reports.checks import Amounts
from tests.reports.reader import Read, content, read, row_facts, stated_facts

FOLDER = Path(os.environ.get("KOMITENT_SAMPLES") or Path(__file__).parents[3] / "shared/samples/reports")
DETAIL = "wb_weekly_detail_467882203_2025-08-25_2025-08-31.xlsx"
REGISTER = "wb_register_2025-09-23_layout20.xlsx"
UPD = "upd_503_goods_synthetic_cp1251.xml"
JSON = "wb_api_finance_v1_derived_467882203.json"
pytestmark = pytest.mark.skipif(not (FOLDER / DETAIL).exists(), reason="no real files beside the repository")
ENGINES = ("calamine", "openpyxl")


def real(name: str, engine: str = "") -> Read:
    return read(FOLDER / name, name.partition("_")[0].replace("wb", "wildberries"), engine=engine)


def amounts(found: Read) -> Amounts:
    assert found.summary
    return Amounts(found.summary)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_week_has_its_control_totals(engine: str) -> None:
    found = real(DETAIL, engine)
    told, sums = content(found), amounts(found)
    assert told["rows"] == {"total": 476, "used": 476, "ignored": {}, "unknown": 0}
    assert (told["number"], told["period"]) == ("467882203", ["2025-08-25", "2025-08-31"])
    assert (told["totals"]["sale.sale"]["quantity"], told["totals"]["return.return"]["quantity"]) == ("17", "3")
    assert sums.kind("sale", "sale") == Decimal("101078.00")
    assert sums.kind("return", "return") == Decimal("17952.00")
    assert sums.kind("sale", "sale") - sums.kind("commission", "sale") == Decimal("86641.78")
    assert sums.kind("return", "return") - sums.kind("commission", "return") == Decimal("15338.10")
    assert sums.kind("logistics") == Decimal("9841.43")
    assert sums.kind("storage") == Decimal("2825.42")
    assert sums.kind("deduction") == Decimal("3609.00")
    assert sums.payout() == Decimal("55027.83")


def test_the_week_ties_to_its_row_of_the_register() -> None:
    control = real(REGISTER)
    results, pending = real(DETAIL).checks({"register": row_facts(control, "467882203")})
    assert not pending
    assert all(check.ok for check in results)
    assert {check.code: check.expected for check in results}["register_payout"] == Decimal("55027.83")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_register_has_its_control_totals(engine: str) -> None:
    found = real(REGISTER, engine)
    sums = amounts(found)
    assert content(found)["rows"]["used"] == 132
    assert sums.kind("sale") == Decimal("6042889.83")
    assert sums.kind("sale") - sums.kind("commission") == Decimal("5812317.48")
    assert sums.kind("logistics") == Decimal("971044.46")
    assert sums.kind("storage") == Decimal("137176.94")
    assert sums.kind("acceptance") == Decimal("11248.56")
    assert sums.kind("deduction") == Decimal("317579.05")
    assert sums.kind("penalty") == Decimal("40.00")
    assert sums.payout() == Decimal("4375228.47")
    assert [fact.type for fact in found.facts].count("main") == 86
    assert [fact.type for fact in found.facts].count("buyout") == 46


def test_the_answer_of_the_api_says_the_same_as_the_sheet() -> None:
    sheet, records = real(DETAIL), real(JSON)
    one, other = content(sheet)["totals"], content(records)["totals"]
    memo = {"reimbursement"}  # rounded by the API, and no money of the seller
    assert {name: one[name] for name in one.keys() - memo} == {name: other[name] for name in other.keys() - memo}
    assert sheet.summary and records.summary
    assert sheet.summary.content == records.summary.content


MONTHS = {
    "ozon_realization_2025-02.xlsx": (
        439, "5582977.86", "144390.12", "11746.61", "1613234.14", "1262856.52", "12628.57", "5800711.97",
    ),
    "ozon_realization_2025-05.xlsx": (
        429, "6429520.67", "397391.50", "34739.16", "1798965.83", "1398216.17", "13982.16", "6467617.99",
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MONTHS)
def test_an_ozon_month_has_its_control_totals(name: str, engine: str) -> None:
    rows, sold, returned, partners, points, fee, fee_left, payout = MONTHS[name]
    found = real(name, engine)
    told, sums = content(found), amounts(found)
    assert told["rows"]["used"] == rows
    assert sums.kind("sale", "sale") == Decimal(sold)
    assert sums.kind("return", "return") == Decimal(returned)
    assert sums.kind("partner_payment") == Decimal(partners)
    assert sums.kind("points") == Decimal(points)
    assert sums.kind("commission") == Decimal(fee)
    assert told["checks"]["footer_commission_after_points"] == fee_left
    assert sums.payout() == Decimal(payout)
    assert len([code for code in told["checks"] if code.startswith("sum_row_")]) == 10


def test_the_ozon_answer_says_the_same_as_the_sheet() -> None:
    sheet, records = real("ozon_realization_2025-05.xlsx"), real("ozon_api_realization_v2_derived_2025-05.json")
    assert content(sheet)["totals"] == content(records)["totals"]
    assert sheet.summary and records.summary
    assert sheet.summary.content == records.summary.content


@pytest.mark.parametrize("engine", ENGINES)
def test_a_month_whose_returns_were_cut_off_is_held(engine: str) -> None:
    found = real("ozon_realization_2025-01_edited_no_returns.xlsx", engine)
    assert "column_missing" in found.codes()
    failed = {check.code: check for check in found.checks()[0] if not check.ok}
    assert failed["footer_realized"].expected == Decimal("5456733.62")
    assert failed["footer_realized"].actual == Decimal("5773709.62")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_accruals_have_their_control_totals(engine: str) -> None:
    found = real("ozon_accruals_2025-02.xlsx", engine)
    sums = amounts(found)
    assert content(found)["rows"]["used"] == 5242
    assert sums.payout() == Decimal("4693635.85")
    assert sums.kind("logistics") == Decimal("294832.06")
    assert sums.kind("agent_service") == Decimal("256172.84")
    assert sums.kind("fulfilment") == Decimal("166999.55")
    assert sums.kind("promotion") == Decimal("370338.62")
    assert sums.kind("service") == Decimal("6179.86")
    assert sums.kind("compensation") - sums.kind("decompensation") == Decimal("-12553.19")


def test_the_accruals_of_february_tie_to_its_realization() -> None:
    month, accruals = real("ozon_realization_2025-02.xlsx"), real("ozon_accruals_2025-02.xlsx")
    for found, source, other in ((month, "accruals", accruals), (accruals, "realization", month)):
        results, pending = found.checks({source: stated_facts(other)})
        assert not pending
        assert [check.title for check in results if not check.ok] == []


def test_the_upd_has_its_totals_and_parties() -> None:
    found = read(FOLDER / UPD, "wildberries")
    told = content(found)
    assert told["profile"] == "fns/upd"
    assert (told["number"], told["date"], told["rows"]["used"]) == ("ТД-01234", "2026-09-28", 4)
    assert told["totals"]["service"]["amount"] == "7740.25"
    assert told["totals"]["service_vat"]["amount"] == "734.75"
    assert found.summary
    assert (found.summary.parties["seller_inn"], found.summary.parties["buyer_inn"]) == ("7701234560", "5003012349")
