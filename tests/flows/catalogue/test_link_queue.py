"""The queue of products without an item: its totals and filters; nothing old is shown when anything has changed."""

from typing import Any

import pytest
from sqlalchemy import update

from bridge.db.session import Database
from bridge.db.tables import reports
from bridge.errors import BadInput
from bridge.flows import catalogue, link_views
from bridge.flows.catalogue import LinkInput
from bridge.flows.link_queue import missing_products
from bridge.flows.link_views import View
from mappings.items import Item, ProductKey
from tests.flows.catalogue.shop import WHO, add_report

CAP = ProductKey(key="CAP", article="CAP", barcode="999", name="Кепка Ёлочка")
SCARF = ProductKey(key="SCARF", article="SC", marketplace_id="777", name="Шарф зелёный")
TWIN = ProductKey(key="MUG", article="MUG", name="Кружка")
NOTHING = {"products": 0, "amount": "0.00", "oldest": None, "reports": 0}


@pytest.fixture
def queue(shop: Database) -> Database:
    """Two reports with two products that no item is like, and one that two items are like."""
    catalogue.put_items(shop, [Item(ref="r-twin", article="MUG")], WHO)
    sold = [(0, "2026-10-05", 1000, 1010, ""), (1, "2026-10-02", 2000, 2020, ""), (2, "2026-10-03", 1000, 5000, "")]
    add_report(shop, "shop", [CAP, SCARF, TWIN], sold)
    add_report(shop, "shop", [CAP], [(0, "2026-09-30", 1000, 505, "0.5 0"), (0, "", 1000, 1, "")])
    return shop


def page(database: Database, state: str = "unlinked", **asked: Any) -> dict[str, Any]:
    limit, cursor = asked.pop("limit", 100), asked.pop("cursor", None)
    said = View(state=state, **asked)  # type: ignore[arg-type]  # what is not known is what some tests ask
    return link_views.list_viewed(database, "shop", "product", None, said, limit, cursor)


def keys(found: dict[str, Any]) -> list[str]:
    return [one["key"] for one in found["items"]]


def test_totals_are_of_the_whole_queue_whatever_the_page(queue: Database) -> None:
    total = {"products": 2, "amount": "35.37", "oldest": "2026-09-30", "reports": 2}
    first = page(queue, limit=1)
    assert (keys(first), first["waiting"]) == (["CAP"], total)
    second = page(queue, limit=1, cursor=first["next"])
    assert (keys(second), second["waiting"], second["next"]) == (["SCARF"], total, None)
    assert page(queue, "ambiguous")["waiting"] == {
        "products": 1, "amount": "50.00", "oldest": "2026-10-03", "reports": 1,
    }  # fmt: skip


def test_each_product_tells_the_oldest_day_it_is_needed_for(queue: Database) -> None:
    assert [one["oldest"] for one in page(queue)["items"]] == ["2026-09-30", "2026-10-02"]


def test_a_day_that_nobody_knows_is_none(shop: Database) -> None:
    add_report(shop, "shop", [CAP], [(0, "", 1000, 100, "")], summary={})
    found = page(shop)
    assert (found["items"][0]["oldest"], found["waiting"]["oldest"]) == (None, None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"key": "CAP"}, ["CAP"]), ({"key": "999"}, ["CAP"]), ({"key": "777"}, ["SCARF"]), ({"key": "Кепка"}, []),
        ({"search": "ёлочка КЕПКА"}, ["CAP"]), ({"search": "sc"}, ["SCARF"]), ({"search": "кепка шарф"}, []),
        ({"search": "99", "key": "CAP"}, ["CAP"]), ({"item": "r-mug"}, []),
        ({"search": "", "item": ""}, ["CAP", "SCARF"]),
    ],
)  # fmt: skip
def test_filters_choose_products_and_totals_follow(queue: Database, asked: dict[str, str], found: list[str]) -> None:
    shown = page(queue, **asked)
    assert (keys(shown), shown["waiting"]["products"]) == (found, len(found))


def test_an_item_chooses_the_products_whose_codes_may_mean_it(queue: Database) -> None:
    assert keys(page(queue, "ambiguous", item="r-twin")) == ["MUG"]
    assert keys(page(queue, "ambiguous", item="r-shirt")) == []


@pytest.mark.parametrize("state", ["unlinked", "ambiguous"])
def test_how_a_link_was_found_cannot_choose_what_has_none(queue: Database, state: str) -> None:
    with pytest.raises(BadInput, match="found_by") as caught:
        page(queue, state, found_by="person")
    assert [(one.code, one.column) for one in caught.value.problems] == [("filter_pointless", "found_by")]
    with pytest.raises(BadInput, match="Вид не принят"):
        link_views.put_view(queue, "shop", "product", "мой", View(state=state, found_by="person"), WHO)  # type: ignore[arg-type]


def test_a_view_of_the_queue_shows_it_and_the_request_may_lift_its_filters(queue: Database) -> None:
    link_views.put_view(queue, "shop", "product", "кепки", View(state="unlinked", search="кепка"), WHO)

    def viewed(**said: str) -> list[str]:
        return keys(link_views.list_viewed(queue, "shop", "product", "кепки", View(**said), 10, None))  # type: ignore[arg-type]

    assert viewed() == ["CAP"]
    assert viewed(search="") == ["CAP", "SCARF"]
    assert viewed(search="", state="ambiguous") == ["MUG"]


def test_other_tables_have_no_queue(queue: Database) -> None:
    found = link_views.list_viewed(queue, "shop", "warehouse", None, View(state="unlinked", search="x"), 10, None)
    assert found == {"items": [], "next": None, "waiting": NOTHING}


def test_what_is_kept_between_pages_is_never_old(queue: Database) -> None:
    assert keys(page(queue)) == ["CAP", "SCARF"]
    catalogue.put_links(queue, "shop", "product", [LinkInput(key="SCARF", item="r-mug")], WHO)
    assert keys(page(queue)) == ["CAP"]
    add_report(queue, "shop", [SCARF, ProductKey(key="NEW")], [(1, "2026-10-01", 1000, 100, "")])
    assert keys(page(queue)) == ["CAP", "NEW"]
    with queue.write() as connection:
        connection.execute(update(reports).where(reports.c.uid == "report-2").values(state="posted"))
    assert keys(page(queue)) == ["CAP"]
    with queue.write() as connection:
        connection.execute(
            update(reports).where(reports.c.uid == "report-1").values(summary={"period_to": "2020-01-31"})
        )
    assert page(queue)["waiting"]["oldest"] == "2020-01-31"


def test_pages_and_the_whole_queue_are_one_thing(queue: Database) -> None:
    whole = {one["key"]: one for one in missing_products(queue, "shop")}
    paged = [*page(queue)["items"], *page(queue, "ambiguous")["items"]]
    assert {one["key"]: one for one in paged} == whole
