"""Treatments decide what the books do with each kind of line; an account may change them from a day on."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows.journal import report_journal
from bridge.flows.reverse_report import reverse_report
from bridge.flows.treatments import TreatmentInput, list_treatments, put_treatments
from bridge.settings import Settings
from tests.flows.cabinet import WHO, Cabinet, problem_codes
from tests.samples.goods import GOODS
from tests.samples.ozon import Month
from tests.samples.wildberries import Week, fill

MONDAY = date(2026, 5, 4)


@pytest.fixture
def cabinet(database: Database, settings: Settings, tmp_path: Path) -> Cabinet:
    return Cabinet(database, settings, tmp_path)


def deductions() -> Week:
    week = Week("2026", "612003417", MONDAY)
    week.goods("Продажа", "Продажа", GOODS[0])
    week.charge("deduction", "Удержание", "1203.00", sub="Оказание услуг «ВБ.Продвижение», документ №304")
    week.charge("deduction", "Удержание", "990.00", sub="Предоставление услуг по подписке «Джем»")
    week.charge("deduction", "Удержание", "5000.00", sub="Погашение займа по договору 17")
    week.charge("deduction", "Удержание", "150.00", sub="Иное")
    week.close()
    return week


def put(cabinet: Cabinet, *rows: TreatmentInput, dry_run: bool = False) -> dict[str, Any]:
    return put_treatments(cabinet.database, cabinet.settings, "wb", list(rows), WHO, dry_run=dry_run)


def test_deductions_are_booked_by_their_kind_and_a_loan_is_no_service(cabinet: Cabinet) -> None:
    cabinet.change(erp={"commission_contract": "К-1", "services_contract": "У-1", "loan_contract": "З-17"})
    report = cabinet.add(deductions())
    sums = cabinet.sums(report)
    assert sums["service_receipt", "promotion"] == Decimal("1203.00")
    assert sums["service_receipt", "subscription"] == Decimal("990.00")
    assert sums["service_receipt", "deduction"] == Decimal("150.00")
    assert sums["debt_offset", "loan"] == Decimal("5000.00")
    (loan,) = [one for one in cabinet.documents(report) if one["part"] == "loan"]
    assert (loan["contract"], loan["vat_total"]) == ("З-17", "0.00")
    assert cabinet.look(report)["state"] == "ready"
    assert all(line["sources"] for one in cabinet.documents(report) for line in one["lines"])


def test_what_goes_to_the_balance_of_a_borrower_is_no_service(cabinet: Cabinet) -> None:
    cabinet.change(erp={"commission_contract": "К-1", "services_contract": "У-1", "loan_contract": "З-17"})
    week = Week("2026", "612003417", MONDAY)
    week.goods("Продажа", "Продажа", GOODS[0])
    week.charge("deduction", "Удержание", "700.00", sub="Перевод на баланс заёмщика")
    week.charge("deduction", "Удержание", "90.00", sub="Погашение задолженности по займу 17")
    week.close()
    report = cabinet.add(week)
    assert cabinet.sums(report)["debt_offset", "loan"] == Decimal("790.00")


def test_a_debt_that_does_not_say_whose_it_is_waits_for_a_decision(cabinet: Cabinet) -> None:
    week = Week("2026", "612003417", MONDAY)
    week.goods("Продажа", "Продажа", GOODS[0])
    week.charge("deduction", "Удержание", "90.00", sub="Погашение задолженности")
    week.close()
    assert problem_codes(cabinet.look(cabinet.add(week))) == ["treatment_hold"]


def test_the_preview_names_every_treatment_with_its_source_and_sum(cabinet: Cabinet) -> None:
    found = cabinet.look(cabinet.add(deductions()))["treatments"]
    promotion = next(row for row in found if row["booked_as"] == "promotion")
    assert promotion["kind"] == "deduction"
    assert promotion["amount"] == "-1203.00"
    assert "ВБ.Продвижение" in promotion["source"]


def test_a_change_tells_what_it_would_do_before_it_is_made(cabinet: Cabinet) -> None:
    report = cabinet.add(deductions())
    row = TreatmentInput(
        kind="deduction", service="Иное", books="other", valid_from=date(2026, 5, 1), note="учётная политика"
    )
    told = put(cabinet, row, dry_run=True)
    assert told["changed"] == 1
    (effect,) = told["effects"]
    assert (effect["report"], effect["state_before"], effect["state_after"]) == (report, "ready", "ready")
    names = {one["document"]: (one["before"], one["after"]) for one in effect["documents"]}
    assert names["service_receipt: Услуги: Прочие удержания"] == ("150.00", "0.00")
    assert names["other_expense: Прочие удержания: Иное"] == ("0.00", "150.00")
    assert ("service_receipt", "deduction") in cabinet.sums(report)
    assert put(cabinet, row)["effects"] == told["effects"]
    assert ("service_receipt", "deduction") not in cabinet.sums(report)
    assert put(cabinet, row) == {"dry_run": False, "changed": 0, "effects": [], "unseen": 0}


def test_a_change_of_vat_or_contract_alone_is_told_too(cabinet: Cabinet) -> None:
    cabinet.change(erp={"services_contract": "У-1", "commission_contract": "К-1", "other_contract": "Х-9"})
    cabinet.add(deductions())
    row = TreatmentInput(kind="deduction", service="Иное", books="service", vat="none", valid_from=date(2026, 5, 1))
    (effect,) = put(cabinet, row, dry_run=True)["effects"]
    told = {one["document"]: (one["vat_before"], one["vat_after"]) for one in effect["documents"]}
    assert told["service_receipt: Услуги: Прочие удержания"] == ("27.05", "0.00")
    moved = msgspec.structs.replace(row, vat="", contract="other_contract")
    (effect,) = put(cabinet, moved, dry_run=True)["effects"]
    sums = {(one["contract"], one["before"], one["after"]) for one in effect["documents"]}
    assert {("У-1", "150.00", "0.00"), ("Х-9", "0.00", "150.00")} <= sums


@pytest.mark.parametrize(("vat", "inside"), [("", "0.00"), ("none", "0.00"), ("22", "27.05"), ("auto", "27.05")])
def test_other_expenses_carry_the_vat_that_the_accountant_says_and_none_else(
    cabinet: Cabinet, vat: str, inside: str
) -> None:
    report = cabinet.add(deductions())
    put(cabinet, TreatmentInput(kind="deduction", service="Иное", books="other", vat=vat, valid_from=date(2026, 5, 1)))
    (made,) = [one for one in cabinet.documents(report) if one["kind"] == "other_expense"]
    assert (made["total"], made["vat_total"], made["lines"][0]["vat_amount"]) == ("150.00", inside, inside)
    cabinet.post(report)
    told = report_journal(cabinet.database, cabinet.settings, report)
    (entries,) = [one["entries"] for one in told["items"] if one["kind"] == "other_expense"]
    cost = Decimal(150) - Decimal(inside)
    said = [("91.02", "62.01", cost), ("19.04", "62.01", Decimal(inside))]
    assert [(one["debit"], one["credit"], one["amount"]) for one in entries] == [one for one in said if one[2]]
    whole = reverse_report(cabinet.database, cabinet.settings, report, None, None, "ошибка", WHO)
    assert whole["balance"] == "0.00"


def test_a_commission_that_grows_is_told_though_the_sum_of_sales_stays(cabinet: Cabinet) -> None:
    cabinet.add(deductions())
    row = TreatmentInput(kind="deduction", service="Иное", books="commission", valid_from=date(2026, 5, 1))
    (effect,) = put(cabinet, row, dry_run=True)["effects"]
    (sales,) = [one for one in effect["documents"] if one["document"].startswith("commission_report")]
    assert sales["before"] == sales["after"]
    assert Decimal(sales["commission_after"]) - Decimal(sales["commission_before"]) == Decimal("150.00")


def test_reports_too_many_to_compute_are_counted(cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.flows.treatments._SHOWN", 1)
    cabinet.add(fill(Week("2026", "612003417", MONDAY)))
    newest = cabinet.add(fill(Week("2026", "612003418", date(2026, 5, 11))))
    told = put(cabinet, TreatmentInput(kind="penalty", books="hold", valid_from=date(2026, 5, 1)), dry_run=True)
    assert ([one["report"] for one in told["effects"]], told["unseen"]) == ([newest], 1)


def test_a_row_holds_from_its_day_on(cabinet: Cabinet) -> None:
    before, after = fill(Week("2026", "612003417", MONDAY)), fill(Week("2026", "612003418", date(2026, 5, 11)))
    first, second = cabinet.add(before), cabinet.add(after)
    put(cabinet, TreatmentInput(kind="penalty", books="hold", valid_from=date(2026, 5, 11)))
    assert cabinet.look(first)["state"] == "ready"
    held = cabinet.look(second)
    assert set(problem_codes(held)) == {"treatment_hold"}
    put(cabinet, TreatmentInput(kind="penalty", books=None, valid_from=date(2026, 5, 11)))
    assert cabinet.look(second)["state"] == "ready"


def test_lines_that_wait_for_a_decision_are_told_with_their_sum_and_nothing_else(cabinet: Cabinet) -> None:
    report = cabinet.add(deductions())
    put(cabinet, TreatmentInput(kind="deduction", service="Иное", books="hold", valid_from=date(2026, 5, 1)))
    (found,) = cabinet.look(report)["problems"]
    assert (found["code"], found["found"]) == ("treatment_hold", "-150.00")


def test_posted_documents_stay_as_they_are(cabinet: Cabinet) -> None:
    report = cabinet.add(deductions())
    cabinet.post(report)
    before = cabinet.documents(report)
    assert put(cabinet, TreatmentInput(kind="deduction", books="other", valid_from=date(2004, 1, 1)))["effects"] == []
    assert cabinet.documents(report) == before


def test_a_buyout_is_a_sale_to_the_marketplace_and_no_commission(cabinet: Cabinet) -> None:
    week = Week("2026", "612003417", MONDAY, buyout=True)
    week.goods("Продажа", "Продажа", GOODS[0])
    week.goods("Возврат", "Возврат", GOODS[1])
    week.charge("delivery_rub", "Логистика", "85.00", sub="К клиенту при продаже", good=GOODS[0])
    week.close()
    report = cabinet.add(week)
    cabinet.register(week)  # only the register tells that the report is one of buy-outs
    cabinet.change(erp={"commission_contract": "К-1", "services_contract": "У-1", "sale_contract": "П-1"})
    found = cabinet.look(report)
    assert (found["type"], found["state"]) == ("buyout", "ready")
    (sale,) = [one for one in cabinet.documents(report) if one["kind"] == "sale"]
    assert sale["contract"] == "П-1"
    assert sale["commission_total"] == "0.00"
    assert Decimal(sale["total"]) == week.control["ppvz_for_pay"]
    assert not [one for one in cabinet.documents(report) if one["kind"] == "commission_report"]


def test_a_negative_commission_becomes_income_because_1c_takes_none(cabinet: Cabinet) -> None:
    week = Week("2026", "612003417", MONDAY)
    week.goods("Продажа", "Продажа", GOODS[1], spp=31, kvw="-2.5")
    week.close()
    report = cabinet.add(week)
    kept = week.control["retail_amount"] - week.control["ppvz_for_pay"]
    assert kept < 0
    (goods,) = [one for one in cabinet.documents(report) if one["kind"] == "commission_report"]
    assert goods["commission_total"] == "0.00"
    assert cabinet.sums(report)["other_income", "commission"] == -kept
    cabinet.change(settings={"negative_commission": "keep"})
    (goods,) = cabinet.documents(report)
    assert Decimal(goods["commission_total"]) == kept


@pytest.mark.parametrize("value", ["reduce_services", "revenue"])
def test_what_points_are_taken_for_is_a_choice_that_shows_and_leaves_the_payout(cabinet: Cabinet, value: str) -> None:
    month = Month("new", "12700840", date(2026, 6, 1))
    payout = cabinet.look(cabinet.realization(month))["totals"]["payout"]
    found = cabinet.look(cabinet.realization(month, settings={"points": value}))
    assert [(one["setting"], one["value"]) for one in found["choices"]] == [("points", value)]
    assert found["totals"]["payout"] == payout


@pytest.mark.parametrize(("paid", "value"), [(False, "withheld"), (True, "paid")])
def test_the_sign_of_a_correction_is_the_one_that_meets_the_register(cabinet: Cabinet, paid: bool, value: str) -> None:
    week = Week("2026", "612003417", MONDAY)
    week.goods("Продажа", "Продажа", GOODS[0])
    week.charge("additional_payment", "Корректировка", "150.00")
    week.close()
    if paid:
        week.control["total"] += 2 * Decimal("150.00")
    report = cabinet.add(week)
    (choice,) = cabinet.look(report)["choices"]
    assert (choice["setting"], choice["value"]) == ("correction_sign", "withheld")
    assert "не подтверждено" in choice["reason"]
    assert cabinet.look(cabinet.register(week))["problems"] == []
    found = cabinet.look(report)
    assert found["state"] == "ready"
    assert found["choices"][0]["value"] == value
    kind = "other_income" if paid else "other_expense"
    assert cabinet.sums(report)[kind, "correction"] == Decimal("150.00")
    assert Decimal(found["totals"]["payout"]) == week.control["total"]


def test_wrong_rows_are_named_all_at_once(cabinet: Cabinet) -> None:
    with pytest.raises(BadInput) as caught:
        put(
            cabinet,
            TreatmentInput(kind="gift", books="other", valid_from=MONDAY),
            TreatmentInput(kind="logistics", books="goods", valid_from=MONDAY, vat="много"),
            TreatmentInput(kind="sale", books="memo", valid_from=MONDAY, type="weekly"),
        )
    assert [(found.code, found.row) for found in caught.value.problems] == [
        ("kind_unknown", 1), ("books_wrong", 2), ("vat_wrong", 2), ("books_wrong", 3), ("type_wrong", 3),
    ]  # fmt: skip


def test_a_row_that_could_never_count_is_refused_and_so_are_two_that_contradict(cabinet: Cabinet) -> None:
    with pytest.raises(BadInput) as caught:
        put(
            cabinet,
            TreatmentInput(kind="sale", books="goods", service="доставка", valid_from=MONDAY),
            TreatmentInput(kind="storage", books="service_without_vat", vat="22", valid_from=MONDAY),
            TreatmentInput(kind="acceptance", books="commission", contract="other_contract", valid_from=MONDAY),
            TreatmentInput(kind="penalty", books="service", valid_from=MONDAY),
            TreatmentInput(kind="penalty", books="other", valid_from=MONDAY),
        )
    assert [(found.code, found.row) for found in caught.value.problems] == [
        ("service_unused", 1), ("vat_unused", 2), ("contract_unused", 3), ("treatment_twice", 5),
    ]  # fmt: skip


def test_the_preview_tells_the_vat_that_a_row_of_ones_own_names(cabinet: Cabinet) -> None:
    report = cabinet.add(deductions())
    put(cabinet, TreatmentInput(kind="deduction", service="Иное", books="service", vat="10", valid_from=MONDAY))
    assert [(row["vat"], row["own"], row["amount"]) for row in cabinet.look(report)["treatments"] if row["vat"]] == [
        ("10", True, "-150.00")
    ]


def test_the_table_shows_built_in_rows_with_sources_and_the_accounts_own(cabinet: Cabinet) -> None:
    put(cabinet, TreatmentInput(kind="penalty", books="service", vat="none", valid_from=MONDAY, note="акт"))
    rows = list_treatments(cabinet.database, "wb", date(2026, 6, 1))["items"]
    assert all(row["source"] for row in rows)
    own = [row for row in rows if row["own"]]
    assert [(row["kind"], row["books"], row["vat"], row["valid_from"]) for row in own] == [
        ("penalty", "service", "none", "2026-05-04")
    ]
    assert not [row for row in list_treatments(cabinet.database, "wb", date(2026, 5, 1))["items"] if row["own"]]
    assert not [row for row in rows if row["channel"] not in ("", "wildberries")]
