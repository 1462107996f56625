"""A report that comes again after it was posted: the difference is booked, and what was posted is left alone."""

from decimal import Decimal
from typing import Any

import pytest

from bridge.db.reports import find_account
from bridge.db.sales import living_reports
from bridge.errors import Conflict, NotFound, StaleDigest
from bridge.flows.compare_issues import report_diff
from bridge.flows.hand_over import acknowledge
from bridge.flows.post_report import post_report
from tests.flows.issues.conftest import WHO, Shop

FIRST = ("MUG 3 300.00 30.00", "SHIRT 1 1220.00 122.00")
SECOND = ("MUG 2 200.00 20.00", "SHIRT 1 1220.00 122.00")
THIRD = ("MUG 2 200.00 20.00", "SHIRT 1 1220.00 130.00")


def told(document: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """The lines of a document: item, pieces, amount, VAT, commission."""
    return [
        (line["item"]["ref"], line["quantity"], line["amount"], line["vat_amount"], line["commission"])
        for line in document["lines"]
    ]


def summed(documents: list[dict[str, Any]], field: str) -> Decimal:
    return sum((Decimal(document[field]) for document in documents), Decimal(0))


def test_a_report_that_is_issued_twice_more_is_booked_by_its_differences(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    (original,) = shop.documents(first)
    assert (original["total"], original["vat_total"], original["commission_total"]) == ("1520.00", "247.27", "152.00")
    assert shop.look(first)["balance"] == "1368.00"

    second = shop.issue(*SECOND)
    (less,) = shop.documents(second)
    assert told(less) == [("r-mug", "-1", "-100.00", "-9.09", "-10.00")]
    assert (less["total"], less["commission_total"], less["commission_vat"]) == ("-100.00", "-10.00", "-1.80")
    assert (less["kind"], less["corrects"], less["date"]) == ("commission_report", original["id"], "2026-01-31")
    assert less["title"] == f"Корректировка: {original['title']}"
    assert shop.look(second)["balance"] == "1278.00"

    third = shop.issue(*THIRD)
    (more,) = shop.documents(third)
    assert told(more) == [("r-shirt", "0", "0.00", "0.00", "8.00")]
    assert (more["total"], more["commission_total"], more["corrects"]) == ("0.00", "8.00", less["id"])
    assert {shop.look(one)["balance"] for one in (first, second, third)} == {"1270.00"}

    assert shop.documents(first) == [original]
    together = [original, less, more]
    assert [summed(together, name) for name in ("total", "vat_total", "commission_total")] == [
        Decimal("1420.00"), Decimal("238.18"), Decimal("150.00")
    ]  # fmt: skip


def test_the_checks_of_a_correction_count_what_is_booked_already(shop: Shop) -> None:
    shop.issue(*FIRST)
    report = shop.look(shop.take(*SECOND, correction=True).report)
    (check,) = [check for check in report["checks"] if check["code"] == "documents_payout"]
    assert (check["expected"], check["actual"], check["ok"]) == ("1278.00", "1278.00", True)
    assert report["state"] == "ready"
    assert "только на разницу" in report["explain"]


def test_before_anything_happens_the_difference_is_shown_and_it_can_be_seen_later(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    conflict = shop.take(*SECOND)
    assert (conflict.outcome, conflict.report) == ("conflict", first)
    assert conflict.diff is not None
    assert (conflict.diff["changed"], conflict.diff["added"], conflict.diff["removed"]) == (1, 0, 0)
    (sums,) = conflict.diff["sums"]
    assert (sums["kind"], sums["before"], sums["after"]) == ("sale", "300.00", "200.00")
    second = shop.take(*SECOND, correction=True).report
    shown = report_diff(shop.database, second, 100, None)
    assert (shown["report"], shown["against"], shown["next"]) == (second, first, None)
    assert {name: shown[name] for name in conflict.diff} == conflict.diff
    (change,) = shown["changes"]
    assert (change["row_before"], change["row_after"], change["quantity_before"], change["commission_after"]) == (
        2, 2, "3", "20.00"
    )  # fmt: skip
    with pytest.raises(NotFound, match="не исправляет"):
        report_diff(shop.database, first, 100, None)


def test_the_rows_of_a_difference_come_in_pages(shop: Shop) -> None:
    shop.issue("MUG 1 100.00")
    second = shop.take("MUG 1 100.00", "SHIRT 1 10.00", "SHIRT 1 20.00", "SHIRT 1 30.00", correction=True).report
    page = report_diff(shop.database, second, 2, None)
    rest = report_diff(shop.database, second, 2, page["next"])
    assert [change["after"] for change in page["changes"] + rest["changes"]] == ["10.00", "20.00", "30.00"]
    assert (page["added"], page["amount_added"], rest["next"]) == (3, "60.00", None)


def test_both_issues_say_which_is_which(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    second = shop.take(*SECOND, correction=True).report
    assert shop.look(second)["corrects"] == first
    old = shop.look(first)
    assert (old["state"], old["superseded_by"], old["corrects"]) == ("posted", second, None)
    assert second in old["explain"]
    assert f"отчёт можно проводить. Исправляет проведённый выпуск {first}:" in shop.look(second)["explain"]
    held = shop.take("MUG 1 200.00", "PLATE 1 1.00", correction=True).report
    assert f": 1: PLATE. Исправляет проведённый выпуск {first}:" in shop.look(held)["explain"]


def test_a_line_of_a_correction_leads_to_the_rows_of_both_issues(shop: Shop) -> None:
    first = shop.issue("SHIRT 1 1220.00", "MUG 3 300.00")
    second = shop.take("MUG 2 200.00", "SHIRT 1 1220.00", correction=True).report
    expected = [(second, 2), (first, 3)]
    for _ in range(2):
        (document,) = shop.documents(second)
        (line,) = document["lines"]
        assert [(row["report"], row["row"]) for row in line["sources"]] == expected
        shop.post(second)


def test_an_unposted_correction_may_be_replaced_by_another(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    second = shop.take(*SECOND, correction=True).report
    third = shop.take(*THIRD, correction=True).report
    assert (shop.look(second)["state"], shop.look(third)["corrects"]) == ("superseded", first)
    with pytest.raises(Conflict):
        shop.post(second)
    shop.post(third)
    assert told(shop.documents(third)[0]) == [
        ("r-mug", "-1", "-100.00", "-9.09", "-10.00"), ("r-shirt", "0", "0.00", "0.00", "8.00")
    ]  # fmt: skip
    assert shop.look(third)["balance"] == "1270.00"


def test_a_report_of_wholly_other_days_is_no_newer_issue_of_a_posted_one(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    with pytest.raises(Conflict, match=r"за 2026-01-01\.\.2026-01-31, а в этом файле дни 2026-02-01\.\.2026-02-28"):
        shop.take(*SECOND, correction=True, month="2026-02")
    assert (shop.look(first)["state"], shop.look(first)["superseded_by"]) == ("posted", None)
    shop.take(*THIRD, correction=True)
    with pytest.raises(Conflict, match="это не новый выпуск"):
        shop.take(*SECOND, correction=True, month="2026-02")
    shop.reverse(first)
    shop.take(*SECOND, correction=True, month="2026-02")  # in place of one that is not posted
    assert shop.look(shop.take(*SECOND, month="2026-02").report)["period_from"] == "2026-02-01"


def test_a_partly_reversed_report_is_brought_to_its_newest_issue(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    second = shop.issue(*SECOND)
    shop.reverse(second, [shop.documents(second)[0]["id"]])
    assert shop.look(first)["balance"] == "1368.00"
    third = shop.issue(*THIRD)
    (document,) = shop.documents(third)
    assert (document["total"], document["corrects"]) == ("-100.00", shop.documents(first)[0]["id"])
    assert shop.look(third)["balance"] == "1270.00"


def test_the_first_file_taken_again_brings_back_the_first_sums(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.issue(*SECOND)
    assert shop.take(*FIRST).outcome == "conflict"
    third = shop.issue(*FIRST)
    assert third != first
    assert told(shop.documents(third)[0]) == [("r-mug", "1", "100.00", "9.09", "10.00")]
    assert shop.look(third)["balance"] == "1368.00"


def test_an_issue_that_books_the_same_makes_no_document_and_is_confirmed(shop: Shop) -> None:
    shop.issue("MUG 3 300.00 30.00")
    second = shop.take("MUG 1 100.00 10.00", "MUG 2 200.00 20.00", correction=True).report
    assert shop.documents(second) == []
    assert shop.look(second)["state"] == "ready"
    assert shop.post(second)["state"] == "confirmed"
    third = shop.issue("MUG 1 60.00 6.00", "MUG 1 40.00 4.00")
    (line,) = shop.documents(third)[0]["lines"]
    assert (line["quantity"], line["price"], line["amount"]) == ("-1", "200.00", "-200.00")
    assert shop.look(third)["balance"] == "90.00"


def test_documents_that_the_erp_has_are_corrected_too(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    (original,) = shop.documents(first)
    acknowledge(shop.database, original["id"], "ref", "1", True, WHO)
    second = shop.issue(*SECOND)
    assert (shop.look(first)["state"], shop.look(second)["state"]) == ("confirmed", "posted")
    acknowledge(shop.database, shop.documents(second)[0]["id"], "ref-2", "2", True, WHO)
    assert shop.look(second)["state"] == "confirmed"


def test_a_correction_computed_before_a_reversal_is_not_posted(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    second = shop.take(*SECOND, correction=True).report
    digest = shop.look(second)["digest"]
    shop.reverse(first)
    with pytest.raises(StaleDigest):
        post_report(shop.database, shop.settings, second, digest, WHO)


def test_the_return_of_a_corrected_sale_counts_with_its_sign(shop: Shop) -> None:
    shop.issue("MUG 3 600.00 122.00", "MUG 1 200.00 61.00 Возврат")
    second = shop.issue("MUG 2 400.00 80.00", "MUG 1 200.00 42.00")
    (document,) = shop.documents(second)
    (line,) = document["lines"]
    assert (line["section"], line["quantity"], line["amount"], line["commission"]) == (
        "returns", "-1", "-200.00", "-61.00"
    )  # fmt: skip
    assert (document["total"], document["commission_total"]) == ("200.00", "61.00")
    assert shop.look(second)["balance"] == "478.00"


def test_the_sales_of_a_corrected_issue_are_known_once(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    second = shop.take(*SECOND, correction=True).report
    with shop.database.read() as connection:
        account = find_account(connection, "shop")
        assert account is not None
        known = {living.uid for living in living_reports(connection, account.id).values()}
    assert known == {second} != {first}


def test_days_that_are_posted_stay_taken_while_their_newer_issue_waits(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.take("MUG 2 199.00 20.00", "SHIRT 1 1220.00 130.00", correction=True)
    again = shop.take(*FIRST, number="8").report
    (problem,) = shop.look(again)["problems"]
    assert (problem["code"], problem["found"]) == (
        "days_taken", "отчёт 7 за 2026-01-01..2026-01-31, дни 2026-01-01..2026-01-31"
    )  # fmt: skip
    shop.reverse(first)
    assert shop.look(again)["state"] == "ready"
