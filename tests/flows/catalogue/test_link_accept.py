"""Suggestions above a score are accepted in bulk: the only good one of each product, as one step, never a guess."""

from typing import Any

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput
from bridge.flows import catalogue, link_copy
from bridge.flows.catalogue import LinkInput
from bridge.flows.link_history import list_history, undo
from mappings.items import ProductKey
from tests.flows.catalogue.shop import WHO, add_report


def product(key: str, state: str = "unlinked", *offers: tuple[str, int], **parts: str) -> dict[str, Any]:
    """A product that waits for an item, as the queue shows it."""
    named = ProductKey(**{"key": key, "article": key, **parts})
    shown = {name: getattr(named, name) for name in named.__struct_fields__}
    return {**shown, "state": state, "suggestions": [{"ref": ref, "score": score} for ref, score in offers]}


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What waits for an item; the test fills it."""
    waiting: list[dict[str, Any]] = []
    monkeypatch.setattr(link_copy, "missing_products", lambda *_: waiting)
    return waiting


def accept(database: Database, score: int) -> dict[str, Any]:
    return link_copy.accept_suggestions(database, "shop", "product", score, WHO)


def links(database: Database) -> dict[str, tuple[str, str, int]]:
    shown = catalogue.list_links(database, "shop", "product")["items"]
    return {one["key"]: (one["item"], one["found_by"], one["score"]) for one in shown}


def test_only_the_one_good_suggestion_is_accepted(shop: Database, queue: list[dict[str, Any]]) -> None:
    queue += [
        product("A", "unlinked", ("r-mug", 90), ("r-shirt", 40)),
        product("B", "unlinked", ("r-mug", 90), ("r-shirt", 85)),
        product("C", "unlinked", ("r-mug", 79)),
        product("D", "ambiguous", ("r-mug", 95)),
        product("E", "unlinked"),
        product("F", "unlinked", ("r-shirt", 80), barcode="4600000000017"),
    ]
    done = accept(shop, 80)
    assert (done["created"], done["left"]) == (2, 3)
    assert links(shop) == {"A": ("r-mug", "name", 90), "4600000000017": ("r-shirt", "name", 80)}


def test_two_products_of_one_code_must_mean_one_item(shop: Database, queue: list[dict[str, Any]]) -> None:
    queue += [
        product("A-1", "unlinked", ("r-mug", 90), article="A"),
        product("A-2", "unlinked", ("r-shirt", 90), article="A"),
    ]
    assert (accept(shop, 80)["created"], links(shop)) == (0, {})


def test_a_persons_link_is_never_written_over(shop: Database, queue: list[dict[str, Any]]) -> None:
    catalogue.put_links(shop, "shop", "product", [LinkInput(key="A", item="r-shirt")], WHO)
    queue.append(product("A", "unlinked", ("r-mug", 100)))
    assert accept(shop, 50)["created"] == 0
    assert links(shop)["A"][0] == "r-shirt"


def test_an_acceptance_is_taken_back_as_one_step(shop: Database, queue: list[dict[str, Any]]) -> None:
    queue += [product(f"P{n}", "unlinked", ("r-mug", 90)) for n in range(5)]
    done = accept(shop, 90)
    (only,) = list_history(shop, "shop", "product")["items"]
    assert (only["set"], only["source"], only["count"]) == (done["set"], "person", 5)
    undo(shop, "shop", "product", done["set"], WHO)
    assert links(shop) == {}


@pytest.mark.parametrize("score", [0, -1, 101])
def test_a_score_is_a_share_of_a_hundred(shop: Database, queue: list[dict[str, Any]], score: int) -> None:
    with pytest.raises(BadInput, match="от 1 до 100"):
        accept(shop, score)


def test_other_tables_have_no_suggestions(shop: Database) -> None:
    with pytest.raises(BadInput, match="только для товаров"):
        link_copy.accept_suggestions(shop, "shop", "warehouse", 90, WHO)


def test_a_product_of_a_report_is_accepted_by_its_name(shop: Database) -> None:
    pytest.importorskip("rapidfuzz")
    add_report(
        shop, "shop", [ProductKey(key="x1", article="x1", name="Рубашка Ёлочка")], [(0, "2026-10-01", 1000, 100, "")]
    )
    (waiting,) = catalogue.list_links(shop, "shop", "product", state="unlinked")["items"]
    best = waiting["suggestions"][0]
    assert accept(shop, best["score"])["created"] == 1
    assert links(shop)["x1"][0] == best["ref"] == "r-shirt"
    assert catalogue.list_links(shop, "shop", "product", state="unlinked")["items"] == []
