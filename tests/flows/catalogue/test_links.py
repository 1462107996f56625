"""Links are set by people and programs; two never answer for one key on one day."""

from datetime import date

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput, NotFound
from bridge.flows import catalogue
from bridge.flows.catalogue import Component, LinkInput
from tests.flows.catalogue.shop import WHO, counted


def put(database: Database, *links: LinkInput, kind: str = "product") -> dict[str, int]:
    answer = catalogue.put_links(database, "shop", kind, links, WHO)
    return {name: answer[name] for name in ("created", "changed", "unchanged")}


def test_a_link_is_made_changed_and_left_alone(shop: Database) -> None:
    assert put(shop, LinkInput(key="nm1", item="r-mug")) == {"created": 1, "changed": 0, "unchanged": 0}
    assert put(shop, LinkInput(key=" nm1 ", item="r-mug")) == {"created": 0, "changed": 0, "unchanged": 1}
    before = counted(shop)
    assert put(shop, LinkInput(key="nm1", item="r-shirt", multiplier=3)) == {"created": 0, "changed": 1, "unchanged": 0}
    assert counted(shop) == before + 1
    (link,) = catalogue.list_links(shop, "shop", "product")["items"]
    assert link.pop("changed_at").endswith("+00:00")
    assert link == {
        "key": "nm1", "state": "linked", "item": "r-shirt", "multiplier": 3, "components": [], "valid_from": None,
        "valid_to": None, "found_by": "person", "marketplace_id": "", "article": "", "barcode": "", "size": "",
        "name": "", "score": None, "who": WHO, "version": 2, "note": "",
        "target": {"ref": "r-shirt", "code": "01", "article": "SHIRT", "name": "Рубашка Ёлочка", "variant": ""},
    }  # fmt: skip


def test_the_same_links_again_change_nothing(shop: Database, request: pytest.FixtureRequest) -> None:
    links = [LinkInput(key="a", item="r-mug", components=[Component(item="r-shirt", multiplier=2)])]
    put(shop, *links)
    unchanged = request.getfixturevalue("unchanged")
    assert put(shop, *links)["unchanged"] == 1
    assert put(shop)["unchanged"] == 0
    unchanged()


