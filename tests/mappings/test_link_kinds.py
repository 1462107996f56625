"""The kinds of links are data: every kind that was promised is there, and no name means two of them."""

import re

import pytest

from mappings.link_kinds import find_kind, link_kinds
from mappings.sheet import Language
from mappings.sheet_rows import bind

PROMISED = (
    "product", "warehouse", "category", "attribute", "service", "counterparty", "contract", "order_status",
    "price_type", "courier", "tax",
)  # fmt: skip


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_kind_is_there_with_a_title(name: str) -> None:
    kind = find_kind(name)
    assert kind is not None
    assert kind.title
    assert kind.target_title


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_kind_has_titles_in_every_language_of_workbooks(language: Language) -> None:
    for kind in link_kinds().values():
        for said in (kind.title_in(language), kind.target_title_in(language)):
            assert said
            assert not re.search("[а-яё]", said, re.IGNORECASE)
        bound = bind(1, ["Key", kind.target_title_in(language)])
        assert bound is not None
        assert bound.places["item"] == 1


def test_only_products_stand_for_items_and_may_be_kits() -> None:
    assert [kind.name for kind in link_kinds().values() if kind.target == "item"] == ["product"]
    assert [kind.name for kind in link_kinds().values() if kind.components] == ["product"]


@pytest.mark.parametrize(("alias", "name"), [("price", "price_type"), ("delivery", "courier"), ("payment", "payment")])
def test_names_of_earlier_releases_still_work(alias: str, name: str) -> None:
    kind = find_kind(alias)
    assert kind is not None
    assert kind.name == name


def test_no_name_means_two_kinds() -> None:
    names = [name for kind in link_kinds().values() for name in (kind.name, *kind.aliases)]
    assert len(set(names)) == len(names)


def test_an_unknown_name_is_no_kind() -> None:
    assert find_kind("colour") is None
