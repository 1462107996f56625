"""A report becomes a document a month and a contract where the books tell them apart, and the parts are the whole."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.flows.close_months import close_through
from bridge.flows.view_report import report_lines
from bridge.settings import Settings
from tests.flows.cabinet import WHO, Cabinet, problem_codes
from tests.samples.goods import GOODS
from tests.samples.ozon import Month
from tests.samples.wildberries import Week, fill

MONDAY = date(2026, 6, 29)  # a week of two days in June and five in July
SPLIT = {"period_split": "sale_date"}
ERP = {"commission_contract": "К-1", "services_contract": "У-1"}


@pytest.fixture
def cabinet(database: Database, settings: Settings, tmp_path: Path) -> Cabinet:
    return Cabinet(database, settings, tmp_path)


def by_kind(documents: list[dict[str, Any]]) -> defaultdict[str, Decimal]:
    """Return the sum of documents by kind, with the commission beside."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in documents:
        found[one["kind"]] += Decimal(one["total"])
        found["commission"] += Decimal(one["commission_total"])
    return found


def beside(sums: dict[str, Decimal]) -> Decimal:
    """Return what the documents beside the sales do to the payout."""
    return sums["other_income"] - sums["other_expense"] - sums["service_receipt"]


def test_a_week_across_the_end_of_a_month_is_one_document_by_the_date_of_the_report(cabinet: Cabinet) -> None:
    report = cabinet.add(fill(Week("2026", "612003417", MONDAY)))
    assert {one["date"] for one in cabinet.documents(report)} == {"2026-07-05"}


def test_or_one_a_month_by_the_day_of_sale_and_the_parts_sum_to_the_whole(cabinet: Cabinet) -> None:
    report = cabinet.add(fill(Week("2026", "612003417", MONDAY)))
    cabinet.change(settings={"negative_commission": "keep"})  # that of June is negative, that of the week is not
    whole = by_kind(cabinet.documents(report))
    cabinet.change(settings=SPLIT | {"negative_commission": "keep"})
    found = cabinet.look(report)
    assert found["state"] == "ready"
    parts = cabinet.documents(report)
    goods = {one["date"]: one for one in parts if one["kind"] == "commission_report"}
    assert list(goods) == ["2026-06-30", "2026-07-05"]
    summed = by_kind(parts)
    assert summed["commission_report"] == whole["commission_report"]
    assert summed["commission"] == whole["commission"]
    assert beside(summed) == beside(whole)
    lines = {line["row"]: line["date"] for line in _lines(cabinet, report)}
    for day, one in goods.items():
        days = {lines[source["row"]] for line in one["lines"] for source in line["sources"]}
        assert {sold[:7] for sold in days} == {day[:7]}
    services = [one for one in parts if one["kind"] == "service_receipt" and one["part"].startswith("logistics")]
    for one in services:
        days = {lines[source["row"]] for line in one["lines"] for source in line["sources"]}
        assert {sold[:7] for sold in days} == {one["date"][:7]}
    assert len({one["id"] for one in parts}) == len(parts)


