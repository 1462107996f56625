"""A closed month never changes: what comes later lands in the open one, or waits."""

from datetime import date

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput, Forbidden, NotFound, NotReady, StaleDigest
from bridge.flows import catalogue
from bridge.flows.catalogue import LinkInput
from bridge.flows.close_months import close_month, close_through, closed_months, open_month
from bridge.flows.post_report import post_report
from tests.flows.catalogue.shop import events_of
from tests.flows.issues.conftest import WHO, Shop

FIRST = ("MUG 3 300.00 30.00", "SHIRT 1 1220.00 122.00")
SECOND = ("MUG 2 200.00 20.00", "SHIRT 1 1220.00 122.00")
JANUARY = "2026-01-31"


def days(shop: Shop, report: str) -> list[str]:
    return [document["date"] for document in shop.documents(report)]


def test_a_new_report_of_a_closed_month_is_held_until_the_month_is_opened(shop: Shop) -> None:
    shop.close(JANUARY)
    report = shop.take(*FIRST).report
    held = shop.look(report)
    (problem,) = held["problems"]
    assert (held["state"], problem["code"], problem["found"]) == ("held", "month_closed", JANUARY)
    assert problem["expected"] == "Дата с 2026-02-01"
    with pytest.raises(NotReady):
        shop.post(report)
    shop.close(None)
    assert shop.look(report)["state"] == "ready"


def test_or_it_is_dated_with_the_first_open_day_where_the_account_says_so(shop: Shop) -> None:
    shop.put_account(late_reports="open_month")
    shop.close(JANUARY)
    report = shop.take(*FIRST).report
    assert shop.post(report)["state"] == "posted"
    assert days(shop, report) == ["2026-02-01"]
    assert [line["vat_rate"] for line in shop.documents(report)[0]["lines"]] == ["10", "22"]


def test_reports_of_open_months_are_dated_as_ever(shop: Shop) -> None:
    shop.close("2025-12-31")
    report = shop.issue(*FIRST)
    assert days(shop, report) == [JANUARY]


def test_the_correction_of_a_closed_month_is_dated_with_the_first_open_day(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.close(JANUARY)
    second = shop.issue(*SECOND)
    assert (days(shop, first), days(shop, second)) == ([JANUARY], ["2026-02-01"])
    shop.close("2026-02-28")
    third = shop.issue(*FIRST)
    assert days(shop, third) == ["2026-03-01"]


def test_the_correction_of_an_open_month_has_the_day_of_the_original(shop: Shop) -> None:
    shop.issue(*FIRST)
    assert days(shop, shop.issue(*SECOND)) == [JANUARY]


def test_a_report_of_a_closed_month_is_reversed_in_the_open_one(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.close(JANUARY)
    second = shop.issue(*SECOND)
    shop.close("2026-02-28")
    before = shop.documents(first)[0], shop.documents(second)[0]
    assert shop.reverse(first)["balance"] == "0.00"
    assert days(shop, first) == [JANUARY, "2026-03-01"]
    assert days(shop, second) == ["2026-02-01", "2026-03-01"]
    assert [document["total"] for document in shop.documents(first)] == ["1520.00", "-1520.00"]
    assert [document["total"] for document in shop.documents(second)] == ["-100.00", "100.00"]
    assert (shop.documents(first)[0], shop.documents(second)[0]) == before


def test_a_reversal_without_a_day_has_that_of_the_document_while_its_month_is_open(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.reverse(first)
    assert days(shop, first) == [JANUARY, JANUARY]


def test_a_reversal_is_not_dated_in_a_closed_month_nor_before_its_document(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    shop.close("2026-02-28")
    with pytest.raises(BadInput, match="2026-03-01"):
        shop.reverse(first, day="2026-02-28")
    with pytest.raises(BadInput, match="раньше самого документа"):
        shop.reverse(first, day="2026-01-30")
    with pytest.raises(BadInput, match="слишком далеко в будущем"):
        shop.reverse(first, day="2999-12-31")
    with pytest.raises(BadInput, match="не читается"):
        shop.reverse(first, day="вчера")
    assert shop.look(first)["state"] == "posted"
    shop.reverse(first, day="2026-03-05")
    assert days(shop, first) == [JANUARY, "2026-03-05"]


def test_a_month_closed_after_the_preview_stops_the_posting(shop: Shop) -> None:
    report = shop.take(*FIRST).report
    digest = shop.look(report)["digest"]
    shop.close(JANUARY)
    with pytest.raises(NotReady, match="закрытый месяц"):
        post_report(shop.database, shop.settings, report, digest, WHO)
    shop.put_account(late_reports="open_month")
    with pytest.raises(StaleDigest):
        post_report(shop.database, shop.settings, report, digest, WHO)


def test_nothing_that_is_changed_later_touches_a_posted_document(shop: Shop) -> None:
    first = shop.issue(*FIRST)
    before = shop.documents(first)
    shop.close(JANUARY)
    link = LinkInput(key="MUG", item="r-shirt")
    catalogue.put_links(shop.database, "shop", "product", [link], WHO)
    shop.put_account(grouping="none", commission_vat="none")
    assert shop.documents(first) == before


# --- closing and opening ------------------------------------------------------------------------------------------


@pytest.fixture
def company(shop: Shop) -> Database:
    return shop.database


def test_months_are_closed_and_opened_with_a_reason_and_all_of_it_is_told(company: Database) -> None:
    nothing = {"organization": "romashka", "through": None, "opens": None}
    assert closed_months(company, "romashka") == nothing
    closed = {"organization": "romashka", "through": JANUARY, "opens": "2026-02-01"}
    assert close_through(company, "romashka", date(2026, 1, 31), "", WHO) == closed
    with pytest.raises(BadInput, match="причину"):
        close_through(company, "romashka", None, " ", WHO)
    assert close_through(company, "romashka", None, "ошибка", WHO) == nothing
    assert events_of(company, "months_closed") == [(WHO, "romashka", {"from": None, "through": JANUARY, "reason": ""})]
    assert events_of(company, "months_opened") == [
        (WHO, "romashka", {"from": JANUARY, "through": None, "reason": "ошибка"})
    ]


@pytest.mark.parametrize("day", [date(2026, 1, 30), date(2024, 2, 28), date.max])
def test_only_whole_months_are_closed(company: Database, day: date) -> None:
    with pytest.raises(BadInput):
        close_through(company, "romashka", day, "", WHO)
    assert closed_months(company, "romashka")["through"] is None


def test_who_may_not_open_does_not(company: Database) -> None:
    def refuse() -> None:
        raise Forbidden

    close_through(company, "romashka", date(2026, 1, 31), "", WHO, refuse)
    with pytest.raises(Forbidden):
        close_through(company, "romashka", date(2025, 12, 31), "ошибка", WHO, refuse)
    assert closed_months(company, "romashka")["through"] == JANUARY


def test_a_month_is_closed_with_all_before_and_opened_with_all_after_it(company: Database) -> None:
    assert close_month(company, "romashka", date(2026, 2, 1), WHO)["through"] == "2026-02-28"
    assert close_month(company, "romashka", date(2026, 1, 1), WHO)["through"] == "2026-02-28"
    assert open_month(company, "romashka", date(2026, 3, 1), "ошибка", WHO)["through"] == "2026-02-28"
    assert open_month(company, "romashka", date(2026, 1, 1), "ошибка", WHO)["through"] == "2025-12-31"


def test_nobody_closes_the_months_of_nobody(company: Database) -> None:
    with pytest.raises(NotFound, match="nobody"):
        close_through(company, "nobody", date(2026, 1, 31), "", WHO)
