"""A late return carries the VAT rate, item and price of its sale where that is known; otherwise it waits for a person.

The worked example of docs/accounting.md: one shirt sold in December 2025 at 20 % comes back in February 2026, in a week
that sells two more at 22 %.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, LinkInput
from bridge.flows.hand_over import document_object
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.post_report import post_report
from bridge.flows.reverse_report import reverse_report
from bridge.flows.sale_choices import SaleChoice, choose_sales, list_returns
from bridge.flows.view_report import report_documents, report_object
from bridge.settings import Settings
from tests.flows.catalogue.shop import WHO, counted, events_of
from tests.samples import generic, ozon, wildberries_files
from tests.samples.goods import GOODS
from tests.samples.ledger import ZERO, Ledger
from tests.samples.wildberries import Week, buyout_week

SHIRT, MUG = GOODS[0], GOODS[2]
DECEMBER = ("Продажа", "2025-12-27", "a", "1200.00")
FEBRUARY = (("Продажа", "2026-02-03", "b", "1220.00"), ("Продажа", "2026-02-04", "c", "1220.00"))
ORDERED = "2025-12-20"
Row = tuple[str, str, str, str]  # sale or return, its day, the reference of the piece, its price


class Cabinet:
    """Imports generated reports of one product into an account of either channel."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database, self.settings, self.folder = database, settings, folder
        self.files = 0
        for name, channel in (("wb", "wildberries"), ("shop", "generic")):
            self.choose_settings(name, channel)
            links = [LinkInput(key=SHIRT.barcode, item="r-shirt"), LinkInput(key=SHIRT.article, item="r-shirt"),
                     LinkInput(key=MUG.barcode, item="r-mug"), LinkInput(key=MUG.article, item="r-mug")]  # fmt: skip
            catalogue.put_links(database, name, "product", links, WHO)

    def choose_settings(self, account: str, channel: Any, start: str | None = None, **chosen: Any) -> None:
        first = date.fromisoformat(start) if start else None
        said = AccountInput(organization="romashka", channel=channel, start_date=first, settings=chosen)
        catalogue.put_account(self.database, self.settings, account, said, WHO)

    def week(self, *rows: Row, ordered: str = ORDERED, correction: bool = False, good: Any = SHIRT) -> str:
        """Import a week of Wildberries; return the id of its report."""
        first = date.fromisoformat(min(day for _, day, _, _ in rows))
        week = Week("2026", f"6401{first:%m%d}", first - timedelta(days=first.weekday()))
        for doc, day, piece, price in rows:
            said = "Возврат" if doc in ("Возврат", "Корректный возврат", "Сторно продаж") else "Продажа"
            week.add(
                doc, said, -1 if said == "Возврат" else 1, good, sale_dt=day, order_dt=ordered, srid=piece, quantity=1,
                retail_amount=Decimal(price), ppvz_for_pay=Decimal(price),
            )  # fmt: skip
        path = self.folder / wildberries_files.file_name(week)
        wildberries_files.write_detail(week, path)
        return self.add("wb", path, correction)

    def month(self, first: str, last: str, *rows: tuple[Any, str, str, str]) -> str:
        """Import a generic table with its period in the name: product, kind, day and amount of single pieces."""
        sales = generic.Sales(date.fromisoformat(first), rows=1)
        sales.rows, sales.ledger = [], Ledger()
        for good, kind, day, amount in rows:
            price = Decimal(amount)
            named = [good.article, good.barcode, good.name]
            sales.add([*named, 1, price, price, Decimal(0), date.fromisoformat(day), kind])
        path = self.folder / f"sales {first} {last}.xlsx"
        generic.write_xlsx(sales, path)
        return self.add("shop", path)

    def add(self, account: str, path: Path, correction: bool = False) -> str:
        """Import a file; return the id of its report."""
        self.files += 1
        upload = Upload(
            path=str(path), name=path.name, sha256=f"{self.files:0>64}", size=path.stat().st_size, correction=correction
        )
        return import_report(self.database, self.settings, account, upload, "test", no_progress).report

    def look(self, report: str) -> dict[str, Any]:
        return report_object(self.database, self.settings, report)

    def lines(self, report: str) -> list[tuple[str, str, str, str, list[int]]]:
        """The lines of the commissioner report: section, rate, amount, VAT and rows of the file."""
        return shown(report_documents(self.database, self.settings, report)["items"][0])

    def waiting(self, account: str = "wb", state: str = "waiting") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = list_returns(self.database, account, state)["items"]
        return items

    def choose(self, report: str, row: int, day: str | None, account: str = "wb") -> dict[str, int]:
        sold_on = date.fromisoformat(day) if day else None
        return choose_sales(self.database, account, [SaleChoice(report=report, row=row, sold_on=sold_on)], WHO)