def _lines(cabinet: Cabinet, report: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report_lines(cabinet.database, report, 1000, None)["items"]
    return found


def two_months_with_a_negative_commission() -> tuple[Week, dict[str, Decimal]]:
    """Return a week of goods one of which has a negative commission, and what was kept in each month by its rows."""
    week, kept = Week("2026", "612003417", MONDAY), {"2026-06": Decimal(0), "2026-07": Decimal(0)}
    for place, day in enumerate(("2026-06-29", "2026-06-30", "2026-07-01", "2026-07-03")):
        week.goods(
            "Продажа", "Продажа", GOODS[place], spp=31 if place == 1 else 20, kvw="-0.5" if place == 1 else "17.5"
        )
        week.rows[-1]["sale_dt"] = day
        kept[day[:7]] += Decimal(str(week.rows[-1]["retail_amount"])) - Decimal(str(week.rows[-1]["ppvz_for_pay"]))
    week.close()
    assert min(kept.values()) < 0
    return week, kept


def test_each_month_keeps_the_commission_of_its_own_rows_though_one_is_negative(cabinet: Cabinet) -> None:
    week, kept = two_months_with_a_negative_commission()
    cabinet.change(settings=SPLIT | {"negative_commission": "keep"})
    goods = [one for one in cabinet.documents(cabinet.add(week)) if one["kind"] == "commission_report"]
    assert {one["date"][:7]: Decimal(one["commission_total"]) for one in goods} == kept


def test_from_the_start_of_the_account_on_only_the_commission_of_later_rows_is_booked(cabinet: Cabinet) -> None:
    week, kept = two_months_with_a_negative_commission()
    cabinet.change(start_date=date(2026, 7, 1))
    (goods,) = [one for one in cabinet.documents(cabinet.add(week)) if one["kind"] == "commission_report"]
    assert Decimal(goods["commission_total"]) == kept["2026-07"]


def test_a_week_inside_a_month_is_the_same_by_either_policy(cabinet: Cabinet) -> None:
    report = cabinet.add(fill(Week("2026", "612003417", date(2026, 5, 4))))
    whole = cabinet.documents(report)
    cabinet.change(settings=SPLIT)
    assert cabinet.documents(report) == whole


def test_vat_of_services_follows_the_date_of_each_months_document(cabinet: Cabinet) -> None:
    cabinet.change(settings=SPLIT)
    report = cabinet.add(fill(Week("2025", "612003417", date(2025, 12, 29))))
    rates = {
        (one["date"], line["vat_rate"])
        for one in cabinet.documents(report)
        if one["kind"] == "service_receipt"
        for line in one["lines"]
    }
    assert rates == {("2025-12-31", "20"), ("2026-01-04", "22")}


def test_fbo_and_fbs_are_documents_of_their_own_where_their_contracts_differ(cabinet: Cabinet) -> None:
    week = Week("2026", "612003417", date(2026, 5, 4))
    for place, method in enumerate(("FBS, (МГТ)", "FBW, (КГТ)", "FBS, (МГТ)", "")):
        week.goods("Продажа", "Продажа", GOODS[place])
        week.rows[-1]["delivery_method"] = method
    week.rows[-1]["assembly_id"] = 3_400_000_001  # no method, but a task of the seller's own warehouse
    week.close()
    report = cabinet.add(week)
    assert len([one for one in cabinet.documents(report) if one["kind"] == "commission_report"]) == 1
    cabinet.change(erp=ERP | {"commission_contract_fbs": "К-2"})
    goods = {one["contract"]: one for one in cabinet.documents(report) if one["kind"] == "commission_report"}
    assert {contract: len(one["lines"]) for contract, one in goods.items()} == {"К-1": 1, "К-2": 3}
    assert cabinet.look(report)["state"] == "ready"
    rows = [source["row"] for one in goods.values() for line in one["lines"] for source in line["sources"]]
    assert sorted(rows) == [2, 3, 4, 5]


def test_equal_sales_of_two_schemes_lead_each_to_its_own_rows(cabinet: Cabinet) -> None:
    week = Week("2026", "612003417", date(2026, 5, 4))
    for method in ("FBS, (МГТ)", "FBW, (КГТ)"):
        week.goods("Продажа", "Продажа", GOODS[0], spp=31, kvw="-2.5")
        week.rows[-1] |= {name: week.rows[0][name] for name in week.rows[0] if name != "srid"}
        week.rows[-1]["delivery_method"] = method
    cabinet.change(erp=ERP | {"commission_contract_fbs": "К-2"})
    documents = cabinet.documents(cabinet.add(week))
    for kind in ("commission_report", "other_income"):  # the income is what the negative commission became
        rows = {one["contract"]: rows_of(one) for one in documents if one["kind"] == kind}
        assert rows == {"К-2": [2], "К-1": [3]}


def rows_of(document: dict[str, Any]) -> list[int]:
    """Return the rows of the file that a document leads back to."""
    return [source["row"] for line in document["lines"] for source in line["sources"]]


def test_nothing_before_the_start_of_the_account_is_booked(cabinet: Cabinet) -> None:
    report = cabinet.add(fill(Week("2026", "612003417", MONDAY)))
    cabinet.change(start_date=date(2026, 8, 1))
    found = cabinet.look(report)
    assert (found["state"], problem_codes(found)) == ("held", ["before_start"])


def test_a_report_that_crosses_the_start_is_booked_from_that_day_and_says_what_it_left_out(cabinet: Cabinet) -> None:
    report = cabinet.add(fill(Week("2026", "612003417", MONDAY)))
    cabinet.change(settings=SPLIT)
    parts = cabinet.documents(report)
    june = by_kind([one for one in parts if one["date"] == "2026-06-30"])
    cabinet.change(settings=SPLIT, start_date=date(2026, 7, 1))
    found = cabinet.look(report)
    assert found["state"] == "ready"
    assert [one["date"] for one in cabinet.documents(report)].count("2026-06-30") == 0
    left_out = (
        june["commission_report"]
        - june["commission"]
        + june["other_income"]
        - june["other_expense"]
        - june["service_receipt"]
    )
    assert Decimal(found["left_out"]["before_start"]) == left_out
    cabinet.change(start_date=date(2026, 7, 1))  # by the date of the report too: nothing earlier is booked
    again = cabinet.look(report)
    assert (again["state"], again["left_out"]) == ("ready", found["left_out"])
    assert {one["date"] for one in cabinet.documents(report)} == {"2026-07-05"}


def test_goods_without_days_wait_where_the_account_starts_inside_their_month(cabinet: Cabinet) -> None:
    report = cabinet.realization(Month("new", "12700840", date(2026, 6, 1)), start_date=date(2026, 6, 15))
    (found,) = [one for one in cabinet.look(report)["problems"] if one["code"] == "start_inside"]
    (goods,) = [one for one in cabinet.documents(report) if one["kind"] == "commission_report"]
    assert (found["found"], found["expected"]) == (goods["total"], "2026-06-15")
    assert "первый день отчёта" in found["advice"]
    cabinet.realization(Month("new", "12700840", date(2026, 6, 1)), start_date=date(2026, 6, 1))
    assert "start_inside" not in problem_codes(cabinet.look(report))


def test_a_week_half_of_which_is_closed_names_the_first_open_day(cabinet: Cabinet) -> None:
    cabinet.change(settings=SPLIT)
    report = cabinet.add(fill(Week("2026", "612003417", MONDAY)))
    close_through(cabinet.database, "romashka", date(2026, 6, 30), "", WHO)
    (found,) = cabinet.look(report)["problems"]
    assert (found["code"], found["found"], found["expected"]) == ("month_closed", "2026-06-30", "Дата с 2026-07-01")


def test_rows_without_any_amount_are_an_alarm_and_no_zero_document(cabinet: Cabinet) -> None:
    week = Week("2026", "612003417", date(2026, 5, 4))
    week.goods("Продажа", "Продажа", GOODS[0])
    money = (
        "retail_amount", "retail_price_withdisc_rub", "ppvz_for_pay", "ppvz_reward", "acquiring_fee", "ppvz_vw",
        "ppvz_vw_nds", "ppvz_sales_commission",
    )  # fmt: skip
    week.rows[0] |= dict.fromkeys(money, Decimal("0"))
    found = cabinet.look(cabinet.add(week))
    assert (found["state"], problem_codes(found)) == ("held", ["report_zero"])


def test_a_report_in_another_currency_than_the_cabinets_is_held(cabinet: Cabinet) -> None:
    report = cabinet.answer(fill(Week("2026", "612003417", MONDAY)))  # the API names the currency, a sheet does not
    cabinet.change(settings={"currency": "KZT"})
    found = cabinet.look(report)
    assert (found["state"], problem_codes(found)) == ("held", ["currency_unexpected"])


def currencies_chosen(cabinet: Cabinet, report: str) -> list[str]:
    """Return what the report says of a choice of its currency."""
    return [one["value"] for one in cabinet.look(report)["choices"] if one["setting"] == "currency"]


def test_a_report_that_names_no_currency_is_in_that_of_the_cabinet_and_says_so(cabinet: Cabinet) -> None:
    report = cabinet.add(fill(Week("2026", "612003417", MONDAY)))
    assert (cabinet.look(report)["currency"], currencies_chosen(cabinet, report)) == ("RUB", [])
    cabinet.change(settings={"currency": "KZT"})
    found = cabinet.look(report)
    assert (found["state"], found["currency"]) == ("ready", "KZT")
    assert currencies_chosen(cabinet, report) == ["KZT"]
    assert {one["currency"] for one in cabinet.documents(report)} == {"KZT"}
