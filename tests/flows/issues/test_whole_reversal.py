"""A report is reversed with all its corrections in one action; afterwards nothing of it is left in the balance."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from bridge.db.tables import documents
from bridge.errors import BadInput, Conflict
from bridge.flows.hand_over import acknowledge, list_documents, refuse
from tests.flows.issues.conftest import WHO, Shop

FIRST = ("MUG 3 300.00 30.00", "SHIRT 1 1220.00 122.00")
SECOND = ("MUG 2 200.00 20.00", "SHIRT 1 1220.00 122.00")
THIRD = ("MUG 2 200.00 20.00", "SHIRT 1 1220.00 130.00")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_whichever_issue_is_reversed_the_balance_of_all_is_nil(shop: Shop, which: int) -> None:
    chain = [shop.issue(*rows) for rows in (FIRST, SECOND, THIRD)]
    assert shop.reverse(chain[which], day="2026-02-28")["balance"] == "0.00"
    assert [shop.look(one)["state"] for one in chain] == ["reversed"] * 3
    with shop.database.read() as connection:
        stored = list(connection.execute(select(documents.c.total, documents.c.reverses)))
    assert (len(stored), sum(row.total for row in stored), sum(row.reverses is None for row in stored)) == (6, 0, 3)


def test_a_second_reversal_changes_nothing(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.issue(*SECOND)
    shop.reverse(first)
    before = shop.look(first), shop.documents(first)
    shop.reverse(first)
    assert (shop.look(first), shop.documents(first)) == before


def test_a_mirror_negates_every_number_of_a_correction(shop: Shop) -> None:
    shop.issue(*FIRST)
    second = shop.issue(*SECOND)
    shop.reverse(second)
    correction, mirror = shop.documents(second)
    assert (mirror["reverses"], mirror["corrects"]) == (correction["id"], None)
    for line, opposite in zip(correction["lines"], mirror["lines"], strict=True):
        for name in ("quantity", "amount", "vat_amount", "commission", "commission_vat"):
            assert Decimal(line[name]) == -Decimal(opposite[name])


def test_afterwards_the_file_is_imported_anew_and_booked_in_full(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.issue(*SECOND)
    shop.reverse(first)
    anew = shop.take(*FIRST)
    assert (anew.outcome, shop.look(anew.report)["corrects"]) == ("created", None)
    shop.post(anew.report)
    (document,) = shop.documents(anew.report)
    assert (document["total"], shop.look(anew.report)["balance"]) == ("1520.00", "1368.00")
    third = shop.issue(*THIRD)
    assert shop.documents(third)[0]["corrects"] == document["id"]
    assert shop.look(third)["balance"] == "1270.00"
    assert shop.reverse(anew.report)["balance"] == "0.00"


def test_an_issue_that_waits_to_correct_a_reversed_report_becomes_a_report_of_its_own(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    waiting = shop.take(*SECOND, correction=True).report
    shop.reverse(first)
    report = shop.look(waiting)
    assert (report["state"], report["corrects"], report["balance"]) == ("ready", None, "0.00")
    shop.post(waiting)
    assert shop.documents(waiting)[0]["total"] == "1420.00"


def test_documents_of_several_issues_are_reversed_by_their_ids(shop: Shop) -> None:
    first, second, third = (shop.issue(*rows) for rows in (FIRST, SECOND, THIRD))
    chosen = [shop.documents(one)[0]["id"] for one in (second, third)]
    assert shop.reverse(third, chosen)["balance"] == "1368.00"
    assert [shop.look(one)["state"] for one in (first, second, third)] == ["posted"] * 3
    with pytest.raises(BadInput, match="Нет таких документов"):
        shop.reverse(first, ["nobody"])
    with pytest.raises(BadInput, match="null означает все"):
        shop.reverse(first, [])


def test_what_is_not_posted_has_nothing_to_reverse(shop: Shop) -> None:
    shop.issue(*FIRST)
    second = shop.take(*SECOND, correction=True).report
    with pytest.raises(Conflict, match="сторнировать нечего"):
        shop.reverse(second)


def test_a_confirmed_report_waits_for_the_erp_again_when_some_of_it_is_reversed(shop: Shop) -> None:
    first, second = (shop.issue(*rows) for rows in (FIRST, SECOND))
    for report in (first, second):
        acknowledge(shop.database, shop.documents(report)[0]["id"], f"ref-{report}", "1", True, WHO)
    shop.reverse(first, [shop.documents(second)[0]["id"]])
    assert [shop.look(one)["state"] for one in (first, second)] == ["confirmed", "posted"]
    mirror = shop.documents(second)[1]
    acknowledge(shop.database, mirror["id"], "ref-mirror", "3", True, WHO)
    assert shop.look(second)["state"] == "confirmed"


def waiting(shop: Shop, state: str) -> list[str]:
    return [document["total"] for document in list_documents(shop.database, state, "shop", 10, None)["items"]]


def test_the_erp_gets_no_reversal_of_a_document_that_it_refused(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    (original,) = shop.documents(first)
    refuse(shop.database, original["id"], "Нет договора", WHO)
    assert shop.reverse(first)["balance"] == "0.00"
    assert (waiting(shop, "ready"), waiting(shop, "refused")) == ([], ["1520.00", "-1520.00"])
    acknowledge(shop.database, original["id"], "ref", "1", True, WHO)  # it found the contract after all
    assert waiting(shop, "ready") == ["-1520.00"]
