"""A month is booked with the links of that month, and what is booked already is named and left alone."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows import catalogue
from bridge.flows.catalogue import LinkInput
from bridge.flows.workbook_diff import diff
from bridge.flows.workbook_file import opened_sheet
from bridge.flows.workbooks import upload
from bridge.settings import Settings
from reports.limits import Limits
from tests.flows.catalogue.months import Months
from tests.flows.catalogue.shop import WHO

JULY = date(2026, 7, 1)


@pytest.fixture
def months(shop: Database, settings: Settings, tmp_path: Path) -> Months:
    return Months(shop, settings, tmp_path)


def put(database: Database, *links: LinkInput, dry_run: bool = False) -> dict[str, Any]:
    return catalogue.put_links(database, "shop", "product", links, WHO, dry_run=dry_run)


def refs(lines: list[dict[str, Any]]) -> list[str]:
    return [line["item"]["ref"] for line in lines]


def test_an_old_month_is_booked_with_the_links_of_that_month(shop: Database, months: Months) -> None:
    put(
        shop,
        LinkInput(key="A-1", item="r-mug", valid_to=date(2026, 6, 30)),
        LinkInput(key="A-1", item="r-shirt", valid_from=JULY),
    )
    july = months.add("A-1 2026-07-05 100.00")
    june = months.add("A-1 2026-06-05 100.00")
    assert (refs(months.lines(june)), refs(months.lines(july))) == (["r-mug"], ["r-shirt"])


def test_a_month_with_both_links_has_a_line_for_each(shop: Database, months: Months) -> None:
    put(
        shop,
        LinkInput(key="A-1", item="r-mug", valid_to=date(2026, 6, 30)),
        LinkInput(key="A-1", item="r-shirt", valid_from=JULY, multiplier=3),
    )
    both = months.add("A-1 2026-06-30 100.00", "A-1 2026-07-01 50.00 2")
    shown = sorted((line["item"]["ref"], line["quantity"], line["amount"]) for line in months.lines(both))
    assert shown == [("r-mug", "1", "100.00"), ("r-shirt", "6", "50.00")]


def test_a_change_names_the_posted_documents_and_leaves_them_alone(shop: Database, months: Months) -> None:
    put(shop, LinkInput(key="A-1", item="r-mug"))
    june = months.add("A-1 2026-06-05 100.00")
    (document,) = months.post(june)
    before = months.document(document)
    assert put(shop, LinkInput(key="A-1", item="r-shirt"))["posted_documents"] == [document]
    assert months.document(document) == before
    assert put(shop, LinkInput(key="A-1", item=None))["posted_documents"] == [document]
    assert months.document(document) == before


def test_only_documents_of_the_changed_days_are_named(shop: Database, months: Months) -> None:
    put(shop, LinkInput(key="A-1", item="r-mug"), LinkInput(key="B-1", item="r-mug"))
    (june,) = months.post(months.add("A-1 2026-06-05 100.00"))
    (july,) = months.post(months.add("A-1 2026-07-05 100.00"))
    months.post(months.add("B-1 2026-07-06 100.00"))
    ended = put(
        shop,
        LinkInput(key="A-1", item="r-mug", valid_to=date(2026, 6, 30)),
        LinkInput(key="A-1", item="r-shirt", valid_from=JULY),
    )
    assert ended["posted_documents"] == [july]
    lengthened = put(
        shop,
        LinkInput(key="A-1", item=None, valid_from=JULY),
        LinkInput(key="A-1", item="r-mug", valid_to=date(2026, 7, 4)),
    )
    assert lengthened["posted_documents"] == [july]
    assert put(shop, LinkInput(key="A-1", item="r-mug", multiplier=2))["posted_documents"] == [june, july]


def test_the_posted_documents_are_named_before_links_are_put(shop: Database, months: Months) -> None:
    put(shop, LinkInput(key="A-1", item="r-mug"))
    months.post(months.add("A-1 2026-06-05 100.00"))
    (july,) = months.post(months.add("A-1 2026-07-05 100.00"))
    wanted = (
        LinkInput(key="A-1", item="r-mug", valid_to=date(2026, 6, 30)),
        LinkInput(key="A-1", item="r-shirt", valid_from=JULY),
        LinkInput(key="C-1", item=None),
    )
    seen = put(shop, *wanted, dry_run=True)
    assert seen == {"created": 1, "changed": 1, "unchanged": 1, "set": "", "posted_documents": [july]}
    assert put(shop, LinkInput(key="A-1", item="r-mug"), dry_run=True)["posted_documents"] == []
    done = put(shop, *wanted)
    assert {**done, "set": ""} == seen
    with pytest.raises(BadInput):
        put(shop, LinkInput(key="A-1", item="r-none"), dry_run=True)


def test_the_posted_documents_are_named_before_a_workbook_is_taken(
    shop: Database, months: Months, tmp_path: Path
) -> None:
    put(shop, LinkInput(key="A-1", item="r-mug"), LinkInput(key="B-1", item="r-mug"))
    (document,) = months.post(months.add("A-1 2026-06-05 100.00"))
    months.post(months.add("B-1 2026-06-05 100.00"))
    path = tmp_path / "list.csv"
    path.write_text("Ключ;Номенклатура\nA-1;r-shirt\nB-1;r-mug\n", "utf-8")
    with opened_sheet(path, path.name, Limits()) as sheet:
        for dry_run in (True, False):
            uploaded = upload(shop, sheet, "shop", "product", WHO, dry_run=dry_run)
            told = diff(uploaded, sheet, dry_run=dry_run, limit=10)
            assert (bool(told["set"]), told["posted_documents"]) == (not dry_run, [document])


def test_reports_that_are_not_posted_are_booked_anew_and_not_named(shop: Database, months: Months) -> None:
    put(shop, LinkInput(key="A-1", item="r-mug"))
    open_one = months.add("A-1 2026-06-05 100.00")
    assert put(shop, LinkInput(key="A-1", item="r-shirt"))["posted_documents"] == []
    assert refs(months.lines(open_one)) == ["r-shirt"]


def test_links_of_another_code_of_the_product_count_too(shop: Database, months: Months) -> None:
    (document,) = months.post(months.add("MUG 2026-06-05 100.00"))
    assert put(shop, LinkInput(key="MUG", item="r-shirt"))["posted_documents"] == [document]
    assert put(shop, LinkInput(key="CUP", item="r-shirt"))["posted_documents"] == []


def test_the_table_shows_every_version_of_a_link(shop: Database) -> None:
    put(shop, LinkInput(key="A-1", item="r-mug", note="старая упаковка"))
    put(
        shop,
        LinkInput(key="A-1", item="r-mug", valid_to=date(2026, 6, 30)),
        LinkInput(key="A-1", item="r-shirt", valid_from=JULY),
    )
    shown = catalogue.list_links(shop, "shop", "product")["items"]
    assert [(one["item"], one["version"], one["who"], one["note"]) for one in shown] == [
        ("r-mug", 2, WHO, "старая упаковка"),
        ("r-shirt", 1, WHO, ""),
    ]
