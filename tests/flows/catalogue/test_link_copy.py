"""Links come over from another account, never over what is there; the table can be searched."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete

from bridge.db import catalogue as queries
from bridge.db.catalogue import LinkFilter
from bridge.db.session import Database
from bridge.db.tables import barcodes, items
from bridge.errors import BadInput, NotFound
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput, Component, LinkInput
from bridge.flows.link_copy import copy_links
from bridge.flows.link_history import list_history, undo
from bridge.settings import Settings
from mappings.items import Item
from tests.flows.catalogue.shop import MUG, WHO

JULY = date(2026, 7, 1)


@pytest.fixture
def second(shop: Database, settings: Settings) -> Database:
    """The shop with another account beside it."""
    catalogue.put_account(shop, settings, "second", AccountInput(organization="romashka", channel="generic"), WHO)
    return shop


def put(database: Database, *links: LinkInput, account: str = "shop", kind: str = "product") -> dict[str, Any]:
    return catalogue.put_links(database, account, kind, links, WHO)


def said(database: Database, account: str) -> list[tuple[Any, ...]]:
    shown = catalogue.list_links(database, account, "product")["items"]
    return sorted((one["key"], one["item"], one["multiplier"], one["valid_from"] or "") for one in shown)


def copied(database: Database, keys: list[str] | None = None) -> dict[str, Any]:
    return copy_links(database, "second", "product", "shop", keys, WHO)


def test_all_links_come_over_with_their_days_pieces_and_parts(second: Database) -> None:
    put(
        second,
        LinkInput(key="a", item="r-mug", multiplier=2, valid_to=date(2026, 6, 30)),
        LinkInput(key="a", item="r-shirt", valid_from=JULY),
        LinkInput(key="kit", item=None, components=[Component(item="r-mug", share="1")]),
    )
    done = copied(second)
    assert (done["created"], done["conflicts"], done["conflicts_total"]) == (3, [], 0)
    assert said(second, "second") == said(second, "shop")
    (only,) = list_history(second, "second", "product")["items"]
    assert (only["source"], only["count"], only["set"]) == ("copy", 3, done["set"])


def test_only_the_keys_that_were_asked_for_come_over(second: Database) -> None:
    put(second, LinkInput(key="a", item="r-mug"), LinkInput(key="b", item="r-mug"))
    assert copied(second, ["b", "nothing"])["created"] == 1
    assert said(second, "second") == [("b", "r-mug", 1, "")]


def test_what_is_linked_here_otherwise_is_a_conflict_and_stays(second: Database) -> None:
    put(second, LinkInput(key="a", item="r-mug"), LinkInput(key="b", item="r-mug"), LinkInput(key="c", item="r-mug"))
    put(second, LinkInput(key="a", item="r-shirt"), account="second")
    put(second, LinkInput(key="b", item="r-shirt", valid_from=JULY), account="second")
    put(second, LinkInput(key="c", item="r-mug"), account="second")
    before = said(second, "second")
    done = copied(second)
    assert (done["created"], done["changed"], done["unchanged"], done["conflicts_total"]) == (0, 0, 1, 2)
    assert [(one["key"], one["here"][0]["item"], one["there"][0]["item"]) for one in done["conflicts"]] == [
        ("a", "r-shirt", "r-mug"), ("b", "r-shirt", "r-mug"),
    ]  # fmt: skip
    assert said(second, "second") == before


def test_a_copy_is_taken_back_as_one_step(second: Database) -> None:
    put(second, *(LinkInput(key=f"k{n}", item="r-mug") for n in range(5)))
    done = copied(second)
    undo(second, "second", "product", done["set"], WHO)
    assert said(second, "second") == []
    assert len(said(second, "shop")) == 5


def test_an_account_is_not_copied_onto_itself_nor_from_nowhere(second: Database) -> None:
    with pytest.raises(BadInput, match="другой учётной записи"):
        copy_links(second, "shop", "product", "shop", None, WHO)
    with pytest.raises(NotFound, match="nowhere"):
        copy_links(second, "shop", "product", "nowhere", None, WHO)


def found(database: Database, kind: str = "product", **asked: Any) -> list[str]:
    page = catalogue.list_links(database, "shop", kind, chosen=LinkFilter(**asked))
    return [one["key"] for one in page["items"]]


def broken(database: Database, kind: str = "product", **asked: Any) -> dict[str, Any]:
    return catalogue.list_links(database, "shop", kind, "broken", 2, **asked)


def test_links_are_found_by_key_item_and_words(shop: Database) -> None:
    put(
        shop,
        LinkInput(key="nm1", item="r-mug"),
        LinkInput(key="nm2", item="r-shirt", note="Спросить Анну"),
        LinkInput(key="Набор", item=None, components=[Component(item="r-mug", multiplier=2)]),
    )
    assert found(shop, key="nm1") == ["nm1"]
    assert found(shop, key="nm") == []
    assert found(shop, item="r-mug") == ["nm1", "Набор"]
    assert found(shop, item="R-MUG") == []
    assert found(shop, item="r-mu") == []
    assert found(shop, search="рубашка ёЛОЧКА") == ["nm2"]
    assert found(shop, search="анну") == ["nm2"]
    assert found(shop, search="набор") == ["Набор"]
    assert found(shop, search="NM mug") == ["nm1"]
    assert found(shop, search="%") == []
    assert found(shop, found_by="person") == ["nm1", "nm2", "Набор"]
    assert found(shop, found_by="barcode") == []


def test_an_item_with_strange_signs_is_found_among_components(shop: Database) -> None:
    strange = 'товар "№1" \\ %'
    catalogue.put_items(shop, [Item(ref=strange, name="Странный")], WHO)
    put(shop, LinkInput(key="k", item=None, components=[Component(item=strange)]))
    assert found(shop, item=strange) == ["k"]


def test_other_names_of_a_table_are_the_same_table(shop: Database) -> None:
    put(shop, LinkInput(key="RRP", item="Розничная"), kind="price")
    assert found(shop, "price_type") == found(shop, "price") == ["RRP"]


def test_a_renamed_item_shows_under_its_new_name_and_keeps_its_links(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    catalogue.put_items(shop, [Item(ref="r-mug", article="CUP", name="Чашка", vat_rate="10")], WHO)
    (link,) = catalogue.list_links(shop, "shop", "product")["items"]
    assert (link["state"], link["version"], link["target"]["name"], link["target"]["article"]) == (
        "linked", 1, "Чашка", "CUP",
    )  # fmt: skip


def test_an_item_that_the_erp_sends_no_more_keeps_its_links(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    catalogue.put_items(shop, [Item(ref="r-new", name="Новинка")], WHO)
    (link,) = catalogue.list_links(shop, "shop", "product")["items"]
    assert (link["state"], link["target"]["name"]) == ("linked", "Кружка")


def test_an_unknown_way_of_finding_is_refused_with_the_known_ones(shop: Database) -> None:
    with pytest.raises(BadInput, match="Способа «wand» нет") as caught:
        found(shop, found_by="wand")
    assert caught.value.problems[0].expected == "person, barcode, article, article_size, name"


def test_links_whose_item_is_gone_are_listed_as_broken(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put(
        shop,
        LinkInput(key="whole", item="r-mug"),
        LinkInput(key="gone", item="r-shirt"),
        LinkInput(key="kit", item=None, components=[Component(item="r-mug"), Component(item="r-shirt")]),
        LinkInput(key="whole-kit", item="r-shirt", components=[Component(item="r-mug")]),
        LinkInput(key="gone-2", item="r-shirt"),
    )
    assert broken(shop)["items"] == []
    catalogue.put_items(shop, [MUG], WHO, full=True)
    monkeypatch.setattr(queries, "_PORTION", 2)
    first = broken(shop)
    assert [(one["key"], one["state"]) for one in first["items"]] == [("gone", "broken"), ("kit", "broken")]
    rest = broken(shop, cursor=first["next"])
    assert ([one["key"] for one in rest["items"]], rest["next"]) == (["gone-2"], None)
    assert [one["key"] for one in broken(shop, chosen=LinkFilter(key="kit"))["items"]] == ["kit"]


def test_a_table_of_texts_has_no_broken_links(shop: Database) -> None:
    put(shop, LinkInput(key="MSK", item="Главный"), kind="warehouse")
    assert broken(shop, kind="warehouse")["items"] == []


def test_a_link_whose_item_is_gone_shows_as_broken(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"), LinkInput(key="kit", item=None, components=[Component(item="r-mug")]))
    with shop.write() as connection:
        connection.execute(delete(barcodes))
        connection.execute(delete(items).where(items.c.ref == "r-mug"))
    shown = catalogue.list_links(shop, "shop", "product")["items"]
    assert [(one["state"], one["target"]) for one in shown] == [("broken", None), ("broken", None)]
