"""Reports against the УПД of their period: compared, booked from, missing, or made out to somebody else."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reports.kinds import kinds
from tests.flows.closing.conftest import Office, check, closing_table
from tests.samples import closing

SEPTEMBER = ("MUG 2026-09-01 1000.00 100.00", "MUG 2026-09-30 500.00 50.00")  # commission 150.00
WEEK = Path(__file__).parents[2] / "samples/wildberries/weekly_detail"


def upd(*services: tuple[str, str, str], day: date = date(2026, 9, 30), number: str = "77", **said: Any) -> bytes:
    return closing.upd_xml(closing.Upd(number, day, services, **said))


def commission(amount: str, rate: str = "22") -> tuple[str, str, str]:
    return ("Вознаграждение за продажу товаров", amount, rate)


def september(office: Office, **chosen: Any) -> str:
    office.account("market", **chosen)
    report = office.month("market", *SEPTEMBER)
    office.link(report)
    return report


def test_without_the_setting_the_upd_is_not_looked_at(office: Office) -> None:
    report = september(office)
    office.take("market", upd(commission("900.00")), "upd.xml")
    assert office.look(report)["upd"] is None
    assert office.look(report)["state"] == "ready"


def test_a_difference_within_the_tolerance_passes_and_is_shown(office: Office) -> None:
    report = september(office, upd="check")
    office.take("market", upd(commission("150.27")), "upd.xml")
    found = office.look(report)
    assert found["state"] == "ready"
    assert check(found, "upd_commission")["difference"] == "-0.27"
    assert found["upd"]["upds"][0]["number"] == "77"
    assert found["upd"]["groups"]["commission"]["upd"] == "150.27"
    (document,) = office.documents(report)
    assert (document["commission_total"], document["report"]["upd"]) == ("150.00", "№ 77 от 2026-09-30")


@pytest.mark.parametrize("mode", ["check", "book"])
def test_a_difference_beyond_the_tolerance_holds_and_names_both_sums(office: Office, mode: str) -> None:
    report = september(office, upd=mode)
    office.take("market", upd(commission("151.01")), "upd.xml")
    found = office.look(report)
    assert found["state"] == "held"
    (problem,) = found["problems"]
    assert problem["code"] == "upd_differs"
    assert problem["found"] == "УПД 151.01, документы 150.00, разница 1.01"
    office.account("market", upd=mode, upd_tolerance="1.01")
    assert office.look(report)["state"] == "ready"


def test_booked_sums_are_those_of_the_upd_and_the_rest_is_one_document(office: Office) -> None:
    report = september(office, upd="book")
    office.take("market", upd(commission("150.27")), "upd.xml")
    goods, rounding = office.documents(report)
    assert (goods["commission_total"], goods["commission_vat"]) == ("150.27", "27.10")
    assert sum(Decimal(line["commission"]) for line in goods["lines"]) == Decimal("150.27")
    assert sum(Decimal(line["commission_vat"]) for line in goods["lines"]) == Decimal("27.10")
    assert (rounding["kind"], rounding["title"], rounding["total"]) == ("other_income", "Округление до УПД", "0.27")
    assert [line["item"]["name"] for line in rounding["lines"]] == ["Округление до УПД: вознаграждение"]
    assert check(office.look(report), "documents_payout")["difference"] == "0.00"
    office.post(report)
    assert [one["kind"] for one in office.documents(report)] == ["commission_report", "other_income"]


def test_a_smaller_upd_gives_an_expense(office: Office) -> None:
    report = september(office, upd="book")
    office.take("market", upd(commission("149.90")), "upd.xml")
    rounding = office.documents(report)[1]
    assert (rounding["kind"], rounding["total"], rounding["lines"][0]["amount"]) == ("other_expense", "0.10", "0.10")


def test_an_equal_upd_adds_no_document(office: Office) -> None:
    report = september(office, upd="book")
    office.take("market", upd(commission("150.00")), "upd.xml")
    assert [one["kind"] for one in office.documents(report)] == ["commission_report"]


def test_vat_that_is_not_in_the_upd_holds_the_booking(office: Office) -> None:
    report = september(office, upd="book")
    office.take("market", upd(commission("150.27", "без НДС")), "upd.xml")
    (problem,) = office.look(report)["problems"]
    assert problem["code"] == "upd_vat_differs"
    office.account("market", upd="book", commission_vat="none")
    assert office.look(report)["state"] == "ready"


def test_several_upd_of_the_period_are_added(office: Office) -> None:
    report = september(office, upd="check")
    office.take("market", upd(commission("100.00"), day=date(2026, 9, 1)), "a.xml")
    office.take("market", upd(commission("50.00"), number="78"), "b.xml")
    assert check(office.look(report), "upd_commission")["expected"] == "150.00"


def test_the_date_of_the_upd_says_its_period_unless_its_uploader_does(office: Office) -> None:
    report = september(office, upd="check", require_upd=True)
    late = upd(commission("150.00"), day=date(2026, 10, 2))
    office.take("market", late, "late.xml")
    (problem,) = office.look(report)["problems"]
    assert (problem["code"], problem["found"]) == ("upd_missing", "вознаграждение, с 2026-09-01 по 2026-09-30")
    said = {"period_from": "2026-09-01", "period_to": "2026-09-30"}
    office.take("market", late, "late.xml", correction=True, **said)
    assert office.look(report)["state"] == "ready"


def test_an_upd_for_somebody_else_is_held_and_not_counted(office: Office) -> None:
    report = september(office, upd="check", require_upd=True)
    other = office.take("market", upd(commission("150.00"), buyer=("5003012349", "", "Кафе")), "upd.xml")
    held = office.look(other)
    assert (held["state"], held["problems"][0]["code"]) == ("held", "party_differs")
    assert held["parties"]["buyer_inn"] == "5003012349"
    assert [one["code"] for one in office.look(report)["problems"]] == ["upd_missing"]


def test_an_upd_of_another_seller_is_held_where_the_commissioner_is_known(office: Office) -> None:
    office.account("market", erp={"commissioner_inn": "7704217370"})
    seller = ("7701234560", "770101001", "Северное молоко")
    held = office.look(office.take("market", upd(commission("1.00"), seller=seller), "upd.xml"))
    assert held["problems"][0]["expected"] == "ИНН комиссионера 7704217370"


def test_an_upd_in_another_currency_is_held_and_not_counted(office: Office) -> None:
    report = september(office, upd="check", require_upd=True)
    dollars = upd(commission("150.00")).replace('КодОКВ="643"'.encode("cp1251"), 'КодОКВ="840"'.encode("cp1251"))
    held = office.look(office.take("market", dollars, "upd.xml"))
    (found,) = held["problems"]
    assert (held["state"], found["code"], found["found"], found["expected"]) == (
        "held", "currency_unexpected", "840", "RUB",
    )  # fmt: skip
    assert [one["code"] for one in office.look(report)["problems"]] == ["upd_missing"]


def test_an_upd_whose_total_is_not_its_lines_is_held_and_not_counted(office: Office) -> None:
    report = september(office, upd="check")
    broken = office.take("market", upd(commission("150.00"), totals={"gross": "151.00"}), "upd.xml")
    assert {one["code"] for one in office.look(broken)["problems"]} == {"check_failed"}
    assert office.look(report)["upd"] is None


def test_the_same_upd_is_already_here_and_a_corrected_one_takes_its_place(office: Office) -> None:
    report = september(office, upd="check")
    first = upd(commission("150.00"))
    uid = office.take("market", first, "upd.xml")
    assert office.receive("market", first, "again.xml").outcome == "already"
    corrected = upd(commission("150.50"), issue="1")
    assert office.receive("market", corrected, "upd.xml").outcome == "conflict"
    newer = office.take("market", corrected, "upd.xml", correction=True)
    assert (office.look(newer)["issue"], office.look(uid)["state"]) == ("1", "superseded")
    assert check(office.look(report), "upd_commission")["expected"] == "150.50"


def test_the_number_of_an_upd_may_come_again_next_year(office: Office) -> None:
    office.account("market")
    for year in (2025, 2026):
        office.take("market", upd(commission("10.00"), day=date(year, 9, 30)), f"{year}.xml")


def test_a_corrected_issue_is_booked_by_its_difference_and_still_carries_the_upd(office: Office) -> None:
    office.account("market", upd="book")
    report = office.take("market", closing_table(*SEPTEMBER), "month.csv", number="9")
    office.link(report)
    office.take("market", upd(commission("150.27")), "upd.xml")
    office.post(report)
    table = closing_table("MUG 2026-09-01 1000.00 100.00", "MUG 2026-09-30 700.00 50.10")
    newer = office.take("market", table, "month.csv", number="9", correction=True)
    found = office.look(newer)
    assert found["problems"] == []
    assert check(found, "upd_commission")["difference"] == "-0.17"
    assert check(found, "documents_payout")["ok"]
    commissions = [Decimal(one["commission_total"]) for one in office.documents(newer)]
    assert sum(commissions) == 0  # the УПД did not change, nor does what is booked of it


def week(office: Office, **chosen: Any) -> tuple[str, Decimal, Decimal]:
    """Import a week of Wildberries; returns its report, its commission and its services."""
    office.account("wb", "wildberries", **chosen)
    (path,) = WEEK.glob("2026-09_detail_*.xlsx")
    report = office.take("wb", path.read_bytes(), path.name.removeprefix("2026-09_"))
    office.link(report)
    (goods,) = office.documents(report, "commission_report")
    receipts = office.documents(report, "service_receipt")
    return report, Decimal(goods["commission_total"]), sum((Decimal(one["total"]) for one in receipts), Decimal(0))


def test_services_are_booked_from_the_upd_and_their_offset_follows(office: Office) -> None:
    report, reward, services = week(office, upd="book", upd_tolerance="2")
    lines = [commission(f"{reward - Decimal('0.20')}"), ("Услуги логистики", f"{services + Decimal('0.31')}", "22")]
    office.take("wb", upd(*lines, day=date(2026, 9, 13)), "upd.xml")
    found = office.look(report)
    assert found["problems"] == []
    receipts = office.documents(report, "service_receipt")
    assert sum(Decimal(one["total"]) for one in receipts) == services + Decimal("0.31")
    (offset,) = office.documents(report, "debt_offset")
    assert {line["item"]["name"]: line["amount"] for line in offset["lines"]} == {
        one["title"]: one["total"] for one in receipts
    }
    (rounding,) = (one for one in office.documents(report) if one["part"] == "upd_rounding")
    assert (rounding["kind"], rounding["total"]) == ("other_income", "0.11")
    assert [line["amount"] for line in rounding["lines"]] == ["-0.20", "0.31"]
    assert check(found, "documents_payout")["difference"] == "0.00"


def test_services_entered_from_the_upd_are_compared_with_the_rows(office: Office) -> None:
    report, reward, services = week(office, upd="check")
    office.account("wb", "wildberries", upd="book", services="none")
    lines = [commission(f"{reward}"), ("Услуги логистики", f"{services + Decimal('0.31')}", "22")]
    office.take("wb", upd(*lines, day=date(2026, 9, 13)), "upd.xml")
    assert check(office.look(report), "upd_services")["difference"] == "-0.31"
    assert office.look(report)["problems"] == []


def test_services_that_come_without_upd_are_left_out(office: Office) -> None:
    report, reward, _ = week(office, upd="check")
    charged = [name for name, kind in kinds().items() if kind.books == "service"]
    office.account("wb", "wildberries", upd="check", require_upd=True, upd_without=charged)
    office.take("wb", upd(commission(f"{reward}"), day=date(2026, 9, 13)), "upd.xml")
    assert office.look(report)["problems"] == []


def test_two_reports_under_one_upd_are_compared_together(office: Office) -> None:
    office.account("market", upd="book")
    first = office.month("market", *SEPTEMBER)
    second = office.month("market", "CUP 2026-09-01 300.00 30.00", "CUP 2026-09-30 1.00 0")
    for report in (first, second):
        office.link(report)
    office.take("market", upd(commission("180.40")), "upd.xml")
    for report in (first, second):
        assert check(office.look(report), "upd_commission")["actual"] == "180.00"
        assert check(office.look(report), "documents_payout")["ok"]
    assert [one["total"] for one in office.documents(first, "other_income")] == ["0.40"]
    assert office.documents(second, "other_income") == []


@pytest.mark.parametrize("tolerance", ["-1", "1,00", "много", "1.001"])
def test_a_tolerance_is_a_sum_in_roubles(office: Office, tolerance: str) -> None:
    from bridge.errors import BadInput

    with pytest.raises(BadInput, match="upd_tolerance"):
        office.account("market", upd_tolerance=tolerance)
