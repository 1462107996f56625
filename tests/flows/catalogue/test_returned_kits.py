"""What came back is booked as what was sold: a return takes the links of the day of its sale, where that is known."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bridge.db.session import Database
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, Component, LinkInput
from bridge.flows.hand_over import document_object
from bridge.flows.import_report import Upload, import_report, no_progress
from bridge.flows.post_report import post_report
from bridge.flows.reverse_report import reverse_report
from bridge.flows.view_report import report_documents, report_object
from bridge.settings import Settings
from tests.flows.catalogue.shop import WHO
from tests.samples.goods import GOODS
from tests.samples.wildberries import Week
from tests.samples.wildberries_files import file_name, write_detail

KIT = GOODS[0]
JUNE = LinkInput(key=KIT.barcode, item=None, components=[Component(item="r-mug")], valid_to=date(2026, 6, 30))
JULY = LinkInput(
    key=KIT.barcode, item=None, valid_from=date(2026, 7, 1),
    components=[Component(item="r-mug"), Component(item="r-shirt")],
)  # fmt: skip
Row = tuple[str, str, str]  # sale or return, its day, the reference of the piece


class Weeks:
    """Imports weekly details of one kit into a Wildberries account."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database, self.settings, self.folder = database, settings, folder
        account = AccountInput(organization="romashka", channel="wildberries")
        catalogue.put_account(database, settings, "wb", account, WHO)

    def add(self, *rows: Row) -> str:
        """Import a week of sales and returns of the kit; return the id of its report."""
        first = date.fromisoformat(min(day for _, day, _ in rows))
        week = Week("2026", f"6401{first:%m%d}{len(rows)}", first - timedelta(days=first.weekday()))
        for doc, day, piece in rows:
            sign, all_of_it = -1 if doc == "Возврат" else 1, Decimal(100)
            week.add(
                doc, doc, sign, KIT, sale_dt=day, srid=piece, quantity=1, retail_amount=all_of_it,
                ppvz_for_pay=all_of_it,
            )  # fmt: skip
        path = self.folder / file_name(week)
        write_detail(week, path)
        sha = f"{week.number:0>64}"
        upload = Upload(path=str(path), name=path.name, sha256=sha, size=path.stat().st_size)
        return import_report(self.database, self.settings, "wb", upload, "test", no_progress).report

    def look(self, report: str) -> dict[str, Any]:
        return report_object(self.database, self.settings, report)

    def returned(self, report: str) -> list[tuple[str, str, list[int]]]:
        """The lines of returns in the preview: item, amount, rows of the file."""
        return shown(report_documents(self.database, self.settings, report)["items"])

    def post(self, report: str) -> list[dict[str, Any]]:
        posted = post_report(self.database, self.settings, report, self.look(report)["digest"], "test")
        return [document_object(self.database, one["id"]) for one in posted["documents"]]


def shown(documents: list[dict[str, Any]]) -> list[tuple[str, str, list[int]]]:
    (found,) = [one for one in documents if one["kind"] == "commission_report"]
    return [
        (line["item"]["ref"], line["amount"], [source["row"] for source in line["sources"]])
        for line in found["lines"]
        if line["section"] == "returns"
    ]


@pytest.fixture
def weeks(shop: Database, settings: Settings, tmp_path: Path) -> Weeks:
    return Weeks(shop, settings, tmp_path)


def put(shop: Database, *links: LinkInput) -> dict[str, Any]:
    return catalogue.put_links(shop, "wb", "product", links, WHO)


def test_a_return_takes_the_composition_of_its_sale_and_each_line_leads_to_its_own_rows(
    shop: Database, weeks: Weeks
) -> None:
    put(shop, JUNE, JULY)
    report = weeks.add(
        ("Продажа", "2026-06-30", "a"), ("Продажа", "2026-07-01", "b"), ("Возврат", "2026-07-03", "b"),
        ("Возврат", "2026-07-03", "a"), ("Возврат", "2026-07-03", "unknown"),
    )  # fmt: skip
    expected = [("r-mug", "100.00", [5]), ("r-mug", "100.00", [4, 6]), ("r-shirt", "100.00", [4, 6])]
    assert weeks.look(report)["state"] == "ready"
    assert sorted(weeks.returned(report), key=lambda line: (line[0], line[2][::-1])) == expected
    assert sorted(shown(weeks.post(report)), key=lambda line: (line[0], line[2][::-1])) == expected