def shown(document: dict[str, Any]) -> list[tuple[str, str, str, str, list[int]]]:
    return [
        (line["section"], line["vat_rate"], line["amount"], line["vat_amount"], [one["row"] for one in line["sources"]])
        for line in document["lines"]
    ]


def came_back(piece: str = "a", price: str = "1200.00") -> Row:
    return ("Возврат", "2026-02-05", piece, price)


@pytest.fixture
def cabinet(shop: Database, settings: Settings, tmp_path: Path) -> Cabinet:
    return Cabinet(shop, settings, tmp_path)


SALES = ("sales", "22", "2440.00", "440.00", [2, 3])


def test_a_shirt_sold_in_december_comes_back_at_20_beside_sales_at_22(cabinet: Cabinet) -> None:
    cabinet.week(DECEMBER)
    report = cabinet.week(*FEBRUARY, came_back())
    seen = cabinet.look(report)
    assert seen["state"] == "ready"
    assert cabinet.lines(report) == [SALES, ("returns", "20", "1200.00", "200.00", [4])]
    (document,) = report_documents(cabinet.database, cabinet.settings, report)["items"]
    assert (document["total"], document["vat_total"]) == ("1240.00", "240.00")
    assert seen["late_returns"]["by_sale"] == {"count": 1, "amount": "1200.00"}
    assert seen["late_returns"]["certain"] == {"count": 0, "amount": "0.00"}
    posted = post_report(cabinet.database, cabinet.settings, report, seen["digest"], "test")["documents"][0]
    assert shown(document_object(cabinet.database, posted["id"])) == cabinet.lines(report)


def test_returns_at_20_and_at_22_are_lines_of_their_own_with_their_own_rows(cabinet: Cabinet) -> None:
    cabinet.week(DECEMBER)
    report = cabinet.week(*FEBRUARY, came_back("b", "1200.00"), came_back("a"), ordered=ORDERED)
    assert cabinet.look(report)["state"] == "ready"
    expected = [("returns", "20", "1200.00", "200.00", [5]), ("returns", "22", "1200.00", "216.39", [4])]
    assert cabinet.lines(report)[1:] == expected


def test_without_the_sale_the_report_waits_and_the_choice_makes_it_ready(cabinet: Cabinet) -> None:
    sold = cabinet.week(DECEMBER)
    report = cabinet.week(*FEBRUARY, came_back("unknown"))
    seen = cabinet.look(report)
    (problem,) = seen["problems"]
    assert seen["state"] == "held"
    assert (problem["code"], problem["row"], problem["found"]) == (
        "return_sale_unknown", 4, "1 на сумму 1200.00, строки 4"
    )  # fmt: skip
    (row,) = cabinet.waiting()
    assert (row["report"], row["row"], row["ref"], row["item"]) == (report, 4, "unknown", "r-shirt")
    assert (row["quantity"], row["amount"], row["date"], row["ordered"]) == ("1", "1200.00", "2026-02-05", ORDERED)
    assert [(one["report"], one["row"], one["date"], one["price"], one["vat_rate"]) for one in row["candidates"]] == [
        (report, 3, "2026-02-04", "1220.00", "22"), (report, 2, "2026-02-03", "1220.00", "22"),
        (sold, 2, "2025-12-27", "1200.00", "20"),
    ]  # fmt: skip
    assert cabinet.choose(report, 4, "2025-12-27") == {"changed": 1, "unchanged": 0}
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(report) == [SALES, ("returns", "20", "1200.00", "200.00", [4])]
    assert cabinet.look(report)["late_returns"]["chosen"] == {"count": 1, "amount": "1200.00"}
    assert cabinet.waiting() == []
    assert [(row["sold_on"], row["chosen_by"]) for row in cabinet.waiting(state="chosen")] == [("2025-12-27", WHO)]


