"""A price list of a channel: its headers, what makes a listing, the keys that reports will name it by."""

import pytest

from mappings.listing_sheet import Listing, read_listings, read_price
from mappings.sheet_rows import Binding
from mappings.upload_sheet import CellProblem, bind_list

Rows = list[list[object]]
_MARKET = "Артикул продавца;Артикул WB;Баркод;Название;Размер;Цена"


def read(header: str, rows: Rows) -> tuple[list[Listing], list[CellProblem]]:
    binding = bind_list("listings", 1, header.split(";"))
    assert isinstance(binding, Binding)
    found, problems = read_listings(binding, list(enumerate(rows, 2)), set())
    return [one.listing for one in found], problems


@pytest.mark.parametrize(
    "header",
    ["Артикул поставщика;nmID;Последний баркод;Название товара;Размер вещи;Текущая цена",
     "Offer ID;SKU;EAN;Title;Size;Price",
     "Sygnatura;ID oferty;Kod kreskowy;Tytuł oferty;Rozmiar;Cena", _MARKET],
)  # fmt: skip
def test_price_lists_of_channels_are_known_by_their_headers(header: str) -> None:
    binding = bind_list("listings", 1, header.split(";"))
    assert binding is not None
    assert list(binding.places) == ["article", "marketplace_id", "barcodes", "name", "size", "price"]


def test_sizes_are_listings_of_their_own_and_repeated_rows_add_barcodes() -> None:
    rows: Rows = [
        ["TEE", 101, "201", "Майка", "S", 999.5], ["TEE", 101, "202; 203", "Майка", "M", 999.5],
        ["TEE", 101, "204", "", "M", None],
    ]  # fmt: skip
    found, problems = read(_MARKET, rows)
    assert problems == []
    assert [(one.marketplace_id, one.size, one.barcodes, one.price) for one in found] == [
        ("101", "S", ("201",), 99950), ("101", "M", ("202", "203", "204"), 99950),
    ]  # fmt: skip


def test_what_is_wrong_is_named_by_row_and_column() -> None:
    rows: Rows = [["A", 1, "2E+12", "x", "", "дорого"], ["", None, "", "x", "", 1], ["A", 1, "", "y", "", ""]]
    _, problems = read(_MARKET, rows)
    assert [(one.row, one.column, one.code) for one in problems] == [
        (2, "barcodes", "code_damaged"), (2, "price", "price_wrong"), (3, "marketplace_id", "row_nameless"),
        (4, "name", "rows_differ"),
    ]  # fmt: skip


def test_a_listing_is_the_same_whatever_it_costs_and_is_called() -> None:
    one = Listing(article="A", marketplace_id="1", size="S", name="x", price=1)
    assert one.identity() == Listing(article="A", marketplace_id="1", size="S", name="y", barcodes=("2",)).identity()
    assert one.identity() != Listing(article="A", marketplace_id="1", size="M").identity()
    assert Listing(barcodes=("2", "3")).identity() == Listing(barcodes=("2", "4")).identity()


def test_keys_follow_the_order_of_the_channel() -> None:
    one = Listing(article="A", marketplace_id="1", barcodes=("2", "3"), size="S", name="x")
    assert [key.key for key in one.keys(("barcode", "article"))] == ["2", "3"]
    assert [key.key for key in one.keys(("article", "barcode"))] == ["A", "A"]
    assert [key.key for key in Listing(name="x").keys(("article",))] == ["x"]
    assert one.keys(("barcode",))[0].aliases() == ("2", "A/S", "A", "1")


@pytest.mark.parametrize(
    ("text", "price"),
    [("", (None, True)), ("1 299,00 ₽", (129900, True)), ("999.5", (99950, True)), ("10.005", (1001, True)),
     ("100 zł", (10000, True)), ("дорого", (None, False)), ("-5", (None, False)), ("9" * 15, (None, False))],
)  # fmt: skip
def test_prices_are_whole_kopecks(text: str, price: tuple[int | None, bool]) -> None:
    assert read_price(text) == price