def test_the_sale_may_be_in_an_earlier_report_or_one_that_is_imported_later(shop: Database, weeks: Weeks) -> None:
    put(shop, JUNE, JULY)
    report = weeks.add(("Возврат", "2026-07-08", "a"))
    assert [line[:2] for line in weeks.returned(report)] == [("r-mug", "50.00"), ("r-shirt", "50.00")]
    before = weeks.look(report)["digest"]
    weeks.add(("Продажа", "2026-06-24", "a"), ("Продажа", "2026-06-25", "c"))
    assert weeks.returned(report) == [("r-mug", "100.00", [2])]
    assert weeks.look(report)["digest"] != before


def test_a_sale_that_was_reversed_is_not_known_any_more(shop: Database, weeks: Weeks, settings: Settings) -> None:
    put(shop, JUNE, JULY)
    sold = weeks.add(("Продажа", "2026-06-24", "a"))
    weeks.post(sold)
    report = weeks.add(("Возврат", "2026-07-08", "a"))
    before = weeks.look(report)["digest"]
    assert weeks.returned(report) == [("r-mug", "100.00", [2])]
    reverse_report(shop, settings, sold, None, "2026-07-31", "", WHO)
    assert [line[0] for line in weeks.returned(report)] == ["r-mug", "r-shirt"]
    assert weeks.look(report)["digest"] != before


def test_the_queue_asks_for_the_links_of_the_day_of_sale(shop: Database, weeks: Weeks) -> None:
    put(shop, LinkInput(key=KIT.barcode, item="r-mug", valid_from=date(2026, 7, 1)))
    report = weeks.add(("Возврат", "2026-07-08", "a"))
    assert catalogue.list_links(shop, "wb", "product", "unlinked")["items"] == []
    sold = weeks.add(("Продажа", "2026-06-24", "a"))
    (missing,) = catalogue.list_links(shop, "wb", "product", "unlinked")["items"]
    assert (missing["quantity"], missing["reports"]) == ("2", [report, sold])
    put(shop, LinkInput(key=KIT.barcode, item="r-shirt", valid_to=date(2026, 6, 30)))
    assert catalogue.list_links(shop, "wb", "product", "unlinked")["items"] == []
    assert [weeks.look(one)["state"] for one in (report, sold)] == ["ready", "ready"]


def test_a_return_takes_item_and_vat_rate_of_the_day_of_its_sale(shop: Database, weeks: Weeks) -> None:
    ends = LinkInput(key=KIT.barcode, item="r-shirt", valid_to=date(2025, 12, 31))
    put(shop, ends, LinkInput(key=KIT.barcode, item="r-mug", valid_from=date(2026, 1, 1)))
    weeks.add(("Продажа", "2025-12-30", "a"))
    report = weeks.add(("Возврат", "2026-01-14", "a"))
    (line,) = report_documents(shop, weeks.settings, report)["items"][0]["lines"]
    assert (line["item"]["ref"], line["vat_rate"]) == ("r-shirt", "20")


def test_a_change_of_the_links_of_the_day_of_sale_names_the_document_of_the_return(
    shop: Database, weeks: Weeks
) -> None:
    put(shop, JUNE, JULY)
    weeks.add(("Продажа", "2026-06-24", "a"))
    (document,) = weeks.post(weeks.add(("Возврат", "2026-07-08", "a")))
    other = LinkInput(key=KIT.barcode, item="r-shirt", valid_to=date(2026, 6, 30))
    assert put(shop, other)["posted_documents"] == [document["id"]]


def test_every_row_of_its_own_keeps_its_row_and_takes_the_composition_of_the_sale(
    shop: Database, weeks: Weeks, settings: Settings
) -> None:
    account = AccountInput(organization="romashka", channel="wildberries", settings={"grouping": "none"})
    catalogue.put_account(shop, settings, "wb", account, WHO)
    put(shop, JUNE, JULY)
    weeks.add(("Продажа", "2026-06-24", "a"), ("Продажа", "2026-06-24", "b"))
    report = weeks.add(("Возврат", "2026-07-08", "a"), ("Возврат", "2026-07-08", "b"))
    assert weeks.returned(report) == [("r-mug", "100.00", [2]), ("r-mug", "100.00", [3])]


def test_links_without_dates_ask_for_no_sale(shop: Database, weeks: Weeks) -> None:
    put(shop, LinkInput(key=KIT.barcode, item=None, components=[Component(item="r-mug")]))
    report = weeks.add(("Продажа", "2026-07-06", "a"), ("Возврат", "2026-07-08", "a"))
    asked: list[str] = []
    event.listen(shop.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert [line[0] for line in weeks.returned(report)] == ["r-mug"]
    assert asked and not [query for query in asked if query.startswith("SELECT lines.report_id")]