def test_a_choice_repeated_changes_nothing_and_may_be_taken_back(cabinet: Cabinet) -> None:
    report = cabinet.week(*FEBRUARY, came_back("unknown"))
    cabinet.choose(report, 4, "2025-12-27")
    before = counted(cabinet.database)
    assert cabinet.choose(report, 4, "2025-12-27") == {"changed": 0, "unchanged": 1}
    assert counted(cabinet.database) == before
    rows = [{"report": report, "row": 4, "sheet": None, "sold_on": "2025-12-27"}]
    assert events_of(cabinet.database, "sale_choices_put") == [(WHO, "wb", {"count": 1, "rows": rows})]
    assert cabinet.choose(report, 4, None) == {"changed": 1, "unchanged": 0}
    assert cabinet.look(report)["state"] == "held"


def test_the_choice_survives_a_newer_issue_of_the_report(cabinet: Cabinet) -> None:
    report = cabinet.week(*FEBRUARY, came_back("unknown"))
    cabinet.choose(report, 4, "2025-12-27")
    newer = cabinet.week(FEBRUARY[0], came_back("unknown"), *FEBRUARY[1:], ("Продажа", "2026-02-06", "d", "1220.00"),
                         correction=True)  # fmt: skip
    assert newer != report
    assert cabinet.look(newer)["state"] == "ready"
    assert cabinet.lines(newer)[1] == ("returns", "20", "1200.00", "200.00", [3])


def test_the_sale_itself_counts_more_than_a_choice(cabinet: Cabinet) -> None:
    report = cabinet.week(*FEBRUARY, came_back())
    cabinet.choose(report, 4, "2026-01-15")
    assert cabinet.lines(report)[1][1] == "22"
    cabinet.week(DECEMBER)
    assert cabinet.lines(report)[1][1] == "20"


def test_a_sale_that_is_reversed_leaves_its_return_waiting(cabinet: Cabinet) -> None:
    sold = cabinet.week(DECEMBER)
    post_report(cabinet.database, cabinet.settings, sold, cabinet.look(sold)["digest"], "test")
    report = cabinet.week(*FEBRUARY, came_back())
    assert cabinet.look(report)["state"] == "ready"
    reverse_report(cabinet.database, cabinet.settings, sold, None, "2026-02-28", "", WHO)
    assert cabinet.look(report)["state"] == "held"


def test_the_account_may_take_the_rate_of_the_day_of_return_and_is_told(cabinet: Cabinet) -> None:
    cabinet.choose_settings("wb", "wildberries", late_returns="return_day")
    report = cabinet.week(*FEBRUARY, came_back("unknown"))
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(report) == [SALES, ("returns", "22", "1200.00", "216.39", [4])]
    assert cabinet.look(report)["late_returns"]["return_day"] == {"count": 1, "amount": "1200.00"}
    assert cabinet.waiting() == []


def test_a_return_ordered_after_the_change_needs_no_sale(cabinet: Cabinet) -> None:
    report = cabinet.week(*FEBRUARY, came_back("unknown"), ordered="2026-01-01")
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(report)[1][1] == "22"
    assert cabinet.look(report)["late_returns"]["certain"] == {"count": 1, "amount": "1200.00"}


def test_a_product_whose_rate_never_changed_needs_no_sale(cabinet: Cabinet) -> None:
    report = cabinet.week(*FEBRUARY, came_back("unknown"), good=MUG)
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(report)[1][:2] == ("returns", "10")


def test_a_sale_at_another_price_is_told_and_the_amount_stays(cabinet: Cabinet) -> None:
    sold = cabinet.week(DECEMBER)
    report = cabinet.week(*FEBRUARY, came_back(price="1180.00"))
    assert cabinet.lines(report)[1] == ("returns", "20", "1180.00", "196.67", [4])
    (told,) = cabinet.look(report)["late_returns"]["prices"]
    assert (told["row"], told["price"], told["sale"]["price"], told["sale"]["report"]) == (
        4,
        "1180.00",
        "1200.00",
        sold,
    )