def test_a_null_item_removes_the_link_of_that_beginning(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    assert put(shop, LinkInput(key="nm1", item=None, valid_from=date(2026, 1, 1)))["unchanged"] == 1
    assert put(shop, LinkInput(key="nm1", item=None))["changed"] == 1
    assert catalogue.list_links(shop, "shop", "product")["items"] == []
    assert put(shop, LinkInput(key="nm1", item=None))["unchanged"] == 1


def test_two_items_cannot_answer_for_one_key_on_one_day(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    before = counted(shop)
    with pytest.raises(BadInput) as caught:
        put(
            shop,
            LinkInput(key="other", item="r-mug"),
            LinkInput(key="nm1", item="r-shirt", valid_from=date(2026, 7, 1)),
        )
    (problem,) = caught.value.problems
    assert (problem.code, problem.row) == ("links_overlap", 2)
    assert all(part in problem.message for part in ("nm1", "r-mug", "r-shirt"))
    assert problem.found == "…—… и 2026-07-01—…"
    assert counted(shop) == before


def test_a_link_may_follow_another_the_next_day(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    counts = put(
        shop,
        LinkInput(key="nm1", item="r-mug", valid_to=date(2026, 6, 30)),
        LinkInput(key="nm1", item="r-shirt", valid_from=date(2026, 7, 1)),
    )
    assert counts == {"created": 1, "changed": 1, "unchanged": 0}
    shown = [
        (each["item"], each["valid_from"], each["valid_to"])
        for each in catalogue.list_links(shop, "shop", "product")["items"]
    ]
    assert shown == [("r-mug", None, "2026-06-30"), ("r-shirt", "2026-07-01", None)]


def test_one_shared_day_is_an_overlap(shop: Database) -> None:
    with pytest.raises(BadInput, match="действуют одновременно"):
        put(
            shop,
            LinkInput(key="nm1", item="r-mug", valid_to=date(2026, 7, 1)),
            LinkInput(key="nm1", item="r-shirt", valid_from=date(2026, 7, 1)),
        )


def test_one_item_with_two_multipliers_on_one_day_is_an_overlap_too(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    with pytest.raises(BadInput, match="«r-mug» и «r-mug» ×2"):
        put(shop, LinkInput(key="nm1", item="r-mug", multiplier=2, valid_from=date(2026, 7, 1)))
    assert put(shop, LinkInput(key="nm1", item="r-mug", valid_from=date(2026, 7, 1)))["created"] == 1


def test_a_removed_link_makes_room_in_the_same_call(shop: Database) -> None:
    put(shop, LinkInput(key="nm1", item="r-mug"))
    counts = put(
        shop, LinkInput(key="nm1", item=None), LinkInput(key="nm1", item="r-shirt", valid_from=date(2026, 7, 1))
    )
    assert counts == {"created": 1, "changed": 1, "unchanged": 0}


@pytest.mark.parametrize(
    ("link", "code"),
    [
        (LinkInput(key="", item="r-mug"), "text_empty"),
        (LinkInput(key="k" * 501, item="r-mug"), "text_long"),
        (LinkInput(key="k", item=""), "text_empty"),
        (LinkInput(key="k", item="r-nothing"), "item_unknown"),
        (LinkInput(key="k", item="r-mug", components=[Component(item="r-nothing")]), "item_unknown"),
        (LinkInput(key="k", item="r-mug", multiplier=0), "multiplier_wrong"),
        (LinkInput(key="k", item="r-mug", multiplier=2**40), "multiplier_wrong"),
        (LinkInput(key="k", item="r-mug", valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 1)), "validity_wrong"),
        (LinkInput(key="a", item="r-mug"), "link_repeated"),
    ],
)
def test_one_wrong_link_refuses_the_whole_list(shop: Database, link: LinkInput, code: str) -> None:
    with pytest.raises(BadInput, match="Связи не приняты") as caught:
        put(shop, LinkInput(key="a", item="r-mug"), link)
    assert [(problem.code, problem.row) for problem in caught.value.problems] == [(code, 2)]
    assert catalogue.list_links(shop, "shop", "product")["items"] == []


def test_other_tables_take_any_text_for_an_item(shop: Database) -> None:
    assert put(shop, LinkInput(key="Коледино", item="Склад WB"), kind="warehouse")["created"] == 1
    (link,) = catalogue.list_links(shop, "shop", "warehouse", state="linked")["items"]
    assert (link["key"], link["item"]) == ("Коледино", "Склад WB")
    assert catalogue.list_links(shop, "shop", "warehouse", state="unlinked")["items"] == []
    with pytest.raises(BadInput, match="только товары"):
        catalogue.match_links(shop, "shop", "warehouse", WHO)


def test_there_are_no_other_tables_than_the_known_ones(shop: Database) -> None:
    for ask in (
        lambda: put(shop, kind="colour"),
        lambda: catalogue.list_links(shop, "shop", "colour"),
        lambda: catalogue.list_links(shop, "shop", "colour", state="unlinked"),
        lambda: catalogue.match_links(shop, "shop", "colour", WHO),
    ):
        with pytest.raises(NotFound, match="есть: product, warehouse"):
            ask()


def test_links_come_in_pages(shop: Database) -> None:
    put(shop, *(LinkInput(key=f"nm{n}", item="r-mug") for n in range(5)))
    first = catalogue.list_links(shop, "shop", "product", limit=3)
    second = catalogue.list_links(shop, "shop", "product", limit=3, cursor=first["next"])
    assert [each["key"] for each in first["items"] + second["items"]] == [f"nm{n}" for n in range(5)]
    assert second["next"] is None
