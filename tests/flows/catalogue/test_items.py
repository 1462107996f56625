"""ERP items are taken in bulk, all or nothing, and found by any text."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows import catalogue
from mappings.items import Item
from tests.flows.catalogue.shop import MUG, SHIRT, WHO, counted, events_of


def test_items_are_created_changed_and_left_alone(shop: Database) -> None:
    cheaper = Item(ref="r-mug", code="02", article="MUG", name="Кружка", barcodes=("462",), vat_rate="20")
    cap = Item(ref="r-cap", article="CAP", name="Кепка")
    assert catalogue.put_items(shop, [SHIRT, cheaper, cap], WHO) == {"created": 1, "changed": 1, "unchanged": 1}
    found = {item["ref"]: item for item in catalogue.list_items(shop)["items"]}
    assert list(found) == ["r-shirt", "r-mug", "r-cap"]
    assert (found["r-mug"]["barcodes"], found["r-mug"]["vat_rate"]) == (["462"], "20")
    assert events_of(shop, "items_put")[-1][2] == {"created": 1, "changed": 1, "unchanged": 1}


def test_the_same_items_again_change_nothing(shop: Database, unchanged: Callable[[], None]) -> None:
    before = counted(shop)
    assert catalogue.put_items(shop, [MUG, SHIRT], WHO) == {"created": 0, "changed": 0, "unchanged": 2}
    assert catalogue.put_items(shop, [], WHO) == {"created": 0, "changed": 0, "unchanged": 0}
    assert counted(shop) == before


def test_the_order_of_barcodes_is_the_erps(shop: Database) -> None:
    turned = Item(ref="r-mug", code="02", article="MUG", name="Кружка", barcodes=("462", "461"), vat_rate="10")
    assert catalogue.put_items(shop, [turned], WHO)["changed"] == 1
    assert catalogue.list_items(shop, search="MUG")["items"][0]["barcodes"] == ["462", "461"]


def test_articles_and_barcodes_lose_blanks_around_them(shop: Database) -> None:
    untidy = Item(
        ref="r-mug", code="02", article=" MUG\u00a0", name="Кружка", barcodes=("461 ", "", "461", "462"), vat_rate="10"
    )
    assert catalogue.put_items(shop, [untidy], WHO)["unchanged"] == 1


@pytest.mark.parametrize(
    ("item", "code", "column"),
    [
        (Item(ref=""), "text_empty", "ref"),
        (Item(ref=" "), "text_empty", "ref"),
        (Item(ref="r" * 101), "text_long", "ref"),
        (Item(ref="r", article="a" * 201), "text_long", "article"),
        (Item(ref="r", name="\0"), "text_broken", "name"),
        (Item(ref="r", barcodes=("4" * 65,)), "text_long", "barcodes"),
        (Item(ref="r", barcodes=tuple(str(n) for n in range(1001))), "barcodes_many", "barcodes"),
        (Item(ref="r", vat_rate="21"), "vat_rate_wrong", "vat_rate"),
        (Item(ref="r-shirt"), "ref_repeated", "ref"),
    ],
)
def test_one_wrong_item_refuses_the_whole_list(shop: Database, item: Item, code: str, column: str) -> None:
    new = Item(ref="r-new")
    before = counted(shop)
    with pytest.raises(BadInput, match="Номенклатура не принята") as caught:
        catalogue.put_items(shop, [new, SHIRT, item], WHO)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column, problem.row) == (code, column, 3)
    assert len(catalogue.list_items(shop)["items"]) == 2
    assert counted(shop) == before


def test_many_wrong_items_are_counted_and_the_first_thousand_are_shown(sqlite_database: Database) -> None:
    with pytest.raises(BadInput, match="и ещё 4999") as caught:
        catalogue.put_items(sqlite_database, [Item(ref=str(n), vat_rate="21") for n in range(5000)], WHO)
    assert len(caught.value.problems) == 1000


@pytest.mark.parametrize("rate", ["", "20", "20%", "НДС20", "Без НДС", "10", "0", "22"])
def test_vat_rates_are_kept_as_the_erp_writes_them(sqlite_database: Database, rate: str) -> None:
    catalogue.put_items(sqlite_database, [Item(ref="r", vat_rate=rate)], WHO)
    assert catalogue.list_items(sqlite_database)["items"][0]["vat_rate"] == rate


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("рубашка", ["r-shirt"]),
        ("ёлочка РУБАШ", ["r-shirt"]),
        ("mug", ["r-mug"]),
        ("462", ["r-mug"]),
        ("46", ["r-shirt", "r-mug"]),
        ("рубашка кружка", []),
        ("%", []),
        ("'", []),
        ("", ["r-shirt", "r-mug"]),
    ],
)
def test_items_are_found_by_any_text_whatever_the_case(shop: Database, search: str, found: list[str]) -> None:
    assert [item["ref"] for item in catalogue.list_items(shop, search=search)["items"]] == found


def test_two_that_put_the_same_items_at_once_make_each_item_once(database: Database) -> None:
    items = [Item(ref=f"r-{n}", barcodes=(str(n),)) for n in range(500)]
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: catalogue.put_items(database, items, WHO), range(4)))
    assert sorted(each["created"] for each in counts) == [0, 0, 0, 500]
    assert counted(database) == 1


def test_items_come_in_pages(database: Database) -> None:
    catalogue.put_items(database, [Item(ref=f"r-{n}") for n in range(5)], WHO)
    refs, cursor = [], None
    for _ in range(3):
        page = catalogue.list_items(database, limit=2, cursor=cursor)
        refs += [item["ref"] for item in page["items"]]
        cursor = page["next"]
    assert refs == [f"r-{n}" for n in range(5)]
    assert cursor is None