def test_impossible_choices_are_refused_with_their_reason(cabinet: Cabinet) -> None:
    report = cabinet.week(*FEBRUARY, came_back("unknown"))
    for row, day, code in (
        (4, "2026-02-06", "sold_after_return"), (4, "2025-12-19", "sold_before_order"),
        (2, "2025-12-27", "return_unknown"), (99, "2025-12-27", "return_unknown"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            cabinet.choose(report, row, day)
        assert [problem.code for problem in refused.value.problems] == [code]
    with pytest.raises(BadInput, match="нет отчёта"):
        cabinet.choose("none", 4, "2025-12-27")
    with pytest.raises(BadInput, match="нет отчёта"):
        cabinet.choose(report, 4, "2025-12-27", account="shop")


def test_a_posted_report_takes_no_choice_but_the_one_it_has(cabinet: Cabinet) -> None:
    report = cabinet.week(*FEBRUARY, came_back("unknown"))
    cabinet.choose(report, 4, "2025-12-27")
    post_report(cabinet.database, cabinet.settings, report, cabinet.look(report)["digest"], "test")
    assert cabinet.choose(report, 4, "2025-12-27") == {"changed": 0, "unchanged": 1}
    with pytest.raises(BadInput, match="уже проведён"):
        cabinet.choose(report, 4, "2026-01-15")


# --- what undoes a return or a sale -----------------------------------------------------------------------------------

RETURN_UNDONE = ("Сторно возвратов", "2026-03-20", "a", "1200.00")
UNDONE_AT_20 = [("sales", "20", "1200.00", "200.00", [2])]


def test_an_undone_return_takes_back_the_rate_of_the_sale(cabinet: Cabinet) -> None:
    cabinet.week(DECEMBER)
    back = cabinet.week(*FEBRUARY, came_back())
    report = cabinet.week(RETURN_UNDONE, ("Продажа", "2026-03-20", "d", "1200.00"))
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(back)[1] == ("returns", "20", "1200.00", "200.00", [4])
    assert cabinet.lines(report) == [*UNDONE_AT_20, ("sales", "22", "1200.00", "216.39", [3])]
    assert cabinet.look(report)["late_returns"]["by_sale"] == {"count": 1, "amount": "1200.00"}
    assert cabinet.look(report)["late_returns"]["certain"] == {"count": 0, "amount": "0.00"}
    posted = post_report(cabinet.database, cabinet.settings, report, cabinet.look(report)["digest"], "test")
    assert shown(document_object(cabinet.database, posted["documents"][0]["id"])) == cabinet.lines(report)


def test_an_undone_return_waits_like_the_return_and_takes_the_day_that_was_chosen_for_it(cabinet: Cabinet) -> None:
    report = cabinet.week(RETURN_UNDONE)
    assert [(row["date"], row["amount"]) for row in cabinet.waiting()] == [("2026-03-20", "1200.00")]
    back = cabinet.week(*FEBRUARY, came_back())
    assert [(row["report"], row["date"]) for row in cabinet.waiting()] == [(report, "2026-02-05"), (back, "2026-02-05")]
    cabinet.choose(back, 4, "2025-12-27")
    assert cabinet.waiting() == []
    assert cabinet.lines(report) == UNDONE_AT_20


def test_a_return_before_the_change_was_certain_and_so_is_what_undoes_it(cabinet: Cabinet) -> None:
    cabinet.week(("Возврат", "2025-12-29", "a", "1200.00"))
    report = cabinet.week(RETURN_UNDONE)
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(report) == UNDONE_AT_20


def test_an_undone_return_is_no_sale_that_a_later_return_could_take_back(cabinet: Cabinet) -> None:
    cabinet.week(DECEMBER)
    cabinet.week(came_back())
    cabinet.week(("Сторно возвратов", "2026-02-16", "a", "1200.00"))
    report = cabinet.week(("Возврат", "2026-03-20", "a", "1200.00"))
    assert cabinet.lines(report) == [("returns", "20", "1200.00", "200.00", [2])]


@pytest.mark.parametrize("operation", ["Сторно продаж", "Корректный возврат"])
def test_an_undone_sale_takes_back_the_rate_of_the_sale(cabinet: Cabinet, operation: str) -> None:
    report = cabinet.week(*FEBRUARY, (operation, "2026-02-05", "a", "1200.00"))
    assert cabinet.look(report)["state"] == "held"
    cabinet.week(DECEMBER)
    assert cabinet.lines(report) == [SALES, ("returns", "20", "1200.00", "200.00", [4])]


def test_an_undone_return_takes_the_links_of_the_day_of_sale(cabinet: Cabinet) -> None:
    other = [LinkInput(key=SHIRT.barcode, item="r-mug", valid_from=date(2026, 3, 1)),
             LinkInput(key=SHIRT.barcode, item="r-shirt", valid_to=date(2026, 2, 28))]  # fmt: skip
    catalogue.put_links(cabinet.database, "wb", "product", other, WHO)
    cabinet.week(("Продажа", "2026-02-03", "a", "1200.00"))
    report = cabinet.week(RETURN_UNDONE, ordered="2026-02-01")
    assert cabinet.lines(report) == [("sales", "22", "1200.00", "216.39", [2])]
    (line,) = report_documents(cabinet.database, cabinet.settings, report)["items"][0]["lines"]
    assert line["item"]["ref"] == "r-shirt"


# --- a channel without references -------------------------------------------------------------------------------------

SOLD = (SHIRT, "Продажа", "2025-12-27", "1200.00")
RETURNED = (SHIRT, "Возврат", "2026-02-05", "1200.00")
MUGS = (MUG, "Продажа", "2026-01-15", "600.00")


def test_where_rows_name_no_sale_known_sales_at_one_rate_decide(cabinet: Cabinet) -> None:
    report = cabinet.month("2026-02-01", "2026-02-28", RETURNED)
    assert cabinet.look(report)["state"] == "held"  # nothing is known of any sale
    cabinet.month("2025-12-01", "2025-12-31", SOLD)
    cabinet.month("2026-01-01", "2026-01-31", MUGS)
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(report) == [("returns", "20", "1200.00", "200.00", [4])]
    assert cabinet.look(report)["late_returns"]["by_candidates"] == {"count": 1, "amount": "1200.00"}


def test_a_month_that_is_not_imported_may_hide_the_sale_and_its_days_are_told(cabinet: Cabinet) -> None:
    report = cabinet.month("2026-02-01", "2026-02-28", RETURNED)
    (row,) = cabinet.waiting("shop")
    assert row["reason"].endswith("нет отчётов за дни 2025-12-22 – 2026-01-31")
    cabinet.month("2025-12-01", "2025-12-31", SOLD)
    (row,) = cabinet.waiting("shop")
    assert row["reason"].endswith("известных продаж товара за это время: 1; нет отчётов за дни 2026-01-01 – 2026-01-31")
    assert cabinet.look(report)["state"] == "held"
    assert cabinet.choose(report, 4, "2025-12-27", account="shop") == {"changed": 1, "unchanged": 0}
    assert cabinet.lines(report) == [("returns", "20", "1200.00", "200.00", [4])]


def test_a_week_of_which_only_the_buyouts_are_known_may_hide_the_sale(cabinet: Cabinet) -> None:
    cabinet.week(("Возврат", "2026-02-05", "a", "1200.00"))
    missing = "нет отчётов за дни 2025-12-20 – 2026-02-01"
    assert cabinet.waiting()[0]["reason"].endswith(missing)
    bought = cabinet.folder / "bought.json"
    wildberries_files.write_json(buyout_week("2026", "640100001", date(2025, 12, 22)), bought, "fin")
    cabinet.add("wb", bought)
    assert cabinet.waiting()[0]["reason"].endswith(missing)
    cabinet.week(("Продажа", "2025-12-22", "b", "900.00"), good=MUG)
    assert cabinet.waiting()[0]["reason"].endswith("2025-12-20 – 2025-12-21, 2025-12-29 – 2026-02-01")


def test_days_before_the_first_report_of_an_account_are_not_known_either(cabinet: Cabinet) -> None:
    cabinet.choose_settings("shop", "generic", start="2026-01-01")
    cabinet.month("2026-01-01", "2026-01-31", (SHIRT, "Продажа", "2026-01-20", "1200.00"))
    report = cabinet.month("2026-02-01", "2026-02-28", RETURNED)
    (row,) = cabinet.waiting("shop")
    assert row["reason"].endswith("нет отчётов за дни 2025-12-22 – 2025-12-31")
    assert cabinet.look(report)["state"] == "held"
    cabinet.month("2025-12-01", "2025-12-31", (MUG, "Продажа", "2025-12-27", "600.00"))
    assert cabinet.lines(report) == [("returns", "22", "1200.00", "216.39", [4])]


def test_sales_at_both_rates_are_a_question(cabinet: Cabinet) -> None:
    cabinet.month("2025-12-01", "2025-12-31", SOLD)
    cabinet.month("2026-01-01", "2026-01-31", MUGS, (SHIRT, "Продажа", "2026-01-20", "1220.00"))
    report = cabinet.month("2026-02-01", "2026-02-28", RETURNED, (SHIRT, "Продажа", "2026-02-10", "1220.00"))
    (row,) = cabinet.waiting("shop")
    assert [(one["date"], one["vat_rate"]) for one in row["candidates"]] == [("2026-01-20", "22"), ("2025-12-27", "20")]
    assert "номера отправления в отчёте нет" in row["reason"]
    cabinet.choose(report, 4, "2025-12-27", account="shop")
    assert cabinet.look(report)["state"] == "ready"
    assert [line[:3] for line in cabinet.lines(report)] == [("sales", "22", "1220.00"), ("returns", "20", "1200.00")]


def test_without_an_order_day_the_window_says_how_old_a_sale_may_be(cabinet: Cabinet) -> None:
    report = cabinet.month("2026-02-01", "2026-02-28", RETURNED)
    assert cabinet.look(report)["state"] == "held"
    cabinet.choose_settings("shop", "generic", return_window_days=30)
    assert cabinet.look(report)["state"] == "ready"
    assert cabinet.lines(report)[0][1] == "22"


def test_the_queue_comes_in_pages(cabinet: Cabinet) -> None:
    report = cabinet.month("2026-02-01", "2026-02-28", RETURNED, (SHIRT, "Возврат", "2026-02-06", "900.00"))
    first = list_returns(cabinet.database, "shop", "waiting", 1)
    second = list_returns(cabinet.database, "shop", "waiting", 1, first["next"])
    assert [page["items"][0]["row"] for page in (first, second)] == [4, 5]
    assert (first["waiting"], second["next"]) == ({"count": 2, "amount": "2100.00"}, None)
    assert cabinet.look(report)["late_returns"]["waiting"] == first["waiting"]
    with pytest.raises(BadInput):
        list_returns(cabinet.database, "shop", None, 1, "4.x")


# --- Ozon, per order: the posting number names the sale, and its report the month -------------------------------------


def ozon_month(
    cabinet: Cabinet, first: str, posting: str, price: str, *, returned: bool, layout: str = "orders"
) -> str:  # fmt: skip
    """Import a realization report of one piece; one per order says that it was posted to the buyer on 20 December."""
    month = ozon.Month(layout, f"1270{first[:7].replace('-', '')}", date.fromisoformat(first), rows=0)
    half = ozon.Half(Decimal(price), ZERO, ZERO, 1, Decimal(price), ZERO)
    sold, back = (None, half) if returned else (half, None)
    month.rows = [ozon.Sold(SHIRT, ZERO, Decimal(price), sold, back, posting, date.fromisoformat(ORDERED))]
    path = cabinet.folder / f"ozon {first}.xlsx"
    ozon.write_realization(month, path)
    return cabinet.add("oz", path)


def test_a_posting_number_leads_to_the_sale_in_an_earlier_month(cabinet: Cabinet) -> None:
    cabinet.choose_settings("oz", "ozon")
    catalogue.put_links(cabinet.database, "oz", "product", [LinkInput(key=SHIRT.article, item="r-shirt")], WHO)
    report = ozon_month(cabinet, "2026-02-01", "61200000-0001-1", "1200.00", returned=True)
    (row,) = cabinet.waiting("oz")
    assert (row["ref"], row["ordered"], row["date"]) == ("61200000-0001-1", ORDERED, "2026-02-28")
    ozon_month(cabinet, "2025-12-01", "61200000-0001-1", "1200.00", returned=False)
    assert cabinet.waiting("oz") == []
    assert [line[:4] for line in cabinet.lines(report)] == [("returns", "20", "1200.00", "200.00")]


def test_a_month_that_tells_no_days_asks_how_old_a_sale_may_be_from_its_first_day_on(cabinet: Cabinet) -> None:
    cabinet.choose_settings("oz", "ozon")
    catalogue.put_links(cabinet.database, "oz", "product", [LinkInput(key=SHIRT.article, item="r-shirt")], WHO)
    ozon_month(cabinet, "2026-02-01", "", "1200.00", returned=True, layout="new")
    (row,) = cabinet.waiting("oz")  # 28 February is 59 days after December, but the shirt may have come on the 1st
    assert row["date"] == "2026-02-28"
    assert "2025-12-18" in row["reason"]
    march = ozon_month(cabinet, "2026-03-01", "", "1210.00", returned=True, layout="new")
    assert cabinet.look(march)["late_returns"]["certain"]["count"] == 1
