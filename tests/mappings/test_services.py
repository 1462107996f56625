"""A service of the channel is known by its name, its kind's code or its kind's title, on the days of its link."""

from datetime import date

import pytest

from mappings.items import Item
from mappings.links import Link
from mappings.services import ServiceLinks, is_lasting

DAY = date(2026, 5, 10)
DELIVERY = Item(ref="s-1", code="00-1", name="Доставка товара", is_service=True)
STORAGE = Item(ref="s-2", article="STORE", name="Хранение товара", is_service=True)
GOODS = Item(ref="g-1", name="Доставка товара")
ITEMS = [DELIVERY, STORAGE, GOODS]


def links(*pairs: tuple[str, str]) -> ServiceLinks:
    return ServiceLinks(ITEMS, [Link(key=key, item=item) for key, item in pairs])


def test_the_exact_name_comes_before_the_kind_and_the_code_before_the_title() -> None:
    known = links(("Платная приёмка", "s-1"), ("logistics", "s-2"), ("Логистика", "s-1"))
    assert known.find(("Платная приёмка", "logistics", "Логистика"), DAY).item == DELIVERY
    assert known.find(("Другое", "logistics", "Логистика"), DAY).item == STORAGE
    assert known.find(("", "storage", "Логистика"), DAY).item == DELIVERY


@pytest.mark.parametrize("name", ["ПЛАТНАЯ ПРИЕМКА", " платная  приёмка ", "Платная\u00a0приёмка"])
def test_case_spaces_and_yo_do_not_matter(name: str) -> None:
    assert links(("Платная приёмка", "s-1")).find((name,), DAY).item == DELIVERY


def test_a_link_holds_only_on_its_days() -> None:
    old = Link(key="storage", item="s-1", valid_to=date(2026, 5, 9))
    new = Link(key="storage", item="s-2", valid_from=DAY)
    known = ServiceLinks(ITEMS, [old, new])
    assert known.find(("storage",), date(2026, 5, 9)).item == DELIVERY
    assert known.find(("storage",), DAY).item == STORAGE


def test_a_link_may_name_its_item_by_code_article_or_name_and_a_service_comes_before_goods() -> None:
    assert links(("storage", "store")).find(("storage",), DAY).item == STORAGE
    assert links(("storage", "00-1")).find(("storage",), DAY).item == DELIVERY
    assert links(("storage", "доставка  товара")).find(("storage",), DAY).item == DELIVERY


def test_two_items_of_one_name_are_a_question() -> None:
    twice = [STORAGE, Item(ref="s-3", name=STORAGE.name, is_service=True)]
    found = ServiceLinks(twice, [Link(key="storage", item=STORAGE.name)]).find(("storage",), DAY)
    assert (found.state, found.item, found.candidates) == ("ambiguous", None, ("s-2", "s-3"))


def test_two_keys_that_read_alike_are_a_question_unless_one_is_the_very_name() -> None:
    known = links(("Приёмка", "s-1"), ("приемка", "s-2"))
    assert known.find(("ПРИЁМКА",), DAY).state == "ambiguous"
    assert known.find(("приемка",), DAY).item == STORAGE


def test_a_text_that_is_no_item_is_kept_as_a_text() -> None:
    found = links(("storage", "Расходы на склад")).find(("storage",), DAY)
    assert (found.state, found.item, found.text) == ("unlinked", None, "Расходы на склад")


def test_a_link_to_an_item_that_is_gone_gives_nothing_and_names_it() -> None:
    known = ServiceLinks(ITEMS, [Link(key="storage", item="s-9"), Link(key="Хранение", item="s-1")], gone={"s-9"})
    found = known.find(("storage", "Хранение"), DAY)
    assert (found.state, found.item, found.text, found.candidates) == ("unlinked", None, "", ("s-9",))


@pytest.mark.parametrize(
    "name",
    ["Оказание услуг «ВБ.Продвижение», документ №304137708", "Погашение займа по договору 17", "Штраф от 01.05.2026",
     "Акт 12", "x" * 501, ""],
)  # fmt: skip
def test_names_of_one_document_are_no_keys(name: str) -> None:
    assert not is_lasting(name)


@pytest.mark.parametrize("name", ["Предоставление услуг по подписке «Джем»", "Хранение 1 л", "Договорная скидка"])
def test_names_that_come_again_are_keys(name: str) -> None:
    assert is_lasting(name)
