"""A kit is written as a link with components, and its report is ready when every component is known."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows import catalogue
from bridge.flows.catalogue import Component, LinkInput
from bridge.settings import Settings
from tests.flows.catalogue.months import Months
from tests.flows.catalogue.shop import WHO

PARTS = [Component(item="r-mug", multiplier=2, share="0.4"), Component(item="r-shirt", share="0.6")]
MUGS, SHIRTS = [Component(item="r-mug", multiplier=2)], [Component(item="r-shirt")]


@pytest.fixture
def months(shop: Database, settings: Settings, tmp_path: Path) -> Months:
    return Months(shop, settings, tmp_path)


def put(database: Database, *links: LinkInput, kind: str = "product") -> dict[str, Any]:
    return catalogue.put_links(database, "shop", kind, links, WHO)


def codes(caught: pytest.ExceptionInfo[BadInput]) -> list[str]:
    return [problem.code for problem in caught.value.problems]


def test_a_held_report_becomes_ready_with_a_line_for_each_component(shop: Database, months: Months) -> None:
    report = months.add("SET-1 2026-07-05 99.99 1 10.01", "SET-1 2026-07-06 99.99 1 10.01 Возврат")
    assert months.look(report)["state"] == "held"
    put(shop, LinkInput(key="SET-1", item=None, components=PARTS))
    seen = months.look(report)
    assert (seen["state"], seen["unmapped"]["count"]) == ("ready", 0)
    assert all(check["ok"] for check in seen["checks"])
    shown = [
        (line["section"], line["item"]["ref"], line["quantity"], line["amount"], line["vat_rate"], line["commission"])
        for line in months.lines(report)
    ]
    assert shown == [
        ("sales", "r-mug", "2", "40.00", "10", "4.00"),
        ("sales", "r-shirt", "1", "59.99", "22", "6.01"),
        ("returns", "r-mug", "2", "40.00", "10", "4.00"),
        ("returns", "r-shirt", "1", "59.99", "22", "6.01"),
    ]


def test_the_table_shows_the_components_as_they_were_given(shop: Database) -> None:
    put(shop, LinkInput(key="a", item=None, components=PARTS))
    put(shop, LinkInput(key="b", item="r-mug", components=[Component(item="r-shirt", multiplier=3)]))
    first, second = catalogue.list_links(shop, "shop", "product")["items"]
    assert (first["item"], first["components"][0]) == ("", {"item": "r-mug", "multiplier": 2, "share": "0.4"})
    assert (second["item"], second["components"]) == ("r-mug", [{"item": "r-shirt", "multiplier": 3}])
    assert put(shop, LinkInput(key="a", item=None, components=PARTS))["unchanged"] == 1


def test_returns_and_sales_take_the_composition_of_their_day(shop: Database, months: Months) -> None:
    put(
        shop,
        LinkInput(key="SET-1", item=None, components=MUGS, valid_to=date(2026, 6, 30)),
        LinkInput(key="SET-1", item=None, components=PARTS, valid_from=date(2026, 7, 1)),
    )
    report = months.add("SET-1 2026-06-30 100.00", "SET-1 2026-06-30 100.00 1 0 Возврат", "SET-1 2026-07-01 100.00")
    shown = [(line["section"], line["item"]["ref"], line["amount"]) for line in months.lines(report)]
    assert shown == [
        ("sales", "r-mug", "100.00"),
        ("sales", "r-mug", "40.00"),
        ("sales", "r-shirt", "60.00"),
        ("returns", "r-mug", "100.00"),
    ]


def came_back(months: Months, report: str) -> list[str]:
    """Return the items that the returns of a report are booked as."""
    return [line["item"]["ref"] for line in months.lines(report) if line["section"] == "returns"]


def test_a_return_that_names_no_sale_takes_the_composition_of_the_known_sales_that_agree(
    shop: Database, months: Months
) -> None:
    put(
        shop,
        LinkInput(key="SET-1", item=None, components=PARTS, valid_to=date(2026, 6, 30)),
        LinkInput(key="SET-1", item=None, components=MUGS, valid_from=date(2026, 7, 1)),
    )
    months.add("SET-1 2026-06-10 100.00", "SET-1 2026-06-12 70.00")
    assert came_back(months, months.add("SET-1 2026-07-12 100.00 1 0 Возврат")) == ["r-mug", "r-shirt"]
    assert came_back(months, months.add("SET-1 2026-07-13 99.00 1 0 Возврат")) == [
        "r-mug"
    ]  # nothing was sold at this price
    assert came_back(months, months.add("SET-1 2026-07-02 70.00", "SET-1 2026-07-14 70.00 1 0 Возврат")) == [
        "r-mug"
    ]  # both


def test_a_change_of_the_composition_names_the_posted_documents(shop: Database, months: Months) -> None:
    put(shop, LinkInput(key="SET-1", item=None, components=PARTS))
    (document,) = months.post(months.add("SET-1 2026-07-05 100.00"))
    assert put(shop, LinkInput(key="SET-1", item=None, components=SHIRTS))["posted_documents"] == [document]


@pytest.mark.parametrize(
    "shares", [("0.7", "0.3"), ("70", "30"), ("0.333", "0.666"), ("700", "350"), ("1", "1"), (None, None)]
)
def test_price_shares_are_fractions_of_one_or_weights(shop: Database, shares: tuple[str | None, str | None]) -> None:
    parts = [Component(item="r-mug", share=shares[0]), Component(item="r-shirt", share=shares[1])]
    assert put(shop, LinkInput(key="k", item=None, components=parts))["created"] == 1


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ([Component(item="r-mug", share="0.5"), Component(item="r-shirt")], "share_wrong"),
        ([Component(item="r-mug", share="0")], "share_wrong"),
        ([Component(item="r-mug", share="-1")], "share_wrong"),
        ([Component(item="r-mug", share="половина")], "share_wrong"),
        ([Component(item="r-mug", share="NaN")], "share_wrong"),
        ([Component(item="r-mug", share="1e999")], "share_wrong"),
        ([Component(item="r-mug", share="0.7"), Component(item="r-shirt", share="0.7")], "share_sum"),
        ([Component(item="r-mug", multiplier=0)], "multiplier_wrong"),
        ([Component(item="r-nothing")], "item_unknown"),
        ([Component(item="r-mug")] * 101, "components_many"),
    ],
)
def test_a_kit_that_cannot_be_booked_is_refused(shop: Database, components: list[Component], code: str) -> None:
    with pytest.raises(BadInput, match="Связи не приняты") as caught:
        put(shop, LinkInput(key="k", item=None, components=components))
    assert codes(caught) == [code]


def test_two_compositions_for_one_day_are_refused(shop: Database) -> None:
    put(shop, LinkInput(key="k", item=None, components=PARTS))
    with pytest.raises(BadInput, match=r"комплектом «r-mug» \+ «r-shirt» и комплектом «r-mug» действуют") as caught:
        put(shop, LinkInput(key="k", item=None, components=MUGS, valid_from=date(2026, 7, 1)))
    assert codes(caught) == ["links_overlap"]


def test_other_tables_know_neither_kits_nor_pieces(shop: Database) -> None:
    with pytest.raises(BadInput) as caught:
        put(shop, LinkInput(key="Коледино", item="Склад", multiplier=2, components=PARTS), kind="warehouse")
    assert codes(caught) == ["multiplier_wrong", "components_wrong"]
    with pytest.raises(BadInput) as caught:
        put(shop, LinkInput(key="new", item="Новый", valid_from=date(2026, 7, 1)), kind="order_status")
    assert codes(caught) == ["validity_wrong"]
