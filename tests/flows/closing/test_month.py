"""The month view: what the balance was, what moved it, what it is, and why the marketplace says something else."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from beancount.loader import load_string

from bridge.errors import BadInput, NotFound
from bridge.flows.balances import BalanceInput, list_balances, put_balances
from bridge.flows.close_months import close_through
from bridge.flows.journal import month_file
from bridge.flows.month import month_view
from bridge.flows.reverse_report import reverse_report
from bridge.flows.statements import assign_payment
from reports.month import Reason, explained
from tests.flows.closing.conftest import WHO, Office, closing_table
from tests.flows.closing.test_statements import bank, paid
from tests.flows.closing.test_upd import commission, upd, week
from tests.samples import closing
from tests.samples.closing import Paid

AUGUST_END, SEPTEMBER_END = date(2026, 8, 31), date(2026, 9, 30)
INN = {"commissioner_inn": "7704217370"}


def view(office: Office, month: str = "2026-09", account: str = "market") -> dict[str, Any]:
    return month_view(office.database, office.settings, account, month)


def numbers(found: dict[str, Any]) -> dict[str, str]:
    names = ("opening", "sales", "returns", "commission", "services", "payouts", "closing")
    return {name: found[name] for name in names}


def owes(office: Office, *told: tuple[date, str], account: str = "market") -> None:
    entries = [BalanceInput(date=day, amount=Decimal(amount), source="кабинет") for day, amount in told]
    put_balances(office.database, account, entries, WHO)


def check(found: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in found["checks"] if one["code"] == code)


@pytest.fixture
def september(office: Office) -> Office:
    """An account with a posted September: sold 1500.00, returned 200.00, commission 130.00; 1000.00 were paid."""
    office.account("market", erp=INN)
    report = office.month(
        "market", "MUG 2026-09-01 1000.00 100.00", "MUG 2026-09-30 500.00 50.00", "MUG 2026-09-20 200.00 20.00 Возврат"
    )
    office.link(report)
    office.post(report)
    bank(office, Paid("501", date(2026, 9, 15), "1000.00"))
    return office


def test_a_month_tells_what_moved_the_balance(september: Office) -> None:
    found = view(september)
    assert numbers(found) == {
        "opening": "0.00", "sales": "1500.00", "returns": "200.00", "commission": "130.00", "services": "0.00",
        "payouts": "1000.00", "closing": "170.00",
    }  # fmt: skip
    (document,), (payment,) = found["documents"], found["payments"]
    assert found["behind"]["sales"] == found["behind"]["returns"] == [document["id"]]
    assert found["behind"]["payouts"] == [payment["id"]]
    assert document["effect"] == "1170.00"
    assert found["ok"] is None
    assert check(found, "payout")["reasons"][0]["title"] == "Ещё не перечислено или в пути"


def test_the_next_month_begins_with_what_was_left(september: Office) -> None:
    bank(september, Paid("502", date(2026, 10, 3), "170.00"), first=date(2026, 10, 1), last=date(2026, 10, 31))
    found = view(september, "2026-10")
    assert (found["opening"], found["payouts"], found["closing"]) == ("170.00", "170.00", "0.00")
    assert view(september, "2026-08")["closing"] == "0.00"


def test_the_month_ties_to_what_the_marketplace_says(september: Office) -> None:
    owes(september, (SEPTEMBER_END, "170.00"))
    found = view(september)
    assert found["ok"] is True
    assert check(found, "balance_closing")["difference"] == "0.00"


def test_a_balance_before_the_first_document_is_what_the_books_begin_with(september: Office) -> None:
    bank(september, Paid("400", date(2026, 8, 20), "9999.00"), first=date(2026, 8, 1), last=AUGUST_END)
    owes(september, (AUGUST_END, "30.00"), (SEPTEMBER_END, "200.00"))
    found = view(september)
    assert (found["opening"], found["closing"], found["ok"]) == ("30.00", "200.00", True)
    assert found["start"]["amount"] == "30.00"


def test_a_difference_that_nothing_explains_is_told_as_such(september: Office) -> None:
    owes(september, (SEPTEMBER_END, "169.99"))
    closing_check = check(view(september), "balance_closing")
    assert (closing_check["ok"], closing_check["difference"], closing_check["unexplained"]) == (False, "0.01", "0.01")


def test_money_on_its_way_is_named_and_ties(september: Office) -> None:
    bank(september, Paid("502", date(2026, 10, 1), "170.00"), first=date(2026, 10, 1), last=date(2026, 10, 31))
    owes(september, (SEPTEMBER_END, "0.00"))
    found = view(september)
    assert found["ok"] is True
    (reason,) = check(found, "balance_closing")["reasons"]
    assert (reason["code"], reason["amount"]) == ("on_the_way", "170.00")


def test_a_payment_that_nobody_assigned_is_named(september: Office) -> None:
    bank(september, Paid("9", date(2026, 9, 29), "70.00", inn="7701234560"))
    owes(september, (SEPTEMBER_END, "100.00"))
    found = view(september)
    assert found["ok"] is False
    assert [one["code"] for one in check(found, "balance_closing")["reasons"]] == ["payment_unassigned"]
    (one,) = paid(september, state="unassigned")
    assert found["payments_unassigned"] == [one]
    assign_payment(september.database, one["id"], "market", WHO)
    assert view(september)["ok"] is True


def test_a_report_that_is_not_posted_is_named(september: Office) -> None:
    september.month("market", "MUG 2026-09-28 90.00 10.00")
    owes(september, (SEPTEMBER_END, "250.00"))
    found = view(september)
    assert found["ok"] is False
    assert [one["payout"] for one in found["reports_not_posted"]] == ["80.00"]
    (reason,) = check(found, "balance_closing")["reasons"]
    assert (reason["code"], reason["amount"]) == ("report_not_posted", "-80.00")


def test_more_paid_than_booked_does_not_tie(september: Office) -> None:
    bank(september, Paid("503", date(2026, 9, 28), "500.00"))
    found = view(september)
    assert (found["closing"], found["ok"], check(found, "payout")["unexplained"]) == ("-330.00", False, "330.00")


def test_a_reversal_counts_on_its_own_day(september: Office) -> None:
    (document,) = view(september)["documents"]
    report = next(iter(september_reports(september)))
    reverse_report(september.database, september.settings, report, None, "2026-10-05", "ошибка", WHO)
    assert view(september)["closing"] == "170.00"
    october = view(september, "2026-10")
    assert (october["sales"], october["returns"], october["commission"]) == ("-1500.00", "-200.00", "-130.00")
    assert october["documents"][0]["reverses"] == document["id"]


def september_reports(office: Office) -> list[str]:
    from bridge.flows.view_report import list_reports

    return [one["id"] for one in list_reports(office.database, office.settings, "market", None, 100, None)["items"]]


def test_services_are_told_by_kind_and_with_a_upd_the_month_still_ties(office: Office) -> None:
    report, reward, services = week(office, upd="book")
    upd = closing.Upd("5", date(2026, 9, 13), [("Вознаграждение", f"{reward + Decimal('0.27')}", "22")])
    office.take("wb", closing.upd_xml(upd), "upd.xml")
    payout = Decimal(office.look(report)["totals"]["payout"])
    office.post(report)
    found = view(office, account="wb")
    assert Decimal(found["services"]) == services == sum(map(Decimal, found["services_by_kind"].values()))
    assert Decimal(found["commission"]) == reward + Decimal("0.27")
    assert Decimal(found["closing"]) == payout
    owes(office, (SEPTEMBER_END, f"{payout}"), account="wb")
    assert view(office, account="wb")["ok"] is True


def test_ozon_tells_its_balances_by_its_settlement(office: Office) -> None:
    office.account("market", "ozon")
    operations = [
        ("Реализация", "Отчёт 1", date(2026, 9, 30), "9200.00"),
        ("Услуги", "2", date(2026, 9, 30), "-200.00"),
    ]
    path = office.folder / "settlement.xlsx"
    closing.write_settlement(closing.Settlement(date(2026, 9, 1), SEPTEMBER_END, "1000.00", operations), path)
    office.take("market", path.read_bytes(), "settlement.xlsx")
    found = view(office)
    assert (check(found, "balance_opening")["expected"], check(found, "balance_closing")["expected"]) == (
        "1000.00", "10000.00",
    )  # fmt: skip
    owes(office, (SEPTEMBER_END, "9999.00"))
    assert check(view(office), "balance_closing")["expected"] == "9999.00"


def test_balances_are_written_changed_and_taken_away(office: Office) -> None:
    office.account("market")
    owes(office, (AUGUST_END, "1.00"), (SEPTEMBER_END, "2.00"))
    owes(office, (AUGUST_END, "-1.50"))
    put_balances(office.database, "market", [BalanceInput(date=SEPTEMBER_END, amount=None)], WHO)
    (left,) = list_balances(office.database, "market")
    assert (left["date"], left["amount"], left["source"], left["who"]) == ("2026-08-31", "-1.50", "кабинет", WHO)
    with pytest.raises(BadInput):
        owes(office, (AUGUST_END, "1.001"))
    with pytest.raises(NotFound):
        owes(office, (AUGUST_END, "1.00"), account="nobody")


@pytest.mark.parametrize("month", ["2026-13", "сентябрь", "2026", "9999-12"])
def test_a_month_is_written_as_year_and_month(office: Office, month: str) -> None:
    office.account("market")
    with pytest.raises(BadInput, match="ГГГГ-ММ"):
        view(office, month)


def test_two_ways_to_explain_a_difference_explain_nothing() -> None:
    known = [Reason(code="x", title=f"{no}", amount=Decimal(amount)) for no, amount in enumerate(("10", "10", "3"))]
    assert explained(Decimal(10), known) == []
    assert [one.title for one in explained(Decimal(3), known)] == ["2"]
    assert [one.title for one in explained(Decimal(20), known)] == ["0", "1"]


@pytest.mark.parametrize(
    ("mode", "charged", "ok", "reason", "unexplained"),
    [
        ("check", "130.00", True, [], "0.00"),
        ("check", "130.27", True, ["upd_rounding"], "0.00"),
        ("check", "140.00", False, [], "-10.00"),
        ("book", "130.00", True, [], "0.00"),
        ("book", "130.27", False, ["upd_late"], "0.00"),
        ("book", "140.00", False, [], "-10.00"),
    ],
)
def test_a_upd_that_comes_after_posting_is_compared_by_the_month(
    september: Office, mode: str, charged: str, ok: bool, reason: list[str], unexplained: str
) -> None:
    september.account("market", erp=INN, upd=mode)
    owes(september, (SEPTEMBER_END, "170.00"))
    september.take("market", upd(commission(charged)), "upd.xml")
    found = check(view(september), "upd_commission")
    assert found["title"] == "УПД = документы: вознаграждение (УПД № 77 от 2026-09-30)"
    assert (found["expected"], found["actual"], found["ok"]) == (charged, "130.00", ok)
    assert ([one["code"] for one in found["reasons"]], found["unexplained"]) == (reason, unexplained)
    assert view(september)["ok"] is ok
    assert [one["code"] for one in view(september, "2026-10")["checks"] if one["code"].startswith("upd")] == []


def test_vat_of_a_late_upd_is_compared_where_the_books_were_to_carry_it(september: Office) -> None:
    september.account("market", erp=INN, upd="book")
    september.take("market", upd(commission("130.00", "5")), "upd.xml")
    found = check(view(september), "upd_commission_vat")
    assert (found["expected"], found["actual"], found["ok"]) == ("6.19", "23.44", False)


def test_a_upd_that_was_booked_differs_in_nothing_and_one_of_a_reversed_report_is_not_compared(office: Office) -> None:
    office.account("market", erp=INN, upd="book")
    report = office.month("market", "MUG 2026-09-01 1000.00 100.00", "MUG 2026-09-30 500.00 50.00")
    office.link(report)
    office.take("market", upd(commission("150.27")), "upd.xml")
    assert "upd_commission" not in {one["code"] for one in view(office)["checks"]}  # its own preview compares it
    office.post(report)
    booked = check(view(office), "upd_commission")
    assert (booked["expected"], booked["actual"], booked["ok"]) == ("150.27", "150.27", True)
    reverse_report(office.database, office.settings, report, None, None, "ошибка", WHO)
    assert "upd_commission" not in {one["code"] for one in view(office)["checks"]}


def test_money_on_its_way_ties_the_month_in_which_it_arrives_too(september: Office) -> None:
    bank(september, Paid("502", date(2026, 10, 1), "170.00"), first=date(2026, 10, 1), last=date(2026, 10, 31))
    owes(september, (SEPTEMBER_END, "0.00"), (date(2026, 10, 31), "0.00"))
    found = view(september, "2026-10")
    opening = check(found, "balance_opening")
    assert ([one["code"] for one in opening["reasons"]], opening["ok"]) == (["on_the_way"], True)
    assert (found["opening"], found["closing"], found["ok"]) == ("170.00", "0.00", True)


def test_payments_of_other_buyers_do_not_hide_money_on_its_way(september: Office) -> None:
    bank(september, Paid("502", date(2026, 10, 1), "170.00"), first=date(2026, 10, 1), last=date(2026, 10, 31))
    bank(september, *(Paid(f"{no}", date(2026, 9, 20), f"{no}.00", inn="7701234560") for no in range(1, 30)))
    owes(september, (SEPTEMBER_END, "0.00"))
    assert [one["code"] for one in check(view(september), "balance_closing")["reasons"]] == ["on_the_way"]


def test_books_that_begin_within_a_month_begin_with_the_balance_of_that_day(september: Office) -> None:
    owes(september, (AUGUST_END, "7.00"), (date(2026, 9, 13), "30.00"), (SEPTEMBER_END, "200.00"))
    found = view(september)
    assert (found["opening"], found["closing"], found["ok"]) == ("30.00", "200.00", True)
    assert view(september, "2026-10")["opening"] == "200.00"


def test_a_newer_issue_that_is_not_posted_counts_with_its_difference(office: Office) -> None:
    office.account("market")
    first = office.take("market", closing_table("MUG 2026-09-30 1000.00 100.00"), "a.csv", number="7")
    office.link(first)
    office.post(first)
    table = closing_table("MUG 2026-09-30 1000.00 150.00")
    office.take("market", table, "b.csv", number="7", correction=True)
    owes(office, (SEPTEMBER_END, "850.00"))
    found = view(office)
    assert [one["payout"] for one in found["reports_not_posted"]] == ["-50.00"]
    (reason,) = check(found, "balance_closing")["reasons"]
    assert (reason["code"], reason["amount"]) == ("report_not_posted", "50.00")


def test_a_report_across_two_months_that_is_not_posted_is_named_in_both(office: Office) -> None:
    office.account("market", period_split="sale_date")
    report = office.month("market", "MUG 2026-09-29 1000.00 100.00", "MUG 2026-10-04 200.00 20.00")
    office.link(report)
    owes(office, (SEPTEMBER_END, "900.00"))
    found = view(office)
    assert ([one["payout"] for one in found["reports_not_posted"]], found["ok"]) == (["900.00"], False)
    assert check(found, "balance_closing")["unexplained"] == "0.00"
    assert [one["payout"] for one in view(office, "2026-10")["reports_not_posted"]] == ["1080.00"]
    assert view(office, "2026-08")["reports_not_posted"] == []


def test_more_charged_than_sold_ties_where_the_marketplace_says_so(office: Office) -> None:
    office.account("market")
    report = office.month("market", "MUG 2026-09-10 100.00 10.00", "MUG 2026-09-30 300.00 30.00 Возврат")
    office.link(report)
    office.post(report)
    assert view(office)["ok"] is False
    owes(office, (SEPTEMBER_END, "-180.00"))
    found = view(office)
    assert (found["closing"], found["ok"]) == ("-180.00", True)
    assert [one["code"] for one in check(found, "payout")["reasons"]] == ["owed_back"]
    owes(office, (SEPTEMBER_END, "-180.01"))
    assert view(office)["ok"] is False


def test_what_a_correction_booked_of_a_upd_counts_with_the_first_issue(office: Office) -> None:
    office.account("market", upd="book")
    report = office.take("market", closing_table("MUG 2026-09-30 1500.00 150.00"), "a.csv", number="9")
    office.link(report)
    office.take("market", upd(commission("150.27")), "upd.xml")
    office.post(report)
    newer = closing_table("MUG 2026-09-30 1500.00 150.60")
    office.post(office.take("market", newer, "b.csv", number="9", correction=True))
    booked = check(view(office), "upd_commission")
    assert (booked["expected"], booked["actual"], booked["ok"]) == ("150.27", "150.27", True)


def test_the_file_of_the_month_begins_and_ends_with_the_balances_of_the_month(september: Office) -> None:
    bank(september, Paid("400", date(2026, 8, 20), "9999.00"), first=date(2026, 8, 1), last=AUGUST_END)
    owes(september, (AUGUST_END, "30.00"))
    text = month_file(september.database, "market", "2026-09")
    assert load_string(text)[1] == []
    assert view(september)["closing"] == "200.00"
    assert "2026-10-01 balance Assets:62-01:C-market:Settlement  200.00 ~ 0 RUB" in text
    october = month_file(september.database, "market", "2026-10")
    assert "2026-11-01 balance Assets:62-01:C-market:Settlement  200.00 ~ 0 RUB" in october


def test_the_file_of_the_month_does_not_wait_for_what_is_never_posted(september: Office) -> None:
    september.take("market", upd(commission("130.00")), "upd.xml")
    assert "не проведён" not in month_file(september.database, "market", "2026-09")


def test_what_a_closed_month_has_in_the_open_one_is_named_in_both(office: Office) -> None:
    office.account("market", late_reports="open_month")
    first = office.take("market", closing_table("MUG 2026-09-30 1000.00 100.00"), "a.csv", number="7")
    office.link(first)
    office.post(first)
    close_through(office.database, "romashka", SEPTEMBER_END, "", WHO)
    newer = closing_table("MUG 2026-09-30 1000.00 150.00")
    office.post(office.take("market", newer, "b.csv", number="7", correction=True))
    office.post(office.month("market", "MUG 2026-09-20 300.00 30.00"))
    owes(office, (SEPTEMBER_END, "1120.00"), (date(2026, 10, 31), "1120.00"))
    found, october = view(office), view(office, "2026-10")
    assert (found["closing"], october["opening"], october["closing"]) == ("900.00", "900.00", "1120.00")
    assert [one["amount"] for one in check(found, "balance_closing")["reasons"]] == ["50.00", "-270.00"]
    assert {one["code"] for one in check(october, "balance_opening")["reasons"]} == {"booked_later"}
    assert (found["ok"], october["ok"]) == (True, True)


def test_a_report_reversed_and_taken_anew_later_hides_no_money_on_its_way(office: Office) -> None:
    office.account("market", erp=INN, late_reports="open_month")
    report = office.month("market", "MUG 2026-09-30 1000.00 100.00")
    office.link(report)
    office.post(report)
    close_through(office.database, "romashka", SEPTEMBER_END, "", WHO)
    reverse_report(office.database, office.settings, report, None, None, "ошибка", WHO)
    office.post(office.month("market", "MUG 2026-09-30 1000.00 100.00"))
    bank(office, Paid("1", date(2026, 10, 1), "900.00"), first=date(2026, 10, 1), last=date(2026, 10, 31))
    owes(office, (SEPTEMBER_END, "0.00"))
    found = view(office)
    assert [one["code"] for one in check(found, "balance_closing")["reasons"]] == ["on_the_way"]
    assert found["ok"] is True


def test_a_upd_that_belongs_to_no_report_keeps_its_month_from_tying(september: Office) -> None:
    september.account("market", erp=INN, upd="check")
    owes(september, (SEPTEMBER_END, "170.00"), (date(2026, 10, 31), "170.00"))
    late = upd(commission("130.00"), day=date(2026, 10, 2))
    september.take("market", late, "upd.xml")
    october = view(september, "2026-10")
    loose = check(october, "upd_loose")
    assert (loose["title"], loose["unexplained"]) == ("УПД № 77 от 2026-10-02: отчёта за этот период нет", "-130.00")
    assert (view(september)["ok"], october["ok"]) == (True, False)
    said = {"period_from": "2026-09-01", "period_to": "2026-09-30"}
    september.take("market", late, "upd.xml", correction=True, **said)
    assert check(view(september), "upd_commission")["ok"] is True
    assert view(september, "2026-10")["ok"] is True
