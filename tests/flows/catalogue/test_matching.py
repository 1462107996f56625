"""Products of unposted reports: what waits for an item is listed, what has one candidate is linked."""

from datetime import date
from typing import Any

import pytest

from bridge.db.session import Database
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, LinkInput
from bridge.settings import Settings
from mappings.items import Item, ProductKey
from tests.flows.catalogue.shop import WHO, add_report, counted, events_of


def put(database: Database, *links: LinkInput) -> None:
    catalogue.put_links(database, "shop", "product", links, WHO)


NOTHING_NEW = {"linked": 0, "ambiguous": [], "unlinked": 0, "suggested": 0, "set": ""}
CAP = ProductKey(key="CAP", article="CAP", barcode="999", name="Кепка")
KNOWN = ProductKey(key="nm-mug", article="x", barcode="461", marketplace_id="nm-mug", name="Кружка WB")


def missing(database: Database, state: str, **page: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = catalogue.list_links(database, "shop", "product", state=state, **page)["items"]
    return found


def test_products_without_an_item_are_listed_with_what_waits_for_them(shop: Database) -> None:
    add_report(shop, "shop", [KNOWN, CAP], [(0, "2026-10-01", 1000, 100, ""), (1, "2026-10-01", 2000, 10050, "")])
    add_report(
        shop, "shop", [CAP], [(0, "2026-10-02", 500, 25, "0.7 0"), (0, "2026-10-03", 0, 0, "0.7 0")], state="ready"
    )
    (found,) = missing(shop, "unlinked")
    assert found.pop("reasons")[0] == "Ни штрихкод, ни артикул не найдены в номенклатуре"
    assert [found] == [
        {
            "key": "CAP", "marketplace_id": "", "article": "CAP", "barcode": "999", "size": "", "name": "Кепка",
            "state": "unlinked", "item": None, "candidates": [], "suggestions": [], "quantity": "2.5",
            "amount": "100.76", "oldest": "2026-10-01", "reports": ["report-0", "report-1"],
        }
    ]  # fmt: skip
    assert missing(shop, "ambiguous") == []


def test_a_product_with_two_candidates_is_ambiguous_and_names_them(shop: Database) -> None:
    catalogue.put_items(shop, [Item(ref="r-twin", article="MUG")], WHO)
    add_report(shop, "shop", [ProductKey(key="MUG", article="MUG")], [(0, "2026-10-01", 1000, 100, "")])
    (found,) = missing(shop, "ambiguous")
    assert (found["state"], found["candidates"]) == ("ambiguous", ["r-mug", "r-twin"])
    assert missing(shop, "unlinked") == []


def test_reports_that_are_posted_or_of_other_accounts_do_not_wait(shop: Database, settings: Settings) -> None:
    catalogue.put_account(shop, settings, "other", AccountInput(organization="romashka", channel="generic"), WHO)
    sold = [(0, "2026-10-01", 1000, 100, "")]
    add_report(shop, "shop", [CAP], sold, state="posted")
    add_report(shop, "shop", [CAP], sold, state="receiving", identity=None)
    add_report(shop, "other", [CAP], sold)
    assert missing(shop, "unlinked") == []


def test_a_link_that_ended_leaves_the_days_after_it_unlinked(shop: Database) -> None:
    put(shop, LinkInput(key="CAP", item="r-mug", valid_to=date(2026, 10, 10)))
    add_report(shop, "shop", [CAP], [(0, "2026-10-10", 1000, 100, ""), (0, "2026-10-11", 2000, 200, "")])
    (found,) = missing(shop, "unlinked")
    assert (found["quantity"], found["amount"]) == ("2", "2.00")


def test_a_line_without_a_day_belongs_to_the_end_of_the_period(shop: Database) -> None:
    put(shop, LinkInput(key="CAP", item="r-mug", valid_from=date(2026, 10, 31)))
    add_report(shop, "shop", [CAP], [(0, "", 1000, 100, "")])
    assert missing(shop, "unlinked") == []


def test_missing_products_come_in_pages(shop: Database) -> None:
    keys = [ProductKey(key=name, article=name) for name in ("D", "A", "C", "B", "E")]
    add_report(shop, "shop", keys, [(no, "2026-10-01", 1000, 100, "") for no in range(5)])
    found, cursor = [], None
    for _ in range(3):
        page = catalogue.list_links(shop, "shop", "product", state="unlinked", limit=2, cursor=cursor)
        found += [each["key"] for each in page["items"]]
        cursor = page["next"]
    assert (found, cursor) == (["A", "B", "C", "D", "E"], None)


def test_a_linked_product_is_shown_as_the_channel_calls_it(shop: Database) -> None:
    add_report(shop, "shop", [KNOWN], [])
    put(shop, LinkInput(key="nm-mug", item="r-mug"), LinkInput(key="unheard", item="r-mug"))
    known, unheard = catalogue.list_links(shop, "shop", "product", state="linked")["items"]
    assert (known["marketplace_id"], known["barcode"], known["name"]) == ("nm-mug", "461", "Кружка WB")
    assert (unheard["marketplace_id"], unheard["name"]) == ("", "")


def test_matching_links_what_has_one_candidate_and_names_the_rest(shop: Database) -> None:
    catalogue.put_items(shop, [Item(ref="r-one", article="TWO"), Item(ref="r-two", article="TWO")], WHO)
    keys = [KNOWN, CAP, ProductKey(key="TWO", article="TWO"), ProductKey(key="SHIRT", article="SHIRT")]
    add_report(shop, "shop", keys, [(no, "2026-10-01", 1000, 100, "") for no in range(4)])
    before = counted(shop)
    answer = catalogue.match_links(shop, "shop", "product", WHO)
    assert (answer["linked"], answer["unlinked"], answer["suggested"]) == (2, 1, 0)
    assert [(each["key"], each["candidates"]) for each in answer["ambiguous"]] == [("TWO", ["r-one", "r-two"])]
    links = catalogue.list_links(shop, "shop", "product")["items"]
    assert {(each["key"], each["item"], each["found_by"], each["score"], each["who"]) for each in links} == {
        ("461", "r-mug", "barcode", 100, WHO),
        ("SHIRT", "r-shirt", "article", 98, WHO),
    }
    assert counted(shop) == before + 1
    ((who, subject, detail),) = events_of(shop, "links_changed")
    assert (who, subject, detail["source"], detail["created"]) == (WHO, "shop/product", "rule", 2)
    assert detail["id"] == answer["set"]


def test_matching_again_links_nothing_more(shop: Database, request: pytest.FixtureRequest) -> None:
    add_report(shop, "shop", [KNOWN], [(0, "2026-10-01", 1000, 100, "")])
    catalogue.match_links(shop, "shop", "product", WHO)
    unchanged = request.getfixturevalue("unchanged")
    assert catalogue.match_links(shop, "shop", "product", WHO) == NOTHING_NEW
    unchanged()


def test_an_automatic_link_does_not_catch_another_size_of_the_article(shop: Database) -> None:
    small = ProductKey(key="SHIRT", article="SHIRT", barcode="460")
    large = ProductKey(key="SHIRT", article="SHIRT", barcode="468")
    add_report(shop, "shop", [small], [(0, "2026-10-01", 1000, 100, "")])
    catalogue.match_links(shop, "shop", "product", WHO)
    catalogue.put_items(shop, [Item(ref="r-large", article="SHIRT", variant="L", barcodes=("468",))], WHO)
    add_report(shop, "shop", [small, large], [(0, "2026-11-01", 1000, 100, ""), (1, "2026-11-01", 1000, 100, "")])
    catalogue.match_links(shop, "shop", "product", WHO)
    links = catalogue.list_links(shop, "shop", "product")["items"]
    assert [(each["key"], each["item"]) for each in links] == [("460", "r-shirt"), ("468", "r-large")]


def test_a_persons_link_is_never_matched_over(shop: Database) -> None:
    put(shop, LinkInput(key="nm-mug", item="r-shirt", valid_to=date(2026, 1, 1)))
    add_report(shop, "shop", [KNOWN], [(0, "2026-10-01", 1000, 100, "")])
    assert catalogue.match_links(shop, "shop", "product", WHO)["linked"] == 0
