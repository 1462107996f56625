"""Saved views belong to one table of one account, and saving the same one twice changes nothing."""

import pytest

from bridge.db.session import Database
from bridge.errors import BadInput, NotFound
from bridge.flows import catalogue, link_views
from bridge.flows.catalogue import AccountInput
from bridge.flows.link_views import View
from bridge.settings import Settings
from tests.flows.catalogue.shop import WHO, events_of

MUGS = View(item="r-mug", state="linked")


def names(shop: Database, account: str = "shop", kind: str = "product") -> list[str]:
    return [view["name"] for view in link_views.list_views(shop, account, kind)]


def test_views_are_kept_by_account_and_table(shop: Database, settings: Settings) -> None:
    catalogue.put_account(shop, settings, "second", AccountInput(organization="romashka", channel="generic"), WHO)
    for account, kind, name in (("shop", "product", "б"), ("shop", "product", "а"), ("second", "price", "в")):
        link_views.put_view(shop, account, kind, name, MUGS, WHO)
    assert (names(shop), names(shop, "second"), names(shop, "second", "price_type")) == (["а", "б"], [], ["в"])


def test_a_view_is_written_over_and_removed(shop: Database) -> None:
    link_views.put_view(shop, "shop", "product", "мои", MUGS, WHO)
    changed = link_views.put_view(shop, "shop", "product", "мои", View(search="кружка"), "user:boris")
    assert (changed["item"], changed["search"], changed["who"]) == (None, "кружка", "user:boris")
    link_views.put_view(shop, "shop", "product", "мои", View(search="кружка"), WHO)
    link_views.put_view(shop, "shop", "product", "мои", View(), WHO)
    link_views.put_view(shop, "shop", "product", "мои", View(), WHO)
    assert names(shop) == []
    assert [detail for _, _, detail in events_of(shop, "view_changed")] == [
        {"state": "linked", "item": "r-mug"}, {"search": "кружка"}, {},
    ]  # fmt: skip


def test_what_is_not_there_is_said(shop: Database) -> None:
    with pytest.raises(NotFound, match="Вида «чужие» нет"):
        link_views.list_viewed(shop, "shop", "product", "чужие", View(), 10, None)
    with pytest.raises(NotFound):
        link_views.put_view(shop, "nobody", "product", "мои", MUGS, WHO)
    with pytest.raises(NotFound):
        link_views.list_views(shop, "shop", "colour")
    with pytest.raises(BadInput, match="Вид не принят"):
        link_views.put_view(shop, "shop", "product", "a/b", MUGS, WHO)
